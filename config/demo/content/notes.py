"""The notes of the demo organisation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NoteData:
    """A note of a service.

    `days_ago`: when it was published; `everyone`: for the whole organisation, else for the
    service alone; `title_en` and `body_en` are empty where there is no English version.
    Bodies are paragraphs separated by an empty line; a line beginning with "## " is a heading,
    lines beginning with "- " a list.
    """

    service: str
    slug: str
    days_ago: int
    everyone: bool
    title: str
    summary: str
    body: str
    title_en: str = ""
    summary_en: str = ""
    body_en: str = ""
    notify: bool = False


NOTES: tuple[NoteData, ...] = (
    NoteData(
        "direction-generale", "saison-cyclonique", 3, True,
        "Fin de saison cyclonique : maintenons la vigilance jusqu’au 30 novembre",
        "Les consignes restent en vigueur une semaine encore ; chaque service vérifie son annuaire "
        "de crise.",
        "Deux ondes tropicales sont suivies au large. Aucune vigilance n’est en cours, mais la "
        "saison n’est pas terminée.\n\n"
        "## Ce que nous demandons\n\n"
        "- vérifier avant vendredi les numéros de votre annuaire de crise ;\n"
        "- contrôler le carburant des groupes électrogènes ;\n"
        "- rappeler aux équipes où se trouve leur abri de quartier.\n\n"
        "Les fiches réflexes sont dans l’espace documentaire de la direction de la population.",
        "End of the hurricane season: stay watchful until 30 November",
        "The instructions stay in force for one more week; each service checks its contacts.",
        "Two tropical waves are being followed off the coast. No alert is in force, but the season "
        "is not over.\n\n"
        "## What we ask\n\n"
        "- check the numbers in your crisis contact list before Friday;\n"
        "- check the fuel of the generators;\n"
        "- remind your teams where their neighbourhood shelter is.",
        notify=True,
    ),
    NoteData(
        "direction-generale", "teletravail", 24, True,
        "Télétravail : la règle des deux jours est reconduite",
        "Deux jours par semaine au plus, jeudi en présence, à compter du 1er décembre.",
        "Après consultation du comité, la règle en vigueur est reconduite pour un an.\n\n"
        "Le jeudi reste un jour de présence commune, afin que les équipes se voient au complet au "
        "moins une fois par semaine. Les demandes se font auprès du responsable direct, qui répond "
        "sous quinze jours et motive un refus.",
        "Working from home: the two-day rule is renewed",
        "Two days a week at most, Thursdays on site, from 1 December.",
        "After consulting the committee, the present rule is renewed for one year.\n\n"
        "Thursday remains a day on site for all, so that teams meet in full at least once a week. "
        "Ask your direct manager, who answers within a fortnight and gives reasons for a refusal.",
    ),
    NoteData(
        "finances", "cloture", 6, True,
        "Clôture comptable : les dates à retenir",
        "Derniers engagements le 27 novembre, dernières factures le 11 décembre.",
        "Pour que les fournisseurs soient payés avant la fin de l’année, nous avons "
        "besoin de vous.\n\n"
        "- 27 novembre : derniers engagements de fonctionnement ;\n"
        "- 11 décembre : dernières factures transmises ;\n"
        "- 18 décembre : états de rattachement signés.\n\n"
        "Le calendrier complet et la liste de contrôle des factures sont dans l’espace "
        "documentaire des finances.",
        "Closing of accounts: dates to remember",
        "Last commitments on 27 November, last invoices on 11 December.",
        "For suppliers to be paid before the end of the year, we need your help.\n\n"
        "- 27 November: last operating commitments;\n"
        "- 11 December: last invoices sent to Finance;\n"
        "- 18 December: accrual statements signed.",
    ),
    NoteData(
        "finances", "arbitrages", 9, False,
        "Préparation des arbitrages : répartition des dossiers",
        "Qui suit quelle direction pendant la semaine d’arbitrage.",
        "Chaque gestionnaire suit les fiches d’une direction et prépare une page de synthèse : "
        "écart à la cible, marge de manœuvre, risque.\n\n"
        "Les chiffres de la maquette 2027 ne circulent pas hors du service avant le débat "
        "d’orientation.",
    ),
    NoteData(
        "finances", "frais", 40, True,
        "Frais de déplacement : l’avance passe à 75 %",
        "La demande d’avance se fait dix jours avant le départ.",
        "L’avance sur frais de mission peut désormais atteindre soixante-quinze pour cent du "
        "montant estimé.\n\nLa procédure mise à jour précise les justificatifs attendus et le "
        "forfait repas, porté à vingt euros.",
    ),
    NoteData(
        "ressources-humaines", "conges", 11, True,
        "Congés de fin d’année : posez vos dates avant le 1er décembre",
        "Les services d’accueil gardent une permanence les 24 et 31 décembre au matin.",
        "Les demandes déposées avant le 1er décembre sont traitées ensemble, par service, en "
        "tenant compte des enfants scolarisés et des congés de l’an passé.\n\n"
        "Une permanence est assurée à l’état civil et à l’accueil les 24 et 31 décembre de 7 h 30 "
        "à 12 h. Les volontaires récupèrent double.",
        "End-of-year leave: give your dates before 1 December",
        "Front desks stay open on the mornings of 24 and 31 December.",
        "Requests made before 1 December are examined together, service by service, with regard to "
        "school-age children and to last year’s leave.\n\n"
        "The Civil registry and the reception desk are staffed on 24 and 31 December from 7.30 am "
        "to noon. Volunteers get double time off in return.",
        notify=True,
    ),
    NoteData(
        "ressources-humaines", "formation", 33, True,
        "Plan de formation 2027 : dites-nous vos besoins",
        "Un formulaire par équipe, à rendre le 15 décembre.",
        "Les entretiens de l’an passé ont fait ressortir trois thèmes : l’accueil de publics en "
        "difficulté, l’anglais professionnel et les premiers secours.\n\n"
        "Complétez le tableau avec votre équipe ; ce qui n’est pas demandé ne sera pas financé.",
    ),
    NoteData(
        "ressources-humaines", "commission", 15, False,
        "Commission de discipline : organisation interne",
        "Calendrier, confidentialité et circuit des pièces.",
        "Les pièces sont déposées dans le dossier réservé à l’encadrement. Aucune copie par "
        "messagerie. Les convocations partent quinze jours avant la séance.",
    ),
    NoteData(
        "informatique", "hameconnage", 2, True,
        "Attention : faux messages de livraison en circulation",
        "Ne cliquez pas, transférez le message à l’adresse d’alerte.",
        "Depuis lundi, de faux avis de livraison imitent un transporteur connu et demandent un "
        "paiement de 1,99 euro.\n\n"
        "## Si vous avez cliqué\n\nAppelez le support tout de suite. Un clic signalé dans l’heure "
        "n’est jamais sanctionné, et il nous permet de protéger vos collègues.",
        "Beware: fake delivery messages are going round",
        "Do not click; forward the message to the alert address.",
        "Since Monday, fake delivery notices imitate a well-known carrier and ask for a payment of "
        "€1.99.\n\n"
        "## If you clicked\n\nCall the help desk at once. A click reported within the hour is "
        "never "
        "punished, and it lets us protect your colleagues.",
        notify=True,
    ),
    NoteData(
        "informatique", "maintenance", 17, True,
        "Maintenance du réseau dans la nuit du 28 au 29",
        "Coupure de deux heures à partir de 22 h, espaces documentaires compris.",
        "Le cœur de réseau est remplacé. Les services en astreinte passent sur le lien radio. "
        "Enregistrez votre travail et laissez votre poste allumé : les mises à jour suivront.",
    ),
    NoteData(
        "informatique", "comptes-admin", 20, False,
        "Comptes d’administration : nouvelle règle de rotation",
        "Les mots de passe de service changent tous les trimestres.",
        "La rotation se fait le premier mardi du trimestre. La liste des comptes concernés est "
        "dans le coffre ; ne la copiez pas ici.",
    ),
    NoteData(
        "communication", "benevoles-fete-de-la-mer", 12, True,
        "Fête de la mer : appel aux volontaires",
        "Vingt collègues pour accueillir et servir d’interprètes, les 5 et 6 décembre.",
        "La fête attire chaque année des visiteurs des îles voisines. Nous cherchons des collègues "
        "à l’aise en anglais ou en créole pour accueillir et orienter.\n\nInscription auprès du "
        "service avant le 28 novembre ; repas et récupération prévus.",
        "Sea festival: volunteers wanted",
        "Twenty colleagues to welcome and interpret, on 5 and 6 December.",
        "Each year the festival draws visitors from the neighbouring islands. We are looking for "
        "colleagues at ease in English or Creole to welcome and guide them.\n\n"
        "Put your name down with us before 28 November; meals and time off in return are provided.",
    ),
    NoteData(
        "assemblees", "seance-novembre", 5, True,
        "Séance du 24 novembre : ordre du jour",
        "Débat d’orientation budgétaire, convention avec le syndicat des eaux, tarifs de la "
        "restauration scolaire.",
        "La séance est publique et retransmise. Les rapporteurs remettent leurs notes de "
        "présentation la veille avant midi.",
        "Sitting of 24 November: agenda",
        "Budget orientation debate, agreement with the water board, school-meal prices.",
        "The sitting is public and broadcast. Rapporteurs hand in their notes by noon the day "
        "before.",
    ),
    NoteData(
        "assemblees", "depot-actes", 28, False,
        "Dépôt des actes : retards de transmission",
        "Trois actes ont été transmis hors délai en octobre.",
        "Le contrôle de légalité nous a interrogés sur trois décisions. Désormais, chaque acte est "
        "enregistré le jour de sa signature, sans attendre le bordereau hebdomadaire.",
    ),
    NoteData(
        "ressources", "seuils", 31, True,
        "Achats : les seuils ont changé",
        "Trois devis à partir de 5 000 euros, publicité à partir de 40 000.",
        "Le tableau des procédures est à jour dans l’espace de la direction. Rappel : le montant "
        "s’apprécie sur toute la durée du besoin, reconductions comprises.",
    ),
    NoteData(
        "population", "guichets", 8, True,
        "Guichets : horaires de décembre",
        "Fermeture à midi les 24 et 31, ouverture du samedi maintenue au Bourg.",
        "Merci d’en informer les usagers que vous recevez et de mettre à jour vos répondeurs.",
        "Front desks: December opening hours",
        "Closing at noon on 24 and 31, Saturday opening kept in Le Bourg.",
        "Please tell the people you receive and update your answering machines.",
    ),
    NoteData(
        "etat-civil", "listes-electorales", 4, True,
        "Listes électorales : inscriptions jusqu’au 12 février",
        "Les collègues aussi : vérifiez votre bureau de vote.",
        "Trois bureaux changent d’adresse après le redécoupage de la Ravine. La carte est au "
        "guichet et dans notre espace documentaire.",
        "Electoral roll: register by 12 February",
        "Colleagues too: check your polling station.",
        "Three polling stations move after the new boundaries of La Ravine. The map is at the desk "
        "and in our document space.",
    ),
    NoteData(
        "etat-civil", "rectifications", 14, False,
        "Rectification d’erreurs matérielles : qui signe quoi",
        "Les rectifications du nom relèvent désormais de la cheffe de service.",
        "Une erreur purement matérielle est rectifiée par l’officier qui la constate. Tout ce qui "
        "touche au nom ou à la filiation passe par la cheffe de service, avec le dossier complet.",
    ),
    NoteData(
        "ecoles", "menus", 7, True,
        "Menus de décembre en ligne",
        "Davantage de produits du pays, un repas végétarien par semaine.",
        "Les menus ont été établis avec la diététicienne et le groupement des maraîchers. Le repas "
        "de Noël a lieu le jeudi de la troisième semaine dans les neuf cantines.",
    ),
    NoteData(
        "ecoles", "remplacements", 10, False,
        "Remplacements en cantine : consignes allergies",
        "Tout remplaçant lit les plans d’accueil avant son premier service.",
        "La feuille d’émargement est dans chaque cuisine. Un service ne commence pas sans elle.",
        "Canteen substitutes: allergy instructions",
        "Every substitute reads the allergy plans before the first service.",
        "The signature sheet is in each kitchen. No service begins without it.",
    ),
    NoteData(
        "amenagement", "front-de-mer", 21, True,
        "Front de mer du Bourg : trois ateliers ouverts aux agents",
        "Venez donner votre avis les 2, 9 et 16 décembre.",
        "Six cents mètres de rivage rendus aux piétons : le projet nous concerne tous. Chaque "
        "atelier dure une heure et demie, à la salle polyvalente.",
    ),
    NoteData(
        "urbanisme", "zonage", 13, False,
        "Zonage du plan local : version de travail",
        "La carte des ravines a été reprise ; ne pas diffuser.",
        "La version de travail tient compte des inondations de juin. Elle n’est pas opposable et "
        "ne doit être remise à aucun pétitionnaire.",
    ),
    NoteData(
        "urbanisme", "cinquante-pas", 26, True,
        "Cinquante pas : la foire aux questions est en ligne",
        "Un texte en français et en anglais à remettre aux demandeurs.",
        "Le document répond aux questions les plus fréquentes sur la bande littorale. Merci de "
        "l’utiliser au guichet plutôt que d’improviser une réponse.",
        "The coastal strip: questions and answers are online",
        "A text in French and English to hand to applicants.",
        "The document answers the most frequent questions about the coastal strip. Please use it "
        "at the desk rather than improvising an answer.",
    ),
    NoteData(
        "voirie", "travaux-janvier", 1, True,
        "Travaux de janvier : rue des Flamboyants fermée trois semaines",
        "Déviation par la rue du Port à partir du 11 janvier.",
        "Les enrobés sont repris sur toute la longueur. Les livraisons se font avant 7 h. Le "
        "programme complet est dans l’espace documentaire de la voirie.",
        "January works: rue des Flamboyants closed for three weeks",
        "Detour by rue du Port from 11 January.",
        "The surface is renewed along the whole street. Deliveries are made before 7 am. The full "
        "programme is in the document space of Roads and buildings.",
    ),
    NoteData(
        "voirie", "astreinte", 18, False,
        "Astreinte de décembre : tour des équipes",
        "Remise du téléphone le lundi à 7 h au centre technique.",
        "Semaines 49 et 51 : équipe nord. Semaines 50 et 53 : équipe sud. Semaine 52 : bâtiments.",
    ),
)  # fmt: skip
