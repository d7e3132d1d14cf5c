"""Identifiers that have a form: each pattern is linear in the length of the text."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from viewer.masking.prose.checksums import iban, luhn, network_address
from viewer.masking.prose.span import Kind, Span

MONTHS = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    "|nov(?:ember)?|dec(?:ember)?|januar|februar|märz|mai|juni|juli|oktober|dezember|enero|febrero|marzo|abril"
    "|mayo|junio|julio|agosto|sep?tiembre|octubre|noviembre|diciembre|ene|abr|ago|dic|janvier|février|fevrier|mars"
    "|avril|juin|juillet|août|aout|septembre|octobre|novembre|décembre|gennaio|febbraio|aprile|maggio|giugno|luglio"
    "|settembre|ottobre|dicembre|januari|februari|maart|augustus|janeiro|fevereiro|março|maio|junho|julho|setembro"
    "|outubro|novembro|dezembro"
)
_DAY = r"(?<!\d)(?<!\d\.)\d{1,2}(?:st|nd|rd|th|º|er)?"
_YEAR = r"(?:[12]\d{3}|'?\d{2}(?!\d))"
_CLOCK = r"(?:(?:T\d{2}:\d{2}|[ ]\d{1,2}:\d{2}:\d{2})(?::\d{2})?(?:\.\d{1,6})?(?:Z|[+-]\d{2}:?\d{2})?)"
_UNIT = (
    r"(?![ -]?(?:mg|mcg|ug|µg|g|kg|ml|cc|dl|l|mm|cm|m|mmhg|bpm|units?|iu|meq|mmol|kvp|mgy|hz|khz|mhz|ms|s|sec|min|hours?"
    r"|hrs?|h|kcal|cal|calories|k|%|x|pounds|lbs?|feet|ft|steps|msv|mbq|mci|cells|copies|ng|pg|degrees)\b)(?![ ]?[%°])"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pattern:
    kind: Kind
    pattern: re.Pattern[str]
    holds: Callable[[str], bool]


def _make(kind: Kind, pattern: str, holds: Callable[[str], bool] = bool, *, case: bool = False) -> _Pattern:
    return _Pattern(kind=kind, pattern=re.compile(pattern, 0 if case else re.IGNORECASE), holds=holds)


def _digits(least: int, most: int = 99) -> Callable[[str], bool]:
    return lambda found: least <= sum(character.isdigit() for character in found) <= most


def _day_and_month(found: str) -> bool:
    one, other = (int(part) for part in re.findall(r"\d+", found)[:2])
    return (1 <= one <= 12 and 1 <= other <= 31) or (1 <= one <= 31 and 1 <= other <= 12)


# Where one starts with the word `keep`, only the group of that name is masked.
_PATTERNS = (
    _make(Kind.EMAIL, r"[\w.+%'&*/=?^{}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}"),
    _make(Kind.URL, r"(?:\b[a-z][a-z0-9+.-]{1,15}://|\bwww\.)[^\s<>\"\]]*[^\s<>\"\].,;:!?')]"),
    _make(
        Kind.URL,
        r"(?<![\w@.-])(?:[a-z0-9][a-z0-9-]{0,62}\.){1,4}"
        r"(?:com|org|net|edu|gov|mil|int|info|biz|io|co|us|uk|de|fr|es|it|nl|pt|eu|ch|at|be|ca|au|in|mx|br|se|dk|fi|no|cz"
        r"|pl|hu|ru|jp|cn|health|example|site|online|app|dev)(?:\.[a-z]{2})?(?:/[^\s<>\"\]]*)?(?![\w@-]|\.\w)",
    ),
    _make(Kind.NETWORK, r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)", network_address),
    _make(Kind.NETWORK, r"(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}:?[0-9a-f]{1,4}(?![\w:])"),
    _make(Kind.NETWORK, r"(?<![\w:])(?:[0-9a-f]{1,4}:){1,6}:(?:[0-9a-f]{1,4}:){0,5}[0-9a-f]{1,4}(?![\w:])"),
    _make(Kind.NUMBER, r"(?<![\w:])(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}(?![\w:])"),
    _make(Kind.IBAN, r"(?<!\w)[a-z]{2}\d{2}(?:[ -]?[0-9a-z]{4}){2,7}(?:[ -]?[0-9a-z]{1,4})?(?!\w)", iban),
    _make(
        Kind.IBAN, r"(?<!\w)[A-Z]{2}\d{2}(?:[ -]?[0-9A-Z]{4}){3,7}(?:[ -]?[0-9A-Z]{1,3})?(?!\w)", case=True
    ),
    _make(Kind.IBAN, r"(?<!\w)[a-z]{2}\d{2}[0-9a-z]{11,30}(?!\w)", _digits(8)),
    _make(Kind.CARD, r"(?<![\w])\d(?:[ -]?\d){11,18}(?!\w)", luhn),
    _make(Kind.SOCIAL_SECURITY, r"(?<![\d-])\d{3}([- ])\d{2}\1\d{4}(?![\d-])"),
    _make(
        Kind.DATE,
        r"(?<![\d.])(?:\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.] ?)\d{1,2}\2(?:\d{4}|\d{2}))"
        + _CLOCK
        + "?(?!\\d)",
    ),
    _make(Kind.DATE, r"(?<!\d)(?:19|20)\d{6}(?:\d{6})?(?!\d)"),
    _make(Kind.DATE, r"(?<![\d.])\d{1,2}/(?:19|20)\d{2}(?!\d)"),
    _make(
        Kind.DATE,
        r"(?<![\d./])(?:0\d/[0-3]\d|1[0-2]/[0-3]\d|[0-3]\d/(?:0\d|1[0-2]))(?![\d/]|\.\d)",
        _day_and_month,
    ),
    _make(
        Kind.DATE,
        r"\b(?:on|seen|since|until|till|by|before|after|dated?|due|from)[ ](?P<keep>\d{1,2}[/.]\d{1,2})(?![\d/]|\.\d)",
        _day_and_month,
    ),
    _make(
        Kind.DATE,
        rf"{_DAY}[ -]?(?:de |of )?(?:{MONTHS})\b\.?(?:[ ,-]{{0,2}}(?:de |del )?{_YEAR})?(?![\d]|-[a-z]{{2}}){_CLOCK}?",
    ),
    _make(Kind.DATE, rf"(?<!\d)\d{{1,2}}\. ?(?:{MONTHS})\b\.?[ ,]{{1,2}}{_YEAR}(?!\d)"),
    _make(
        Kind.DATE,
        r"(?<!\d)\d{1,2}\. (?:januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember)\b",
    ),
    _make(
        Kind.DATE,
        rf"\b(?=[jfmasonde])(?:{MONTHS})\b\.?,?[ -]"
        rf"(?:\d{{1,2}}(?:st|nd|rd|th)?\b(?:,? ?{_YEAR})?|(?:de |del |of )?{_YEAR})(?!\d)",
    ),
    _make(Kind.DATE, r"(?<![\d.,/-])(?:1[89]\d{2}|20[0-4]\d)(?:s\b|(?![\d\w]|[.,/]\d))" + _UNIT),
    _make(Kind.DATE, r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b"),
    _make(Kind.DATE, r"\b\d{4}年(?:\d{1,2}月)?(?:\d{1,2}日)?"),
    _make(
        Kind.PHONE,
        r"(?<![\w])(?:\+|\(|00)?\d{1,5}\)?(?:[ ./-]{0,2}\(?\d{1,6}\)?){1,7}(?:[ ,]{0,2}(?:x|ext\.?|extension)[ ]?\d{1,6})?(?!\w)",
        _digits(7, 18),
    ),
    _make(Kind.PHONE, r"(?<!\w)(?:x|ext\.?|extension)[ ]?\d{3,6}(?!\w)"),
    _make(Kind.ZIP, r"\b(?:[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}|[A-Z]\d[A-Z] \d[A-Z]\d)\b", case=True),
    _make(Kind.ZIP, r"(?<!\w)[a-z]{1,2}\d[a-z\d]? \d[abd-hjlnp-uw-z]{2}(?!\w)"),
    _make(
        Kind.ZIP,
        r"(?<![\w.])\d{4} (?!AM|PM|MG|ML|MM|CM|KG|IU|HZ|MS|AP|PA|RA|IV|PO|IM|OF|IN|ON|TO|AS|AT|BY|IS|OR)[A-Z]{2}\b",
        case=True,
    ),
    _make(Kind.ZIP, r"(?<![\w.])\d{3} \d{2}(?![\w]|\.\d|/)"),
    _make(Kind.NUMBER, r"(?<![\w.])\d(?:[ .-]?\d){4,}(?!\.\d)"),
    _make(Kind.NUMBER, r"\d(?:[.-]?\d){5,}"),
    _make(
        Kind.NUMBER,
        r"(?<!\w)(?!\d{2,3}/\d{2,3}(?![\w/]))[a-z]{0,4}[-#]?\d{2,}(?:[-/][a-z0-9]+){0,4}(?!\w)",
        _digits(5),
    ),
    _make(Kind.NUMBER, r"(?<![\w])(?=(?:[^\W\d_]*\d){3})(?=\d*[^\W\d_])[^\W_]{6,}(?![\w])"),
    _make(
        Kind.NUMBER,
        r"(?<!\w)(?=[a-z0-9-]{0,40}\d)(?=[a-z0-9-]{0,40}[a-z])[a-z0-9]+(?:-[a-z0-9]+){1,6}(?!\w)",
        _digits(4),
    ),
    _make(Kind.NUMBER, r"#[ ]?(?P<keep>\w[\w-]{3,})", _digits(3)),
    _make(
        Kind.STREET,
        r"(?<![\w.])\d{1,6}[a-z]?,?(?:[ ](?:(?!(?:mg|mcg|ml|g|iv|bid|tid|qd|po|prn|with|by|and|or|to|is|was|year|years|mm|cm|of|seen|up|on"
        r"|in|at|for|from|months?|weeks?|days?|hours?|%)\b)[^\W\d_](?:[\w'-]{0,40}|\.)|\d{1,4}(?:st|nd|rd|th))){1,4}[ ]"
        r"(?:street|st|avenue|ave|road|rd|drive|dr|lane|ln|boulevard|blvd|court|ct|place|pl|way|terrace|circle|parkway|pkwy"
        r"|square|squares|highway|hwy|trail|loop|crescent|close|row|streets?|alley|plaza|pike|turnpike|ridge|crossing)\b\.?"
        r"(?:[ ](?:street|st|n|s|e|w|ne|nw|se|sw)\b\.?)?",
    ),
    _make(
        Kind.STREET,
        r"\b(?:p\.?[ ]?o\.?[ ]box|post ?box|box|suite|ste\.?|apt\.?|apartment|unit|flat|psc|apo|fpo|dpo|studio|edif\.?"
        r"|depto\.?|interior|piso|h\.[ ]?no\.?)[ ]#?(?:\d[\w/-]*|[A-Z]{2}[ ]\d{3,5})",
    ),
    _make(Kind.STREET, r"\b[A-Z]{2}[ ]\d{5}(?:-\d{4})?\b", case=True),
    _make(Kind.STREET, r"(?<=, )[a-z]{2}[ \n]{1,2}\d{5}(?:-\d{4})?\b"),
    _make(Kind.STREET, r"\b(?:the )?corner of [^\s.,?!][^.,\n?!]{1,60}"),
    _make(
        Kind.PLACE,
        r"\b(?:(?:south|north) (?:africa|korea|sudan|dakota|carolina|macedonia)|new (?:zealand|york|jersey|mexico|hampshire|delhi"
        r"|orleans|caledonia|guinea)|united (?:states(?: of america)?|kingdom|arab emirates)|west virginia|rhode island|costa rica"
        r"|el salvador|puerto rico|saudi arabia|sri lanka|sierra leone|burkina faso|ivory coast|cape verde|hong kong|czech republic"
        r"|dominican republic|trinidad(?: and tobago)?|bosnia(?: and herzegovina)?|district of columbia|san marino|vatican city"
        r"|(?:cook|faroe|marshall|solomon|virgin|cayman|channel|falkland) islands?|papua new guinea|isle of man)\b",
    ),
    _make(
        Kind.ORGANIZATION,
        r"(?<![\w-])(?:(?:[A-Z][\w'.-]*|of|the|and|&)[ ]){0,4}[A-Z][\w'.-]*,?[ ](?:Hospital|Hospitals|Medical Cent(?:er|re)|Clinic|Clinics"
        r"|Infirmary|Hospice|Healthcare|Health System|University|College|Institute|Imaging Associates|Associates|Laborator(?:y|ies)|Pharmacy"
        r"|Inc|LLC|Ltd|PLC|Corp|Corporation|Company|GmbH|AG|S\.A\.|and Sons|Group|Foundation|Bank|Insurance)\b\.?",
        case=True,
    ),
    _make(
        Kind.ORGANIZATION,
        r"\b(?:Hospital|Clínica|Centro de Salud|Ambulatorio|Instituto|Universidad|Complejo Hospitalario|Hôpital|Clinique|CHU|Klinik|Klinikum"
        r"|Krankenhaus|Ospedale|Ziekenhuis|Universidade|Université|Università|Universität)"
        r"(?:[ ](?:(?:de|del|de la|de los|d[iu]|della|van|von|der|des|do|da|dos)[ ]){0,2}[A-ZÁÉÍÓÚÑÄÖÜÇÀÈ][\w'.-]*){1,6}",
        case=True,
    ),
    _make(Kind.STREET, r"\b(?P<keep>(?:psc|unit|cmr)[ ]\d{1,5},?[ ]box[ ]\d{1,5})"),
    _make(Kind.STREET, r"\b(?P<keep>(?:APO|FPO|DPO)[ ,]+(?:[A-Z]{2})[ ]+\d{5})"),
    _make(
        Kind.STREET,
        r"\b(?P<keep>(?:c/\.?|calle|avda?\.?|avenida|paseo|plaza|pza\.?|carrer|carretera|ronda|camino|rua|av\.|travessa|rue|place"
        r"|impasse|via|viale|piazza|corso|largo|ul\.)[ ](?:[^\W\d_][\w.'-]{0,40}[ ,]{1,2}){1,6}(?:n[º°.o]{0,2}[ ]?)?\d{1,5}[a-z]?)\b",
    ),
    _make(
        Kind.STREET,
        r"\b(?P<keep>\d{1,5}(?: ?(?:bis|ter))?,? (?:rue|avenue|av\.|boulevard|bd|place|impasse|allée|chemin|quai)"
        r"(?: (?:d[eu]|des|de la|la|le|les|l'|d'|[^\W\d_a-z][\w'-]{0,40})){1,6})",
    ),
    _make(
        Kind.STREET,
        r"\b(?P<keep>[^\W\d_][\w-]{0,40}(?:stra(?:ß|ss)e|str\.?|weg|gasse|platz|allee|ring|gracht|straat|laan|plein|kade|dijk|dreef)"
        r"[ ]\d{1,4}[ ]?[a-z]?(?:/\d{1,3})?)(?!\w)",
    ),
    _make(
        Kind.AGE,
        r"(?<![\d.])(?P<keep>\d{1,3})[ -]?(?:years?|yrs?\.?|y/?o|y\.o\.?|yo|años?|ans|jahre|jährig|anni|jaar|anos)"
        r"(?:[ -]old|[ -]of[ -]age|\b)",
    ),
    _make(
        Kind.AGE,
        r"\b(?:age[d:]?|turn(?:ed|s|ing)|just turned|edad|alter|at the age of)[ ]{1,3}(?P<keep>\d{1,3})\b(?![/.]\d|[ ]?%)",
    ),
    _make(
        Kind.AGE,
        r"\b(?:when|since) (?:he|she|they|i|we) (?:was|were)(?: only| just)? (?P<keep>\d{1,3})\b(?![/.]\d|[ ]?%)",
    ),
    _make(
        Kind.AGE,
        r"\b(?:he's|she's|i'm|he is|she is|i am|is a|is an)(?: only| just| now)? (?P<keep>9\d|1[0-2]\d)\b(?![/.]\d|[ ]?%)",
    ),
)


def find_patterns(text: str) -> Iterator[Span]:
    """Every passage that a pattern matches; they may overlap."""
    for pattern in _PATTERNS:
        for match in pattern.pattern.finditer(text):
            if pattern.holds(match["keep"] if "keep" in match.groupdict() else match[0]):
                group: int | str = "keep" if "keep" in match.groupdict() else 0
                yield Span(start=match.start(group), end=match.end(group), kind=pattern.kind)
