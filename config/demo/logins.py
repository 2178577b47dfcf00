"""demo.json: the people of the demo organisation, for whoever tries Marigot or tests it."""

from __future__ import annotations

import json
import os
from pathlib import Path

from django.conf import settings

from config.embedded.organisation import DEMO_LOGINS, DEMO_PASSWORD, SERVICES, staff
from config.embedded.organisation.people import IT_ADMINS


def people() -> list[dict[str, object]]:
    """Return a line per person who can sign in; those worth trying first are `shown`, and lead."""
    names = {service.slug: service for service in SERVICES}
    shown = {login.login: login for login in DEMO_LOGINS}
    lines = []
    for person in staff():
        if person.disabled:
            continue
        role = person.role
        if person.login in IT_ADMINS:
            role = "it_admin"
        elif person.external:
            role = "external"
        about = shown.get(person.login)
        lines.append(
            {
                "login": person.login,
                "password": DEMO_PASSWORD,
                "name": person.name,
                "role": role,
                "service": names[person.service].name_fr,
                "service_en": names[person.service].name_en,
                "service_slug": person.service,
                "language": person.language,
                "shown": about is not None,
                "about": about.about_en if about else "",
                "about_fr": about.about_fr if about else "",
            }
        )
    order = {login: number for number, login in enumerate(shown)}
    return sorted(lines, key=lambda line: order.get(str(line["login"]), len(order)))


def write() -> None:
    """Write the file anew, readable by its owner alone."""
    path = Path(settings.DATA) / "demo.json"
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(
            {"url": settings.BASE_URL, "people": people()}, file, ensure_ascii=False, indent=2
        )
        file.write("\n")
    draft.replace(path)
