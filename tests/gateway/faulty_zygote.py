"""Decode workers that fail at one stage of masking, as the roster of the profile asks: `fault`, the stage, the fault."""

import ctypes
import functools
import importlib
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from gateway.workers import serving, zygote

LEAKY = "Quenby-of-the-fault"  # what a library's error might quote of a file

# Where each stage of masking is called from.
STAGES = {
    "read": "gateway.workers.reading:read",
    "triage": "viewer.masking.scans:triage",
    "decode": "viewer.masking.scans:decode_all",
    "shift": "viewer.masking.scans:mask_frame",
    "ultrasound": "viewer.masking.ultrasound:outside",
    "header": "viewer.masking.scans:rebuild",
    "known values": "viewer.masking.scans:known_values",
    "shapes": "viewer.masking.burned_in:find_lettering",
    "networks": "viewer.masking.detection:TextDetector.find",
    "last looks": "viewer.masking.detection:TextDetector.find_lines",
    "reader": "viewer.masking.recognition:TextReader.read",
    "search": "viewer.masking.burned_in:search",
    "fill": "viewer.masking.settling:fill",
    "verify": "viewer.masking.settling:_missed",
    "report": "viewer.masking.applying:report_of",
    "place": "viewer.masking.scans:place",
    "answer": "gateway.workers.answers:made",
    "picture": "gateway.workers.reading:read_picture",
    "faces": "viewer.masking.faces.detector:FaceDetector.find",
    "surface": "viewer.masking.faces.detector:FaceDetector.score",
    "passages": "viewer.masking.text:find",
    "surrogates": "viewer.masking.text:surrogate",
    "pages": "gateway.workers.reading:draw_page",
}


def _raise() -> None:
    raise RuntimeError(LEAKY)


def _hang() -> None:
    while True:
        time.perf_counter()


def _bloat() -> None:
    held = []
    while True:
        held.append(bytearray(64 << 20))


FAULTS: dict[str, Callable[[], object]] = {
    "raise": _raise,
    "crash": lambda: ctypes.string_at(0),
    "death": lambda: os._exit(9),
    "bloat": _bloat,
    "hang": _hang,
    "nothing": lambda: None,  # and nothing comes back of the stage
}

asked: list[str] = []  # of the job at hand: the stage, the fault


def _faulty(stage: str, whole: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(whole)
    def call(*args: Any, **named: Any) -> Any:
        if asked[:1] == [stage]:
            return FAULTS[asked[1]]()
        return whole(*args, **named)

    return call


def _break_stages() -> None:
    for stage, where in STAGES.items():
        module, _, path = where.partition(":")
        holder: Any = importlib.import_module(module)
        *owners, name = path.split(".")
        for owner in owners:
            holder = getattr(holder, owner)
        setattr(holder, name, _faulty(stage, getattr(holder, name)))


def _listen() -> None:
    whole = serving.mask_files

    def mask_files(files: Any, profile: Any, *more: Any, **named: Any) -> Any:
        asked[:] = profile.known[1:3] if profile.known[:1] == ("fault",) else ()
        return whole(files, profile, *more, **named)

    serving.mask_files = mask_files  # type: ignore[assignment]


if __name__ == "__main__":
    _break_stages()
    _listen()
    sys.exit(zygote.main(sys.argv[1:]))
