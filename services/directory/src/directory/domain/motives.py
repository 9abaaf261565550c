"""Reasons for a visit that people search by: which specialities take them; own table, without a motive's rules."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """`specialities`: slugs, the most usual first. `words`: what people type, the label apart."""

    label: str
    label_en: str
    specialities: tuple[str, ...]
    words: tuple[str, ...]


def _row(label: str, english: str, specialities: str, words: str) -> Reason:
    return Reason(label, english, tuple(specialities.split()), tuple(word.strip() for word in words.split(",")))


# fmt: off
REASONS: tuple[Reason, ...] = (
    _row("Frottis", "Cervical smear", "gynecologue sage-femme",
         "frottis cervical, frottis de dépistage, smear test"),
    _row("Pose ou retrait de stérilet", "Coil insertion or removal", "gynecologue sage-femme",
         "pose de stérilet, retrait de stérilet, stérilet, diu, implant contraceptif, coil"),
    _row("Contraception", "Contraception", "gynecologue sage-femme medecin-generaliste", "pilule, contraceptif"),
    _row("Suivi de grossesse", "Pregnancy care", "gynecologue sage-femme", "grossesse, enceinte, échographie"),
    _row("Vaccination", "Vaccination", "medecin-generaliste pediatre infirmier", "vaccin, vaccins, grippe, rappel"),
    _row("Renouvellement d'ordonnance", "Repeat prescription", "medecin-generaliste", "ordonnance, renouvellement"),
    _row("Certificat de sport", "Sports certificate", "medecin-generaliste", "certificat médical, certificat, sport"),
    _row("Dépistage des cancers de la peau", "Skin cancer screening", "dermatologue",
         "grain de beauté, grains de beauté, mélanome, dépistage peau, mole check"),
    _row("Contrôle de la vue", "Eye test", "ophtalmologue", "lunettes, vue, lentilles, fond d'œil, eye test"),
    _row("Détartrage", "Scale and polish", "dentiste", "détartrage dentaire, contrôle dentaire, blanchiment"),
    _row("Urgence dentaire", "Dental emergency", "dentiste", "rage de dents, mal de dents"),
    _row("Consultation de l'enfant en ostéopathie", "Osteopathy for children", "osteopathe",
         "ostéo enfant, ostéo enfants, ostéo bébé, ostéo nourrisson, ostéopathe enfant, ostéopathe bébé"),
    _row("Visite du nourrisson", "Baby check", "pediatre medecin-generaliste", "nourrisson, bébé, visite obligatoire"),
    _row("Prise de sang à domicile", "Blood test at home", "infirmier", "prise de sang, pansement, injection"),
    _row("Bilan orthophonique", "Speech assessment", "orthophoniste", "dyslexie, bégaiement, retard de parole"),
    _row("Électrocardiogramme", "Electrocardiogram", "cardiologue", "ecg, palpitations, épreuve d'effort"),
    _row("Mal de dos", "Back pain", "masseur-kinesitherapeute osteopathe medecin-generaliste", "lombalgie, lumbago"),
    _row("Semelles orthopédiques", "Insoles", "pedicure-podologue", "semelles, ongle incarné"),
)
# fmt: on
