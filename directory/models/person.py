"""People, and the directories that they come from."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from directory import telephones

from .user import KEPT, keep_names


class DirectorySource(models.Model):
    """A directory server that people and groups are read from."""

    slug = models.SlugField(_("identifier"), unique=True)
    name = models.CharField(_("name"), max_length=200)

    class Meta:
        verbose_name = _("directory")
        verbose_name_plural = _("directories")

    def __str__(self) -> str:
        return self.name


class Person(models.Model):
    """Somebody of the organisation.

    Identity is the pair (source, external_id): the immutable id that the directory
    gave the entry (entryUUID, objectGUID). A DN or a login is never an identity.
    People are never deleted: their name stands in the journal and on what they wrote.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="person"
    )
    source = models.ForeignKey(DirectorySource, on_delete=models.PROTECT, related_name="people")
    external_id = models.UUIDField(_("immutable id in the directory"))
    display_name = models.CharField(_("name"), max_length=200)
    given_name = models.CharField(_("given name"), max_length=100, blank=True)
    family_name = models.CharField(_("family name"), max_length=100, blank=True)
    mail = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("telephone"), max_length=50, blank=True)
    title = models.CharField(_("job title"), max_length=200, blank=True)
    # Of the entry's name in the directory (`ldap.names.key`): groups list people by name.
    dn_key = models.CharField(max_length=32, blank=True, default="", editable=False)
    # Of the login by which groups list them (`ldap.names.login_key`), where groups list logins.
    login_key = models.CharField(max_length=32, blank=True, default="", editable=False)
    disabled_at = models.DateTimeField(_("disabled on"), null=True, blank=True)
    seen_at = models.DateTimeField(_("last seen in the directory"), null=True, blank=True)
    # What the directory says of when the password was last changed, to the letter; null
    # where it was never asked.
    password_mark = models.CharField(max_length=64, null=True, editable=False)
    # The marks before it, the newest first; see `password_marks`.
    former_marks = models.JSONField(default=list, editable=False)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="person_identity")
        ]
        indexes = [
            models.Index(fields=["source", "dn_key"], name="person_dn"),
            models.Index(fields=["source", "login_key"], name="person_login"),
        ]

    def __str__(self) -> str:
        return self.display_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the person; the account is found by the names that it has now."""
        super().save(*args, **kwargs)
        keep_names(self.user, self)
        kept = {name: getattr(self.user, name) for name in KEPT}
        type(self.user).objects.filter(pk=self.user_id).update(**kept)

    @property
    def initials(self) -> str:
        """One or two letters that stand for the person in an avatar."""
        return "".join(part[:1] for part in (self.given_name, self.family_name)).upper() or "?"

    @property
    def telephone(self) -> str:
        """The telephone number as it is shown."""
        return telephones.written(self.phone)

    @property
    def telephone_address(self) -> str:
        """What calls the person."""
        return telephones.address(self.phone)
