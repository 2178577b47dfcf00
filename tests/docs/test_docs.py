"""What the documentation names exists, and what exists is named."""

from __future__ import annotations

import re
import shlex
import subprocess
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.management import get_commands, load_command_class
from django.urls import Resolver404, resolve

from config.settings.environment import TABLE
from intranet.notices.routing import websocket_urlpatterns

from .pages import PAGES, ROOT, Page

APPS = ("directory", "search", "documents", "intranet", "config")
LOCKS = sorted((ROOT / "requirements").glob("*"))
SAMPLES = {
    "<uuid>": "00000000-0000-4000-8000-000000000000",
    "<id>": "00000000-0000-4000-8000-000000000000",
    "<slug>": "budgets",
    "<number>": "1",
}
# First parts of addresses that are folders of a machine.
FOLDERS = {"etc", "usr", "var", "srv", "some", "backup", "run", "tmp", "dev", "opt"}

every_page = pytest.mark.parametrize("page", PAGES, ids=str)


def own_commands() -> dict[str, ArgumentParser]:
    """The management commands of the project, with their options."""
    return {
        name: load_command_class(str(app), name).create_parser("manage.py", name)
        for name, app in get_commands().items()
        if str(app).split(".")[0] in APPS
    }


def targets() -> set[str]:
    """The targets of the Makefile that say what they do."""
    return set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))


def said_commands(page: Page) -> Iterator[tuple[str, list[str]]]:
    """Yield each `manage.py NAME OPTIONS` of a page."""
    for code in page.code:
        for found in re.finditer(r"manage\.py ([a-z_]+)([^;|]*)", code):
            try:
                yield found[1], shlex.split(found[2])
            except ValueError:
                yield found[1], found[2].split()


# Named, therefore there


@every_page
def test_the_settings_named_exist(page):
    known = {setting.variable for setting in TABLE}
    of_tests = "".join(path.read_text() for path in (ROOT / "tests").rglob("*.py"))
    for name in set(re.findall(r"\bMARIGOT_[A-Z][A-Z_]*[A-Z]\b", page.text)):
        if name.startswith("MARIGOT_TEST_"):
            assert f'"{name}"' in of_tests or f"{name}=" in of_tests, name
        else:
            assert name in known, name


@every_page
def test_the_commands_named_exist_with_their_options(page):
    own, others = own_commands(), get_commands()
    for name, arguments in said_commands(page):
        assert name in own or name in others, name
        if name in own:
            known = set(own[name]._option_string_actions)
            said = {argument.split("=")[0] for argument in arguments if argument[:2] == "--"}
            assert said <= known, f"{name}: {said - known}"


@every_page
def test_the_make_targets_named_exist(page):
    said = {
        name
        for code in page.code
        for name in re.findall(r"(?:^|[\s(])make ([a-z-]+)\b", f" {code}")
    }
    assert said <= targets()


@every_page
def test_the_addresses_named_resolve(page):
    for span in page.spans:
        if not re.fullmatch(r"/[^\s`]*", span) or span.split("/")[1] in FOLDERS:
            continue
        path = urlsplit(span).path.replace("…", SAMPLES["<uuid>"] + "/")
        for placeholder, sample in SAMPLES.items():
            path = path.replace(placeholder, sample)
        assert _leads_somewhere(path), span


def _leads_somewhere(path: str) -> bool:
    if path.startswith("/ws/"):
        return any(f"/{each.pattern}".startswith(path) for each in websocket_urlpatterns)
    try:
        return resolve(path).view_name != "wagtail_serve" or path in ("/fr/", "/en/")
    except Resolver404:
        return False


@every_page
def test_the_links_lead_somewhere(page):
    for link in page.links:
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.path.parent / path).resolve() if path else page.path
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        assert not anchor or anchor in Page(target).anchors, link


@every_page
def test_the_files_named_exist(page):
    folders = {path.name for path in ROOT.iterdir() if path.is_dir()} - {"data"}
    for span in page.spans:
        found = re.fullmatch(r"([a-z]+)/([\w./*-]*)(?::\w+)?", span)
        if not found or found[1] not in folders:
            continue
        name = f"{found[1]}/{found[2]}"
        assert any(ROOT.glob(name.rstrip("/"))), span


@every_page
def test_the_fenced_json_is_json(page):
    import json

    for block in re.findall(r"^```json\n(.*?)^```", page.text, re.MULTILINE | re.DOTALL):
        json.loads(block)


# There, therefore named


def test_every_setting_is_named():
    text = (ROOT / "docs" / "settings.md").read_text()
    assert [each.variable for each in TABLE if f"`{each.variable}`" not in text] == []


def test_every_command_is_named():
    said = {name for page in PAGES for name, _ in said_commands(page)}
    assert set(own_commands()) - said == set()


def test_every_make_target_is_named():
    said = {
        name
        for page in PAGES
        for code in page.code
        for name in re.findall(r"\bmake ([a-z-]+)\b", code)
    }
    assert targets() - said == set()


def test_every_page_is_linked_to():
    """From the README, in one step or more."""
    reached: set[Path] = set()
    ahead = [ROOT / "README.md"]
    while ahead:
        page = Page(ahead.pop())
        reached.add(page.path)
        for link in page.links:
            target = (page.path.parent / link.partition("#")[0]).resolve()
            if target.suffix == ".md" and target.exists() and target not in reached:
                ahead.append(target)
    assert {page.path for page in PAGES} - reached == set()


def test_the_index_of_decisions_names_each_by_its_title():
    index = (ROOT / "docs" / "decisions" / "README.md").read_text()
    pages = sorted(ROOT.glob("docs/decisions/0*.md"))
    assert pages
    for path in pages:
        number, _, title = path.read_text().splitlines()[0].removeprefix("# ").partition(". ")
        assert f"| [{number}]({path.name}) | {title.rstrip('.')} |" in index


# Nothing of the machine that it was written on


@pytest.mark.parametrize("path", [page.path for page in PAGES] + LOCKS, ids=lambda p: p.name)
def test_no_path_of_a_machine_and_no_foreign_host(path):
    text = path.read_text(encoding="utf-8")
    for found in re.findall(r"(?:/home/|/root/|/work/|/Users/|file://)\S*", text):
        pytest.fail(f"{path.name}: {found}")
    for url in re.findall(r"\b(?:https?|ldaps?|smtp)://[^\s`\"')>,;|]+", text):
        host = urlsplit(url).netloc.rpartition("@")[2].partition(":")[0]
        assert _is_example(host), f"{path.name}: {url}"


def _is_example(host: str) -> bool:
    return (
        host in ("127.0.0.1", "localhost", "host", "")  # "ldap://host:port" stands for any
        or host in ("example.org", "example.com")
        or host.endswith((".example", ".example.org", ".example.com"))
    )


def test_the_lock_files_name_no_index():
    assert LOCKS
    for path in LOCKS:
        lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
        assert not [
            line for line in lines if re.match(r"\s*(-i|--index|--extra-index|-f|--find)", line)
        ]


def test_the_help_lists_every_target():
    told = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert set(re.findall(r"^ +make ([a-z-]+)", told, re.MULTILINE)) == targets()


RECIPES = ROOT / "docs" / "development"


def test_the_index_of_recipes_names_each_by_its_title():
    index = Page(RECIPES / "README.md")
    listed = dict(re.findall(r"^- \[(.+?)\]\(([^)]+)\)$", index.text, re.MULTILINE))
    titles = {
        page.path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# "): page.path.name
        for page in PAGES
        if page.path.parent == RECIPES and page != index
    }
    assert listed == titles


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.path.parent == RECIPES and page.path.stem != "README"]
)
def test_a_recipe_lists_its_files_in_their_order(page):
    """That each is there is looked at as on every page."""
    steps = re.findall(r"^(\d+)\. ", page.text, re.MULTILINE)
    assert steps == [str(number + 1) for number in range(len(steps))]
    assert len(steps) >= 3
    assert len([span for span in page.spans if "/" in span]) >= 4


@pytest.mark.parametrize(
    "picture", sorted(ROOT.glob("docs/walk-*.svg")), ids=lambda path: path.stem
)
def test_the_parts_that_a_picture_names_exist(picture):
    drawn = picture.read_text(encoding="utf-8")
    named = re.findall(r'class="code">([^<]+)<', drawn)
    assert len(named) >= 8
    assert [name for name in named if not (ROOT / name).exists()] == []
    assert 'role="img"' in drawn
    assert "<desc" in drawn
