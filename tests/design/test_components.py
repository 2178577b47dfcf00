"""Small promises of the tags and components that a browser need not be asked about."""

import ast
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polib
import pytest
from django.template import Context, Template
from django.templatetags.static import static
from django.test import override_settings
from django.utils import timezone, translation
from django.utils.safestring import SafeString

from config.templatetags import design
from tests.html import element, read_in, texts, values

ROOT = Path(__file__).parents[2]
DESIGN = ROOT / "config" / "design"


def _draw(source, **context):
    return Template(source).render(Context(context))


def _templates():
    for app in ("config", "directory", "search", "documents", "intranet"):
        yield from (p for p in (ROOT / app).rglob("*.html") if "templates" in p.parts)


def test_an_icon_that_is_not_in_the_sprite_is_refused():
    with pytest.raises(ValueError, match="no-such"):
        design.icon("no-such")


def test_the_sprite_has_every_icon_listed():
    sprite = (DESIGN / "static/design/icons.svg").read_text()
    assert {n for n in design.icon_names() if f'<symbol id="{n}"' not in sprite} == set()


def test_names_are_escaped_everywhere():
    drawn = _draw("{% file_icon name %}{% icon 'x' '' name %}", name='"><img src=x>.pdf')
    assert "<img" not in drawn


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Maëlys Zénon", "MZ"),
        ("Jean-Noël de la Tour", "JT"),
        ("Zoé", "Z"),
        ("", "?"),
        ("« »", "?"),
    ],
)
def test_initials(name, letters):
    assert design.initials(name) == letters


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Congés : dépôt", "Congés\u00a0: dépôt"),
        ("Quoi ? « Rien » !", "Quoi\u00a0? «\u00a0Rien\u00a0»\u00a0!"),
        ("Avance de 75 %", "Avance de 75\u00a0%"),
        ("12 000 € (au 31 12 2026)", "12\u00a0000\u00a0€ (au 31 12 2026)"),
        ("Note - décision n° 2", "Note\u00a0- décision n° 2"),
        ("At 10:30, a :-) b", "At 10:30, a :-) b"),
    ],
)
def test_punctuation_stays_on_its_line(typed, kept):
    assert design.typo(typed) == kept
    assert isinstance(design.typo(SafeString(typed)), SafeString)
    assert not isinstance(design.typo(typed), SafeString)


def test_moments_are_said_in_the_readers_language():
    moment = timezone.now() - timedelta(hours=3)
    with translation.override("en"):
        assert "3 hours ago" in design.when(moment, "ago").replace("\xa0", " ")
    with translation.override("fr"):
        assert "il y a 3 heures" in design.when(moment, "ago").replace("\xa0", " ")
        assert "à l’instant" in design.when(timezone.now(), "ago")
    assert design.when(None) == ""
    ahead = timezone.now() + timedelta(days=2)
    assert "ago" not in design.when(ahead, "ago")


def test_no_template_of_the_project_has_an_inline_style_or_script():
    inline = re.compile(r"<[^>]* style=|<script>|<style|<[^>]* on[a-z]+=|javascript:")
    found = {
        str(path.relative_to(ROOT)): match[0]
        for path in _templates()
        if (match := inline.search(re.sub(r"{%.*?%}", "", path.read_text())))
    }
    assert found == {}


def test_values_given_to_components_are_ones_that_can_be_given():
    # `:on="not x"` and `:name="a|b"` are neither a variable nor a literal: they would be lost.
    lost = []
    for path in _templates():
        for value in re.findall(r'\s:[a-z-]+="([^"]*)"', path.read_text()):
            if "{{" in value or "{%" in value or re.fullmatch(r"[A-Za-z_][\w.]*", value):
                continue
            try:
                ast.literal_eval(value)
            except (SyntaxError, ValueError):
                lost.append(f"{path.relative_to(ROOT)}: {value}")
    assert lost == []


def test_every_component_is_in_the_documentation_and_in_the_gallery():
    page = (ROOT / "docs" / "design.md").read_text()
    gallery = "".join(
        path.read_text()
        for path in [
            *(ROOT / "tests/design/templates/gallery").glob("*.html"),
            *(DESIGN / "templates").rglob("*.html"),
        ]
    )
    names = {p.stem.replace("_", "-") for p in (DESIGN / "templates/cotton").glob("*.html")}
    names -= {"logo"}
    assert {name for name in names if f"`c-{name}`" not in page} == set()
    assert {name for name in names if f"<c-{name}" not in gallery} == set()


def test_the_french_is_complete():
    catalogue = polib.pofile(str(ROOT / "config/locale/fr/LC_MESSAGES/django.po"))
    assert [entry.msgid for entry in catalogue if not entry.translated()] == []
    known = {entry.msgid for entry in catalogue}
    missing = set()
    for path in (DESIGN / "templates").rglob("*.html"):
        text = path.read_text()
        for quote in ("'", '"'):
            for part in text.split(f"{{% translate {quote}")[1:]:
                if part.split(quote)[0] not in known:
                    missing.add(part.split(quote)[0])
    assert missing == set()


@pytest.mark.parametrize(
    ("language", "style", "written"),
    [
        ("fr", "date", "1er mars 2026"),
        ("fr", "time", "1er mars 2026 à 14\xa0h\xa005"),
        ("fr", "short", "01/03/2026"),
        ("en", "date", "1 March 2026"),
        ("en", "time", "1 March 2026, 14:05"),
        ("en", "short", "01/03/2026"),
    ],
)
def test_dates_are_written_as_each_language_does(language, style, written):
    moment = timezone.make_aware(datetime(2026, 3, 1, 14, 5))
    with translation.override(language):
        assert texts(design.when(moment, style), "time") == [written]


def test_what_is_kept_of_dates_is_of_one_language_zone_and_minute():
    moment = datetime(2026, 11, 24, 9, 5, 59, tzinfo=UTC)
    for _again in range(2):
        for zone, hour in ((UTC, 9), (timezone.get_fixed_timezone(-240), 5)):
            with timezone.override(zone):
                for language, written in (
                    ("fr", f"24 novembre 2026 à {hour} h 05"),
                    ("en", f"24 November 2026, {hour:02}:05"),
                ):
                    with translation.override(language):
                        # Equal moments, whatever zone they came in.
                        for same in (moment, moment.astimezone(timezone.get_default_timezone())):
                            drawn = element(design.when(same, "time"), "time")
                            assert read_in(drawn).replace("\xa0", " ") == written
                            assert drawn["datetime"].startswith(f"2026-11-24T{hour:02}:05:59")


def test_an_icon_follows_the_address_of_the_sprite():
    before = design.icon("house")
    assert values(before, "use", "href") == [f"{static('design/icons.svg')}#house"]
    with override_settings(STATIC_URL="/elsewhere/"):
        there = design.icon("house")
        assert values(there, "use", "href") == ["/elsewhere/design/icons.svg#house"]
    assert design.icon("house") == before
    assert design.icon("house", "small") != before


@pytest.mark.parametrize(
    ("language", "hours", "show", "written"),
    [
        ("fr", 2, "date", "Mardi 24 novembre 2026, de 9\xa0h\xa000 à 11\xa0h\xa000"),
        ("fr", 0, "date", "Mardi 24 novembre 2026 à 9\xa0h\xa000"),
        ("fr", 2, "hours", "Mardi, de 9\xa0h\xa000 à 11\xa0h\xa000"),
        (
            "fr",
            200,
            "hours",
            "Du 24 novembre 2026 à 9\xa0h\xa000 au 2 décembre 2026 à 17\xa0h\xa000",
        ),
        ("en", 2, "date", "Tuesday 24 November 2026, 09:00 to 11:00"),
        ("en", 0, "hours", "Tuesday at 09:00"),
        ("en", 200, "date", "24 November 2026, 09:00 to 2 December 2026, 17:00"),
    ],
)
def test_from_when_to_when(language, hours, show, written):
    start = timezone.make_aware(datetime(2026, 11, 24, 9))
    end = start + timedelta(hours=hours) if hours else None
    with translation.override(language):
        assert texts(design.span(start, end, show), "time") == [written]


def test_a_date_in_a_title_stays_on_its_line():
    assert design.typo("Séance du 24 novembre") == "Séance du 24\xa0novembre"
    assert design.typo("dès le 1er mai : 3 jours") == "dès le 1er\xa0mai\xa0: 3 jours"
    assert design.typo("until 30 November") == "until 30\xa0November"


def test_no_word_of_a_page_takes_the_place_of_a_month():
    for number, month in enumerate(design._MONTHS.split("|")[:12], 1):
        with translation.override("fr"):
            assert f">7 {month} 2026<" in design.when(date(2026, number, 7))


def test_icons_come_from_where_static_files_are(settings):
    before = str(design.icon("lock"))
    settings.STATIC_URL = "/elsewhere/"
    assert "/elsewhere/design/icons.svg#lock" in str(design.icon("lock"))
    assert "/elsewhere/" not in before
