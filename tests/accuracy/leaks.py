"""`python -m tests.accuracy.leaks SHARED FOLDER SEED [PICTURES] [whole]`: scans with text that would be released, by one seed.

`whole`: the pictures of `tests.accuracy.burned_in`, about five lines each, as scans; else small ones, mostly with one line.

Results are appended to `FOLDER/leaks-SEED.jsonl`; what stands there already is not done again.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import msgspec

from tests.accuracy import burned_in_sets, leak_sets
from tests.accuracy.burned_in_sets import is_strong, pictures
from tests.accuracy.leak_sets import Planted, Scanned, planted, until_seen
from viewer.masking.applying import DicomSource, apply
from viewer.masking.detectors import Detectors, load
from viewer.masking.profile import BASIC
from viewer.masking.pseudonyms import derive_keys
from viewer.masking.verdict import Verdict


def main(shared: Path, folder: Path, seed: int, count: int, *, whole: bool = False) -> None:
    """Mask the scans of `seed`, and print those that are released and the sums."""
    cv2.setNumThreads(1)
    of_seed = folder / f"leaks-{seed}"
    if len(pictures(of_seed / "set")) != count:
        make = burned_in_sets.make if whole else leak_sets.make
        make(shared, of_seed, count, seed)
    results = folder / f"leaks-{seed}.jsonl"
    lines = results.read_bytes().splitlines() if results.exists() else []
    done = [msgspec.json.decode(line, type=Scanned) for line in lines if line.endswith(b"}")]
    names = {each.name for each in done}
    detectors = load()
    with results.open("ab") as held:
        for each in leak_sets.whole(of_seed / "set") if whole else planted(of_seed / "set"):
            if each.name in names:
                continue
            done.append(scanned(each, detectors))
            held.write(msgspec.json.encode(done[-1]) + b"\n")
            held.flush()
            if done[-1].is_released:
                print(seed, done[-1], flush=True)
    print(seed, *sums(done), sep="\n  ", flush=True)


def scanned(each: Planted, detectors: Detectors) -> Scanned:
    """What becomes of one scan."""
    source = DicomSource(dataset=each.dataset, origin=each.name)
    masked = apply(source, BASIC, derive_keys(bytes(32), ""), until_seen(detectors))
    only = each.lines[0] if len(each.lines) == 1 else None
    named = {key: only[key] for key in ("text", "style", "size", "where")} if only else {}
    return Scanned(
        name=each.name,
        kind=each.kind,
        is_released=masked.verdict is Verdict.RELEASED,
        lines=len(each.lines),
        is_strong=any(map(is_strong, each.lines)),
        **named,
    )


def sums(done: Sequence[Scanned]) -> Iterator[str]:
    """A line for scans with every line, with one strong line, with one faint or tiny one."""
    for name, some in (
        ("with several lines", [each for each in done if each.lines > 1]),
        ("with one strong line", [each for each in done if each.lines == 1 and each.is_strong]),
        ("with one faint or tiny line", [each for each in done if each.lines == 1 and not each.is_strong]),
    ):
        yield f"{len(some)} scans {name}: {sum(each.is_released for each in some)} released"


if __name__ == "__main__":
    main(
        Path(sys.argv[1]),
        Path(sys.argv[2]),
        int(sys.argv[3]),
        int(sys.argv[4]) if sys.argv[4:] else 100,
        whole=sys.argv[5:] == ["whole"],
    )
