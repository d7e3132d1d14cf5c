"""The passes over one text, in order: known values, forms, labels, the recogniser, and each word that is left."""

from collections.abc import Iterable
from dataclasses import replace

from viewer.masking.prose.cards import find_roles
from viewer.masking.prose.casing import Casing, casing_of
from viewer.masking.prose.closing import find_broken
from viewer.masking.prose.columns import find_columns
from viewer.masking.prose.foreign import find_foreign
from viewer.masking.prose.growing import grow
from viewer.masking.prose.joining import join
from viewer.masking.prose.known import find_known
from viewer.masking.prose.labels import find_introduced, find_labelled
from viewer.masking.prose.languages import ENGLISH, FOREIGN, language_of
from viewer.masking.prose.lexicon import english, foreign_data
from viewer.masking.prose.patterns import find_patterns
from viewer.masking.prose.plain import plain, unwrapped
from viewer.masking.prose.recognising import recognise
from viewer.masking.prose.span import Kind, Span, merge
from viewer.masking.prose.surrogates import SURROGATE
from viewer.masking.prose.words import Judge, Word, split

_OVER_LINES = frozenset(
    {Kind.PERSON, Kind.PLACE, Kind.ORGANIZATION}
)  # a label's date or number ends with its line


def find(original: str, known: Iterable[str] = ()) -> list[Span]:
    """Every passage of `original` to mask, in order and apart; offsets in its code points."""
    read = plain(original)
    text = read.text
    opaque = [(match.start(), match.end()) for match in SURROGATE.finditer(text)]
    whole = unwrapped(text)  # as long: what is found in it stands there in `text` too
    found = [*find_known(text, known), *find_patterns(text), *find_broken(text), *find_labelled(text)]
    if whole != text:
        found += find_patterns(whole)
        found += (span for span in find_labelled(whole) if span.kind in _OVER_LINES)
    language, casing = language_of(text), casing_of(text)
    found += find_foreign(text) if language != ENGLISH else ()
    words = split(text, found)
    seen = _seen(text, casing, words) if language == ENGLISH else {}
    given = (*find_introduced(text), *(find_introduced(whole) if whole != text else ()))
    introduced = [span for span, sure in given if sure or _may_name(text, span, casing)]
    judge = Judge(casing=casing, language=language, seen=seen, names=_names(text, introduced))
    found += introduced
    found += judge.judge(split(text, found), text)
    found = grow(found, whole, casing)
    found = join(found, text)
    found += [*find_roles(found, text)]
    made = [span for span in found if not any(span.start < end and start < span.end for start, end in opaque)]
    trimmed = (_trim(span, text) for span in merge(made))
    back = [_back(span, read.original(span.start, span.end)) for span in trimmed if span.start < span.end]
    columns = list(find_columns(original))  # tabs are spaces in `text`
    return merge((*back, *columns)) if columns else back


def prepare() -> None:
    """Load whatever masking a text may need, while files can still be opened."""
    find("Nobody lives here.")
    for language in FOREIGN:
        foreign_data(language)


def _trim(span: Span, text: str) -> Span:
    """`span` without the spaces at its ends."""
    found = text[span.start : span.end]
    return replace(
        span,
        start=span.start + len(found) - len(found.lstrip()),
        end=span.end - len(found) + len(found.rstrip()),
    )


def _back(span: Span, place: tuple[int, int]) -> Span:
    return Span(start=place[0], end=place[1], kind=span.kind)


def _seen(text: str, casing: Casing, words: list[Word]) -> dict[int, Kind]:
    """Where the recogniser sees names. Without capitals it is shown the text with the capitals that names would have."""
    shown = text if casing is Casing.MIXED else _capitalised(text, words)
    return {place: span.kind for span in recognise(shown) for place in range(span.start, span.end)}


def _capitalised(text: str, words: list[Word]) -> str:
    lexicon = english()
    letters = list(text.lower() if len(text.lower()) == len(text) else text)
    for word in words:
        if word.leads or not lexicon.allows(word.text) or lexicon.given_name(word.text):
            letters[word.start] = letters[word.start].upper()
    return "".join(letters)


def _may_name(text: str, span: Span, casing: Casing) -> bool:
    word = text[span.start : span.end].split(maxsplit=1)[0]
    if casing is Casing.MIXED:
        return word[0].isupper()
    return not english().allows(word) or english().given_name(word) or english().family_name(word)


def _names(text: str, spans: Iterable[Span]) -> frozenset[str]:
    words = (
        word.text.lower().removesuffix("'s")
        for span in spans
        for word in split(text[span.start : span.end], ())
    )
    return frozenset(word for word in words if len(word) > 2)
