"""Pages that show every component at once, served only to the tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path
from django.utils import timezone

from config.urls import handler400, handler403, handler404, handler500
from config.urls import urlpatterns as site_urlpatterns


class EveryField(forms.Form):
    title = forms.CharField(label="Title", help_text="Short and exact.", max_length=80)
    body = forms.CharField(label="Text", widget=forms.Textarea, required=False)
    service = forms.ChoiceField(label="Service", choices=[("a", "Finances"), ("b", "Schools")])
    day = forms.DateField(label="Day", widget=forms.DateInput(attrs={"type": "date"}))
    level = forms.ChoiceField(
        label="Level", choices=[("1", "Read"), ("2", "Write")], widget=forms.RadioSelect
    )
    tell = forms.BooleanField(label="Tell everybody", required=False)
    files = forms.FileField(label="File", required=False)


class Door(forms.Form):
    login = forms.CharField(label="Identifiant", widget=forms.TextInput())
    password = forms.CharField(label="Mot de passe", widget=forms.PasswordInput)


def _context() -> dict[str, Any]:
    now = timezone.now()
    names = [
        ("Séances 2026", True, 0),
        ("Délibération 2026-118 — budget annexe de l’eau.pdf", False, 482133),
        ("Tableau des effectifs.xlsx", False, 88211),
        ("Convention cadre avec le port autonome (projet).docx", False, 120388),
        ("Présentation du conseil.pptx", False, 4801332),
        ("Front de mer.jpg", False, 2201332),
        ("Courrier.eml", False, 9133),
        ("archives.zip", False, 99201332),
        ("sans-extension", False, 12),
    ]
    files = [
        {"name": n, "folder": f, "size": s, "when": now - timedelta(hours=7 * i), "by": "M. Zénon"}
        for i, (n, f, s) in enumerate(names)
    ]
    return {
        "files": files,
        "now": now,
        "people": ["Maëlys Zénon", "Jean-Noël Brîvaël", "Ève Ortiz", "Paul Titus", "Li Wei"],
        "groups": [*MANY, "État civil · membre", "Œuvres sociales · responsable"],
        "page": Paginator(range(300), 20).page(4),
    }


def desk(request: HttpRequest) -> HttpResponse:
    form = EveryField({"title": "", "level": "1"}) if "wrong" in request.GET else EveryField()
    return render(request, "gallery/desk.html", _context() | {"form": form})


def door(request: HttpRequest) -> HttpResponse:
    return render(request, "gallery/door.html", {"form": Door()})


def hero(request: HttpRequest) -> HttpResponse:
    return render(request, "gallery/hero.html")


def suggest(request: HttpRequest) -> HttpResponse:
    return render(request, "gallery/suggest.html", _context())


MANY = [f"Service {number} · membre" for number in range(1, 130)]
NAMES = [("Hélène Œuvrard", "h.oeuvrard"), ("Hélène Œuvrard", "h.oeuvrard2"), ("Hugo Li", "h.li")]


def offered(request: HttpRequest) -> HttpResponse:
    """Offer those whose login begins with what is typed."""
    words = request.GET["q"]
    found = [(name, login) for name, login in NAMES if login.startswith(words)]
    return render(request, "gallery/offered.html", {"offered": found})


gallery = [
    path("desk/", desk),
    path("sign-in/gallery/", door),
    path("hero/", hero),
    path("offered/", offered),
    path("search/suggest/", suggest),
]
urlpatterns = [path("", include(gallery)), *site_urlpatterns]

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]
