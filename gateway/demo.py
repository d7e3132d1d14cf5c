"""The demo project: real scans that two PyPI packages ship, three people, and the policies that bind them."""

import importlib.util
import shutil
from dataclasses import dataclass
from pathlib import Path

from gateway.audit.events import Event, EventCode
from gateway.errors import Unconfigured
from gateway.store import projects, users
from gateway.store.opening import Store

PROJECT = "demo"
PEOPLE = (("ada", "annotator"), ("rene", "reviewer"), ("sam", "admin"))
LABELS: list[dict[str, object]] = [
    {"key": "finding", "name": "Finding", "colour": "#ffb454", "geometry": ["box", "polygon", "point"]},
    {"key": "lesion", "name": "Lesion", "colour": "#ff7b72", "geometry": ["box", "polygon", "point"]},
    {"key": "organ", "name": "Organ", "colour": "#7ee787", "geometry": ["box", "polygon"]},
    {"key": "device", "name": "Device", "colour": "#79c0ff", "geometry": ["box", "polygon"]},
    {"key": "landmark", "name": "Landmark", "colour": "#d2a8ff", "geometry": ["point"]},
]
# package data folder, file, in the order in which the work is given out: CT, MR and CR are served once masked, ultrasound waits in the check queue
SCANS = (
    ("data_store", "data/693_UNCR.dcm"),
    ("data_store", "data/eCT_Supplemental.dcm"),
    ("data_store", "data/emri_small.dcm"),
    ("data_store", "data/MR2_UNCR.dcm"),
    ("data_store", "data/MR-SIEMENS-DICOM-WithOverlays.dcm"),
    ("data_store", "data/RG3_J2KR.dcm"),
    ("data_store", "data/RG1_J2KR.dcm"),
    ("pydicom", "data/test_files/CT_small.dcm"),
    ("pydicom", "data/test_files/MR_small.dcm"),
    ("pydicom", "data/test_files/dicomdirtests/98892001/CT5N"),
    ("pydicom", "data/test_files/examples_ybr_color.dcm"),
    ("data_store", "data/US1_UNCR.dcm"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One of the demo's people."""

    id: str
    name: str
    role: str


def scans() -> list[Path]:
    """The files and folders to take in. Errors: Unconfigured if the packages that ship them are not installed."""
    found = []
    for package, name in SCANS:
        spec = importlib.util.find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise Unconfigured("the demo's scans are missing: install `pydicom` and `pydicom-data`")
        path = Path(spec.submodule_search_locations[0]) / name
        if path.exists():
            found.append(path)
    return found


def copy_policies(source: Path, folder: Path) -> None:
    """Put the shipped policies into `folder`, unless it has policies of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.glob("*.toml")):
        for path in sorted(source.glob("demo-*.toml")):
            shutil.copyfile(path, folder / path.name)


def prepare(store: Store, new_id: str) -> list[Person]:
    """The demo project and its people, made on the first call and found on the next ones.

    `new_id` seeds the ids of what is made: 32 hex digits from the caller's source of randomness.
    """
    with store.read() as conn:
        project = projects.by_name(conn, PROJECT)
    if project is None:
        with store.write() as tx:
            projects.add_project(tx, id=new_id[:12], name=PROJECT, labels=LABELS)
            tx.append(Event(code=EventCode.PROJECT_CREATE, actor="system", object=new_id[:12]))
    people = []
    for position, (name, role) in enumerate(PEOPLE):
        with store.read() as conn:
            user = users.user_by_name(conn, name)
        if user is None:
            user_id = f"{new_id[12:22]}{position:02d}"
            with store.write() as tx:
                users.add_user(tx, id=user_id, name=name, roles=[role], groups=["demo"])
                tx.append(Event(code=EventCode.USER_CREATE, actor="system", object=user_id))
        else:
            user_id = user.id
        people.append(Person(id=user_id, name=name, role=role))
    return people
