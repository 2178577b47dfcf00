"""How each service of the demo organisation presents itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SectionData:
    """The presentation of a service in both languages."""

    fr: str
    en: str


SECTIONS: dict[str, SectionData] = {
    "direction-generale": SectionData(
        "La direction générale coordonne les services, prépare les décisions de l’exécutif et suit "
        "les engagements pris envers les habitants.",
        "The chief executive’s office coordinates the services, prepares the executive’s "
        "decisions and follows the commitments made to residents.",
    ),
    "assemblees": SectionData(
        "Le secrétariat prépare les séances, relit les projets de délibération et tient le "
        "registre des actes.",
        "The secretariat prepares the sittings, proofreads draft resolutions and keeps the "
        "register of acts.",
    ),
    "communication": SectionData(
        "La communication informe les habitants et les agents, traduit les textes et veille à "
        "l’identité visuelle de la collectivité.",
        "Communications informs residents and staff, translates texts and looks after the visual "
        "identity of the authority.",
    ),
    "ressources": SectionData(
        "La direction des ressources réunit les finances, les ressources humaines et "
        "l’informatique, et conduit les achats.",
        "The Resources directorate brings together Finance, Human resources and IT, and is in "
        "charge of procurement.",
    ),
    "finances": SectionData(
        "Le service des finances prépare le budget, paie les fournisseurs, suit la dette et "
        "accompagne les régies.",
        "Finance prepares the budget, pays suppliers, follows the debt and supports the petty-cash "
        "officers.",
    ),
    "ressources-humaines": SectionData(
        "Carrière, paie, recrutement, formation, prévention : un interlocuteur par service, dont "
        "le nom figure sur votre bulletin.",
        "Career, pay, recruitment, training, prevention: one contact for each service, named on "
        "your payslip.",
    ),
    "informatique": SectionData(
        "Postes, réseau, applications, sécurité : le support répond de 7 h à 17 h, l’astreinte "
        "prend le relais.",
        "Workstations, network, applications, security: the help desk answers from 7 am to 5 pm, "
        "then the duty officer.",
    ),
    "population": SectionData(
        "La direction de la population accueille les habitants et pilote l’état civil, les écoles "
        "et le plan cyclone.",
        "Residents’ services welcomes the public and steers the Civil registry, the schools and "
        "the hurricane plan.",
    ),
    "etat-civil": SectionData(
        "Naissances, unions, décès, élections, cimetières : les actes de la vie, au guichet et en "
        "ligne.",
        "Births, unions, deaths, elections, cemeteries: life’s events, at the desk and online.",
    ),
    "ecoles": SectionData(
        "Vingt-deux écoles, neuf cantines et un principe : aucun enfant sans repas ni solution "
        "d’accueil.",
        "Twenty-two schools, nine canteens and one principle: no child without a meal or a place "
        "to go.",
    ),
    "amenagement": SectionData(
        "L’aménagement programme les investissements et conduit les projets, de l’étude à la "
        "réception.",
        "Planning and works programmes investment and runs projects, from study to handover.",
    ),
    "urbanisme": SectionData(
        "Le service instruit les autorisations, tient le plan local d’urbanisme et conseille les "
        "porteurs de projet.",
        "Town planning examines applications, keeps the local plan and advises applicants.",
    ),
    "voirie": SectionData(
        "Routes, bâtiments, espaces verts, éclairage : signalez, nous intervenons sous cinq jours.",
        "Roads, buildings, green spaces, lighting: report it, we are there within five days.",
    ),
}
