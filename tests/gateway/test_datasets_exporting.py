"""Export: COCO that somebody else's parser reads, a native form without loss, and a manifest that proves both."""

import hashlib
import io
import json
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools.coco import COCO

from gateway.datasets.coco import Picture, Shape, ring_area, to_coco
from gateway.datasets.exporting import export
from gateway.errors import GatewayError, Invalid, NotFound
from gateway.store.opening import Store
from gateway.stream.messages import Op
from gateway.stream.shapes import Box, Patch, Point, Polygon
from gateway.tasks.committing import commit
from gateway.tasks.work import take_next
from tests.gateway.stores import COLUMNS, FRAMES, ROWS, add_session, furnish

RING = ((10.0, 10.0), (30.0, 10.0), (30.0, 30.0), (10.0, 30.0))
PROJECT = "name of p1"


@pytest.fixture
def drawn(store: Store) -> Store:
    """A task in review with a box, a polygon and a point."""
    furnish(store)
    ada = add_session(store, "ada")
    take_next(store, ada)
    for number, shape in enumerate((Box(x=1, y=2, w=30, h=40), Polygon(points=RING), Point(x=5, y=6))):
        patch = Patch(label="finding", frame=number, geometry=shape)
        commit(store, ada, Op(id=f"o{number}", task="t1", kind="create", base=0, annotation=f"a{number}", patch=patch), None)  # fmt: skip
    commit(store, ada, Op(id="s", task="t1", kind="submit", base=3), None)
    return store


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools, with numpy 2
def test_coco_is_read_by_its_own_library(drawn: Store, tmp_path: Path) -> None:
    written = export(drawn, PROJECT, tmp_path / "out", stage="submitted", actor="system")
    assert (written.tasks, written.images, written.annotations) == (1, FRAMES, 3)
    assert written.losses == {"point annotations": 1}
    with redirect_stdout(io.StringIO()):
        coco = COCO(str(tmp_path / "out" / "coco.json"))
    assert [(image["width"], image["height"]) for image in coco.loadImgs(coco.getImgIds())] == [
        (COLUMNS, ROWS)
    ] * FRAMES
    box, polygon = coco.loadAnns(coco.getAnnIds())
    assert (box["bbox"], box["area"]) == ([1, 2, 30, 40], 1200)
    assert coco.annToMask(polygon).sum() == pytest.approx(400, abs=45)  # its rasteriser rounds the edge
    assert coco.loadImgs(box["image_id"])[0]["file_name"].endswith("/00000")


def test_the_manifest_holds_what_is_there_and_is_signed(drawn: Store, tmp_path: Path) -> None:
    export(drawn, PROJECT, tmp_path, stage="all", actor="system")
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    for name, entry in manifest["files"].items():
        body = (tmp_path / name).read_bytes()
        assert (entry["sha256"], entry["bytes"]) == (hashlib.sha256(body).hexdigest(), len(body))
    signature = bytes.fromhex(manifest.pop("signature")["value"])
    signed = (json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()
    drawn.keys.public_key.verify(signature, signed)
    assert sorted(path.name for path in tmp_path.glob("*.json")) == [
        "annotations.json",
        "coco.json",
        "manifest.json",
    ]


def test_no_persons_name_is_exported(drawn: Store, tmp_path: Path) -> None:
    export(drawn, PROJECT, tmp_path, stage="all", actor="system")
    text = (tmp_path / "annotations.json").read_text()
    assert '"annotator": "ada-id"' in text
    assert '"ada"' not in text


@pytest.mark.parametrize(("stage", "tasks"), [("accepted", 0), ("submitted", 1), ("all", 1)])
def test_only_the_stages_asked_for(drawn: Store, tmp_path: Path, stage: str, tasks: int) -> None:
    assert export(drawn, PROJECT, tmp_path, stage=stage, actor="system").tasks == tasks


def test_what_can_not_be_exported_is_said(drawn: Store, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="`nowhere`"):
        export(drawn, "nowhere", tmp_path, stage="all", actor="system")
    with pytest.raises(Invalid, match="`everything`"):
        export(drawn, PROJECT, tmp_path, stage="everything", actor="system")
    (tmp_path / "file").touch()
    with pytest.raises(GatewayError, match="can't be written"):
        export(drawn, PROJECT, tmp_path / "file", stage="all", actor="system")


@given(st.floats(-500, 500), st.floats(-500, 500), st.floats(0.5, 500), st.floats(0.5, 500))
def test_a_box_and_the_ring_around_it_are_the_same_instance(x: float, y: float, w: float, h: float) -> None:
    ring = ((x, y), (x + w, y), (x + w, y + h), (x, y + h))
    shapes = [
        Shape(id="b", item="i", frame=0, label="l", geometry={"type": "box", "x": x, "y": y, "w": w, "h": h}),
        Shape(
            id="p",
            item="i",
            frame=0,
            label="l",
            geometry={"type": "polygon", "points": [list(p) for p in ring]},
        ),
    ]
    document = to_coco([Picture(name="i/0", item="i", frame=0, width=9, height=9)], shapes, ["l"]).document
    box, polygon = document["annotations"]  # type: ignore[misc] # a list
    assert box["bbox"] == pytest.approx(polygon["bbox"], rel=1e-6, abs=1e-6)
    assert box["area"] == pytest.approx(polygon["area"], rel=1e-6)
    assert ring_area(tuple(reversed(ring))) == pytest.approx(box["area"], rel=1e-6)
