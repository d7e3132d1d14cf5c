"""A structured report rebuilt from its codes and numbers: text, names, dates and unknown codes go, with what hangs from them."""

from collections.abc import Iterable, Iterator

from pydicom.dataset import Dataset

_NEEDS = {
    "NUM": "MeasuredValueSequence",
    "CODE": "ConceptCodeSequence",
    "IMAGE": "ReferencedSOPSequence",
    "COMPOSITE": "ReferencedSOPSequence",
    "WAVEFORM": "ReferencedSOPSequence",
    "SCOORD": "GraphicData",
    "SCOORD3D": "GraphicData",
}
_NAMED = {"NUM", "CODE"}  # types that say nothing without the name of their concept


def rebuilt_content(copies: Iterable[Dataset]) -> Iterator[Dataset]:
    """The content items of PS3.3 C.17.3 that may stay; `copies` were made by the allow list, at each depth."""
    for made in copies:
        kind = str(made.get("ValueType") or "")
        need = _NEEDS.get(kind)
        whole = kind == "CONTAINER" or (need is not None and bool(made.get(need)))
        if whole and (kind not in _NAMED or made.get("ConceptNameCodeSequence")):
            yield made
