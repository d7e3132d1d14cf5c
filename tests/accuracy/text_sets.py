"""Texts with gold spans, in one form: independent corpora of the shared data and freshly generated notes."""

import importlib.util
import json
import random  # noqa: TID251 - seeded: the same notes each time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

_STRUCTURED = """
    CREDIT_CARD PHONE_NUMBER PHONE EMAIL_ADDRESS EMAIL DOMAIN_NAME URL ZIP_CODE ZIP ZIPCODE IBAN_CODE IBAN IP_ADDRESS IP
    US_SSN SSN US_DRIVER_LICENSE LICENSE DATE_TIME DATE MRN ACCOUNT PLAN_ID PLATE DEVICE ACCESSION AGE90 ID_NUM
"""
STRUCTURED = frozenset(_STRUCTURED.split())
PERSONS = frozenset({"PERSON", "NAME"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """Half-open, in code points of the text."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    name: str
    text: str
    gold: tuple[Gold, ...]


def presidio(shared: Path) -> Iterator[Labelled]:
    records = json.loads((shared / "data/text/presidio_synth_v2.json").read_bytes())
    for number, record in enumerate(records):
        gold = tuple(
            Gold(start=span["start_position"], end=span["end_position"], kind=span["entity_type"])
            for span in record["spans"]
        )
        yield Labelled(name=f"presidio {number}", text=record["full_text"], gold=gold)


def notes(shared: Path, seed: int, count: int) -> Iterator[Labelled]:
    path = shared / "bench/masking/clinical_notes.py"
    spec = importlib.util.spec_from_file_location("clinical_notes", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    source = random.Random(seed)
    for number in range(count):
        made = module.note(number, source)
        gold = tuple(Gold(start=s["start"], end=s["end"], kind=s["type"]) for s in made["spans"])
        yield Labelled(name=f"note {seed}/{number}", text=made["text"], gold=gold)


def meddocan(shared: Path) -> Iterator[Labelled]:
    for path in sorted((shared / "data/text/meddocan").glob("*.ann")):
        gold = []
        for line in path.read_text("utf-8").splitlines():
            if line.startswith("T"):
                kind, start, end = line.split("\t")[1].split(" ")
                gold.append(Gold(start=int(start), end=int(end), kind=kind))
        text = path.with_suffix(".txt").read_bytes().decode("utf-8")
        yield Labelled(name=path.stem, text=text, gold=tuple(gold))


def openmed(shared: Path, *, english: bool) -> Iterator[Labelled]:
    folder = shared / "data/text/openmed"
    records = [
        json.loads(line)
        for path in sorted(folder.glob("i18n_*.jsonl"))
        for line in path.read_bytes().splitlines()
    ]
    for name in ("multilingual.json", "checksum_ids.json", "chunk_boundary.json"):
        records += json.loads((folder / name).read_bytes())["fixtures"]
    for record in records:
        if (record["language"] == "en") is english:
            gold = tuple(Gold(start=s["start"], end=s["end"], kind=s["label"]) for s in record["gold_spans"])
            yield Labelled(name=record["id"], text=record["text"], gold=gold)


@dataclass(slots=True, kw_only=True)
class Score:
    """`missed`: (text's name, kind, words left) of each entity with a letter or digit uncovered."""

    found: Counter[str] = field(default_factory=Counter)
    total: Counter[str] = field(default_factory=Counter)
    missed: list[tuple[str, str, str]] = field(default_factory=list)
    over: int = 0  # characters masked outside the gold
    outside: int = 0  # characters outside the gold
    over_words: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Score") -> None:
        """Count the texts of `other`, too."""
        self.found += other.found
        self.total += other.total
        self.missed += other.missed
        self.over_words += other.over_words
        self.over += other.over
        self.outside += other.outside

    def recall(self, kinds: Callable[[str], bool] = bool) -> float:
        total = sum(count for kind, count in self.total.items() if kinds(kind))
        return sum(count for kind, count in self.found.items() if kinds(kind)) / total if total else 1.0

    def lines(self) -> Iterator[str]:
        yield (
            f"entities {self.recall():.4f} of {sum(self.total.values())}  persons {self.recall(PERSONS.__contains__):.4f}"
            f"  structured {self.recall(STRUCTURED.__contains__):.4f}  over-masked {self.over / max(self.outside, 1):.4f}"
        )
        for kind, total in sorted(self.total.items()):
            if self.found[kind] < total:
                yield f"  {kind}: {self.found[kind]} of {total}"


def score(texts: Iterator[Labelled], mask: Callable[[str], list[tuple[int, int]]]) -> Score:
    """How the half-open spans that `mask` gives for each text stand against the gold."""
    result = Score()
    for labelled in texts:
        covered, gold = bytearray(len(labelled.text)), bytearray(len(labelled.text))
        for start, end in mask(labelled.text):
            covered[start:end] = b"\1" * (end - start)
        for span in labelled.gold:
            gold[span.start : span.end] = b"\1" * (span.end - span.start)
            result.total[span.kind] += 1
            if all(covered[i] or not labelled.text[i].isalnum() for i in range(span.start, span.end)):
                result.found[span.kind] += 1
            else:
                result.missed.append((labelled.name, span.kind, labelled.text[span.start : span.end]))
        result.outside += gold.count(0)
        over = [i for i in range(len(gold)) if covered[i] and not gold[i]]
        result.over += len(over)
        kept = "".join(
            character if covered[i] and not gold[i] else " " for i, character in enumerate(labelled.text)
        )
        result.over_words.update(kept.split())
    return result
