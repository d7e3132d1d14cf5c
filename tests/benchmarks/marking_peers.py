"""Two open-source watermarks under the same attacks: `python -m tests.benchmarks.marking_peers [--minutes 5]`.

`blind-watermark` and `invisible-watermark` (its DWT-DCT-SVD method), both MIT, are not among the project's dependencies: put them
where Python finds them (`pip install --no-deps --target DIR blind-watermark invisible-watermark PyWavelets`, then
PYTHONPATH=DIR). A leak counts as traced where all 64 bits come out. Kept in `build/marking-peers.jsonl`.
"""

import argparse
import importlib
import importlib.util
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.leaking import Picture, attacks, samples

FOUND = Path("build/marking-peers.jsonl")
BITS = 64
FRAMES = ("CT head", "MR head", "US grey", "photograph", "text, dark")
ATTACKS = (
    "png",
    "jpeg90",
    "jpeg50",
    "webp50",
    "down.5up",
    "gamma1.4",
    "noise5",
    "crop50%",
    "rot1",
    "persp15",
    "cam5",
)

Bits = NDArray[np.uint8]
Peer = tuple[Callable[[Picture, Bits], Picture], Callable[[Picture], Bits]]


def peers() -> dict[str, Peer]:
    """Marking and reading of BGR pictures, by name; only those that are installed."""
    found: dict[str, Peer] = {}
    if importlib.util.find_spec("blind_watermark"):
        found["blind-watermark"] = _blind()
    if importlib.util.find_spec("imwatermark"):
        found["invisible-watermark"] = _invisible()
    return found


def _blind() -> Peer:
    module = importlib.import_module("blind_watermark")
    module.bw_notes.close()

    def mark(picture: Picture, bits: Bits) -> Picture:
        marker = module.WaterMark(password_img=1, password_wm=1)
        marker.read_img(img=picture)
        marker.read_wm(bits.astype(bool), mode="bit")
        return np.asarray(np.clip(np.round(marker.embed()), 0, 255), np.uint8)

    def read(picture: Picture) -> Bits:
        marker = module.WaterMark(password_img=1, password_wm=1)
        return np.asarray(marker.extract(embed_img=picture, wm_shape=BITS, mode="bit") > 0.5, np.uint8)

    return mark, read


def _invisible() -> Peer:
    # Only this file of it: the package itself begins with PyTorch, which the method has no use for.
    folder = importlib.util.find_spec("imwatermark").submodule_search_locations[0]  # type: ignore[union-attr, index]
    spec = importlib.util.spec_from_file_location("dwt_dct_svd", Path(folder) / "dwtDctSvd.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def mark(picture: Picture, bits: Bits) -> Picture:
        return np.asarray(
            module.EmbedDwtDctSvd(list(bits), BITS, scales=[0, 36, 0]).encode(picture), np.uint8
        )

    def read(picture: Picture) -> Bits:
        return np.asarray(module.EmbedDwtDctSvd([], BITS, scales=[0, 36, 0]).decode(picture), np.uint8)

    return mark, read


def tried() -> Iterator[dict[str, object]]:
    """Each peer, frame and attack: whether all bits came out, and how far the mark moved the picture."""
    bits = np.random.default_rng(2).integers(0, 2, BITS).astype(np.uint8)
    frames = {each.name: each.levels for each in samples()}
    for peer, (mark, read) in peers().items():
        for frame in FRAMES:
            levels = frames[frame]
            picture = cv2.cvtColor(levels, cv2.COLOR_GRAY2BGR) if levels.ndim == 2 else levels[..., ::-1]
            picture = np.ascontiguousarray(picture)
            begun = time.process_time()
            marked = mark(picture, bits)
            seconds = time.process_time() - begun
            error = float(np.mean(np.square(marked.astype(float) - picture)))
            for attack in ATTACKS:
                leak = attacks()[attack](marked, np.random.default_rng(7))
                try:
                    read_back = bool(np.array_equal(read(np.ascontiguousarray(leak)), bits))
                except Exception:  # noqa: BLE001 - a size that it can't take is not read either
                    read_back = False
                yield {
                    "peer": peer, "frame": frame, "attack": attack, "traced": read_back,
                    "psnr": 10 * np.log10(255**2 / max(error, 1e-9)), "seconds": seconds,
                }  # fmt: skip


def rows() -> list[str]:
    """The lines of a table of what was found, a column for each peer; empty where nothing was tried."""
    if not FOUND.is_file():
        return []
    found = [json.loads(line) for line in FOUND.read_text().splitlines()]
    names = sorted({each["peer"] for each in found})
    lines = ["| | " + " | ".join(f"`{name}`" for name in names) + " |", "|---|" + "---|" * len(names)]
    for attack in ATTACKS:
        cells = [
            [each["traced"] for each in found if (each["peer"], each["attack"]) == (n, attack)] for n in names
        ]
        lines.append(f"| `{attack}` | " + " | ".join(f"{sum(cell)} of {len(cell)}" for cell in cells) + " |")
    for what, unit in (("psnr", "dB"), ("seconds", "s to mark")):
        means = [np.mean([each[what] for each in found if each["peer"] == name]) for name in names]
        lines.append(f"| {unit} | " + " | ".join(f"{mean:.1f}" for mean in means) + " |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.marking_peers")
    parser.add_argument("--minutes", type=float, default=5.0)
    end = time.monotonic() + 60 * parser.parse_args().minutes
    cv2.setNumThreads(1)
    FOUND.parent.mkdir(exist_ok=True)
    with FOUND.open("w") as kept:
        for each in tried():
            kept.write(json.dumps(each) + "\n")
            kept.flush()
            if time.monotonic() > end:
                break
    print("\n".join(rows()))


if __name__ == "__main__":
    main()
