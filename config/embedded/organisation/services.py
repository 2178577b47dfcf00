"""The services of the demo organisation, and what its groups are to them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServiceData:
    """A service: identifier, names, the one above it, its staff in number, its job titles.

    A title is given for a man and for a woman; the head's is apart.
    """

    slug: str
    name_fr: str
    name_en: str
    parent: str
    size: int
    head_title: tuple[str, str]
    titles: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RuleData:
    """The members of `group` have `role` in `service` (empty: on the site as a whole).

    `role` is a value of `directory.models.Role`, which cannot be imported here: the
    supervisor reads this module without Django.
    """

    group: str
    service: str
    role: str


def _same(title: str) -> tuple[str, str]:
    return title, title


SERVICES: tuple[ServiceData, ...] = (
    ServiceData(
        "direction-generale",
        "Direction générale des services",
        "Chief executive’s office",
        "",
        6,
        ("Directeur général des services", "Directrice générale des services"),
        (
            ("Chargé de mission", "Chargée de mission"),
            ("Assistant de direction", "Assistante de direction"),
            ("Contrôleur de gestion", "Contrôleuse de gestion"),
        ),
    ),
    ServiceData(
        "assemblees",
        "Secrétariat des assemblées",
        "Council secretariat",
        "direction-generale",
        7,
        ("Chef du secrétariat des assemblées", "Cheffe du secrétariat des assemblées"),
        (
            ("Rédacteur des délibérations", "Rédactrice des délibérations"),
            ("Gestionnaire des actes", "Gestionnaire des actes"),
            ("Juriste", "Juriste"),
        ),
    ),
    ServiceData(
        "communication",
        "Communication",
        "Communications",
        "direction-generale",
        8,
        ("Responsable de la communication", "Responsable de la communication"),
        (
            ("Chargé de communication", "Chargée de communication"),
            _same("Webmestre"),
            _same("Photographe"),
            ("Traducteur", "Traductrice"),
        ),
    ),
    ServiceData(
        "ressources",
        "Direction des ressources",
        "Resources directorate",
        "",
        5,
        ("Directeur des ressources", "Directrice des ressources"),
        (
            ("Assistant de direction", "Assistante de direction"),
            ("Acheteur public", "Acheteuse publique"),
        ),
    ),
    ServiceData(
        "finances",
        "Finances",
        "Finance",
        "ressources",
        15,
        ("Chef du service des finances", "Cheffe du service des finances"),
        (
            _same("Comptable"),
            ("Gestionnaire budgétaire", "Gestionnaire budgétaire"),
            ("Régisseur", "Régisseuse"),
            ("Chargé de la dette et de la trésorerie", "Chargée de la dette et de la trésorerie"),
        ),
    ),
    ServiceData(
        "ressources-humaines",
        "Ressources humaines",
        "Human resources",
        "ressources",
        14,
        ("Chef du service des ressources humaines", "Cheffe du service des ressources humaines"),
        (
            ("Gestionnaire carrière et paie", "Gestionnaire carrière et paie"),
            ("Conseiller en formation", "Conseillère en formation"),
            ("Chargé de recrutement", "Chargée de recrutement"),
            ("Conseiller de prévention", "Conseillère de prévention"),
        ),
    ),
    ServiceData(
        "informatique",
        "Systèmes d’information",
        "Information technology",
        "ressources",
        10,
        ("Chef du service informatique", "Cheffe du service informatique"),
        (
            ("Administrateur systèmes et réseaux", "Administratrice systèmes et réseaux"),
            ("Technicien de proximité", "Technicienne de proximité"),
            ("Chef de projet applicatif", "Cheffe de projet applicatif"),
        ),
    ),
    ServiceData(
        "population",
        "Direction de la population",
        "Residents’ services directorate",
        "",
        5,
        ("Directeur de la population", "Directrice de la population"),
        (
            ("Assistant de direction", "Assistante de direction"),
            ("Chargé de la relation aux usagers", "Chargée de la relation aux usagers"),
        ),
    ),
    ServiceData(
        "etat-civil",
        "État civil",
        "Civil registry",
        "population",
        16,
        ("Chef du service de l’état civil", "Cheffe du service de l’état civil"),
        (
            ("Officier d’état civil", "Officière d’état civil"),
            ("Agent d’accueil", "Agente d’accueil"),
            ("Agent des élections", "Agente des élections"),
            ("Gestionnaire des cimetières", "Gestionnaire des cimetières"),
        ),
    ),
    ServiceData(
        "ecoles",
        "Écoles et restauration scolaire",
        "Schools and school meals",
        "population",
        21,
        ("Chef du service des écoles", "Cheffe du service des écoles"),
        (
            (
                "Agent territorial spécialisé des écoles maternelles",
                "Agente territoriale spécialisée des écoles maternelles",
            ),
            ("Cuisinier", "Cuisinière"),
            ("Animateur périscolaire", "Animatrice périscolaire"),
            ("Gestionnaire des inscriptions", "Gestionnaire des inscriptions"),
        ),
    ),
    ServiceData(
        "amenagement",
        "Direction de l’aménagement",
        "Planning and works directorate",
        "",
        5,
        ("Directeur de l’aménagement", "Directrice de l’aménagement"),
        (
            ("Assistant de direction", "Assistante de direction"),
            ("Chargé d’opérations", "Chargée d’opérations"),
        ),
    ),
    ServiceData(
        "urbanisme",
        "Urbanisme",
        "Town planning",
        "amenagement",
        14,
        ("Chef du service de l’urbanisme", "Cheffe du service de l’urbanisme"),
        (
            ("Instructeur du droit des sols", "Instructrice du droit des sols"),
            ("Chargé de planification", "Chargée de planification"),
            ("Géomaticien", "Géomaticienne"),
            _same("Architecte-conseil"),
        ),
    ),
    ServiceData(
        "voirie",
        "Voirie et bâtiments",
        "Roads and buildings",
        "amenagement",
        23,
        (
            "Chef du service de la voirie et des bâtiments",
            "Cheffe du service de la voirie et des bâtiments",
        ),
        (
            ("Agent de voirie", "Agente de voirie"),
            ("Conducteur d’engins", "Conductrice d’engins"),
            ("Électricien", "Électricienne"),
            ("Technicien bâtiment", "Technicienne bâtiment"),
            ("Agent des espaces verts", "Agente des espaces verts"),
        ),
    ),
)

_GROUP_OF_ROLE = {
    "member": "members",
    "contributor": "contributors",
    "head": "heads",
}

RULES: tuple[RuleData, ...] = (
    RuleData("everyone", "", "everyone"),
    RuleData("it-admins", "", "it_admin"),
    *(
        RuleData(f"{service.slug}-{suffix}", service.slug, role)
        for service in SERVICES
        for role, suffix in _GROUP_OF_ROLE.items()
    ),
    RuleData("urbanisme-externals", "urbanisme", "member"),
)
