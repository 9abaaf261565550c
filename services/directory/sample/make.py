"""Write the sample of the national directory: invented people (RPPS 997..., numbers kept for fiction), real traps.

python sample/make.py            (writes the .txt beside it; the same bytes each time)
"""

import random
from collections.abc import Iterator
from pathlib import Path

TARGET = Path(__file__).with_name("PS_LibreAcces_Personne_activite_202611230000.txt")
HEADER = (
    "Type d'identifiant PP|Identifiant PP|Identification nationale PP|Code civilité d'exercice|"
    "Libellé civilité exercice|Code civilité|Libellé civilité|Nom d'exercice|Prénom d'exercice|"
    "Code profession|Libellé profession|"
    "Code catégorie professionnelle|Libellé catégorie professionnelle|Code type savoir-faire|Libellé type savoir-faire|"
    "Code savoir-faire|Libellé savoir-faire|Code mode exercice|Libellé mode exercice|Numéro SIRET site|"
    "Numéro SIREN site|Numéro FINESS site|Numéro FINESS établissement juridique|Identifiant technique de la structure|"
    "Raison sociale site|Enseigne commerciale site|Complément destinataire (coord. structure)|"
    "Complément point géographique (coord. structure)|Numéro Voie (coord. structure)|"
    "Indice répétition voie (coord. structure)|Code type de voie (coord. structure)|"
    "Libellé type de voie (coord. structure)|Libellé Voie (coord. structure)|Mention distribution (coord. structure)|"
    "Bureau cedex (coord. structure)|Code postal (coord. structure)|Code commune (coord. structure)|"
    "Libellé commune (coord. structure)|Code pays (coord. structure)|Libellé pays (coord. structure)|"
    "Téléphone (coord. structure)|Téléphone 2 (coord. structure)|Télécopie (coord. structure)|"
    "Adresse e-mail (coord. structure)|Code département (coord. structure)|Libellé département (coord. structure)|"
    "Ancien identifiant de la structure|Autorité d'enregistrement|Code secteur d'activité|Libellé secteur d'activité|"
    "Code section tableau pharmaciens|Libellé section tableau pharmaciens|Code fonction|Libellé fonction|"
    "Code genre d'activité|Libellé genre d'activité|"
)
WIDTH = 56
PROFESSIONS = {
    "10": "Médecin", "21": "Pharmacien", "40": "Chirurgien-Dentiste", "50": "Sage-Femme", "60": "Infirmier",
    "70": "Masseur-Kinésithérapeute", "71": "Ostéopathe", "80": "Pédicure-Podologue", "91": "Orthophoniste",
    "93": "Psychologue", "95": "Diététicien",
}  # fmt: skip
SKILLS = {
    "SM04": "Cardiologie et maladies vasculaires", "SM15": "Dermatologie et vénéréologie",
    "SM19": "Gynécologie médicale",
    "SM20": "Gynécologie-obstétrique", "SM26": "Qualifié en médecine générale", "SM38": "Ophtalmologie",
    "SM39": "Oto-rhino-laryngologie", "SM40": "Pédiatrie", "SM42": "Psychiatrie", "SM54": "Médecine générale",
    "SM44": "Radio-diagnostic", "SM63": "Biologie médicale",
}  # fmt: skip
SECTORS = {
    "SA01": "Etablissement public de santé", "SA05": "Centre de santé", "SA07": "Cabinet individuel",
    "SA08": "Cabinet de groupe", "SA09": "Exercice en société", "SA33": "Pharmacie d'officine",
    "SA52": "Maison de santé ou Pôle de santé",
}  # fmt: skip
# key, commune code, postal code, name
TOWNS = {
    key: (code, postcode, city)
    for key, code, postcode, city in (
        row.split(maxsplit=3)
        for row in """\
angers 49007 49000 Angers
angers2 49007 49100 Angers
trelaze 49353 49800 Trélazé
saumur 49328 49400 Saumur
cholet 49099 49300 Cholet
lyon3 69383 69003 Lyon 3e Arrondissement
lyon7 69387 69007 Lyon 7e Arrondissement
paris11 75111 75011 Paris 11e Arrondissement
paris16 75116 75016 Paris 16e Arrondissement
paris5 75105 75005 Paris 5e Arrondissement
marseille 13208 13008 Marseille 8e Arrondissement
stetienne 42218 42000 Saint-Étienne
lhay 94038 94240 L'Haÿ-les-Roses
stdenis93 93066 93200 Saint-Denis
stdenis974 97411 97400 Saint-Denis
ajaccio 2A004 20000 Ajaccio
bastia 2B033 20200 Bastia
fdf 97209 97200 Fort-de-France
cayenne 97302 97300 Cayenne
mamoudzou 97611 97600 Mamoudzou
noumea 98818 98800 Nouméa
papeete 98735 98714 Papeete
strasbourg 67482 67000 Strasbourg
metz 57463 57000 Metz
rennes 35238 35000 Rennes
lille 59350 59000 Lille
nantes 44109 44000 Nantes
toulouse 31555 31000 Toulouse
limoges 87085 87000 Limoges
""".splitlines()
    )
}
LAST = (
    "BERNARD", "THOMAS", "PETIT", "ROBERT", "RICHARD", "DURAND", "DUBOIS", "MOREAU", "LAURENT", "SIMON",
    "MICHEL", "LEROY", "ROUX", "GARNIER", "FAURE", "ROUSSEAU", "BLANC", "GUERIN", "MULLER", "HENRY", "ROUSSEL",
    "NICOLAS", "PERRIN", "MORIN", "MATHIEU", "CLEMENT", "GAUTHIER", "GAUTIER", "DUMONT", "LOPEZ", "FONTAINE",
    "CHEVALIER", "ROBIN", "MASSON", "SANCHEZ", "GERARD", "NOEL", "BOYER", "LEMAIRE", "LEBLANC", "THIBAULT",
    "SCHMITT", "SCHMIDT", "PERROT", "IMAGINAIRE", "INVENTE", "MODELE", "ESSAI", "FICTIF", "BENARD", "MARCHAND",
    "DUPUIS", "HAMEL", "LECLERC", "COLLET", "TESSIER",
)  # fmt: skip
FIRST_F = (
    "JEANNE", "CLAIRE", "SOPHIE", "JULIE", "CAMILLE", "LEA", "MANON", "ALICE", "CHLOE", "INES", "NATHALIE",
    "HELENE", "ANNE", "LUCIE",
)  # fmt: skip
FIRST_M = (
    "PAUL", "LOUIS", "HUGO", "JULES", "ADAM", "THOMAS", "NICOLAS", "ANTOINE", "PIERRE", "OLIVIER", "KARIM",
    "DAVID", "ERIC", "YANN",
)  # fmt: skip
STREETS = ("DE L'INVENTION", "IMAGINAIRE", "DE LA REPUBLIQUE", "VICTOR HUGO", "DES LILAS", "DU MOULIN", "DE LA GARE",
           "JEAN JAURES", "PASTEUR", "DES ECOLES")  # fmt: skip
WAYS = (("R", "Rue"), ("AV", "Avenue"), ("BD", "Boulevard"), ("PL", "Place"), ("IMP", "Impasse"), ("ALL", "Allée"))
FICTION = {"0": "019900", "1": "026191", "2": "026191", "3": "035301", "4": "046571", "5": "053649"}


def rpps(number: int) -> str:
    digits = f"997{number:07d}"
    total = sum((int(d) * 2 - 9 if int(d) > 4 else int(d) * 2) if i % 2 == 0 else int(d)
                for i, d in enumerate(reversed(digits)))  # fmt: skip
    return digits + str(-total % 10)


class Sample:
    """Makes rows; each person and structure has the next number."""

    def __init__(self) -> None:
        self.dice = random.Random(20261123)  # noqa: S311 (a sample, no secret)
        self.people = 12  # so that the first one is 99700000120, as in the documentation
        self.structures = 0
        self.phones = 0

    def phone(self, block: str = "026191") -> str:
        self.phones += 1
        return f"{block}{self.phones:04d}"

    def person(self, last: str, first: str, profession: str = "10", **more: str) -> dict[str, str]:
        identifier = rpps(self.people)
        self.people += 1
        doctor = profession in ("10", "40")
        woman = first.split("-")[0].split(" ")[0].upper() in (*FIRST_F, "MARIE")
        row = {"0": "8", "1": identifier, "2": f"8{identifier}", "3": "DR" if doctor else "",
               "4": "Docteur" if doctor else "", "5": "MME" if woman else "M",
               "6": "Madame" if woman else "Monsieur", "7": last, "8": first, "9": profession,
               "10": PROFESSIONS[profession], "11": "C", "12": "Civil", "17": "L",
               "18": "Libéral, indépendant, artisan, commerçant", "47": "CNOM/CNOM/CNOM", "54": "GENR01",
               "55": "Activité standard de soin"}  # fmt: skip
        return {**row, **more}

    def at(self, town: str, sector: str = "SA07", name: str = "", **more: str) -> dict[str, str]:
        self.structures += 1
        commune, postcode, city = TOWNS[town]
        code, way = self.dice.choice(WAYS)
        row = {"23": f"R99700{self.structures:09d}", "24": name, "25": name, "28": str(self.dice.randint(1, 120)),
               "30": code, "31": way, "32": self.dice.choice(STREETS), "34": f"{postcode} {city.upper()}",
               "35": postcode, "36": commune, "37": city, "38": "99000", "39": "France", "40": self.phone(),
               "46": f"4997{self.structures:011d}", "48": sector, "49": SECTORS[sector]}  # fmt: skip
        return {**row, **more}


def skill(code: str, kind: str = "S") -> dict[str, str]:
    return {"13": kind, "14": "Spécialité ordinale" if kind == "S" else "Compétence", "15": code, "16": SKILLS[code]}


def line(*parts: dict[str, str]) -> str:
    row: dict[str, str] = {}
    for part in parts:
        row |= part
    return "|".join(row.get(str(index), "") for index in range(WIDTH)) + "|"


def known(sample: Sample) -> Iterator[str]:
    """The people that documentation, demo and tests name."""
    jeanne = sample.person("EXEMPLE", "JEANNE")
    place = {"24": "CABINET DU DR JEANNE EXEMPLE", "25": "CABINET DU DR JEANNE EXEMPLE", "28": "12", "30": "R",
             "31": "Rue", "32": "IMAGINAIRE", "34": "49000 ANGERS", "40": "0261910001"}  # fmt: skip
    yield line(jeanne, skill("SM15"), sample.at("angers"), place)
    paul = sample.person("ESSAI", "PAUL")
    yield line(paul, skill("SM54"), sample.at("angers", "SA52", "MAISON DE SANTE FICTIVE"), {"40": "02 61 91 00 02"})
    yield line(
        paul, skill("SM54"), sample.at("trelaze", "SA08", "CABINET MEDICAL DE L'INVENTION"), {"40": "02.61.91.00.03"}
    )
    for town, first in (("angers2", "HELENE"), ("trelaze", "LOUIS"), ("saumur", "ALICE"), ("cholet", "HUGO")):
        yield line(sample.person("MODELE", first), skill("SM15"), sample.at(town))
    for town in ("paris11", "paris16", "lyon3", "lille", "stdenis974"):
        yield line(sample.person("INVENTE", "CLAIRE"), skill("SM15"), sample.at(town, "SA08", "CENTRE IMAGINAIRE"))


def named(sample: Sample) -> Iterator[str]:
    """Names that are hard to find."""
    words = ("LEFEVRE", "LE FEVRE", "LEFEUVRE", "LEFEBVRE", "LEFEBURE", "LELIEVRE", "DUPONT", "DUPOND", "DUPON",
             "NGUYEN", "DE LA TOUR", "DELATOUR", "O'BRIEN", "D'ANGELO", "BEN ALI", "BENALI", "BENALLI", "DUPONT-MARTIN",
             "VAN DER BERG", "MCDONALD")  # fmt: skip
    for last in words:
        for town in ("angers", "rennes", "paris5"):
            first = sample.dice.choice(FIRST_F + FIRST_M)
            yield line(sample.person(last, first), skill("SM54"), sample.at(town))
    yield line(sample.person("DUPONT", "MARIE-CLAIRE"), skill("SM54"), sample.at("nantes"))
    yield line(sample.person("MARTIN", "JEAN"), skill("SM54"), sample.at("angers"))
    yield line(sample.person("JEAN", "MARTIN"), skill("SM54"), sample.at("limoges"))
    yield line(sample.person("MARTIN", "JEAN"), skill("SM42"), sample.at("toulouse"))
    for number in range(55):
        first = (FIRST_F + FIRST_M)[number % 28]
        town = ("angers", "rennes", "nantes", "paris11", "lyon7", "marseille", "lille")[number % 7]
        yield line(sample.person("MARTIN", first, "60"), sample.at(town, "SA08"))
    # Apostrophes of the other kind, and mixed case with accents as the former ADELI lists wrote it.
    yield line(sample.person("O’BRIEN", "ALICE", "50"), sample.at("angers"))
    adeli = {"0": "0", "1": "499399001", "2": "0499399001", "3": "", "4": "", "47": "ARS/ARS/ARS"}
    yield line(sample.person("Lefèvre", "Jérôme", "93"), adeli, sample.at("angers"), {"23": "", "46": "0499399001-01"})
    corsican = {"0": "0", "1": "2A9399002", "2": "02A9399002", "47": "ARS/ARS/ARS"}
    yield line(sample.person("Bénard", "Zoé", "93"), corsican, sample.at("ajaccio"))


def specialists(sample: Sample) -> Iterator[str]:
    """Every speciality that the thirty queries ask for, where they ask for it."""
    wanted = """\
10 SM20 angers rennes paris11 paris11 stetienne
10 SM19 angers lyon3
50 - angers paris11 rennes
70 - angers lyon3 paris5 stetienne lille
10 SM42 lyon3 lyon7 angers
93 - lyon3 lyon7 angers paris16
10 SM38 angers lille rennes
10 SM39 angers toulouse
71 - angers rennes lyon3
10 SM54 stetienne lhay lhay stdenis93 angers bastia cayenne
40 - paris16 paris16 angers metz
10 SM04 stdenis93 stdenis974 angers
10 SM40 angers stdenis974 strasbourg
80 - angers noumea
91 - angers papeete
95 - angers mamoudzou
60 - stetienne fdf angers bastia
10 SM44 angers
"""
    for profession, code, *towns in map(str.split, wanted.splitlines()):
        for town in towns:
            last, first = sample.dice.choice(LAST), sample.dice.choice(FIRST_F + FIRST_M)
            parts = [
                sample.person(last, first, profession),
                sample.at(town, sample.dice.choice(("SA07", "SA08", "SA09"))),
            ]
            yield line(*parts, skill(code) if code != "-" else {})


def traps(sample: Sample) -> Iterator[str]:
    """What the page on the national file warns of, one by one; the bad rows stand in `bad`."""

    def one(last: str, *parts: dict[str, str], profession: str = "10", **person: str) -> str:
        return line(sample.person(last, sample.dice.choice(FIRST_F), profession, **person), *parts)

    nowhere = {"36": "", "37": ""}
    yield one("SANSCOMMUNE", skill("SM54"), sample.at("angers"), nowhere)
    yield one("SANSCODE", skill("SM54"), sample.at("angers"), nowhere, {"35": ""})
    yield one(
        "CEDEX",
        skill("SM54"),
        sample.at("angers"),
        nowhere,
        {"34": "49033 ANGERS CEDEX 9", "35": "49033", "33": "BP 10"},
    )
    yield one("CEDEXCODE", skill("SM54"), sample.at("angers"), {"34": "49033 ANGERS CEDEX 9", "35": "49033"})
    yield one("SEIZIEME", sample.at("paris16"), nowhere, {"34": "75116 PARIS", "35": "75116"}, profession="40")
    yield one("PARISENTIER", sample.at("paris5"), {"36": "75056", "37": "Paris"}, profession="40")
    yield one("SAINTES", skill("SM54"), sample.at("stetienne"), nowhere, {"34": "42000 ST ETIENNE"})
    for written in ("0261910101", "02 61 91 01 02", "02.61.91.01.03", "+33 2 61 91 01 04", "0033261910105",
                    "+33(0)261910106", "02-61-91-01-07", "06 39 98 01 08", "61910109", "inconnu"):  # fmt: skip
        yield one("TELEPHONE", skill("SM54"), sample.at("angers"), {"40": written})
    yield one("TELEPHONE", skill("SM54"), sample.at("angers"), {"40": "61910110", "41": "0261910111"})
    yield one("OUTREMER", sample.at("stdenis974"), {"40": "0692123456"}, profession="60")
    two = sample.person("DEUXSAVOIRS", "ANNE")
    place = sample.at("angers", "SA08", "SCM DES LILAS")
    yield line(two, skill("SM26"), place)
    yield line(two, skill("SM15"), place)
    yield line(two, skill("SM26", "C"), sample.at("saumur", "SA07"))
    yield one("SANSSAVOIR", sample.at("angers"))
    yield one("SALARIE", skill("SM54"), sample.at("angers", "SA01", "CH FICTIF"), {"17": "S", "18": "Salarié"})
    yield one(
        "CENTRE", skill("SM54"), sample.at("angers", "SA05", "CENTRE DE SANTE FICTIF"), {"17": "S", "18": "Salarié"}
    )
    yield one("OFFICINE", sample.at("angers", "SA33"), profession="21")
    yield one("BIOLOGISTE", skill("SM63"), sample.at("angers", "SA09"))
    yield one("SANSLIEU", skill("SM54"))
    yield one("ETUDIANT", sample.at("angers", "SA08"), **{"11": "E", "12": "Etudiant"})
    abroad = {
        "35": "",
        "36": "",
        "37": "",
        "34": "LONDON W1",
        "38": "99132",
        "39": "ROYAUME-UNI",
        "40": "+44 20 7946 0000",
    }
    yield one("ETRANGER", skill("SM54"), sample.at("angers"), abroad)
    yield one("ROLE", sample.at("angers"), **{"0": "3", "1": "490000001/1", "2": "3490000001/1"})
    yield one('GUILLEMET "DIT"', skill("SM54"), sample.at("angers"))
    yield one("DEMOISELLE", sample.at("angers"), profession="50", **{"5": "MLLE", "6": "Mademoiselle"})
    yield one("PROFESSEUR", skill("SM38"), sample.at("rennes"), **{"3": "PR", "4": "Professeur"})
    yield one("REPETITION", skill("SM54"), sample.at("angers"), {"28": "12", "29": "B"})
    yield one(
        "LIEUDIT",
        skill("SM54"),
        sample.at("saumur"),
        {"28": "", "30": "LD", "31": "Lieu-dit", "32": "LE MOULIN FICTIF"},
    )


def bad(sample: Sample) -> Iterator[str]:
    """Rows that must be reported and must not stop anything."""
    good = line(sample.person("MAUVAIS", "PAUL"), skill("SM54"), sample.at("angers"))
    parts = good.split("|")
    yield "|".join(parts[:55])
    yield good + "de trop|"
    yield good.replace(parts[1], f"{parts[1][:-1]}{(int(parts[1][-1]) + 1) % 10}")
    yield line(sample.person("", "PAUL"), skill("SM54"), sample.at("angers"))
    yield line(sample.person("TYPE", "PAUL"), sample.at("angers"), {"0": "7"})
    yield line(sample.person("DESACCORD", "PAUL"), sample.at("angers"), {"2": "899700000120"})
    yield line(sample.person("COURT", "PAUL"), sample.at("angers"), {"1": "9970001", "2": "89970001"})
    yield line(
        sample.person("NULLEPART", "PAUL"), sample.at("angers"), {"34": "", "35": "00999", "36": "", "37": "Zzzzville"}
    )


def late(sample: Sample) -> Iterator[str]:
    """More rows of people who came long before: the lines of one person need not be neighbours."""
    jeanne = Sample().person("EXEMPLE", "JEANNE")
    yield line(jeanne, skill("SM15"), sample.at("saumur", "SA08", "CENTRE IMAGINAIRE"))
    nowhere = {"34": "", "35": "", "36": "", "37": ""}
    yield line(sample.person("SANSADRESSE", "PAUL"), skill("SM54"), sample.at("angers"), nowhere)
    # A colleague of Paul Essai, in the structure and at the address of his first row.
    paul = next(row.split("|") for row in known(Sample()) if "ESSAI" in row)
    house = {str(index): paul[index] for index in (*range(19, 41), *range(44, 50))}
    yield line(sample.person("GABARIT", "AGATHE"), skill("SM54"), house)


def crowd(sample: Sample) -> Iterator[str]:
    """Ordinary people in ordinary places."""
    for _ in range(200):
        town = sample.dice.choice(list(TOWNS))
        last, first = sample.dice.choice(LAST), sample.dice.choice(FIRST_F + FIRST_M)
        more = {"40": sample.phone(FICTION[sample.dice.choice("12345")])}
        yield line(sample.person(last, first), skill("SM54"), sample.at(town, "SA08", f"CABINET {last}"), more)


def main() -> None:
    sample = Sample()
    rows = [row for part in (known, named, specialists, traps, bad, crowd, late) for row in part(sample)]
    text = "\n".join((HEADER, *rows)) + "\n"
    # One line as a Windows program would have saved it: the others are UTF-8.
    windows = line(sample.person("Ligérien", "Noël", "93"), sample.at("angers"))
    TARGET.write_bytes(text.encode() + windows.encode("cp1252") + b"\n")
    print(f"{TARGET.name}: {len(rows) + 1} rows")


if __name__ == "__main__":
    main()
