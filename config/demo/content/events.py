"""The events of the demo organisation; days count from the day the demo is loaded."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EventData:
    """An event of a service: `in_days` from today, at `hour`, for `hours` hours."""

    service: str
    slug: str
    in_days: int
    hour: int
    hours: int
    everyone: bool
    title: str
    place: str
    body: str
    title_en: str = ""
    place_en: str = ""
    body_en: str = ""


EVENTS: tuple[EventData, ...] = (
    EventData(
        "communication", "fete-de-la-mer", 13, 9, 9, True,
        "Fête de la mer", "Port du Bourg",
        "Stands des services, démonstration de sauvetage, concours de court-bouillon.",
        "Sea festival", "Port of Le Bourg",
        "Stands by the services, a rescue display, a fish-stew contest.",
    ),
    EventData(
        "ressources-humaines", "premiers-secours", 9, 8, 8, True,
        "Formation aux premiers secours", "Centre technique, salle 2",
        "Douze places. Inscription auprès de votre conseillère en formation.",
        "First-aid training", "Technical centre, room 2",
        "Twelve places. Put your name down with your training adviser.",
    ),
    EventData(
        "assemblees", "seance", 2, 9, 5, True,
        "Séance de l’assemblée", "Hémicycle",
        "Débat d’orientation budgétaire. La séance est publique.",
        "Sitting of the assembly", "Assembly hall",
        "Budget orientation debate. The sitting is public.",
    ),
    EventData(
        "amenagement", "atelier-front-de-mer", 10, 17, 2, True,
        "Atelier « front de mer »", "Salle polyvalente d’Anse-Madère",
        "Premier atelier de concertation ouvert aux agents.",
    ),
    EventData(
        "finances", "arbitrages", 5, 14, 3, False,
        "Réunion d’arbitrage : ressources", "Salle du conseil, annexe",
        "Présence de tous les gestionnaires de la direction.",
    ),
    EventData(
        "ecoles", "repas-de-noel", 25, 11, 3, True,
        "Repas de Noël des cantines", "Dans les neuf cantines",
        "Jambon, pois d’Angole et sorbet coco.",
        "Christmas meal of the canteens", "In all nine canteens",
        "Ham, pigeon peas and coconut sorbet.",
    ),
)  # fmt: skip
