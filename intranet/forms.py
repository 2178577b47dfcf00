"""The forms of the admin that differ from Wagtail's."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.fields.files import FieldFile
from django.utils.translation import gettext
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm
from wagtail.permissions import policy_registry

from directory import access
from directory.access import Level, Somebody
from directory.delegation import refuse_handing_over
from directory.forms.fields import NamedChoice, Order
from directory.models import AccessScope, Service
from directory.text import one_line, sort_key
from intranet.models import SiteImage
from intranet.pictures import looking
from intranet.pictures.canvas import Canvas


class ImageScopeField(NamedChoice):
    """Offers, for each service that the person contributes to, itself or everybody."""

    def order_of(self, item: AccessScope, label: str) -> Order:
        """Sort by the service."""
        service = _service_of(item)
        return (sort_key(service.name if service else label), item.kind, item.pk)

    def label_from_instance(self, obj: AccessScope) -> str:
        """Return the scope's name as an audience."""
        service = _service_of(obj)
        if service is None:
            return str(obj.label)
        if service.scope_id == obj.pk:
            return gettext("%(name)s only") % {"name": service.name}
        return gettext("The whole organisation (%(name)s)") % {"name": service.name}


def _service_of(scope: AccessScope) -> Service | None:
    own: Service | None = getattr(scope, "service", None)
    return own or getattr(scope, "service_in_public", None)


class PictureField(WagtailImageField):
    """The file of an image, which a confined child looks at, never this process."""

    def to_python(self, data: Any) -> Any:
        """Return the file, with what its picture is as `image`."""
        file: Any = forms.FileField.to_python(self, data)
        if file is None:
            return None
        self.check_image_file_size(file)
        try:
            file.image = Canvas(looking.content_of(file))
        except looking.PictureRefused as refused:
            raise forms.ValidationError(str(refused), code="invalid_image") from refused
        file.content_type = file.image.mime_type
        self.check_image_file_format(file)
        return file


class ImageForm(BaseImageForm):
    """The form of an image: who may see it is chosen among the scopes one contributes to."""

    original_file: FieldFile | None  # of Wagtail

    def __init__(self, *args: object, user: Somebody, **kwargs: object) -> None:
        super().__init__(*args, user=user, **kwargs)
        scopes = offered(user, self.instance.scope_id)
        self.fields["scope"] = ImageScopeField(
            label=self.fields["scope"].label,
            queryset=scopes,
            empty_label=None,
            widget=forms.RadioSelect,
        )
        if "file" in self.fields:
            wagtails = self.fields["file"]
            self.fields["file"] = PictureField(
                label=wagtails.label, required=wagtails.required, widget=wagtails.widget
            )
        if self.instance.scope_id is None:
            self.initial["scope"] = only_service(scopes)
        self._user, self._scope_before = user, self.instance.scope_id
        if self.instance.scope_id is not None:
            self._keep_what_pages_show()

    def _keep_what_pages_show(self) -> None:
        """Leave the file and the scope of an image to whoever may change those."""
        may = policy_registry.get_by_type(SiteImage).user_has_permission_for_instance
        if not may(self._user, "replace", self.instance):
            self.fields.pop("file", None)
        if not may(self._user, "move", self.instance):
            self.fields["scope"].disabled = True
            self.fields["scope"].help_text = gettext(
                "Pages may show this image: only those who manage its place may replace the file, "
                "delete it or change who sees it."
            )

    def save(self, commit: bool = True) -> SiteImage:
        """Save the image; where its file is another, what is shown of that is kept, too.

        The file of before goes when all is written: Wagtail deletes it before anything is.
        """
        before = self.original_file if commit and "file" in self.changed_data else None
        self.original_file = None
        image = super().save(commit)
        if before and before.name:
            storage, name = before.storage, before.name
            image.renditions.all().delete()
            transaction.on_commit(lambda: storage.delete(name))
            image.keep_what_is_shown()
        return image

    def clean_title(self) -> str:
        """Return the title without what nobody sees of a paste."""
        return one_line(self.cleaned_data["title"])

    def clean_scope(self) -> AccessScope:
        """Refuse to make another service's what is not the person's to hand over."""
        scope: AccessScope = self.cleaned_data["scope"]
        if self._scope_before is not None:
            refuse_handing_over(self._user, self._scope_before, scope)
        return scope


def only_service(scopes: QuerySet[AccessScope]) -> int | None:
    """Return the id of the closed scope of the one service that `scopes` are of; None for several.

    Chosen beforehand: a form that came back for the want of it would have lost the file.
    """
    closed = list(scopes.filter(service__isnull=False).values_list("pk", flat=True)[:2])
    return closed[0] if len(closed) == 1 else None


def offered(user: Somebody, current: int | None) -> QuerySet[AccessScope]:
    """Return the scopes that an image of `user` may be put into, and the one that it is in."""
    of_services = Q(service__isnull=False) | Q(service_in_public__isnull=False) | Q(kind="site")
    held = Q(pk__in=access.scopes_for(user, Level.CONTRIBUTE)) & of_services
    return AccessScope.objects.select_related("service", "service_in_public").filter(
        held | Q(pk=current)
    )
