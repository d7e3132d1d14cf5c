"""`python -m tests.accuracy [SHARED]`: how much of the text sets is masked, with what was missed."""

import sys
from pathlib import Path

from tests.accuracy.text_sets import Score, meddocan, notes, openmed, presidio, score
from viewer.masking.text import mask_text


def spans(text: str) -> list[tuple[int, int]]:
    return [(span.start, span.end) for span in mask_text(text).spans]


shared = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared")
seed = int(sys.argv[2]) if len(sys.argv) > 2 else 101
english = Score()
for name, texts in (
    ("presidio", presidio(shared)),
    (f"notes {seed}", notes(shared, seed, 400)),
    ("openmed en", openmed(shared, english=True)),
    ("meddocan es", meddocan(shared)),
    ("openmed other", openmed(shared, english=False)),
):
    result = score(texts, spans)
    print(f"== {name}", *result.lines(), sep="\n")
    if name in {"presidio", f"notes {seed}", "openmed en"}:
        english.add(result)
    for missed in result.missed[:60]:
        print("    ", *missed, sep=" | ")
    print("     over:", *(f"{word} {count}" for word, count in result.over_words.most_common(40)))
print("== English, all together", next(english.lines()), sep="\n")
