"""What of the libraries is replaced or leaned on inside: each as it was when it was read.

A name stands here with the decision that says why, and the digest of its source. Where one
changes, read the decision and the new source together, mend what follows from it, and then
write the new digest here.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
import types
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOORS = "0005-wagtail-doors"
ADDRESSES = "0010-what-an-address-names"

# Replaced when the app is ready.
PATCHED = {
    "treebeard.mp_tree:MP_AddRootHandler.process": (DOORS, "88a5797be3574552"),
    "treebeard.mp_tree:MP_AddChildHandler.process": (DOORS, "b466348090acfcf9"),
    "treebeard.mp_tree:MP_AddSiblingHandler.process": (DOORS, "3acdf72e804e21e6"),
    "treebeard.mp_tree:MP_MoveHandler.process": (DOORS, "753ae403ed3e93e5"),
    "wagtail.actions.move_page:MovePageAction._move_page": (ADDRESSES, "a384427d3ea73cf8"),
    "wagtail.models.reference_index:ReferenceIndex.get_references_to": (DOORS, "2bdcfa422c31707e"),
    "wagtail.models.reference_index:ReferenceIndex.get_references_to_in_bulk": (
        DOORS,
        "a5866f1775937a8e",
    ),
    "wagtail.models.reference_index:ReferenceIndex.usage_count_subquery": (
        DOORS,
        "aef29244a3519b9a",
    ),
    "wagtail.models.pages:PageLogEntryManager.get_queryset": (DOORS, "59ca72fb4f058733"),
    "django_filters.filters:QuerySetRequestMixin.get_queryset": (DOORS, "865dcb5ea7c22be0"),
    "wagtail.admin.mail:EmailNotificationMixin.get_valid_recipients": (DOORS, "9aa68f31a58e9584"),
    "wagtail.admin.mail:EmailNotificationMixin.send_notifications": (DOORS, "c4961e85efaf1279"),
    "wagtail.admin.views.bulk_action.registry:BulkActionRegistry.get_bulk_actions_for_model": (
        DOORS,
        "a04585b3656960ea",
    ),
    "wagtail.admin.views.generic.base:WagtailAdminTemplateMixin.get_header_title": (
        DOORS,
        "deae0d714ad92251",
    ),
    "wagtail.models.workflows:WorkflowState.all_tasks_with_status": (DOORS, "9347d868d7a2de53"),
    "wagtail.models.workflows:GroupApprovalTask.get_form_for_action": (DOORS, "84b6708ee9f365db"),
}
# Not replaced, but overridden by what knows how they work inside.
OVERRIDDEN = {
    "wagtail.models.pages:PagePermissionTester.__init__": (DOORS, "c3999e9f66bb4465"),
    "wagtail.models.pages:PagePermissionTester.can_edit": (DOORS, "1330458beee7b2e0"),
    "wagtail.models.pages:PagePermissionTester.can_delete": (DOORS, "0eb5c24b6d3afe0c"),
    "wagtail.models.pages:PagePermissionTester.can_move_to": (DOORS, "71bbe07733979810"),
    "wagtail.query:PageQuerySet.descendant_of_q": (DOORS, "cc8a46c5d5d408ed"),
    "django.db.models.query:QuerySet._fetch_all": (DOORS, "aeb631689ea655b2"),
    "django.db.models.query:QuerySet.all": (DOORS, "c939644d8c87261b"),
    "django.db.models.query:QuerySet.filter": (DOORS, "2bf20ae5316bc757"),
    "django.db.models.query:QuerySet.query": (DOORS, "201a272c95ec65db"),
}
LIBRARIES = ("wagtail", "treebeard", "django_filters", "modelcluster", "taggit")
DISTRIBUTIONS = {"treebeard": "django-treebeard", "django_filters": "django-filter"}


def source_of(name: str) -> str:
    """The source of a method as its library has it, whatever replaces it meanwhile."""
    module_name, _, path = name.partition(":")
    class_name, _, method = path.partition(".")
    for owner in getattr(importlib.import_module(module_name), class_name).__mro__:
        source = inspect.getsource(sys.modules[owner.__module__])
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ClassDef) and node.name == owner.__name__:
                for inner in node.body:
                    if isinstance(inner, ast.FunctionDef) and inner.name == method:
                        return ast.get_source_segment(source, inner) or ""
    raise AssertionError(f"{name} is gone")


@pytest.mark.parametrize("name", [*PATCHED, *OVERRIDDEN])
def test_it_is_as_it_was_when_it_was_read(name):
    decision, digest = (PATCHED | OVERRIDDEN)[name]
    now = sha256(source_of(name).encode()).hexdigest()[:16]
    package = name.partition(".")[0]
    release = version(DISTRIBUTIONS.get(package, package))
    assert now == digest, (
        f"{name} is another in {package} {release}: read it again with "
        f"docs/decisions/{decision}.md, then write {now}"
    )


@pytest.mark.parametrize("decision", [DOORS, ADDRESSES])
def test_its_decision_is_there(decision):
    assert (ROOT / "docs" / "decisions" / f"{decision}.md").is_file()


def test_nothing_else_is_replaced():
    """No function of ours is found in a class of theirs that is not named above."""
    found = set()
    for module_name, module in list(sys.modules.items()):
        if module_name.partition(".")[0] not in LIBRARIES or module is None:
            continue
        for owner in vars(module).values():
            if not isinstance(owner, type) or owner.__module__ != module_name:
                continue
            for attribute, value in vars(owner).items():
                inner = getattr(value, "__func__", value)
                if isinstance(inner, types.FunctionType) and Path(
                    inner.__code__.co_filename
                ).is_relative_to(ROOT / "intranet"):
                    found.add(f"{module_name}:{owner.__qualname__}.{attribute}")
    assert found == set(PATCHED)
