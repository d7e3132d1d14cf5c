"""The model files of the text detectors: from two registry packages, checked by digest before they are loaded.

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


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """A model in an installed `package`; `digest` is its SHA-256 in hex, `version` the package's."""

    package: str
    version: str
    name: str
    digest: str

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


def load(model: ModelFile) -> Any:
    """An onnxruntime session on one thread. Errors: MaskingError if the file is missing or another."""
    spec = find_spec(model.package)
    places = spec.submodule_search_locations if spec else None
    if not places:
        raise MaskingError(f"the text detector's package `{model.package}` is not installed")
    path = Path(places[0]) / "models" / model.name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise MaskingError(f"the text detector's model `{model.name}` is missing") from error
    if hashlib.sha256(content).hexdigest() != model.digest:
        raise MaskingError(f"the text detector's model `{model.name}` is not the one that was checked")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what it prints could quote the picture's size
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
