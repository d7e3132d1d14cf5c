"""Other servers and tools that turn a stored slice into a picture: Orthanc with its DICOMweb plug-in, and dcmtk."""

import contextlib
import json
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import imagecodecs
import numpy as np
import pydicom
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless, generate_uid

from tests.benchmarks.figures import cpu_of
from tests.benchmarks.studio import BRAIN
from tests.journeys.serving import free_port, wait_for_answer

ORTHANC = "Orthanc"
DICOMWEB, GDCM = "libOrthancDicomWeb.so", "libOrthancGdcm.so"  # GDCM decodes JPEG 2000 for it
_CT = "1.2.840.10008.5.1.4.1.1.2"
_EXPLICIT = "1.2.840.10008.1.2.1"


def dicom(pixels: np.ndarray, number: int, study: str, *, jpeg2000: bool = False) -> bytes:
    """A CT slice, int16, as a DICOM file."""
    data = pydicom.Dataset()
    data.SOPClassUID, data.SOPInstanceUID = _CT, generate_uid()
    data.StudyInstanceUID, data.SeriesInstanceUID = study, f"{study}.{2 if jpeg2000 else 1}"
    data.PatientID, data.PatientName, data.Modality, data.InstanceNumber = "bench", "bench", "CT", number
    data.Rows, data.Columns = pixels.shape
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 16, 15, 1
    data.RescaleSlope, data.RescaleIntercept = 1, 0
    data.WindowCenter, data.WindowWidth = BRAIN.center, BRAIN.width
    data.file_meta = FileMetaDataset()
    data.file_meta.MediaStorageSOPClassUID = _CT
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    data.file_meta.TransferSyntaxUID = JPEG2000Lossless if jpeg2000 else _EXPLICIT
    if jpeg2000:
        data.PixelData = encapsulate([imagecodecs.jpeg2k_encode(pixels, codecformat="J2K", reversible=True)])
        data["PixelData"].is_undefined_length = True
    else:
        data.PixelData = np.ascontiguousarray(pixels, "<i2").tobytes()
    with pydicom.filebase.DicomBytesIO() as file:
        data.save_as(file, enforce_file_format=True)
        return file.getvalue()


class Orthanc:
    """A running Orthanc on loopback, without a password, with files of its own."""

    def __init__(self, port: int, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30)

    def add(self, file: bytes) -> dict[str, str]:
        """Store a file; its Orthanc id and its UIDs."""
        key = self.client.post("/instances", content=file).raise_for_status().json()["ID"]
        tags = self.client.get(f"/instances/{key}/simplified-tags").raise_for_status().json()
        return {
            "id": key,
            "study": tags["StudyInstanceUID"],
            "series": tags["SeriesInstanceUID"],
            "instance": tags["SOPInstanceUID"],
        }

    def cpu_s(self) -> float:
        """The CPU seconds that it has used."""
        return cpu_of(self._process.pid)

    def rendered(self, where: dict[str, str], side: int, accept: str) -> bytes:
        """`/rendered` of the REST interface."""
        query = {
            "width": side,
            "height": side,
            "window-center": BRAIN.center,
            "window-width": BRAIN.width,
            "quality": 85,
            "smooth": 1,
        }
        answer = self.client.get(
            f"/instances/{where['id']}/rendered", params=query, headers={"Accept": accept}
        )
        return answer.raise_for_status().content

    def dicomweb(self, where: dict[str, str], side: int) -> bytes:
        """`/rendered` of DICOMweb (PS3.18, 10.4), as JPEG."""
        path = f"/dicom-web/studies/{where['study']}/series/{where['series']}/instances/{where['instance']}/rendered"
        window = f"{BRAIN.center},{BRAIN.width},linear"
        query = f"?viewport={side},{side}&window={window}&quality=85"  # it refuses an encoded comma
        answer = self.client.get(path + query, headers={"Accept": "image/jpeg"})
        return answer.raise_for_status().content


def orthanc_plugins() -> dict[str, Path]:
    """Those of its plug-ins that matter here and are installed; none if Orthanc is not."""
    if shutil.which(ORTHANC) is None:
        return {}
    found = {name: sorted(Path("/usr").glob(f"*/orthanc/plugins/{name}")) for name in (DICOMWEB, GDCM)}
    return {name: paths[0] for name, paths in found.items() if paths}


@contextlib.contextmanager
def orthanc(plugins: dict[str, Path], cpus: set[int]) -> Iterator[Orthanc]:
    """Orthanc on `cpus`, until the block is left."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="orthanc-bench-") as folder:
        config = {
            "StorageDirectory": folder,
            "IndexDirectory": folder,
            "HttpPort": port,
            "DicomPort": free_port(),
            "RemoteAccessAllowed": False,
            "AuthenticationEnabled": False,
            "Plugins": [str(path) for path in plugins.values()],
            "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
            "KeepAlive": True,
        }
        settings = Path(folder) / "orthanc.json"
        settings.write_text(json.dumps(config))
        log = (Path(folder) / "log").open("wb")
        command = ["taskset", "--cpu-list", ",".join(map(str, sorted(cpus))), ORTHANC, str(settings)]
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        server = Orthanc(port, process)
        try:
            wait_for_answer(process, Path(folder) / "log", lambda: server.client.get("/system"))
            yield server
        finally:
            process.terminate()
            process.wait(20)
            log.close()


def dcmtk_cpu_s(files: list[Path], side: int, out: Path) -> float:
    """CPU seconds of dcmtk's converter for all `files`, a process each, as JPEG of quality 85."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for file in files:
        subprocess.run(
            [
                *("dcmj2pnm", "+oj", "+Jq", "85", "+Sxv", str(side), "+Ww"),
                *(str(BRAIN.center), str(BRAIN.width), str(file), str(out)),
            ],
            check=True,
            capture_output=True,
        )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
