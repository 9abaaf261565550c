"""The specialities that take appointments: own table of public labels, national codes and the words people type."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Speciality:
    """`id`: small, for ever (it stands in the search tables). `professions`, `skills`: codes of TRE_G15/R95, TRE_R38.

    `label`: as patients see it; `words`: what else they type, without the label's own words.
    """

    id: int
    slug: str
    label: str
    label_en: str
    professions: tuple[str, ...]
    skills: tuple[str, ...]
    words: tuple[str, ...]


def _row(number: int, slug: str, label: str, english: str, codes: str, words: str) -> Speciality:
    professions, _, skills = codes.partition(":")
    return Speciality(
        number,
        slug,
        label,
        english,
        tuple(professions.split()),
        tuple(_skill(skill) for skill in skills.split()),
        tuple(word.strip() for word in words.split(",") if word.strip()),
    )


def _skill(short: str) -> str:
    return f"SM{short}" if short.isdigit() else short


# fmt: off
# number, slug, label, English label, "profession codes: skill codes (SM left out)", synonyms
SPECIALITIES: tuple[Speciality, ...] = (
    _row(1, "medecin-generaliste", "Médecin généraliste", "General practitioner", "10: 26 53 54",
         "généraliste, médecin, médecin de famille, médecin traitant, médecine générale, mg, gp, doctor"),
    _row(2, "dentiste", "Chirurgien-dentiste", "Dentist", "40: SCD03",
         "dentiste, dent, dents, cabinet dentaire, soins dentaires, chirurgienne-dentiste, dentist"),
    _row(3, "ophtalmologue", "Ophtalmologue", "Ophthalmologist", "10: 38 85",
         "ophtalmo, ophtalmologiste, ophtalmologie, oftalmo, ophta, yeux, œil, eye doctor"),
    _row(4, "dermatologue", "Dermatologue et vénérologue", "Dermatologist", "10: 15",
         "dermatologue, dermato, dermatologie, dermatologiste, vénérologue, peau, acné, dermatologist"),
    _row(5, "gynecologue", "Gynécologue médical et obstétrique", "Gynaecologist", "10: 19 20 51 52",
         "gynéco, gynécologue, gynécologie, gynécologiste, obstétricien, obstétrique, gynaecologist"),
    _row(6, "sage-femme", "Sage-femme", "Midwife", "50",
         "sage femme, sages-femmes, maïeuticien, accouchement, midwife"),
    _row(7, "pediatre", "Pédiatre", "Paediatrician", "10: 40 87 88 89 90",
         "pédiatrie, médecin enfant, médecin pour enfants, paediatrician, pediatrician"),
    _row(8, "cardiologue", "Cardiologue", "Cardiologist", "10: 04 73 79 80 81",
         "cardio, cardiologie, cœur, cardiologist"),
    _row(9, "psychiatre", "Psychiatre", "Psychiatrist", "10: 33 42 93", "psy, psychiatrie, psychiatrist"),
    _row(10, "psychiatre-enfant", "Psychiatre de l'enfant et de l'adolescent", "Child psychiatrist", "10: 43 92",
         "pédopsychiatre, pédopsy, pédopsychiatrie"),
    _row(11, "psychologue", "Psychologue", "Psychologist", "93", "psy, psychologie, thérapie, psychologist"),
    _row(12, "orl", "ORL", "Ear, nose and throat specialist", "10: 34 39 86",
         "oto-rhino, oto-rhino-laryngologiste, oto rhino laryngologie, otorhino, oreille, ent"),
    _row(13, "rhumatologue", "Rhumatologue", "Rheumatologist", "10: 48", "rhumato, rhumatologie, articulations"),
    _row(14, "gastro-enterologue", "Gastro-entérologue et hépatologue", "Gastroenterologist", "10: 24",
         "gastro, gastro-entérologue, gastroentérologue, gastro-entérologie, hépatologue, foie"),
    _row(15, "pneumologue", "Pneumologue", "Pulmonologist", "10: 41 91", "pneumo, pneumologie, poumons, asthme"),
    _row(16, "neurologue", "Neurologue", "Neurologist", "10: 32 84", "neuro, neurologie, migraine"),
    _row(17, "endocrinologue", "Endocrinologue", "Endocrinologist", "10: 16 62",
         "endocrino, endocrinologie, diabétologue, diabète, thyroïde"),
    _row(18, "urologue", "Chirurgien urologue", "Urologist", "10: 12", "urologue, uro, urologie, prostate"),
    _row(19, "chirurgien-orthopediste", "Chirurgien orthopédiste et traumatologue", "Orthopaedic surgeon", "10: 08",
         "orthopédiste, ortho, orthopédie, traumatologue, chirurgien genou, chirurgien hanche"),
    _row(20, "allergologue", "Allergologue", "Allergist", "10: 57", "allergo, allergologie, allergie, allergies"),
    _row(21, "medecin-vasculaire", "Médecin vasculaire (angiologue)", "Vascular physician", "10: 61",
         "angiologue, angio, phlébologue, médecin vasculaire, varices"),
    _row(22, "radiologue", "Radiologue", "Radiologist", "10: 44 55 74 94",
         "radio, radiologie, imagerie, imagerie médicale"),
    _row(23, "orthodontiste", "Orthodontiste", "Orthodontist", "40: SCD01", "orthodontie, bagues, appareil dentaire"),
    _row(24, "infirmier", "Infirmier", "Nurse", "60: SI01 SI02 SI03 SI04 SI05 SI08",
         "infirmière, idel, ide, soins infirmiers, infirmier en pratique avancée, nurse"),
    _row(25, "masseur-kinesitherapeute", "Masseur-kinésithérapeute", "Physiotherapist", "70",
         "kiné, kinési, kinésithérapeute, kinésithérapie, masseur kiné, mk, rééducation, physiotherapist"),
    _row(26, "osteopathe", "Ostéopathe", "Osteopath", "71", "ostéo, ostéopathie, osteopath"),
    _row(27, "pedicure-podologue", "Pédicure-podologue", "Podiatrist", "80",
         "podologue, pédicure, podo, podologie, pieds"),
    _row(28, "orthophoniste", "Orthophoniste", "Speech therapist", "91", "orthophonie, langage"),
    _row(29, "orthoptiste", "Orthoptiste", "Orthoptist", "92", "orthoptie, strabisme"),
    _row(30, "dieteticien", "Diététicien", "Dietitian", "95",
         "diététicienne, diététique, nutritionniste, nutrition, diet"),
    _row(31, "chirurgien-oral", "Chirurgien oral", "Oral surgeon", "10 40: SCD02 56",
         "chirurgie orale, dents de sagesse"),
    _row(32, "stomatologue", "Stomatologue et chirurgien maxillo-facial", "Maxillofacial surgeon", "10: 06 07 50 68 77",
         "stomato, stomatologue, stomatologie, maxillo-facial"),
    _row(33, "chirurgien-plasticien", "Chirurgien plasticien et esthétique", "Plastic surgeon", "10: 10",
         "chirurgie esthétique, chirurgien esthétique, plasticien"),
    _row(34, "chirurgien-visceral", "Chirurgien viscéral et digestif", "Visceral surgeon", "10: 05 14 78",
         "chirurgien digestif, chirurgie viscérale, chirurgien général"),
    _row(35, "chirurgien-vasculaire", "Chirurgien vasculaire et thoracique", "Vascular surgeon", "10: 11 13",
         "chirurgie vasculaire, chirurgien thoracique"),
    _row(36, "chirurgien-pediatrique", "Chirurgien pédiatrique", "Paediatric surgeon", "10: 09 69 70",
         "chirurgien infantile"),
    _row(37, "neurochirurgien", "Neurochirurgien", "Neurosurgeon", "10: 31", "neurochirurgie"),
    _row(38, "geriatre", "Gériatre", "Geriatrician", "10: 18", "gériatrie, gérontologue"),
    _row(39, "oncologue", "Oncologue", "Oncologist", "10: 35 36 37 45",
         "oncologie, cancérologue, radiothérapeute, cancer"),
    _row(40, "hematologue", "Hématologue", "Haematologist", "10: 21 22 23 71", "hématologie"),
    _row(41, "nephrologue", "Néphrologue", "Nephrologist", "10: 30 83", "néphrologie, reins"),
    _row(42, "medecin-interniste", "Médecin interniste", "Internist", "10: 27 72", "médecine interne, interniste"),
    _row(43, "medecin-mpr", "Médecin de médecine physique et de réadaptation", "Rehabilitation physician", "10: 29",
         "mpr, médecin rééducateur, médecine physique"),
    _row(44, "infectiologue", "Infectiologue", "Infectious disease specialist", "10: 58",
         "maladies infectieuses, infectiologie"),
    _row(45, "anesthesiste", "Anesthésiste", "Anaesthetist", "10: 02 76", "anesthésie, anesthésiste-réanimateur"),
    _row(46, "medecin-nucleaire", "Médecin nucléaire", "Nuclear medicine physician", "10: 28", "scintigraphie"),
    _row(47, "geneticien", "Généticien", "Geneticist", "10: 17", "génétique"),
    _row(48, "psychotherapeute", "Psychothérapeute", "Psychotherapist", "72", "psy, psychothérapie"),
    _row(49, "chiropracteur", "Chiropracteur", "Chiropractor", "73", "chiro, chiropraxie"),
    _row(50, "ergotherapeute", "Ergothérapeute", "Occupational therapist", "94", "ergo, ergothérapie"),
    _row(51, "psychomotricien", "Psychomotricien", "Psychomotor therapist", "96", "psychomotricité, psychomotricienne"),
    _row(52, "audioprothesiste", "Audioprothésiste", "Hearing aid specialist", "26", "appareil auditif, audition"),
)
# fmt: on

BY_SLUG = {speciality.slug: speciality for speciality in SPECIALITIES}
BY_ID = {speciality.id: speciality for speciality in SPECIALITIES}
_BY_SKILL = {(profession, skill): one for one in SPECIALITIES for profession in one.professions for skill in one.skills}
# The speciality of someone without any skill: a doctor is a general practitioner, an oral surgeon never is the default.
_BY_PROFESSION = {
    profession: one for one in reversed(SPECIALITIES) for profession in one.professions if one.slug != "chirurgien-oral"
} | {"10": BY_SLUG["medecin-generaliste"], "40": BY_SLUG["dentiste"]}


def speciality_of(profession: str, skills: frozenset[str]) -> Speciality | None:
    """The speciality shown for a profession and its skills (TRE_R38); None for those that take no appointments here.

    Someone with several is shown under the most special one: general practice only when there is nothing else.
    """
    found = {_BY_SKILL[profession, skill].id for skill in skills if (profession, skill) in _BY_SKILL}
    if found - {1}:
        return BY_ID[min(found - {1})]
    if found:
        return BY_ID[1]
    ordinal = {skill for skill in skills if skill[:2] in ("SM", "SC")}
    return None if ordinal else _BY_PROFESSION.get(profession)
