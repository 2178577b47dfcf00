"""Images: each stands in a scope, like a page."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.images.models import (
    AbstractImage,
    AbstractRendition,
    Filter,
    ImageQuerySet,
    SourceImageIOError,
    WagtailImageFieldFile,
)
from wagtail.search import index

from directory import access, trouble
from directory.access import Level, Somebody
from directory.models import AccessScope
from intranet.lock.viewing import SeenQuerySet, says_for_whom, viewer
from intranet.pictures import looking, preparing
from intranet.pictures.canvas import Canvas

log = logging.getLogger(__name__)


class ScopedImageQuerySet(SeenQuerySet, ImageQuerySet):
    """Images, narrowed to what somebody has access to."""

    def known_to(self, person: Somebody) -> models.Q:
        """Return the condition on the images that `person` may see."""
        return models.Q(scope__in=access.scopes_for(person))

    @says_for_whom
    def visible_to(self, person: Somebody, level: Level = Level.READ) -> ScopedImageQuerySet:
        """Keep the images whose scope `person` has at `level`."""
        return self.filter(scope__in=access.scopes_for(person, level))


class ScopedImageManager(models.Manager.from_queryset(ScopedImageQuerySet)):  # type: ignore[misc]
    """Gives the images that the person who looks may see; all where nobody looks."""

    def get_queryset(self) -> ScopedImageQuerySet:
        """Return the images, narrowed where somebody looks (see `intranet.lock.viewing`)."""
        images: ScopedImageQuerySet = super().get_queryset()
        return images.for_whoever_looks()


class PictureFile(WagtailImageFieldFile):
    """A kept picture, whose size is told by a confined child."""

    def get_image_dimensions(self) -> tuple[int, int]:
        """Return width and height. Raises looking.PictureRefused.

        A form that brings no other file assigns the one that was there: its size is known.
        """
        name, *size = getattr(self.instance, "_measured", ("", 0, 0))
        if self._committed and self.name == name:
            return size[0], size[1]
        picture = looking.look_at(looking.content_of(self))
        return picture.width, picture.height


@contextmanager
def _broken_where_refused() -> Iterator[None]:
    """Show a broken picture, and the rest of the page, also where no rendition can be kept."""
    try:
        yield
    except SourceImageIOError:
        raise  # from within, where it was told: this is an OSError too
    except (looking.PictureRefused, looking.NotInside) as refused:
        raise SourceImageIOError(str(refused)) from refused
    except (OSError, trouble.NoRoom) as error:
        why = "there is no room left" if trouble.is_full(error) else "nothing can be written"
        log.error("a picture was not rendered: %s in the media folder (%s)", why, error)
        raise SourceImageIOError(str(error)) from error


class SiteImage(AbstractImage):
    """A picture for the pages; `scope` says who may see it, whatever page shows it."""

    scope = models.ForeignKey(
        AccessScope,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("who may see it"),
    )

    objects = ScopedImageManager()

    admin_form_fields = ("title", "file", "scope", "description")
    search_fields = [*AbstractImage.search_fields, index.FilterField("scope")]

    class Meta(AbstractImage.Meta):
        verbose_name = _("image")
        verbose_name_plural = _("images")

    @classmethod
    def from_db(cls, db: object, field_names: object, values: object) -> Self:
        """Make the object of a row, and keep what its file measures."""
        image = super().from_db(db, field_names, values)
        if {"file", "width", "height"} <= image.__dict__.keys():
            image._measured = (str(image.__dict__["file"]), image.width, image.height)
        return image

    def save(self, *args: object, **kwargs: object) -> None:
        """Save the picture; with a new one, what was rendered of it before."""
        is_new = self._state.adding
        super().save(*args, **kwargs)
        if is_new:
            self.keep_what_is_shown()

    def keep_what_is_shown(self) -> None:
        """Keep what was rendered of the picture, as far as there is room: see `keep_prepared`."""
        try:
            self.keep_prepared()
        except (OSError, trouble.NoRoom) as error:
            if not trouble.is_full(error):
                raise
            # The picture itself is kept; the worker makes the rest once there is room.
            log.warning("What is shown of the picture %s found no room.", self.file.name)

    def keep_prepared(self) -> None:
        """Keep what pages and the admin show of the picture, where that was rendered before.

        Raises what writing a file does.
        """
        if not looking.is_remembering():
            return
        with self.open_file() as file:
            content = looking.content_of(file)
        try:
            self._content = content
            with looking.nothing_more():
                for spec in preparing.SPECS:
                    super().create_rendition(Filter(spec))
        except (looking.NotInside, looking.PictureRefused):
            return  # another picture was prepared, or none
        finally:
            del self._content

    def make_renditions(self) -> None:
        """Render what pages and the admin show of the picture.

        Raises looking.PictureRefused, SourceImageIOError where the file cannot be read, and what
        writing a file does.
        """
        with self.open_file() as file:
            content = looking.content_of(file)
        with preparing.prepared([content]):
            looking.look_at(content)
            self.keep_prepared()

    @contextmanager
    def get_willow_image(self) -> Iterator[Canvas]:
        """Give the picture to Wagtail's filters, which a confined child carries out.

        Raises SourceImageIOError where it cannot be read: a page then shows a broken picture.
        """
        if (content := getattr(self, "_content", None)) is not None:
            yield Canvas(content)
            return
        with self.open_file() as file, _broken_where_refused():
            yield Canvas(looking.content_of(file))

    def find_existing_renditions(self, *filters: Filter) -> dict[Filter, Rendition]:
        """Return what is kept of the renditions; the original is the file itself."""
        found = {filter: self._itself() for filter in filters if filter.spec == "original"}
        others = [filter for filter in filters if filter not in found]
        return found | (super().find_existing_renditions(*others) if others else {})

    def _itself(self) -> Rendition:
        return Rendition(
            image=self,
            filter_spec="original",
            file=self.file.name,
            width=self.width,
            height=self.height,
        )

    def get_rendition(self, filter: Filter | str) -> Rendition:
        """Return the picture by `filter`; a gap where somebody looks and there is none yet.

        Raises SourceImageIOError where nobody looks, and it cannot be rendered.
        """
        try:
            return super().get_rendition(filter)
        except SourceImageIOError:
            if viewer() is None:
                raise
            gap = Rendition(image=self, width=0, height=0)
            gap.file.name = "not-found"  # as Wagtail has it in its templates
            return gap

    def create_rendition(self, filter: Filter) -> Rendition:
        """Render the picture; nothing is rendered while somebody looks but what was prepared.

        Raises SourceImageIOError, also inside a transaction (see `intranet.pictures.preparing`):
        a page then shows a broken picture, until the worker has rendered it.
        """
        with _broken_where_refused():
            if viewer() is not None and not looking.is_remembering():
                raise looking.NotInside("A picture is not rendered while a page is read.")
            with looking.remembering():
                return super().create_rendition(filter)

    def create_renditions(self, *filters: Filter) -> dict[Filter, Rendition]:
        """Render the picture by each of `filters`, one after the other."""
        return {filter: self.create_rendition(filter) for filter in filters}

    @property
    def default_alt_text(self) -> str:
        """The description; a file's name or title is no text for a screen reader."""
        return str(self.description)


class Rendition(AbstractRendition):
    """An image in one size and format."""

    image = models.ForeignKey(SiteImage, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        unique_together = (("image", "filter_spec", "focal_point_key"),)


for _model in (SiteImage, Rendition):
    _model._meta.get_field("file").attr_class = PictureFile
