"""`python -m tests.accuracy.burned_in SHARED FOLDER SEED [COUNT]`: burned-in text of one seed, a line of results a picture.

Results are appended to `FOLDER/SEED.jsonl`; what stands there already is not done again.
"""

import sys
from pathlib import Path

import cv2
import msgspec

from tests.accuracy.burned_in_sets import Judged, judge, make, pictures, total
from viewer.masking.detectors import load


def main(shared: Path, folder: Path, seed: int, count: int) -> None:
    """Judge `count` pictures of `seed`, and print what was missed and the sums."""
    cv2.setNumThreads(1)
    of_seed = folder / str(seed)
    made = of_seed / "set"
    if len(pictures(made)) != count:
        make(shared, of_seed, count, seed)
    results = folder / f"{seed}.jsonl"
    done = read_results(results)
    detectors = load()
    with results.open("ab") as held:
        for path in pictures(made):
            if path.stem in done:
                continue
            done[path.stem] = judge(path, detectors)
            held.write(msgspec.json.encode(done[path.stem]) + b"\n")
            held.flush()
            for missed in done[path.stem].missed:
                print(seed, path.stem, missed, flush=True)
    print(seed, total(list(done.values())), flush=True)


def read_results(file: Path) -> dict[str, Judged]:
    """By the picture's name; a line that a stop cut off does not count."""
    found = {}
    for line in file.read_bytes().splitlines() if file.exists() else ():
        try:
            judged = msgspec.json.decode(line, type=Judged)
        except msgspec.DecodeError:
            continue
        found[judged.name] = judged
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]) if sys.argv[4:] else 100)
