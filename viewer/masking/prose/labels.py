"""Passages that the words before them give away: `MRN: ...`, `Dr. ...`, `lives in ...`."""

import re
from collections.abc import Iterator

from viewer.masking.prose.span import Kind, Span

_NAME = (
    r"(?:patient(?:'s)?|first|last|full|family|given|middle|maiden|mother's maiden|user|account holder)?[ \t]?names?"
    r"|patient|pt|next of kin|emergency contact|(?:electronically )?(?:signed|reviewed|dictated|authored|approved)(?: by)?"
    r"|dictated by|transcribed by|attending|referring|(?:attending|referring|primary care|ordering|consulting)?[ \t]?"
    r"(?:physician|doctor|provider|surgeon)|radiologist|pcp|cc|guardian|spouse|contact|nombre|apellidos?|nombre y apellidos"
    r"|médico|medico|nom|prénom|vorname|nachname|paciente|paziente|patientin?|patiënt|nome|cognome|naam"
)
_PLACE = (
    r"(?:home |street |postal |mailing |billing |shipping )?address(?:es)?|city|town|state|county|country|zip(?: ?code)?"
    r"|postcode|postal code|employer|hospital|clinic|facility|location|site|domicilio|dirección|direccion|localidad"
    r"|localidad/ provincia|provincia|población|país|cp|c\.p\.|código postal|codigo postal|nacionalidad|country of birth"
    r"|lugar de nacimiento|adresse|anschrift|wohnort|plz|woonadres|adres|postcode|indirizzo|morada|endereço|centro|hospital"
)
_NUMBER = (
    r"(?:patient|medical record|record|account|accession|acct|policy|member|insurance|licen[cs]e|plan|group|case|chart|visit"
    r"|encounter|order|serial|device|claim|certificate|subscriber|billing acct|billing account|invoice)?[ \t]?"
    r"(?:id|number|no\.?|nr\.?|num)|mrn|ssn|npi|dea|dl|acct|policy|account|accession|chart|phone|telephone|tel(?:\.|efono"
    r"|éfono|efon|efoon)?|mobile|cell|fax|pager|e-?mail|correo(?: electrónico)?|web(?:site)?|url|ip(?: address)?|iban|nhc"
    r"|niss|nass|dni|nie|nif|nº? ?col(?:egiado)?|nir|bsn|cpf|steuer-?id|codice fiscale|historia clínica|episodio|cipa"
)
_DATE = (
    r"dob|d\.o\.b\.?|date of birth|birth ?date|born|date(?: of (?:service|admission|discharge|visit|exam|death))?|admitted"
    r"|discharged|fecha(?: de (?:nacimiento|ingreso|alta))?|geburtsdatum|né\(?e?\)? le"
)
_VOCABULARY = ((Kind.PERSON, _NAME), (Kind.PLACE, _PLACE), (Kind.NUMBER, _NUMBER), (Kind.DATE, _DATE))
_WHOLE = tuple((kind, re.compile(words, re.IGNORECASE)) for kind, words in _VOCABULARY)
_LABELS = tuple(
    (
        kind,
        re.compile(
            rf"(?:^|(?<=[\s(,;|.\"'>\[]))(?=[^\n:=#]{{1,40}}[:=#])(?:{words})[ \t]?(?:[:=]|#[ \t]?:?)[ \t]*"
            r"(?P<value>[^\s;|](?:[^\n;|\t ]|[ ](?![ ])|[ ](?=[ ]{1,3}[^\n:#]{1,60}(?:\n|\Z)))*)",
            re.IGNORECASE | re.MULTILINE,
        ),
    )
    for kind, words in _VOCABULARY
)
_MOST_WORDS = {Kind.PERSON: 6, Kind.PLACE: 16, Kind.NUMBER: 5, Kind.DATE: 6}
_INNER_LABEL = re.compile(r"[ ](?:[^\W\d_][\w./]{0,40}[ ]){0,2}[^\W\d_][\w./-]{0,40}:[ ]")
_SIGNED_ON = re.compile(r",?[ ](?:on|at|pager|phone|tel|ext|dated?)\b|[ ]\d", re.IGNORECASE)
_NEXT = re.compile(r"[.;][ ]+(?=[^\W\d_]{2})")
_SENTENCE = re.compile(
    r"(?<=[^\W\d_]{3})\.[ ]+(?=[^\W\d_])|[ ]\((?:home|work|cell|mobile|fax)\)|[ ](?:home|work|cell|mobile)$",
    re.IGNORECASE,
)

_WORD = r"[^\W\d_](?:[\w'-]|\.(?=\w)){0,40}"
_DEGREES = r"(?:,?[ ](?:md|m\.d\.|do|d\.o\.|phd|ph\.d\.|rn|np|pa|pa-c|mbbs|facr|dds|dvm|lcsw|crnp|aprn|jr|sr|ii|iii|iv)\b\.?){0,3}"
# Numbers after a word for what they number, without a colon.
# In small letters, these end a number.
_NO_PART = "a|an|and|are|as|at|but|by|can|for|had|has|he|if|in|is|may|not|of|on|or|our|per|see|she|so|the|to|via|was|we|who|you"
_NUMBERED = (
    r"\b(?:mrn|ssn|acct|account|accession|policy|member|insurance|licen[cs]e|plate|passport|serial|s/n|dl|pager|beeper"
    r"|chart|record|invoice|claim|badge|room|extension|imei|vin|wallet|npi|dea|case|visit|encounter|order|ticket|confirmation)"
    r"(?:[ ](?:id|number|no\.?|num|#|nr\.?|is|wallet id is|plate|account))*[ ]?[:#]?[ ]{0,2}(?:is[ ])?"
    rf"(?P<value>(?=[\w-]{{0,40}}\d)[\w-]+(?:[ -](?=[\w-]{{0,40}}\d)[\w-]+|(?<=\d)[ -](?!(?-i:{_NO_PART})\b)[a-z]{{1,3}}(?![\w])){{0,6}})"
)
_PLATE = (
    r"\b(?:licen[cs]e )?plate[ ]{1,2}(?:number[ ]|no\.?[ ]|#[ ]?)?"
    r"(?P<value>(?=[^\n;.,]{0,6}\d)[^\s;.,]{1,8}(?:[ ][^\s;.,]{1,8})?)(?=[ ]*[;.,\n]|$)"
)
_ZIP = (
    r"\b(?:zip|zip ?code|postcode|postal code|plz|cap|cp)[ ]{1,2}(?:is[ ])?"
    r"(?P<value>\d[\d -]{2,9}\d(?:[ ][A-Z]{2}\b)?)"
)
_HOME = (
    r"\b(?:lives?|living|resid(?:es?|ing)|raised|born|stay(?:s|ing)) (?:in|at|on|near)[ ]"
    r"(?P<value>[^\s,.;][^,.;\n]{0,60}?)(?=,|\.(?:\s|$)|;|\n|$| (?:and|with|who|where|but|for|since|after|when)\b)"
)
_EMPLOYER = (
    r"\b(?:works?|working|worked|employed|employee) (?:at|for|by|of)[ ](?P<value>[^\s.;][^.;\n]{0,60}?)"
    r"(?=\.(?:\s|$)|;|\n|$| (?:as|for|since|from|until|where|but|who|with|when)\b)"
)
_CUES = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (Kind.NUMBER, _NUMBERED),
        (Kind.NUMBER, _PLATE),
        (Kind.ZIP, _ZIP),
        (Kind.PLACE, _HOME),
        (Kind.ORGANIZATION, _EMPLOYER),
    )
)
_TITLED = re.compile(
    rf"(?<![\w'-])(?P<title>(?:Mr|Mrs|Ms|Miss|Mx|Drs?|Prof|Sr|Sra|Dra|Don|Doña|Dña|Herr|Frau|Mme|Mlle|Sig|Dott|Dhr|Mevr|Rev)\b\.?)[ ]{{1,2}}"
    rf"(?P<value>(?:(?:de|del|la|van|von|der|den|di|da|dos|al|el|bin|ibn|ter|ten)[ ]){{0,2}}{_WORD})",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    rf"(?<![\w'-])(?P<value>(?!(?:patient|pt|he|she|this|who|male|female|man|woman|it|there|here|that|which|what|child|baby|infant|boy|girl"
    rf"|history|age)\b){_WORD}(?:[ ]{_WORD})?)(?=[ ]is (?:a|an)[ ](?:\[age|\d{{1,3}}[ -]?(?:year|yr|y/?o|month|week|day|m\b|f\b)))",
    re.IGNORECASE,
)
_KIN = re.compile(
    r"\b(?:wife|husband|son|daughter|mother|father|brother|sister|partner|spouse|aunt|uncle|grandson|granddaughter|niece|nephew"
    r"|grandmother|grandfather|guardian|next of kin|friend|caregiver|caretaker|fianc[ée]e?)(?:,|[ ]named|[ ]is named|:)?[ ]"
    rf"(?P<value>{_WORD}(?:[ ]{_WORD})?)(?=[ ](?:can|at|is|who|reports|states|called|phone|was|has|will|reached|\()|,|\.|;)",
    re.IGNORECASE,
)
_SIGNED = re.compile(
    r"\b(?:signed|dictated|reviewed|reported|authored|transcribed|verified|approved|referred|seen|performed|read|interpreted"
    r"|ordered|evaluated|examined) (?:electronically )?by[ :]{1,3}(?:dr\.?[ ])?(?P<value>[^\W\d_][^\n;:()\d]{1,50}?"
    + _DEGREES
    + r")"
    r"(?=[ ](?:on|at|in|for|from|and|to|with|who|today|yesterday|this|last|during|as|via)\b|[ ]{2}|\.(?:\s|$)|\n|;|\(|,[ ][a-z]+[ ]\d|$|[ ]\d)",
    re.IGNORECASE,
)
_INTRODUCED = re.compile(
    r"\b(?:my name is|name's|name is|named|i am called|call me|calls me|called|her name is|his name is|nee|née|maiden name is"
    r"|speak (?:to|with)|known as|a\.k\.a\.?|aka|named (?:him|her|it)|welcome,?|regards,|sincerely,|thanks,|dear|hello,|hi)[ \n]{1,2}"
    r"(?P<value>(?!i |it |the |a |an |this |there )[^\W\d_][\w'.-]*)",
    re.IGNORECASE,
)


def label_of(heading: str) -> Kind | None:
    """What a column with this heading holds; None if it is no label. `last_name` is read as `last name`."""
    plain = heading.replace("_", " ")
    return next((kind for kind, pattern in _WHOLE if pattern.fullmatch(plain)), None)


def find_labelled(text: str) -> Iterator[Span]:
    """What stands after a label, in a cue's place, or after a title."""
    for kind, pattern in _LABELS:
        for match in pattern.finditer(text):
            start, value = match.start("value"), match["value"]
            end = start + len(_cut(value, kind))
            if len(text[start:end].split()) <= _MOST_WORDS[kind]:
                yield Span(start=start, end=end, kind=kind)
    for kind, pattern in _CUES:
        for match in pattern.finditer(text):
            yield Span(start=match.start("value"), end=match.end("value"), kind=kind)


def _cut(value: str, kind: Kind) -> str:
    """`value` up to the next label, or the end of its sentence."""
    stops = (_INNER_LABEL, _SENTENCE, {Kind.PERSON: _SIGNED_ON, Kind.PLACE: _INNER_LABEL}.get(kind, _NEXT))
    ends = [match.start() for match in (stop.search(value) for stop in stops) if match]
    return value[: min(ends)] if ends else value


def find_introduced(text: str) -> Iterator[tuple[Span, bool]]:
    """Names by what introduces them; True: whatever the word is, False: if it may be a name at all."""
    for match in _TITLED.finditer(text):
        yield Span(start=match.start(), end=match.end("value"), kind=Kind.PERSON), True
    for match in _SIGNED.finditer(text):
        yield Span(start=match.start("value"), end=match.end("value"), kind=Kind.PERSON), True
    for match in _SUBJECT.finditer(text):
        yield Span(start=match.start("value"), end=match.end("value"), kind=Kind.PERSON), True
    for match in (*_KIN.finditer(text), *_INTRODUCED.finditer(text)):
        yield Span(start=match.start("value"), end=match.end("value"), kind=Kind.PERSON), False
