"""DICOM bytes to a dataset, as tolerantly as the field's reference tools, within limits."""

import io
import struct
import warnings

import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from viewer.errors import UnreadableFile

MAX_BYTES = 2 << 30
_PIXEL_DATA = struct.pack("<HH", 0x7FE0, 0x0010)
_UNDEFINED = b"\0\0\xff\xff\xff\xff"


def read(data: bytes) -> Dataset:
    """The dataset in `data`, with a transfer syntax in its file meta; a missing preamble or meta is made up for.

    Compressed pixel data that is cut off keeps the frames before the cut. Errors: UnreadableFile.
    """
    if len(data) > MAX_BYTES:
        raise UnreadableFile("the file is larger than 2 GiB")
    if len(data) < 16:
        raise UnreadableFile("the file is too short to be DICOM")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset: Dataset = pydicom.dcmread(io.BytesIO(data), force=True)
            if not dataset:
                dataset = _cut(data)
            _complete_meta(dataset)
            len(list(dataset.keys()))
    except UnreadableFile:
        raise
    except Exception as error:  # pydicom raises whatever a damaged file leads it to
        raise UnreadableFile(f"the DICOM header can't be read ({type(error).__name__})") from error
    return dataset


def _cut(data: bytes) -> Dataset:
    """The dataset of a file that ends before an element does: pydicom gives none of its elements then."""
    source = io.BytesIO(data)
    dataset = pydicom.dcmread(source, force=True, stop_before_pixels=True)
    rest = data[source.tell() :]
    if not dataset:
        raise UnreadableFile("the DICOM header is damaged: an element is cut off or has a wrong length")
    if rest[:4] != _PIXEL_DATA or rest[6:12] != _UNDEFINED:
        raise UnreadableFile("the file is cut off")
    dataset.add_new(0x7FE00010, "OB", rest[12:])
    return dataset


def _complete_meta(dataset: Dataset) -> None:
    if getattr(dataset, "file_meta", None) is None:
        dataset.file_meta = FileMetaDataset()
    if dataset.file_meta.get("TransferSyntaxUID"):
        return
    implicit, little = dataset.original_encoding
    if little is False:
        dataset.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    elif implicit is False:
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    else:
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
