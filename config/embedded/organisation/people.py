"""The staff of the demo organisation."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from .services import SERVICES, ServiceData


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# Walked through with steps of their own, so that names mix and hardly a pair comes twice.
_WOMEN = _words(
    "Aïssatou Alicia Anaëlle Aurélie Béatrice Célia Chantal Christiane Clarisse Corinne Denise "
    "Ebony Élodie Estelle Fabiola Gladys Grace Ingrid Jacqueline Joëlle Josiane Karine Latoya "
    "Lucette Magalie Marie-Line Mathilde Mélissa Murielle Nadia Natacha Odile Patricia Régine "
    "Rose-May Ruth Shana Solange Sylviane Tania Valérie Victoire Yvette"
)
_MEN = _words(
    "Alex Antoine Arnaud Bernard Brandon Cédric Christophe Claude Curtis Damien Darius Didier "
    "Dwayne Emmanuel Éric Fabrice Félix Franck Gaël Garfield Gilbert Grégory Harry Hervé Ignace "
    "Jean-Marc Jérémy Joël Kelvin Laurent Lionel Loïc Ludovic Marius Maurice Nathan Olivier "
    "Raphaël Richard Roland Samuel Thierry Ulrich"
)
_FAMILIES = _words(
    "Adélaïde Alcindor Alexander Ambroise Anatole Aristide Augustin Baptiste Barclay Beaujour "
    "Belfort Benjamin Bernadine Blondel Boisdur Bonheur Browne Caraman Célestin Charlery Clément "
    "Constantin Cornette Dalmat Daniel Désiré Dubois Duval Edwards Élisabeth Emmanuel Fanchon "
    "Félicité Florent Francis Gabriel Gaspard George Gustave Henderson Honoré Isidore Jacques "
    "James Jean-Baptiste Jérémie Joachim Joseph Julien Labeau Lafleur Laurence Lawrence Léandre "
    "Louis-Charles Louisy Lucien Magloire Marcel Marius Mathurin Maximin Mondésir Moravie Narcisse "
    "Noël Octave Olive Pancrace Phillips Pierre-Louis Polydore Porthos Richards Robinson Romain "
    "Rosamond Sainte-Rose Samson Sévère Théodore Toussaint Valcin"
)


@dataclass(frozen=True, slots=True)
class Staff:
    """One of the staff. `role` is that in the `service`; `language` that of the pages."""

    login: str
    given: str
    family: str
    title: str
    service: str
    role: str
    language: str
    external: bool = False
    disabled: bool = False

    @property
    def name(self) -> str:
        """The name as it is shown."""
        return f"{self.given} {self.family}"


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """A person worth signing in as: what for, in both languages."""

    login: str
    role: str
    service: str
    about_fr: str
    about_en: str


# given, family, woman, service, role, language
_NAMED: tuple[tuple[str, str, bool, str, str, str], ...] = (
    ("Ghislaine", "Édouard", True, "direction-generale", "head", "fr"),
    ("Winston", "Charles", False, "assemblees", "head", "en"),
    ("Sandra", "Hippolyte", True, "communication", "head", "fr"),
    ("Leïla", "Grandisson", True, "communication", "contributor", "fr"),
    ("Patrick", "Delaunay", False, "ressources", "head", "fr"),
    ("Maryse", "Lubin", True, "finances", "head", "fr"),
    ("Kévin", "Placide", False, "finances", "contributor", "fr"),
    ("Alicia", "Baptiste", True, "finances", "member", "fr"),
    ("Sonia", "Prospère", True, "ressources-humaines", "head", "fr"),
    ("Rodrigue", "Telford", False, "informatique", "head", "fr"),
    ("Shanice", "Alexander", True, "informatique", "contributor", "en"),
    ("Josette", "Ferdinand", True, "population", "head", "fr"),
    ("Yolande", "Marcellin", True, "etat-civil", "head", "fr"),
    ("Tony", "Williams", False, "etat-civil", "member", "en"),
    ("Claudine", "Zami", True, "ecoles", "head", "fr"),
    ("Harold", "Fontaine", False, "amenagement", "head", "fr"),
    ("Nadège", "Bertrand", True, "urbanisme", "head", "fr"),
    ("Alain", "Cazalis", False, "voirie", "head", "fr"),
    ("Raymond", "Dorival", False, "voirie", "member", "fr"),
)
DISABLED_LOGIN = "raymond.dorival"
CONTRACTOR_LOGIN = "marcus.thorne"
IT_ADMINS = ("rodrigue.telford", "shanice.alexander")
SECOND_SERVICE = {"leila.grandisson": ("ecoles", "member")}

DEMO_LOGINS: tuple[DemoLogin, ...] = (
    DemoLogin("maryse.lubin", "head", "finances", "dirige les finances", "is the head of Finance"),
    DemoLogin(
        "kevin.placide",
        "contributor",
        "finances",
        "dépose et modifie les documents des finances",
        "adds and edits Finance’s documents",
    ),
    DemoLogin(
        "alicia.baptiste",
        "member",
        "finances",
        "lit les documents des finances",
        "reads Finance’s documents",
    ),
    DemoLogin(
        "yolande.marcellin",
        "head",
        "etat-civil",
        "dirige l’état civil",
        "is the head of the Civil registry",
    ),
    DemoLogin(
        "tony.williams",
        "member",
        "etat-civil",
        "lit l’état civil, en anglais, et rien des finances",
        "reads the Civil registry, in English, and nothing of Finance",
    ),
    DemoLogin(
        "leila.grandisson",
        "contributor",
        "communication",
        "est dans deux services : communication et écoles",
        "is in two services: Communications and Schools",
    ),
    DemoLogin(
        "patrick.delaunay",
        "head",
        "ressources",
        "dirige la direction, donc aussi ses trois services",
        "is the head of the directorate, hence of its three services",
    ),
    DemoLogin(
        "shanice.alexander",
        "it_admin",
        "informatique",
        "administre l’annuaire et les accès, en anglais",
        "administers the directory and access, in English",
    ),
    DemoLogin(
        CONTRACTOR_LOGIN,
        "member",
        "urbanisme",
        "prestataire extérieur : ne voit que l’urbanisme",
        "external contractor: sees Town planning alone",
    ),
    DemoLogin(
        DISABLED_LOGIN,
        "disabled",
        "voirie",
        "compte désactivé : ne peut plus se connecter",
        "disabled account: cannot sign in any more",
    ),
)


def login_of(given: str, family: str) -> str:
    """Return "given.family" without accents, as the directory writes logins."""
    text = unicodedata.normalize("NFKD", f"{given}.{family}".lower())
    return "".join(c for c in text if c.isascii() and (c.isalnum() or c in ".-"))


@cache
def staff() -> tuple[Staff, ...]:
    """Return everybody, service by service, heads first."""
    names = _names()
    taken = {login_of(given, family) for given, family, *_ in _NAMED}
    people: list[Staff] = []
    for service in SERVICES:
        own = [_named(service, *entry) for entry in _NAMED if entry[3] == service.slug]
        own.sort(key=lambda person: person.role != "head")
        while len(own) < service.size:
            given, family, woman = next(names)
            login = login_of(given, family)
            if login in taken:
                continue
            taken.add(login)
            number = len(own)
            role = "contributor" if number % 3 == 1 else "member"
            language = "en" if number % 6 == 5 else "fr"
            title = service.titles[number % len(service.titles)][woman]
            own.append(Staff(login, given, family, title, service.slug, role, language))
        people += own
    people.append(
        Staff(
            CONTRACTOR_LOGIN,
            "Marcus",
            "Thorne",
            "Géomètre (prestataire)",
            "urbanisme",
            "member",
            "en",
            external=True,
        )
    )
    return tuple(people)


def _names() -> Iterator[tuple[str, str, bool]]:
    number = 0
    while True:
        woman = number % 2 == 0
        given = (_WOMEN if woman else _MEN)[number * 17 % 43]
        yield given, _FAMILIES[number * 29 % len(_FAMILIES)], woman
        number += 1


def _named(
    service: ServiceData, given: str, family: str, woman: bool, slug: str, role: str, language: str
) -> Staff:
    titles = service.titles
    title = service.head_title if role == "head" else titles[len(given) % len(titles)]
    login = login_of(given, family)
    return Staff(
        login,
        given,
        family,
        title[woman],
        slug,
        role,
        language,
        disabled=login == DISABLED_LOGIN,
    )
