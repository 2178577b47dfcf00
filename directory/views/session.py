"""Signing in and out, and choosing the language."""

from __future__ import annotations

import math
from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseRedirect,
    JsonResponse,
)
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from directory import throttle, trouble
from directory.actions import sessions
from directory.carrying import MOST, unsealed
from directory.forms.session import NewPasswordForm, SignInForm
from directory.languages import translated_path
from directory.ldap.errors import DirectoryError
from directory.ldap.passwords import NotTaken
from directory.models import User
from directory.outside import address_from_outside, number_from_outside, text_from_outside
from directory.session_store import SessionStore
from directory.signing_in import NotLetIn, log
from directory.text import one_line
from directory.views import refusals

# The language that somebody has chosen before signing in: until then, nobody's.
_CHOSEN = "marigot_language_chosen"
_WHILE_CHOSEN = 3600  # seconds
# What went wrong on our side, whatever was entered.
_OURS = (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.INSUFFICIENT_STORAGE)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the sign-in page, or try the login and the password that were sent.

    A page whose session has ended asks for JSON: it is told as by `state` who is signed in now,
    or `{"error": text}` with the status of the page.
    """
    return _door(request, SignInForm)


@never_cache
@sensitive_post_parameters("password", "new_password", "password_again")
@require_http_methods(["GET", "HEAD", "POST"])
def new_password(request: HttpRequest) -> HttpResponse:
    """Give somebody a new password in the directory, and sign them in with it.

    For those whose password has expired or must be changed; the one of now is asked for and
    throttled as on the sign-in page. 404 where the site does not allow it.
    """
    if not settings.LDAP["changes_passwords"]:
        raise Http404
    return _door(request, NewPasswordForm)


def _door(request: HttpRequest, kind: type[SignInForm]) -> HttpResponse:
    """Show the page of a form of `kind`, or sign in whoever has filled it in."""
    target = _target(request)
    if request.user.is_authenticated:
        return _signed_in(request, target)
    if request.method != "POST":
        return _page(request, kind(), target)
    form = kind(request.POST)
    if not form.is_valid():
        return _page(request, form, target, status=400)
    return _enter(request, form, target)


def _enter(request: HttpRequest, form: SignInForm, target: str) -> HttpResponse:
    """Sign in whoever has filled in `form`, or say why not."""
    login = form.cleaned_data["username"]
    new_password = form.cleaned_data.get("new_password", "")
    given = {"username": login, "password": form.cleaned_data["password"]}
    try:
        user = authenticate(
            request, **given, **({"new_password": new_password} if new_password else {})
        )
    except NotLetIn as refusal:
        sessions.refuse(request=request, attempted=login, why=refusal.why, user=refusal.user)
        if refusal.can_change:
            form = NewPasswordForm()
        said = refusals.text_of(refusal, over_a_page=_wants_data(request))
        return _page(request, form, target, status=401, error=said)
    except NotTaken as refused:
        sessions.refuse(request=request, attempted=login, why="password_refused")
        said = refusals.text_of_objection(refused.objection)
        return _page(request, form, target, status=401, error=said)
    except DirectoryError as error:
        # One line: where it was raised says no more, and everybody's try comes here.
        log.error(
            "nobody can sign in: the directory of MARIGOT_LDAP_URL gives no usable answer: %s",
            one_line(str(error)),
        )
        sessions.refuse(request=request, attempted=login, why="unavailable")
        return _page(
            request,
            form,
            target,
            status=503,
            error=_(
                "The directory is not answering at the moment. Nothing is wrong with your "
                "password: try again in a minute."
            ),
        )
    if user is None:
        not_let_in: NotLetIn | None = getattr(request, "not_let_in", None)
        if not getattr(request, "axes_locked_out", False):
            sessions.refuse(
                request=request,
                attempted=login,
                why=not_let_in.why if not_let_in else "credentials",
                user=not_let_in.user if not_let_in else None,
            )
        wrong = _("The login or the password is wrong.")
        if not_let_in is not None and throttle.is_browser_of(request, login):
            # Nothing proves the password: nobody hears of it but in a browser of the person.
            wrong = refusals.text_of(not_let_in)
        return _page(request, form, target, status=401, error=wrong)
    assert isinstance(user, User)  # noqa: S101
    sessions.sign_in(request=request, actor=user, chose_password=bool(new_password))
    if chosen := _known(text_from_outside(request.COOKIES.get(_CHOSEN), longest=20)):
        _keep(user, chosen)
        target = translated_path(target, chosen)
    response = _signed_in(request, target)
    throttle.remember_browser(request, response, user)
    # Over a page of theirs it stays that of the page, whatever they have chosen elsewhere since.
    is_over = number_from_outside(request.POST.get("over")) == user.pk
    shown = text_from_outside(request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME), longest=20)
    if _known(user.language) and (chosen or not (is_over and _known(shown))):
        _remember(response, user.language)
    if chosen:
        _set_cookie(response, _CHOSEN, "", max_age=0)  # the next person has chosen nothing
    return response


@never_cache
@require_safe
def state(request: HttpRequest) -> HttpResponse:
    """Tell a page whether its session lives: `{"person": id or null, "token": for its forms}`.

    Two queries for somebody who is signed in, none for anybody else.
    """
    return _state(request)


def _state(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"person": request.user.pk, "token": get_token(request)})


def _signed_in(request: HttpRequest, target: str) -> HttpResponse:
    assert isinstance(request.user, User)  # noqa: S101
    if _wants_data(request):
        return _state(request)
    carried = unsealed(_sent(request))
    if carried is None:
        return redirect(target)
    person = request.user.get_full_name() or request.user.get_username()
    shown = {"carried": carried, "person": person, "next": target}
    return render(request, "directory/send_again.html", shown)


def _wants_data(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def locked_out(
    request: HttpRequest, original: HttpResponse | None, credentials: dict[str, str] | None
) -> HttpResponse:
    """Answer somebody who tried too often (django-axes calls this); says for how long."""
    login = (credentials or {}).get("username", "")
    minutes = max(1, math.ceil(throttle.minutes_to_wait(request, login)))
    sessions.refuse(request=request, attempted=login, why="throttled")
    response = _page(
        request,
        SignInForm(initial={"username": login}),
        _target(request),
        status=429,
        error=ngettext(
            "Too many attempts. Try again in %(minutes)d minute.",
            "Too many attempts. Try again in %(minutes)d minutes.",
            minutes,
        )
        % {"minutes": minutes},
    )
    response["Retry-After"] = str(minutes * 60)
    return response


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Close the session."""
    if isinstance(request.user, User):
        try:
            sessions.sign_out(request=request, actor=request.user)
        except (DatabaseError, OSError) as error:
            if not trouble.is_full(error):
                raise
            log.exception("a session could not be closed on the server: there is no room")
            return _left_here(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


def _left_here(request: HttpRequest) -> HttpResponse:
    """Take the session from the browser, where the server has no room to note that it is over."""
    request.session = SessionStore()
    request.session.is_signed_out = True
    request.user = AnonymousUser()
    return _page(
        request,
        SignInForm(),
        resolve_url(settings.LOGIN_REDIRECT_URL),
        status=507,
        error=_(
            "You are signed out of this browser. The server has no room left to record it, so the "
            "session will end there by itself within %(hours)s hours; your IT department has been "
            "told."
        )
        % {"hours": settings.SESSION_COOKIE_AGE // 3600},
    )


@require_POST
def sign_out_elsewhere(request: HttpRequest) -> HttpResponse:
    """Close every other session of the person."""
    target = _target(request)
    if isinstance(request.user, User):
        sessions.end_other_sessions(request=request, actor=request.user)
        messages.success(request, _("You are signed out everywhere else."))
    return redirect(target)


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Choose the language of the pages; go on with the same page where it is in that language."""
    code = _known(text_from_outside(request.POST.get("language"), longest=20))
    if not code:
        return HttpResponseBadRequest()
    target = _target(request)
    response = HttpResponseRedirect(translated_path(target, code))
    _remember(response, code)
    if isinstance(request.user, User):
        _keep(request.user, code)
    else:
        _set_cookie(response, _CHOSEN, code, max_age=_WHILE_CHOSEN)
    return response


def _known(code: str) -> str:
    """Return `code` where it is that of a language of the site, else an empty text."""
    return code if code in dict(settings.LANGUAGES) else ""


def _keep(user: User, code: str) -> None:
    if user.language != code:
        user.language = code
        user.save(update_fields=["language"])


def _page(
    request: HttpRequest,
    form: SignInForm,
    target: str,
    *,
    status: int = 200,
    error: str = "",
) -> HttpResponse:
    if _wants_data(request):
        wrong = error or " ".join(str(text) for texts in form.errors.values() for text in texts)
        return JsonResponse({"error": wrong}, status=status)
    if error:
        login = text_from_outside(request.POST.get("username"), longest=150)
        form = type(form)(initial={"username": login})
        form.fields["username"].widget.attrs.pop("autofocus", None)
        form.fields["password"].widget.attrs["autofocus"] = True
    sent = _sent(request)
    return render(
        request,
        f"directory/{'new_password' if isinstance(form, NewPasswordForm) else 'sign_in'}.html",
        {
            "sent": sent,
            "carried": unsealed(sent),
            "form": form,
            "next": target,
            "error": error,
            "kind": "warn" if status in _OURS else "bad",
        },
        status=status,
    )


def _target(request: HttpRequest) -> str:
    """Return where `next` leads to on this site, else the home page."""
    target = address_from_outside(request, request.POST.get("next") or request.GET.get("next"))
    return target or resolve_url(settings.LOGIN_REDIRECT_URL)


def _sent(request: HttpRequest) -> str:
    return text_from_outside(request.POST.get("sent"), longest=MOST)


def _remember(response: HttpResponse, code: str) -> None:
    _set_cookie(response, settings.LANGUAGE_COOKIE_NAME, code, max_age=365 * 24 * 3600)


def _set_cookie(response: HttpResponse, name: str, code: str, *, max_age: int) -> None:
    response.set_cookie(
        name,
        code,
        max_age=max_age,
        path=settings.LANGUAGE_COOKIE_PATH,
        domain=settings.LANGUAGE_COOKIE_DOMAIN,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
