"""The places where the lock must reach into the libraries that Wagtail is made of.

`install` is called once, when the app is ready; calling it again does no harm.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import CharField, Exists, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast
from django.http import HttpRequest
from django_filters.filters import QuerySetRequestMixin
from treebeard import mp_tree
from wagtail.actions.move_page import MovePageAction
from wagtail.models import PageLogEntry, ReferenceIndex
from wagtail.models.pages import PageLogEntryManager

from directory.access import Level, Somebody
from directory.models import User
from intranet.lock.viewing import sees_everything, viewer

if TYPE_CHECKING:
    from intranet.models import BasePage


def install() -> None:
    """Have moves see every page; references, log and people keep to what a person may know of."""
    _let_moves_see_everything()
    _move_with_an_address_of_its_own()
    _hide_references_out_of_sight()
    _hide_what_was_done_to_pages_of_others()
    _offer_people_by_their_work()


def _let_moves_see_everything() -> None:
    """Have treebeard move nodes under `seeing_everything()`.

    Wagtail's move calls treebeard's handler directly: no method of a page lies between (as they
    do where pages are added, see `BasePage`). With a hidden sibling out of sight a path would be
    given twice.
    """
    handler = mp_tree.MP_MoveHandler
    if not hasattr(handler.process, "__wrapped__"):
        handler.process = sees_everything(handler.process)


def _move_with_an_address_of_its_own() -> None:
    """Give a page that leaves for another place an address that it can have anywhere.

    The views of one page and of several come together only in Wagtail's action, after it has
    asked whether the move is allowed. Its signals come too early and too late: the new address
    is made before the first, and refused beside a hidden page before the second.
    """
    if hasattr(MovePageAction._move_page, "__wrapped__"):
        return
    move = MovePageAction._move_page

    @functools.wraps(move)
    def _move_page(
        self: MovePageAction, page: BasePage, target: BasePage, parent_after: BasePage
    ) -> object:
        if not page.is_child_of(parent_after) and not page.specific_class.is_fixed:
            page.specific.take_own_address()
        return move(self, page, target, parent_after)

    MovePageAction._move_page = _move_page


def _hide_references_out_of_sight() -> None:
    """Leave out, of what refers to an object, the pages that the viewer may not know of.

    Wagtail shows "used 3 times" and the list of them beside every page and image.
    """
    if getattr(ReferenceIndex, "_is_narrowed", False):
        return
    to_one = ReferenceIndex.get_references_to.__func__
    to_many = ReferenceIndex.get_references_to_in_bulk.__func__
    count = ReferenceIndex.usage_count_subquery.__func__

    def get_references_to(cls: object, object: Model) -> QuerySet[ReferenceIndex]:
        return in_sight(to_one(cls, object))

    def get_references_to_in_bulk(
        cls: object, objects: Iterable[Model]
    ) -> QuerySet[ReferenceIndex]:
        return in_sight(to_many(cls, objects))

    def usage_count_subquery(cls: object, model: type[Model]) -> Subquery:
        counted = count(cls, model)
        subquery = counted.source_expressions[0]
        narrowed = in_sight(subquery.query.model.objects.all())
        if viewer() is not None:
            subquery.query.add_filter("pk__in", narrowed.values("pk"))
        return counted

    ReferenceIndex.get_references_to = classmethod(get_references_to)
    ReferenceIndex.get_references_to_in_bulk = classmethod(get_references_to_in_bulk)
    ReferenceIndex.usage_count_subquery = classmethod(usage_count_subquery)
    ReferenceIndex._is_narrowed = True


def _hide_what_was_done_to_pages_of_others() -> None:
    """Leave out, of Wagtail's log, what was done to pages that the viewer does not edit.

    Its explorer is filtered by whoever it names, its history and reports show it.
    """
    if hasattr(PageLogEntryManager.get_queryset, "__wrapped__"):
        return
    whole = PageLogEntryManager.get_queryset

    @functools.wraps(whole)
    def get_queryset(self: PageLogEntryManager) -> QuerySet[PageLogEntry]:
        entries, person = whole(self), viewer()
        if person is None:
            return entries
        # Asked of each page named: a list of all that one edits grows with what is stored.
        return entries.filter(Exists(_edited(person).filter(pk=OuterRef("page"))))

    PageLogEntryManager.get_queryset = get_queryset


def _offer_people_by_their_work() -> None:
    """Offer in filters those people alone who did something to a page that the viewer edits.

    Wagtail offers all whose work there is anywhere, that on hidden drafts too.
    """
    if hasattr(QuerySetRequestMixin.get_queryset, "__wrapped__"):
        return
    whole = QuerySetRequestMixin.get_queryset

    @functools.wraps(whole)
    def get_queryset(self: QuerySetRequestMixin, request: HttpRequest) -> QuerySet[Model] | None:
        offered, person = whole(self, request), viewer()
        if person is None or offered is None or offered.model is not User:
            return offered
        return offered.filter(
            Q(pk__in=_edited(person).values("owner"))
            | Q(pk__in=PageLogEntry.objects.order_by().values("user"))
        )

    QuerySetRequestMixin.get_queryset = get_queryset


def _edited(person: Somebody) -> QuerySet[BasePage]:
    """Return the pages that `person` edits."""
    from intranet.models import BasePage

    return BasePage.objects.visible_to(person, Level.CONTRIBUTE).order_by()


def in_sight(references: QuerySet[ReferenceIndex]) -> QuerySet[ReferenceIndex]:
    """Keep the references that are found on pages the viewer may know of; all for nobody."""
    from django.contrib.contenttypes.models import ContentType

    from intranet.models import BasePage

    if viewer() is None:
        return references
    known = BasePage.objects.order_by().values_list(Cast("pk", CharField()), flat=True)
    return references.filter(
        base_content_type=ContentType.objects.get_for_model(BasePage), object_id__in=known
    )
