"""Export to a folder on the server: native JSON, COCO, and a signed manifest of digests. Pseudonymous identifiers only."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.audit.events import Event, EventCode
from gateway.datasets.coco import Picture, Shape, to_coco
from gateway.errors import GatewayError, Invalid, NotFound
from gateway.store import items, projects, tasks
from gateway.store.items import FrameRow, ItemRow
from gateway.store.opening import Store
from gateway.store.projects import ProjectRow
from gateway.store.tasks import AnnotationRow, OpRow, TaskRow

STAGES: Mapping[str, tuple[str, ...]] = {
    "accepted": ("accepted",),
    "submitted": ("review", "accepted"),
    "all": ("annotate", "review", "returned", "accepted"),
}
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What an export holds; `losses`: what COCO can't represent, kind → count."""

    tasks: int
    images: int
    annotations: int
    losses: Mapping[str, int]


def export(store: Store, project: str, folder: Path, *, stage: str, actor: str) -> Written:
    """Write `coco.json`, `annotations.json` and `manifest.json` into `folder`.

    Errors: NotFound (project), Invalid (stage), GatewayError when the folder can't be written.
    """
    if stage not in STAGES:
        raise Invalid(f"there is no stage `{stage}`: {', '.join(STAGES)}")
    found, done = _gather(store, project, STAGES[stage])
    pictures = [picture for each in done for picture in each.pictures()]
    shapes = [shape for each in done for shape in each.shapes()]
    coco = to_coco(pictures, shapes, [str(label["key"]) for label in found.labels])
    native = {
        "format": "isinglass-annotations-1",
        "project": project,
        "schema_version": found.schema_version,
        "labels": found.labels,
        "tasks": [each.native() for each in done],
    }
    files = {"annotations.json": _bytes(native), "coco.json": _bytes(coco.document)}
    manifest: dict[str, object] = {
        "format": "isinglass-export-1",
        "project": project,
        "stage": stage,
        "schema_version": found.schema_version,
        "files": {
            name: {"sha256": hashlib.sha256(body).hexdigest(), "bytes": len(body)}
            for name, body in files.items()
        },
        "losses": {"coco.json": dict(coco.losses)},
    }
    with store.write() as tx:
        digest = hashlib.sha256(_bytes(manifest)).hexdigest()
        index = tx.append(Event(code=EventCode.EXPORT_WRITE, actor=actor, object=digest))
    manifest["audit"] = {"index": index, "manifest_sha256": digest}
    manifest["signature"] = {"algorithm": "Ed25519", "value": store.keys.sign(_bytes(manifest)).hex()}
    files[MANIFEST] = _bytes(manifest)
    _write(folder, files)
    return Written(tasks=len(done), images=len(pictures), annotations=len(shapes), losses=coco.losses)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Labelled:
    """One task with everything that an export says of it."""

    task: TaskRow
    item: ItemRow
    frames: Sequence[FrameRow]
    annotations: Sequence[AnnotationRow]
    ops: Sequence[OpRow]

    def pictures(self) -> list[Picture]:
        """Its frames, by pseudonymous names."""
        item = self.item
        return [
            Picture(
                name=f"{item.id}/{frame.position:05d}",
                item=item.id,
                frame=frame.position,
                width=item.columns,
                height=item.rows,
            )
            for frame in self.frames
        ]

    def shapes(self) -> list[Shape]:
        """Its annotations, as COCO's converter takes them."""
        return [
            Shape(id=each.id, item=each.item, frame=each.frame, label=each.label, geometry=each.geometry)
            for each in self.annotations
        ]

    def native(self) -> dict[str, object]:
        """All of it."""
        task, item = self.task, self.item
        return {
            "id": task.id,
            "stage": task.stage,
            "annotator": task.annotator,
            "reviewer": task.reviewer,
            "revision": task.revision,
            "item": {
                "id": item.id,
                "kind": item.kind,
                "title": item.title,
                "rows": item.rows,
                "columns": item.columns,
                "masked_digest": item.masked_digest,
                "frames": [{"position": frame.position, "digest": frame.digest} for frame in self.frames],
            },
            "annotations": [
                {
                    key: getattr(each, key)
                    for key in ("id", "author", "label", "frame", "geometry", "revision")
                }
                for each in self.annotations
            ],
            "operations": [
                {key: getattr(op, key) for key in ("id", "kind", "revision", "audit_index", "context")}
                for op in self.ops
            ],
        }


def _gather(store: Store, project: str, stages: Sequence[str]) -> tuple[ProjectRow, list[_Labelled]]:
    with store.read() as conn:
        found = projects.by_name(conn, project)
        if found is None:
            raise NotFound(f"there is no project `{project}`")
        done = []
        for task in tasks.of_project(conn, found.id, stages):
            item = items.item_by_id(conn, task.item)
            assert item is not None  # a foreign key holds it
            done.append(
                _Labelled(
                    task=task,
                    item=item,
                    frames=items.frames_of(conn, item.id),
                    annotations=tasks.annotations_of(conn, task.id),
                    ops=tasks.ops_of(conn, task.id),
                )
            )
    return found, done


def _bytes(document: Mapping[str, object]) -> bytes:
    return (json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    """All files or, after a crash, no manifest: it is renamed into place last."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MANIFEST).unlink(missing_ok=True)
        for name, body in files.items():
            part = folder / f".{name}.part"
            with part.open("wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            part.replace(folder / name)
    except OSError as error:
        raise GatewayError(f"`{folder}` can't be written: {error.strerror}") from error
