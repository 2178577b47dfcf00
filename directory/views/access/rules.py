"""Rules: which group of the directory gives which role."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from directory.forms.access import RuleForm
from directory.models import DirGroup, GroupRule
from directory.outside import number_from_outside
from directory.sorting import SortKey
from directory.sync import rules as actions
from directory.text import sort_key

from .gate import AdminRequest, for_it_admins


@for_it_admins
def rules(request: AdminRequest) -> HttpResponse:
    """List the rules, and the groups of the directory that no rule names."""
    found = GroupRule.objects.select_related(
        "dir_group", "access_group__service", "access_group__group"
    )
    unused = (
        DirGroup.objects.filter(rules=None, gone_at=None)
        .annotate(size=Count("members", distinct=True))
        .order_by(SortKey("name"), "pk")
    )
    return render(
        request,
        "directory/access/rules.html",
        {
            "rules": sorted(found, key=lambda rule: sort_key(str(rule.access_group))),
            "unused": unused[:200],
        },
    )


@for_it_admins
def rule_new(request: AdminRequest) -> HttpResponse:
    """Choose a group and a role, see whom it concerns, then add the rule."""
    given = request.POST if request.method == "POST" else request.GET
    if not given.get("access_group"):
        form = RuleForm(
            initial={"dir_group": number_from_outside(given.get("dir_group")), "nested": True}
        )
        return render(request, "directory/access/rule_new.html", {"form": form})
    form = RuleForm(given)
    if not form.is_valid():
        return render(request, "directory/access/rule_new.html", {"form": form}, status=422)
    data = form.cleaned_data
    if request.method == "POST":
        try:
            actions.add_rule(actor=request.user, **data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Rule added, with immediate effect."))
            return redirect("directory:access_rules")
    return render(
        request,
        "directory/access/rule_new.html",
        {"form": form, "chosen": data, "effect": actions.effect_of_adding(**data)},
        status=422 if form.errors else 200,
    )


@for_it_admins
def rule(request: AdminRequest, pk: int) -> HttpResponse:
    """Show a rule and who would leave if it were taken away."""
    found = get_object_or_404(_rules(), pk=pk)
    return render(
        request,
        "directory/access/rule.html",
        {"rule": found, "effect": actions.effect_of_removing(found)},
    )


@for_it_admins
@require_POST
def rule_remove(request: AdminRequest, pk: int) -> HttpResponse:
    """Take a rule away."""
    found = get_object_or_404(_rules(), pk=pk)
    try:
        actions.remove_rule(actor=request.user, rule=found)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("directory:access_rule", pk)
    messages.success(request, _("Rule removed, with immediate effect."))
    return redirect("directory:access_rules")


def _rules() -> QuerySet[GroupRule]:
    return GroupRule.objects.select_related(
        "dir_group__source", "access_group__service", "access_group__group"
    )
