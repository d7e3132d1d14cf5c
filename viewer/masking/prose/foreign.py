"""Identifiers in German, French, Spanish, Italian, Dutch and Portuguese: forms and cues that English lacks.

They come on top of the denial of each word that no list allows; they matter where a name is a word as well.
"""

import re
from collections.abc import Iterator

from viewer.masking.prose.patterns import MONTHS
from viewer.masking.prose.span import Kind, Span

_NAME = r"[^\W\d_a-zß-ÿ][\w'\u2019.-]*"
_PARTICLE = (
    r"(?:de|del|de la|de los|y|i|van|van der|van den|von|von der|zu|du|des|di|da|della|dos|das|do|e|le|la)"
)
_NAMES = rf"{_NAME}(?:[ ]{{1,2}}(?:{_PARTICLE}[ ])?{_NAME}){{0,4}}"
_TITLES = r"(?:(?:Dr(?:a|es)?|Prof(?:a|\.ssa)?|Dott(?:\.ssa)?|Sra?|Sig(?:\.ra)?|Univ)\.?[ ]{0,2}(?:med\.[ ]?)?){0,3}"
_BY = (
    r"(?:remitid[oa] por|responsable clínico|médico (?:responsable|asistente|tratante|de cabecera)|firmad[oa](?: por)?|enfermer[oa]"
    r"|überwiesen (?:von|durch)|zuweiser(?:in)?|hausarzt|hausärztin|unterzeichnet von|gez\.|ansprechpartner(?:in)?|angehörige"
    r"|adressée? par|envoyée? par|médecin (?:traitant|référent)|signé(?: par)?|personne de confiance"
    r"|inviat[oa] da|medico curante|firmat[oa](?: da)?|refertat[oa] da"
    r"|verwezen door|huisarts|ondertekend(?: door)?|contactpersoon"
    r"|encaminhad[oa] por|médic[oa] (?:assistente|de família)|assinad[oa] por)"
)
_KIN = (
    r"(?:ehefrau|ehemann|tochter|sohn|mutter|vater|bruder|schwester|lebensgefährt(?:e|in)|hij[oa]|espos[oa]|marido|mujer|madre|padre"
    r"|herman[oa]|fille|fils|épouse|époux|mari|mère|père|frère|sœur|figli[oa]|moglie|marito|fratello|sorella|dochter|zoon|echtgenote?"
    r"|moeder|vader|broer|zus|filh[oa]|mãe|pai|irmãos?|irmã)"
)
_OF = (
    r"(?:wohnhaft in|wohnt in|lebt in|stammt aus|geboren in|(?:vive|reside|residente|trabaja|nacid[oa]) en|natural de|procedente de"
    r"|(?:demeurant|domiciliée?|née?|habite|habitant|vit|réside) à|(?:abita|residente|risiede|vive|nat[oa]|lavora) a"
    r"|(?:woont|woonachtig|werkt|geboren) (?:in|te)|(?:mora|reside|vive|nascid[oa]|trabalha) em)"
)
_LABEL = (
    r"(?:(?:fall|patienten|versicherten|versicherungs|kranken?versicherten|ausweis|telefon|handy|akten)(?:nummer|nr\.?)|kvnr|aktenzeichen"
    r"|n[uú]mero de (?:historia|expediente|afiliación|paciente|utente|processo|documento)|tarjeta sanitaria|pasaporte"
    r"|num[ée]ro de (?:sécurité sociale|dossier|patient)|n° (?:de )?(?:dossier|patient|sécu)|ipp|nda"
    r"|codice fiscale|tessera sanitaria|numero (?:di )?(?:cartella|tessera|paziente)"
    r"|bsn|patiëntnummer|dossiernummer|polisnummer|burgerservicenummer|cartão de cidadão|nº (?:de )?(?:utente|processo))"
)
_AGE = (
    r"\d{1,3}[ -]?(?:años?|ans|jahren?|jährige[rnms]?|anni|jaar|jarige|anos)(?:[ ](?:de edad|de idade|alt|oud|d'âge))?"
    r"|\d{1,2}[ ](?:meses|mois|monate|mesi|maanden|semanas|semaines|wochen|settimane|weken|días|jours|tage|giorni|dagen|dias)"
    r"[ ](?:de edad|de vida|de idade|alt|oud|d'âge|di vita|di età)"
)


def _make(kind: Kind, pattern: str) -> tuple[Kind, re.Pattern[str]]:
    """The group `keep` is what is masked."""
    return kind, re.compile(pattern)


_PATTERNS = (
    _make(Kind.PERSON, rf"(?i:\b{_BY})[ ]?:?\s{{1,3}}{_TITLES}(?P<keep>{_NAMES})"),
    _make(Kind.PERSON, rf"(?i:\b{_KIN}),?[ ](?P<keep>{_NAMES})"),
    _make(
        Kind.PERSON,
        r"\b(?:Monsieur|Madame|Mademoiselle|Signora?|Mevrouw|Meneer|Senhora?|Señora?|Doutora?|Doctora?|Docteur|Dottor(?:e|essa)"
        rf"|Schwester|Pfleger|Frau|Herrn?|Familie|Dña\.|Dª\.?|D\.)[ ]{_TITLES}(?P<keep>{_NAMES})",
    ),
    _make(Kind.PLACE, rf"(?i:\b{_OF})[ ](?P<keep>(?:(?:el|la|las|los|le|les|den|der|o|a)[ ])?{_NAMES})"),
    _make(
        Kind.NUMBER,
        rf"(?i:\b{_LABEL})[ ]?[:.#]?[ ]{{0,2}}(?P<keep>(?=[\w./ -]{{0,30}}\d)\w[\w./-]*(?:[ ][\d./-]+)*)",
    ),
    _make(Kind.STREET, r"(?P<keep>\b(?i:s/n))(?!\w)"),
    _make(
        Kind.STREET,
        r"(?<!\w)(?P<keep>\d{0,2}\.?[ ]?[-]?[ºª°][ -]{0,2}(?:[A-Z]\b|(?i:dcha|izq?da|izq|dta|esq)\b))",
    ),
    _make(Kind.STREET, r"(?<=,)(?P<keep>[ ]\d{1,4}[a-z]?,?[ ]\d{1,2}[ºª°]?[ ]?[A-Z])(?![\w])"),
    _make(
        Kind.STREET,
        r"(?P<keep>(?:Ctra|Carretera|Autovía|Camino)\.?[ ][^\n;:]{2,40}?(?i:\bkm\.?)[ ]?\d{1,3}(?:[.,]\d+)?)",
    ),
    _make(
        Kind.STREET,
        r"(?P<keep>\b(?:C|c)/?\.?[ ](?:de[l ][ ]?)?[A-ZÁÉÍÓÚÑ][^\n;:]{1,40}?[ ,](?:nº?[ ]?)?\d{1,4}(?:[ ,-]{1,2}\d{1,2}[ºª°]?[ ]?[A-Z]?)?)(?!\w)",
    ),
    _make(
        Kind.ZIP,
        r"(?i:código postal|c\.p\.|cap|postleitzahl|plz|code postal|postcode)[ :]{1,3}(?P<keep>[A-Z]?-?\d[\d -]{3,8})",
    ),
    _make(
        Kind.ORGANIZATION,
        r"(?P<keep>\b(?:Facultad|Escuela|Universidad|Colegio|Institut[o]?|Faculté|École|Lycée|Fakultät|Facoltà|Scuola|Faculdade"
        r"|Hospital|Ospedale|Policlinico|Hôpital|Clínica|Praxis|Ziekenhuis|Huisartsenpraktijk)"
        r"(?:[ ](?:universitari[oa]|universitaire|general|clínico|comarcal|provincial|infantil|militar))?"
        rf"(?:[ ]{_PARTICLE})?[ ]{_NAMES})",
    ),
    _make(Kind.DATE, r"(?P<keep>\b(?i:año|año de|anno|année|jahr|jaar|ano)[ ](?:19|20)\d{2})(?!\d)"),
    _make(
        Kind.DATE,
        rf"(?i:\b(?:mes de|en|desde|hasta|im|seit|ab|bis|anfang|mitte|ende|depuis|jusqu'en|fin|début|nel|in|da|em|desde|até|sinds|tot)[ ]"
        rf"(?P<keep>(?:{MONTHS}))\b)",
    ),
    _make(Kind.AGE, rf"(?i:(?<![\d.,])(?P<keep>{_AGE})\b)"),
)


def find_foreign(text: str) -> Iterator[Span]:
    """Every passage of a text that is not English which a pattern matches; they may overlap."""
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            yield Span(start=match.start("keep"), end=match.end("keep"), kind=kind)
