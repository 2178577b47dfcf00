"""What a page links to, and who of those it is for cannot open it.

Asked when somebody publishes: see `intranet.views.links`. A link to what that person may not
see themselves is told like one that leads nowhere.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from html.parser import HTMLParser

from django.db.models import QuerySet
from django.http import Http404
from django.urls import Resolver404, resolve
from django.utils.translation import get_language, get_language_from_path, override
from wagtail.blocks import StreamValue
from wagtail.fields import StreamField
from wagtail.rich_text import RichText

from directory import access
from directory.access import Level, Somebody
from directory.models import AccessScope, User
from directory.outside import number_from_outside
from directory.places import is_own, path_of
from directory.sorting import BY_NAME
from documents import places
from documents.models import Node
from intranet.lock.querysets import FRAME_DEPTH
from intranet.lock.viewing import viewer
from intranet.models import BasePage, SiteImage
from intranet.models.home import HOME_LANGUAGES, home_slug

# Different targets of one page that are looked at, and people that are named.
LOOKED_AT = 1000
NAMED = 3

_answered: ContextVar[bool] = ContextVar("links_answered", default=False)


@dataclass(frozen=True, slots=True)
class ClosedLink:
    """A link that some of those a page is for cannot follow.

    `title` is that of the target, or the words of the link where whoever asks may not see it.
    `people` counts those who cannot open it, `names` the first of them; none where it leads
    nowhere. `node`: the document, where the person manages it and so may open it to others.
    """

    title: str
    people: int
    names: tuple[str, ...]
    node: Node | None
    is_picture: bool = False

    @property
    def leads_nowhere(self) -> bool:
        """Whether there is nothing at the other end that the person may see."""
        return not self.people

    @property
    def more(self) -> int:
        """How many people are not named."""
        return self.people - len(self.names)


class ClosedLinksError(Exception):
    """Somebody is about to publish `page`, whose links are not open to all it is for."""

    def __init__(self, page: BasePage) -> None:
        super().__init__(page)
        self.page = page


@contextmanager
def answered() -> Iterator[None]:
    """Publish without asking: the person was asked, and has answered."""
    token = _answered.set(True)
    try:
        yield
    finally:
        _answered.reset(token)


def ask(page: BasePage) -> None:
    """Raise ClosedLinksError where whoever publishes `page` is to be asked about its links.

    Where nobody looks (the clock, an action of Marigot's) there is nobody to ask.
    """
    person = viewer()
    if person is not None and not _answered.get() and closed_links(page, person):
        raise ClosedLinksError(page)


@dataclass(slots=True)
class _Links:
    """What a page links to, by key, each with the words of the link."""

    nodes: dict[uuid.UUID, str]
    spaces: dict[str, str]
    pages: dict[int, str]
    paths: dict[tuple[str, ...], str]


def closed_links(page: BasePage, person: Somebody) -> list[ClosedLink]:
    """Return the links of `page` that not all of those it is for can follow, in no order.

    A query for each kind of target, and two for each scope that one stands in.
    """
    scope = page.scope_here()
    return [] if scope is None else _closed(linked(page), _Barred.of(scope), person, page)


def closed_to(readers: QuerySet[User], page: BasePage, person: Somebody) -> list[ClosedLink]:
    """Return the links and pictures of `page` that not all of `readers` can open, in no order.

    As many queries as `closed_links` makes, and two for each scope of a picture. A picture
    that `person` may not see is left out: it is not shown to them either.
    """
    barred = _Barred(readers)
    found = _closed(linked(page), barred, person, page)
    for picture in _pictures(page):
        if count := barred.count(picture.scope_id):
            names = barred.names(picture.scope_id)
            found.append(ClosedLink(str(picture.title), count, names, None, is_picture=True))
    return found


def closed_at(address: str, *, scope: AccessScope, person: Somebody) -> ClosedLink | None:
    """Return the link to `address` where not all readers of `scope` can follow it.

    As many queries as `closed_links` makes for a page with one link.
    """
    links = _Links({}, {}, {}, {})
    _add(links, address, address)
    return next(iter(_closed(links, _Barred.of(scope), person)), None)


def _closed(
    links: _Links, barred: _Barred, person: Somebody, page: BasePage | None = None
) -> list[ClosedLink]:
    """Return those of `links` that somebody is barred from; `page` holds them."""
    found: list[ClosedLink] = []
    nodes = [*_nodes(links, person)]
    managed = access.levels(person, {node.scope_id for node, _words in nodes if node})
    for node, words in nodes:
        if node is None:
            found.append(ClosedLink(words, 0, (), None))
        elif count := barred.count(node.scope_id):
            # To open a folder would open all that is in it.
            opens = managed.get(node.scope_id) == Level.MANAGE and not node.is_folder
            names = barred.names(node.scope_id)
            found.append(ClosedLink(node.title, count, names, node if opens else None))
    for target, words in _pages(links, page, person):
        if target is None:
            found.append(ClosedLink(words, 0, (), None))
        elif target.depth > FRAME_DEPTH and (count := barred.count(target.scope_id or 0)):
            names = barred.names(target.scope_id or 0)
            found.append(ClosedLink(target.get_admin_display_title(), count, names, None))
    return found


class _Barred:
    """Which of `readers` cannot read a scope; asked once for each.

    `scope`: one that all of them read.
    """

    def __init__(self, readers: QuerySet[User], scope: AccessScope | int | None = None) -> None:
        self._readers = readers
        self._scope = scope
        self._counts: dict[int, int] = {}

    @classmethod
    def of(cls, scope: AccessScope | int) -> _Barred:
        """Return the same for those who read `scope`."""
        return cls(access.readers(scope), scope)

    def _people(self, scope: int) -> QuerySet[User]:
        return self._readers.exclude(pk__in=access.readers(scope).values("pk"))

    def count(self, scope: int) -> int:
        """Return how many of the readers cannot read `scope`."""
        if scope not in self._counts:
            self._counts[scope] = 0 if scope == self._scope else self._people(scope).count()
        return self._counts[scope]

    def names(self, scope: int) -> tuple[str, ...]:
        """Return the first of them."""
        people = self._people(scope).order_by(*BY_NAME)
        return tuple(str(each) for each in people[:NAMED])


def _pictures(page: BasePage) -> Iterator[SiteImage]:
    """Yield each picture in the texts of `page` once."""
    found = {
        child.value.pk: child.value
        for field in page._meta.get_fields()
        if isinstance(field, StreamField)
        for child in getattr(page, field.name)
        if child.block_type == "image" and child.value is not None
    }
    yield from found.values()


def _nodes(links: _Links, person: Somebody) -> Iterator[tuple[Node | None, str]]:
    """Yield the folders and documents that are linked to, None for what `person` cannot see."""
    seen = Node.objects.visible_to(person).filter(trashed_at=None).select_related("space")
    by_id = {node.pk: node for node in seen.filter(pk__in=links.nodes)}
    roots = seen.filter(parent=None, space__slug__in=links.spaces)
    by_space = {node.space.slug: node for node in roots}
    yield from ((by_id.get(pk), words) for pk, words in links.nodes.items())
    yield from ((by_space.get(slug), words) for slug, words in links.spaces.items())


def _pages(
    links: _Links, page: BasePage | None, person: Somebody
) -> Iterator[tuple[BasePage | None, str]]:
    """Yield the published pages that are linked to, None for what `person` cannot see.

    `page` itself is left out.
    """
    own, own_path = (page.pk, page.url_path) if page is not None else (None, "")
    seen = BasePage.objects.served_to(person).exclude(pk=own)
    by_id = {found.pk: found for found in seen.filter(pk__in=links.pages)}
    wanted = [path for paths in links.paths for path in paths]
    by_path = {found.url_path: found for found in seen.filter(url_path__in=wanted)}
    for pk, words in links.pages.items():
        if pk != own:
            yield by_id.get(pk), words
    for paths, words in links.paths.items():
        if own_path not in paths:
            yield next((by_path[path] for path in paths if path in by_path), None), words


def linked(page: BasePage) -> _Links:
    """Return what the texts of `page` link to on this site, `LOOKED_AT` targets at most."""
    links = _Links({}, {}, {}, {})
    met: set[str | int] = set()
    for field in page._meta.get_fields():
        if not isinstance(field, StreamField):
            continue
        for words, target in _targets(getattr(page, field.name)):
            if target in met:
                continue
            _add(links, words, target)
            met.add(target)
            if len(met) == LOOKED_AT:
                return links
    return links


def _targets(text: StreamValue) -> Iterator[tuple[str, str | int]]:
    """Yield the words and the target of each link: an address or a page."""
    for child in text:
        if isinstance(child.value, RichText):
            parser = _Anchors()
            parser.feed(child.value.source)
            yield from parser.found
        elif child.block_type == "document":
            yield str(child.value["label"]), child.value.address


class _Anchors(HTMLParser):
    """Collects the links of a rich text as it is stored."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str | int]] = []
        self._target: str | int | None = None
        self._words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "a":
            return
        given = {name: value or "" for name, value in attrs}
        number = number_from_outside(given.get("id")) if given.get("linktype") == "page" else None
        self._target = given.get("href") if number is None else number
        self._words = ""

    def handle_data(self, data: str) -> None:
        self._words += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._target is not None:
            self.found.append((self._words.strip(), self._target))
            self._target = None


def _add(links: _Links, words: str, target: str | int) -> None:
    """Put a link where it belongs; one that leads off the site belongs nowhere."""
    if isinstance(target, int):
        links.pages.setdefault(target, words)
    elif path := _path_here(target):
        named = places.named_at(path)
        if isinstance(named, uuid.UUID):
            links.nodes.setdefault(named, words)
            return
        if named is not None:
            links.spaces.setdefault(named, words)
            return
        try:
            with override(get_language_from_path(path) or get_language()):
                match = resolve(path)
        except (Resolver404, Http404):
            return
        if match.view_name == "wagtail_serve":
            below = str(match.args[0] if match.args else match.kwargs.get("path", ""))
            if below:  # the home pages are open to all
                paths = tuple(f"/{home_slug(code)}/{below}" for code in HOME_LANGUAGES)
                links.paths.setdefault(paths, words or below)


def _path_here(address: str) -> str | None:
    """Return the path of an address of this site, None for any other."""
    return path_of(address) if is_own(address) else None
