"""Asking for pages as somebody."""

from __future__ import annotations

from django.test import Client


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person, backend="directory.backends.DirectoryBackend")
    return client


def page(person, url, **options):
    return signed_in(person).get(url, **options)


def text_of(response):
    return response.content.decode()
