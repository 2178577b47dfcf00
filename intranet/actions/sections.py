"""The section of each service."""

from __future__ import annotations

from django.contrib.auth.models import Group
from django.db.models import Q
from wagtail.log_actions import LogContext
from wagtail.models import GroupApprovalTask, Workflow, WorkflowPage, WorkflowTask

from directory import journal
from directory.models import AccessGroup, Role, Service, User
from intranet.lock.viewing import sees_everything
from intranet.models import BasePage, SectionPage

from .site import ensure_site


@sees_everything
def ensure_section(service: Service, *, actor: User | None) -> dict[str, SectionPage]:
    """Make the section of `service` in each language, or give it the service's names.

    Returns the sections by language. Harmless to repeat.
    """
    with journal.transaction(), LogContext(user=actor):
        homes = ensure_site(actor=actor)
        sections = {
            page.language: page
            for page in SectionPage.objects.filter(service=service).select_related("locale")
        }
        for code, home in homes.items():
            name = service.name_en if code == "en" else service.name_fr
            section = sections.get(code)
            if section is None:
                section = SectionPage(
                    title=name,
                    slug=_free_slug(service.slug, home),
                    service=service,
                    locale=home.locale,
                )
                twin = next(iter(sections.values()), None)
                if twin is not None:
                    section.translation_key = twin.translation_key
                home.refresh_from_db()
                home.add_child(instance=section)
            elif section.title == name:
                continue
            section.title = name
            section.save_revision(user=actor).publish(user=actor, skip_permission_checks=True)
            section.refresh_from_db()
            sections[code] = section
        _ensure_review(service, sections)
    return sections


def _ensure_review(service: Service, sections: dict[str, SectionPage]) -> None:
    """Have the heads of the service review what its contributors submit.

    A workflow has one name, which Wagtail shows as it is: the section in each language has a
    workflow of its own, called like the section.
    """
    heads = AccessGroup.objects.get(service=service, role=Role.HEAD).group
    given = {
        assigned.page_id: assigned.workflow
        for assigned in WorkflowPage.objects.filter(page__in=sections.values())
        .select_related("workflow")
        .order_by("page")
    }
    taken: set[int] = set()
    for code in sorted(sections, reverse=True):
        section = sections[code]
        workflow = given.get(section.pk)
        # Both languages had one in common, called by both names.
        if workflow is None or workflow.pk in taken:
            workflow = _new_review(section, heads)
        taken.add(workflow.pk)
        for named in (workflow, *workflow.tasks):
            if named.name != section.title:
                named.name = section.title
                named.save(update_fields=["name"])


def _new_review(section: SectionPage, heads: Group) -> Workflow:
    """Make the workflow of a section, with the one task of `heads`; return it."""
    task = GroupApprovalTask.objects.create(name=section.title)
    task.groups.set([heads])
    workflow = Workflow.objects.create(name=section.title)
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
    WorkflowPage.objects.update_or_create(
        page=section.get_base_page(), defaults={"workflow": workflow}
    )
    return workflow


def ensure_sections(*, actor: User | None = None) -> int:
    """Make the sections of all services; return how many services have been seen to."""
    ensure_site(actor=actor)
    services = Service.objects.order_by("pk")
    for service in services:
        ensure_section(service, actor=actor)
    return len(services)


def _free_slug(wanted: str, parent: BasePage) -> str:
    """Return `wanted`, with a number where a page of the frame has taken it."""
    taken = set(
        parent.get_children().filter(Q(slug__startswith=wanted)).values_list("slug", flat=True)
    )
    slug, number = wanted, 2
    while slug in taken:
        slug, number = f"{wanted}-{number}", number + 1
    return slug
