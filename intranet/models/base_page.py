"""The base of every page: a page stands in an access scope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import get_language, gettext, override
from django.utils.translation import gettext_lazy as _
from wagtail.models import AbstractPage, DefaultBasePageMixin, Revision
from wagtail.models.pages import AbstractPageMeta
from wagtail.search import index

from directory import journal
from directory.access import Level, Somebody
from directory.models import AccessScope, Service
from intranet import events, readiness
from intranet.lock.querysets import SECTION_DEPTH, ScopedPageManager, ScopedPageQuerySet
from intranet.lock.viewing import seeing_everything, sees_everything, viewer

from .lines import LineField

if TYPE_CHECKING:
    from wagtail.admin.panels import Panel

    from intranet.lock.permissions import ScopedPagePermissionTester

# Children of a page that are counted for somebody; lists ask only whether there are any.
COUNTED = 100

_TITLE = AbstractPage._meta.get_field("title")


class BasePage(AbstractPage, DefaultBasePageMixin):
    """A page of the site.

    `scope` says who may read it; only the tree's root has none. `service` is the service in
    whose section it stands, none outside of the sections. Both follow from where the page
    stands and from its audience, and are written by `place` alone.
    """

    title = LineField(
        verbose_name=_TITLE.verbose_name,
        max_length=_TITLE.max_length,
        help_text=_TITLE.help_text,
    )
    draft_title = models.TextField(editable=False)
    scope = models.ForeignKey(
        AccessScope,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("who may read it"),
    )
    service = models.ForeignKey(
        Service,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="pages",
        verbose_name=_("service"),
    )
    # What a draft's author typed for a date that cannot be one, by field; `{}` in what is live.
    as_typed = models.JSONField(default=dict, blank=True, editable=False)

    objects = ScopedPageManager()

    # A fixed page is part of the frame: nobody moves, copies, unpublishes or deletes it.
    is_fixed: ClassVar[bool] = True

    search_fields = [
        *AbstractPage.search_fields,
        *DefaultBasePageMixin.search_fields,
        index.FilterField("scope"),
        index.FilterField("service"),
    ]
    promote_panels: ClassVar[list[Panel]] = []

    class Meta(AbstractPageMeta):
        verbose_name = _("page")
        verbose_name_plural = _("pages")
        indexes = [
            models.Index(fields=["url_path"], name="page_url_path"),
            # A section shows the few events and information pages beside its many notes.
            models.Index(fields=["service", "content_type"], name="page_service_kind"),
        ]

    # Where the page stands, and at which address

    def scope_here(self) -> int | None:
        """Return the id of the scope that a page of this kind stands in, where it stands now."""
        return self.scope_id

    @sees_everything
    def place(self) -> None:
        """Set `service` from the page above, and `scope` by `scope_here`."""
        parent = self.get_parent()
        if parent is not None and parent.service_id is not None:
            self.service_id = parent.service_id
        self.scope_id = self.scope_here()

    def save(self, *args: Any, **kwargs: Any) -> Any:
        """Write the page; a change of scope leaves its entry in the journal."""
        from intranet.journaling import acting

        fields = kwargs.get("update_fields")
        with seeing_everything():
            before = None
            if isinstance(self, self.specific_class or BasePage) and (
                fields is None or "scope" in fields
            ):
                self.place()
                if self.pk:
                    before = (
                        BasePage._base_manager.filter(pk=self.pk)
                        .values_list("scope_id", flat=True)
                        .first()
                    )
            if before in (None, self.scope_id):
                return super().save(*args, **kwargs)
            with journal.transaction():
                result = super().save(*args, **kwargs)
                journal.append(
                    events.PAGE_SCOPE_CHANGED,
                    obj=self.get_base_page(),
                    actor=kwargs.get("user") or acting(),
                    scope=self.scope_id,
                    payload={
                        "kind": type(self)._meta.model_name,
                        "from": before,
                        "to": self.scope_id,
                    },
                )
            return result

    def with_content_json(self, content: dict[str, object]) -> Self:
        """Return the page with the content of a revision, with its scope and address of today.

        The scope that a revision was saved with may be that of another section.
        """
        page = super().with_content_json(content)
        page.service_id, page.scope_id = self.service_id, self.scope_id
        page.scope_id = page.scope_here()
        # So it is with the address: it may be one that the page had in another section.
        page.slug, page.url_path = self.slug, self.url_path
        return page

    # The tree's bookkeeping sees every row; see `intranet.lock.viewing`.

    full_clean = sees_everything(AbstractPage.full_clean)
    minimal_clean = sees_everything(AbstractPage.minimal_clean)
    get_parent = sees_everything(AbstractPage.get_parent)
    add_child = sees_everything(AbstractPage.add_child)
    add_sibling = sees_everything(AbstractPage.add_sibling)

    @classmethod
    @sees_everything
    def add_root(cls, **kwargs: object) -> Self:
        """See treebeard."""
        return super().add_root(**kwargs)

    @staticmethod
    @sees_everything
    def _slug_is_available(slug: str, parent_page: BasePage, page: BasePage | None = None) -> bool:
        """Tell whether an address below `parent_page` is free.

        It always is to a content page that comes from elsewhere: it brings its own
        (`ContentPage.take_own_address`), so that no refusal tells what it would meet.
        """
        if (
            page is not None
            and page.pk
            and parent_page
            and not page.is_child_of(parent_page)
            and not page.specific_class.is_fixed
        ):
            return True
        return bool(AbstractPage._slug_is_available(slug, parent_page, page))

    # What is below it: while somebody looks, what they may know of (see `intranet.lock.viewing`)

    # The pages that were read by the same query.
    read_with: list[BasePage] | None = None

    def is_leaf(self) -> bool:
        """Tell whether no page is below; one query for all the pages that were read together."""
        if not self.numchild or viewer() is None:
            return bool(super().is_leaf())
        found = self.__dict__.get("_is_open_below")
        if found is None:
            together = [page for page in self.read_with or [self] if page.numchild]
            seen = set(
                BasePage.objects.filter(pk__in=[page.pk for page in together])
                .filter(numchild__gt=0)
                .values_list("pk", flat=True)
            )
            for page in {id(page): page for page in [self, *together]}.values():
                page._is_open_below = page.pk in seen
            found = self._is_open_below
        return not found

    def get_descendants(self, inclusive: bool = False) -> ScopedPageQuerySet:
        """See Wagtail; nothing is asked of the database where no page stands below.

        A list of fifty pages would ask it a hundred times, for what may be done with each.
        """
        if self.numchild:
            return super().get_descendants(inclusive)
        pages = self.base_page_model.objects
        return pages.filter(pk=self.pk) if inclusive else pages.none()

    def get_children_count(self) -> int:
        """Return how many pages are right below, counted no further than `COUNTED`.

        Where nobody looks, all of them: the tree's arithmetic.
        """
        if viewer() is None:
            return int(super().get_children_count())
        return 0 if self.is_leaf() else self.get_children().order_by()[:COUNTED].count()

    # What it must have to be published

    # Set by the form of the admin while it keeps a draft.
    is_kept_as_draft: bool = False

    def clean(self) -> None:
        """Refuse, to be published, what is no date and texts that their lists have no room for."""
        super().clean()
        if self.is_kept_as_draft:
            return
        faults = {name: ValidationError(_("Check this date.")) for name in self.as_typed}
        for field in self._meta.get_fields():
            if isinstance(field, models.TextField) and field.max_length:
                try:
                    MaxLengthValidator(field.max_length)(getattr(self, field.name))
                except ValidationError as error:
                    faults[field.name] = error
        if faults:
            raise ValidationError(faults)

    def publish(self, revision: Revision, *args: object, **kwargs: object) -> None:
        """Publish `revision`, now or at its time.

        Raises `readiness.NotReadyError` where something is missing, and
        `links.ClosedLinksError` where whoever publishes is to be asked about its links.
        """
        from intranet.links import ask

        page = revision.as_object()
        with seeing_everything():
            readiness.check(page)
        ask(page)
        return super().publish(revision, *args, **kwargs)

    # What people may do with it

    def permissions_for_user(self, user: Somebody) -> ScopedPagePermissionTester:
        """Return what `user` may do with the page; see `intranet.lock.permissions`."""
        from intranet.lock.permissions import ScopedPagePermissionTester

        return ScopedPagePermissionTester(user, self)

    def can_move_to(self, parent: BasePage) -> bool:
        """Tell whether the page may stand below `parent`; it keeps its language."""
        allowed: bool = super().can_move_to(parent)
        return allowed and parent.locale_id == self.locale_id

    def get_admin_display_title(self) -> str:
        """Return the title for the admin: that of a draft is for those who edit it.

        The root, which the database calls "Root", stands for all pages there.
        """
        from intranet.lock.permissions import rights

        if self.is_root():
            return gettext("All pages")
        person = viewer()
        if (
            person is not None
            and self.live
            and not rights(person).has(Level.CONTRIBUTE, self.scope_id)
        ):
            return str(self.title)
        return str(self.draft_title or self.title)

    @property
    def language(self) -> str:
        """Code of the language that the page is written in."""
        return str(self.locale.language_code)

    @property
    def address(self) -> str:
        """The address at which the page is shown inside the frame of the active language.

        A page in another language is shown there in the frame of the reader's.
        """
        return self.address_in(get_language() or settings.LANGUAGE_CODE)

    @property
    def address_own(self) -> str:
        """The address at which the page is shown inside the frame of its own language."""
        return self.address_in(self.language)

    def address_in(self, language: str) -> str:
        """Return the address of the page inside the frame of `language`; no query."""
        below_home = self.url_path.strip("/").partition("/")[2]
        with override(language[:2]):
            return reverse("wagtail_serve", args=[f"{below_home}/" if below_home else ""])

    @property
    def is_section(self) -> bool:
        """Whether the page is the top of a service's section; told without a query."""
        return self.service_id is not None and self.depth == SECTION_DEPTH
