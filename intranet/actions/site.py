"""The frame of the site: its home pages and the record that Wagtail serves it by."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext, override
from wagtail.models import Collection, Locale, Site, WorkflowPage

from directory import journal
from directory.models import User
from intranet.lock.querysets import locale
from intranet.lock.viewing import sees_everything
from intranet.models import BasePage, HomePage
from intranet.models.home import HOME_LANGUAGES, home_slug


@sees_everything
def ensure_site(*, actor: User | None = None) -> dict[str, HomePage]:
    """Make, where they are missing, the home page in each language and the site's record.

    Returns the home pages by language. Wagtail's own welcome page goes. Harmless to repeat.
    """
    with journal.transaction():
        locales = {code: locale(code) for code in HOME_LANGUAGES}
        root = BasePage.get_first_root_node()
        if root is None:
            root = BasePage.add_root(title="Root", slug="root", locale=locales["fr"])
        if Collection.get_first_root_node() is None:
            Collection.add_root(name="Root")
        homes = {home.language: home for home in HomePage.objects.select_related("locale")}
        for code in HOME_LANGUAGES:
            if code in homes:
                continue
            twin = next(iter(homes.values()), None)
            with override(code):
                home = HomePage(title=gettext("Home"), slug=home_slug(code), locale=locales[code])
            if twin is not None:
                home.translation_key = twin.translation_key
            root.refresh_from_db()
            root.add_child(instance=home)
            home.save_revision(user=actor).publish(user=actor, skip_permission_checks=True)
            homes[code] = home
        _ensure_record(homes["fr"])
        # Wagtail's first migration leaves a page of its own at the top of the tree.
        for page in root.get_children().exclude(pk__in=[home.pk for home in homes.values()]):
            if type(page.specific) is BasePage:
                page.delete()
        # Nor is there a review by "moderators" of the whole site: each section has its own.
        WorkflowPage.objects.filter(page=root).delete()
        Locale.objects.exclude(language_code__in=HOME_LANGUAGES).exclude(
            pk__in=BasePage.objects.values("locale_id")
        ).delete()
    return homes


def _ensure_record(home: HomePage) -> None:
    address = urlsplit(settings.BASE_URL)
    port = address.port or (443 if address.scheme == "https" else 80)
    record = Site.objects.filter(is_default_site=True).first() or Site(is_default_site=True)
    wanted = (address.hostname or "localhost", port, settings.SITE_NAME, home.pk)
    if (record.hostname, record.port, record.site_name, record.root_page_id) != wanted:
        record.hostname, record.port, record.site_name, record.root_page_id = wanted
        record.save()
