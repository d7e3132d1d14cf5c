"""DICOM bytes to a dataset, as tolerantly as the field's reference tools, within limits."""

import io
import warnings

import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from viewer.errors import UnreadableFile

MAX_BYTES = 2 << 30


def read(data: bytes) -> Dataset:
    """The dataset in `data`, with a transfer syntax in its file meta; a missing preamble or meta is made up for.

    Errors: UnreadableFile.
    """
    if len(data) > MAX_BYTES:
        raise UnreadableFile("the file is larger than 2 GiB")
    if len(data) < 16:
        raise UnreadableFile("the file is too short to be DICOM")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset = pydicom.dcmread(io.BytesIO(data), force=True)
            _complete_meta(dataset)
            len(list(dataset.keys()))
    except Exception as error:  # pydicom raises whatever a damaged file leads it to
        raise UnreadableFile(f"the DICOM header can't be read ({type(error).__name__})") from error
    if not dataset:
        raise UnreadableFile("there is no DICOM element in the file")
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
