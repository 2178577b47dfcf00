"""Authentication backends of Django that ask Marigot's own question about rights."""

from __future__ import annotations

from django.contrib.auth.backends import BaseBackend
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from guardian.backends import ObjectPermissionBackend

from directory import access, signing_in, throttle
from directory.access import Somebody
from directory.ldap.errors import DirectoryError
from directory.models import AccessScope, User
from directory.sync import config


class _SigningIn(BaseBackend):
    """Keeps a session alive for as long as the account is active, and no longer."""

    def get_user(self, user_id: int) -> User | None:
        """Return the account with its person, None where it was deactivated.

        The session ends there.
        """
        accounts = User.objects.select_related("person")
        return accounts.filter(pk=user_id, is_active=True).first()


class LocalBackend(_SigningIn):
    """Signs in accounts of Marigot itself, that no directory knows: for the day it is down.

    They are made by `manage.py createsuperuser`. Who comes from a directory has no
    password here.
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        new_password: str | None = None,
        **_others: object,
    ) -> User | None:
        """Return the local account whose login and password these are, else None.

        Also where there is a `new_password`: those of the directory alone are changed so.
        """
        if not username or not password:
            return None
        user = self.account(username)
        if user is None or not user.check_password(password) or not user.is_active:
            return None
        return None if new_password else user

    @classmethod
    def take_as_long(cls, username: str, password: str) -> None:
        """Take as long for a login without a local account as `authenticate` has for one with it.

        For those who are refused, at the end: whoever is let in learns nothing by the time it took,
        and a hash of a fifth of a second is most of what a sign-in costs.
        """
        if cls.account(username) is None:
            User().set_password(password)

    @staticmethod
    def account(username: str) -> User | None:
        """Return the local account with that login and a password, if there is one."""
        user = User.objects.filter(username=username, person=None).first()
        return user if user is not None and user.has_usable_password() else None


class DirectoryBackend(_SigningIn):
    """Signs people in with the password that the directory has for them."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        new_password: str | None = None,
        **_others: object,
    ) -> User | None:
        """Return whose login and password these are, else None.

        `new_password` takes the place of a right one. Raises `signing_in.NotLetIn` and
        `passwords.NotTaken` after a right password, and DirectoryError where
        the directory does not answer; none counts as a failed attempt. PermissionDenied for
        another spelling of a login that is held, and where the directory does not answer for
        one that a local account has: its password is not guessed uncounted meanwhile. What is no
        proof of the password counts as a wrong one, and is left to the view as
        `request.not_let_in`.
        """
        if not username or not password:
            return None
        found = None
        if config.is_configured():
            found = self._asked(request, username, password, new_password)
        if found is None:
            LocalBackend.take_as_long(username, password)
        return found

    @staticmethod
    def _asked(
        request: HttpRequest | None, username: str, password: str, new_password: str | None
    ) -> User | None:
        def admit(login: str) -> bool:
            if request is None:
                return False
            if not throttle.counts_as(request, login):
                request.axes_locked_out = True  # type: ignore[attr-defined]  # as django-axes
                raise PermissionDenied
            return throttle.is_browser_of(request, login)

        try:
            return signing_in.check(username, password, new_password=new_password, admit=admit)
        except signing_in.NotLetIn as refusal:
            if refusal.proved:
                raise
            if request is not None:
                request.not_let_in = refusal  # type: ignore[attr-defined]
            return None
        except DirectoryError as error:
            if LocalBackend.account(username) is None:
                raise
            raise PermissionDenied from error


class ScopeBackend(_SigningIn, ObjectPermissionBackend):
    """Answers for `AccessScope` what guardian asks of its tables, by `directory.access`.

    Guardian knows no end and no inheritance, nor that each level contains those below it
    (docs/decisions/0027). The permissions are "directory.read", "directory.contribute" and
    "directory.manage". It signs nobody in.
    """

    def authenticate(self, request: HttpRequest | None, **credentials: object) -> None:  # type: ignore[override]
        """Sign nobody in."""

    def has_perm(self, user_obj: Somebody, perm: str, obj: object = None) -> bool:
        """Tell whether `user_obj` has the level that `perm` names on the scope `obj`."""
        app, _, codename = perm.rpartition(".")
        if app not in ("", "directory") or not isinstance(obj, AccessScope):
            return False
        try:
            level = access.Level.from_codename(codename)
        except KeyError:
            return False
        return access.can(user_obj, level, obj)

    def get_all_permissions(self, user_obj: Somebody, obj: object = None) -> set[str]:
        """Return the codenames of the levels that `user_obj` has on the scope `obj`."""
        if not isinstance(obj, AccessScope):
            return set()
        return _contained(access.levels(user_obj, [obj]).get(obj.pk))

    def get_group_permissions(self, user_obj: Somebody, obj: object = None) -> set[str]:
        """Return those of them that `user_obj` has by a group."""
        if not isinstance(obj, AccessScope):
            return set()
        if not isinstance(user_obj, User) or not user_obj.pk:
            return set()
        found = access.explain(user_obj, obj)
        by_group = [reason.level for reason in found.reasons if reason.group is not None]
        return _contained(max(by_group, default=None) if found.active else None)


def _contained(highest: access.Level | None) -> set[str]:
    return {level.codename for level in access.Level if highest is not None and level <= highest}
