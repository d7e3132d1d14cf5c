"""Word by word, denied by default: what no list allows is masked, and a listed word that stands where a name stands too."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from viewer.masking.prose.casing import Casing
from viewer.masking.prose.languages import ENGLISH
from viewer.masking.prose.lexicon import english, foreign, listed, words
from viewer.masking.prose.span import Kind, Span

_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_HEADS = words(
    """
    disease diseases syndrome syndromes palsy fracture fractures catheter catheters cyst cysts sign signs node nodes lymphoma
    esophagus oesophagus paralysis anomaly deformity dystrophy ataxia chorea tumor tumors tumour sarcoma contracture hernia
    hernias ulcer ulcers stricture phenomenon reaction test tests score scores scale criteria purpura nephropathy thyroiditis
    encephalopathy aphasia dementia disorder lesion lesions spots malformation abscess gangrene anemia anaemia edema
    granulomatosis vasculitis arthritis bodies body cirrhosis fissure fasciitis duct gland glands line lines classification
    aneurysm neuroma diverticulum encephalitis meningitis virus fever complex tetralogy triad stage grade type point maneuver
    manoeuvre procedure operation approach technique method stain stains drain tube pouch ligament muscle space canal angle
    nodule nodules nodes cell cells tendon shunt block pulse murmur respiration breathing contraction contractions monitor
    units unit number index equation formula law rule reflex nevus melanoma carcinoma hemorrhage ring rings web membrane ducts
    wire pin rod stent graft flap clamp forceps retractor repair fundoplication resection anastomosis loop diverticula position
    """
)
# Endings of drugs, germs, diseases and procedures: their names are often written with a capital.
_MEDICAL = re.compile(
    r"(?:in|ine|ol|ole|ide|ate|one|am|il|pril|an|ab|ib|ir|ast|ium|ose|ase|ene|yl|ac|en|ix|itis|osis|esis|emia|aemia|oma|pathy|tomy"
    r"|stomy|ectomy|plasty|scopy|gram|graphy|metry|gen|algia|uria|trophy|plegia|paresis|coccus|cocci|bacter|bacillus|myces|virus"
    r"|ella|oides|al|ic|ar|ous|ary|oid|ive|itic|otic|ed|ing|tion|sion|ity|ism|ist|logy|er|or|ent|ant|ness|us|um|is|es|s)$"
)
_ACTS = words(
    "said says called calls told asked reports reported states stated denies denied went came is was has had lives works and"
)
_LEADING = re.compile(r"(?:^|[.!?:;\n•*\"(\[-][\s\"'(\[]*|\d[.)]\s+|\n\s*)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word of the text, and where it stands. `leads`: it begins a sentence, a line or a list item."""

    text: str
    start: int
    end: int
    leads: bool


def split(text: str, covered: Iterable[Span]) -> list[Word]:
    """The words of `text` outside `covered`, in order."""
    taken = bytearray(len(text))
    for span in covered:
        taken[span.start : span.end] = b"\1" * (span.end - span.start)
    return [
        Word(
            text=match[0],
            start=match.start(),
            end=match.end(),
            leads=bool(_LEADING.search(text, max(0, match.start() - 6), match.start())) or match.start() == 0,
        )
        for match in _TOKEN.finditer(text)
        if not all(taken[match.start() : match.end()])
    ]


def _stem(word: str) -> str:
    """`word` without the small word that an apostrophe ties to it: `Meza's`, `they'll`, `weren't`."""
    for end in ("n't", "'s", "'m", "'re", "'ll", "'ve", "'d", "'t", "'"):
        if word.endswith(end) and len(word) > len(end):
            return "can" if word == "can't" else word.removesuffix(end)
    return word


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Whether a word may stay.

    `seen`: what the recogniser named, by code point; `names`: words that the text itself gives away as somebody's name,
    in lower case.
    """

    casing: Casing
    language: str
    seen: dict[int, Kind]
    names: frozenset[str]

    def judge(self, words: list[Word], text: str) -> Iterator[Span]:
        """The words that may not."""
        for place, word in enumerate(words):
            following = [later.text.lower().removesuffix("'s") for later in words[place + 1 : place + 3]]
            plain = _stem(word.text.lower())
            kind = self._named_outright(word, plain)
            if kind is None and not self._stays(word, plain, following, text):
                kind = (
                    self._foreign(word, plain)
                    if self.language != ENGLISH
                    else self._english(word, plain, text)
                )
                if kind is None and self._acts(word, plain, following):
                    kind = Kind.PERSON
            if kind is not None:
                yield Span(start=word.start, end=word.end, kind=kind)

    def _named_outright(self, word: Word, plain: str) -> Kind | None:
        shown = word.text[0].isupper() or self.casing is not Casing.MIXED
        if plain in self.names and (shown or not english().common(plain)):
            return Kind.PERSON
        if plain in listed("places") and (shown or not english().allows(plain)):
            return Kind.PLACE
        return Kind.GROUP if plain in listed("peoples") else None

    def _stays(self, word: Word, plain: str, following: list[str], text: str) -> bool:
        if len(plain) == 1:
            initial = (
                text[word.end : word.end + 1] == "." and word.text.isupper() and word.text not in {"A", "I"}
            )
            return not (initial and self.seen.get(word.start) is Kind.PERSON)
        if plain in listed("drugs") or (plain in listed("eponyms") and _eponym(word, following, text)):
            return True
        titled = self.casing is Casing.MIXED and word.text.istitle()
        return plain in listed("short") and not (titled and english().given_name(plain))

    def _english(self, word: Word, plain: str, text: str) -> Kind | None:
        """A word that is not listed is masked; one that is, where it stands as a name."""
        lexicon = english()
        named = self.seen.get(word.start)
        if not lexicon.allows(plain):
            return named or Kind.UNKNOWN
        rare_name = lexicon.given_name(plain) and not lexicon.common(plain)
        if self.casing is not Casing.MIXED:
            return Kind.PERSON if rare_name else None
        if not word.text[0].isupper():
            return None
        if named is not None and (named is Kind.PERSON or not word.leads or not lexicon.common(plain)):
            return _confirmed(word, plain, named)
        if word.leads:
            speaks = lexicon.given_name(plain) and text[word.end : word.end + 1] == ":"
            return Kind.PERSON if rare_name or speaks else None
        return _inside(word, plain)

    def _acts(self, word: Word, plain: str, following: list[str]) -> bool:
        """Whether a word that begins a sentence, and is a given name too, does what only people do."""
        first = self.casing is Casing.MIXED and word.leads and word.text[0].isupper()
        return first and english().given_name(plain) and bool(following) and following[0] in _ACTS

    def _foreign(self, word: Word, plain: str) -> Kind | None:
        """By the language's own list, and by capitals where they mark names."""
        known = foreign(self.language).allows(plain) or english().allows(plain)
        marks = self.casing is Casing.MIXED and self.language != "de" and not word.leads
        abbreviation = word.text.isupper() and len(word.text) <= 5
        if known and not (marks and word.text[0].isupper() and not abbreviation):
            return None
        return Kind.UNKNOWN


def _eponym(word: Word, following: list[str], text: str) -> bool:
    if any(later in _HEADS for later in following):
        return "\n" not in text[word.end : word.end + 2]
    return "-" in text[word.end : word.end + 1] and bool(following) and following[0] in listed("eponyms")


def _confirmed(word: Word, plain: str, named: Kind) -> Kind | None:
    """What the recogniser says of a listed word: it takes abbreviations for organisations, and headings for persons."""
    if word.text.isupper() and len(word.text) <= 5:
        return None
    heading = word.leads and english().common(plain) and not english().given_name(plain)
    return None if named is Kind.PERSON and heading else named


def _inside(word: Word, plain: str) -> Kind | None:
    """A listed word with a capital inside a sentence."""
    lexicon = english()
    if lexicon.clinical(plain) and not word.text.isupper() and not _MEDICAL.search(plain):
        return Kind.UNKNOWN
    if lexicon.given_name(plain) or (lexicon.family_name(plain) and not word.text.isupper()):
        return Kind.PERSON
    return None
