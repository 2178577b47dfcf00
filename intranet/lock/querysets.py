"""Which pages there are for whom."""

from __future__ import annotations

from typing import Any, Self

from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Concat
from django.utils.translation import get_language
from treebeard.mp_tree import MP_Node
from wagtail.models import Locale, PageManager
from wagtail.query import PageQuerySet

from directory import access
from directory.access import Level, Somebody
from intranet.lock.viewing import (
    SeenQuerySet,
    says_for_whom,
    sees_everything,
    viewer,
    viewer_if_any,
)

# The tree's root and the home pages are the frame of the site: they hold no content of a
# service, and everybody who is signed in stands in them.
FRAME_DEPTH = 2
# The sections hang right below the home pages.
SECTION_DEPTH = 3

# The conditions on the number of children that Wagtail puts.
_ON_CHILDREN = {"numchild", "numchild__gt"}

# What a line of a list shows, of the kinds of page that have it.
_LINE = {
    *("title", "url_path", "depth", "translation_key", "locale", "service"),
    *("summary", "audience", "date", "start", "end", "place_name"),
}


def known_to(person: Somebody) -> Q:
    """Return the condition on pages that `person` may know of.

    The frame of the site; what is published in a scope that they read; drafts in a scope
    that they contribute to. A subquery, no query of its own.
    """
    return (
        Q(depth__lte=FRAME_DEPTH)
        | Q(live=True, scope__in=access.scopes_for(person))
        | Q(scope__in=access.scopes_for(person, Level.CONTRIBUTE))
    )


class ScopedPageQuerySet(SeenQuerySet, PageQuerySet):
    """Pages, narrowed to what somebody has access to."""

    def known_to(self, person: Somebody) -> Q:
        """See `known_to` above."""
        return known_to(person)

    def filter(self, *args: object, **kwargs: object) -> Self:
        """Keep what fits; a condition on `numchild` is on the pages below that are in sight.

        Wagtail asks by it which pages can be opened; the column counts the hidden ones too.
        """
        if not _ON_CHILDREN.intersection(kwargs) or viewer() is None:
            return super().filter(*args, **kwargs)
        below = Exists(self.model.base_page_model.objects.right_below())
        asked = {name: kwargs.pop(name) for name in _ON_CHILDREN.intersection(kwargs)}
        if asked not in ({"numchild": 0}, {"numchild__gt": 0}):
            raise ValueError("pages are asked for with children or without, not by their number")
        return super().filter(*args, below if "numchild__gt" in asked else ~below, **kwargs)

    def descendant_of_q(self, other: MP_Node, inclusive: bool = False) -> Q:
        """Return the condition on the pages below `other`, as a range of paths.

        Wagtail asks for a prefix, for which SQLite reads every page.
        """
        below = Q(path__gte=other.path, path__lt=other._inc_path(), depth__gte=other.depth)
        return below if inclusive else below & ~Q(pk=other.pk)

    def right_below(self) -> Self:
        """Keep, inside the query of a page, the pages right below it; the index of paths helps."""
        path = OuterRef("path")
        return self.order_by().filter(
            depth=OuterRef("depth") + 1,
            path__gt=path,
            path__lt=Concat(path, Value("Z" * (self.model.steplen + 1))),
        )

    def _fetch_all(self) -> None:
        """Read the rows; each page knows the others: what is asked of one is asked of all."""
        super()._fetch_all()
        if viewer_if_any() is not None:
            for page in self._result_cache or ():
                if isinstance(page, self.model.base_page_model):
                    page.read_with = self._result_cache

    @says_for_whom
    def visible_to(self, person: Somebody, level: Level = Level.READ) -> Self:
        """Keep the pages on which `person` has `level`: drafts for those alone who contribute.

        A draft is no page yet for whoever has less.
        """
        pages = self.filter(scope__in=access.scopes_for(person, level))
        return pages if level >= Level.CONTRIBUTE else pages.filter(live=True)

    @says_for_whom
    def served_to(self, person: Somebody) -> Self:
        """Keep the published pages that `person` reads, and the home pages.

        These are a frame that everybody stands in; what they show is asked for by itself.
        """
        read = Q(scope__in=access.scopes_for(person)) | Q(depth=FRAME_DEPTH)
        return self.filter(read, live=True)

    def in_language(self, person: Somebody, language: str | None = None) -> Self:
        """Keep one version of each page; see `spoken_to`."""
        return self.filter(self.spoken_to(person, language))

    def spoken_to(self, person: Somebody, language: str | None = None) -> Q:
        """Return the condition on one version of each page: in `language` (the active one).

        A page that has no version in that language that `person` may read stays in its own.
        """
        code = (language or get_language() or "fr")[:2]
        base = self.model.base_page_model
        better = base.objects.visible_to(person).filter(
            translation_key=OuterRef("translation_key"), locale__language_code=code
        )
        return Q(locale__language_code=code) | Q(~Exists(better.order_by()))

    def as_lines(self) -> Self:
        """Read of each page what a line of a list shows, its service and its language.

        A page has thirty columns more and its text. Whatever else is asked of one of these
        pages costs a query.
        """
        has = {field.name for field in self.model._meta.concrete_fields}
        return self.select_related("service", "locale").only(*(_LINE & has))

    @sees_everything
    def delete(self, *args: object, **kwargs: object) -> Any:
        """Delete the pages with all that is below them."""
        return super().delete(*args, **kwargs)

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]


class ScopedPageManager(PageManager.from_queryset(ScopedPageQuerySet)):  # type: ignore[misc]
    """Gives the pages that whoever looks may know of, each time they are read."""

    def get_queryset(self) -> ScopedPageQuerySet:
        """Return the pages, to be narrowed as they are read (see `intranet.lock.viewing`)."""
        pages: ScopedPageQuerySet = super().get_queryset()
        return pages.for_whoever_looks()

    def visible_to(self, person: Somebody, level: Level = Level.READ) -> ScopedPageQuerySet:
        """See `ScopedPageQuerySet.visible_to`."""
        return self._for(person).visible_to(person, level)

    def served_to(self, person: Somebody) -> ScopedPageQuerySet:
        """See `ScopedPageQuerySet.served_to`."""
        return self._for(person).served_to(person)

    def _for(self, person: Somebody) -> ScopedPageQuerySet:
        """Return the pages for a question about `person` that `known_to` contains.

        Where that person looks, narrowing by `known_to` too would only make the query longer.
        """
        looking = viewer_if_any()
        if looking is not None and looking.pk == person.pk:
            pages: ScopedPageQuerySet = super().get_queryset()
            return pages
        return self.get_queryset()


def locale(language: str) -> Locale:
    """Return Wagtail's locale of a language, made where it is missing."""
    found: Locale = Locale.objects.get_or_create(language_code=language)[0]
    return found
