"""A small world for the tests of the store and of the tasks: people, a project, items, sessions, and time by hand."""

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.audit.events import Event, EventCode
from gateway.store import items, projects, sessions, tasks, users
from gateway.store.items import FrameRow, ItemRow, OriginalRow
from gateway.store.opening import Store
from gateway.store.sessions import SessionRow
from viewer.imaging.presentation import Presentation, Rescale, Window

START = 1_800_000_000.0
ROWS, COLUMNS, FRAMES = 100, 200, 4
LABELS: list[dict[str, object]] = [
    {"key": "finding", "name": "Finding", "colour": "#ffb454", "geometry": ["box", "polygon", "point"]},
    {"key": "landmark", "name": "Landmark", "colour": "#d2a8ff", "geometry": ["point"]},
]
CT = Presentation(
    photometric="MONOCHROME2",
    bits_stored=12,
    modality=Rescale(slope=1.0, intercept=-1024.0),
    windows=(Window(center=40.0, width=400.0),),
    spacing_mm=(0.8, 0.8),
    unit="HU",
)
DIGEST = hashlib.sha256(b"policies").hexdigest()


@dataclass(slots=True)
class HandClock:
    """Stands still until it is moved."""

    time: float = START

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time - START


@dataclass(slots=True)
class Bytes:
    """Bytes that look random, never twice the same, and the same in each run."""

    seed: int
    count: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, size: int) -> bytes:
        with self.lock:
            self.count += 1
            return hashlib.shake_256(f"{self.seed} {self.count}".encode()).digest(size)


def note(code: EventCode = EventCode.USER_CREATE, **fields: object) -> Event:
    """Some event."""
    return Event(code=code, actor="system", **fields)  # type: ignore[arg-type] # any field of it


def add_people(store: Store, *names: str) -> None:
    """A user each; the id is the name with `-id` behind it."""
    with store.write() as tx:
        for name in names:
            users.add_user(tx, id=f"{name}-id", name=name, roles=["annotator", "reviewer"], groups=["g"])
            tx.append(note(object=f"{name}-id"))


def add_project(store: Store, project: str = "p1") -> None:
    with store.write() as tx:
        projects.add_project(tx, id=project, name=f"name of {project}", labels=LABELS)
        tx.append(note(EventCode.PROJECT_CREATE, object=project))


def item_row(item: str, project: str = "p1", **changes: object) -> ItemRow:
    columns: dict[str, object] = {
        "id": item,
        "project": project,
        "subject": f"subject-{item}",
        "kind": "image",
        "title": "CT · 4 slices · 100x200",
        "state": "released",
        "reasons": [],
        "rows": ROWS,
        "columns": COLUMNS,
        "series": f"series-{item}",
        "masked_digest": hashlib.sha256(item.encode()).hexdigest(),
        "report": {"profile": "strict"},
        "created": START,
        "approvals": [],
    }
    return ItemRow(**{**columns, **changes})  # type: ignore[arg-type] # any column of it


def frame_row(item: str, position: int) -> FrameRow:
    digest = hashlib.sha256(f"{item} {position}".encode()).hexdigest()
    return FrameRow(
        item=item,
        position=position,
        original=f"original-{item}",
        object=digest,
        digest=digest,
        presentation=CT,
        place=None,
    )


def add_item(store: Store, item: str, project: str = "p1", **changes: object) -> None:
    """An item with four frames."""
    row = item_row(item, project, **changes)
    with store.write() as tx:
        tx.subject_key(row.subject)
        items.add_original(
            tx,
            OriginalRow(
                digest=f"original-{item}",
                project=project,
                object="0" * 64,
                size=10,
                state="received",
                cause=None,
                received=tx.now,
            ),
        )
        items.add_item(tx, row)
        items.add_frames(tx, [frame_row(item, position) for position in range(FRAMES)])
        tx.append(note(EventCode.INTAKE_MASK, object=item))


def add_tasks(store: Store, names: Sequence[str], item: str = "i1", project: str = "p1") -> None:
    with store.write() as tx:
        for name in names:
            tasks.add_task(tx, id=name, project=project, item=item)
        tx.append(note(EventCode.ITEM_RELEASE, object=item))


def add_session(
    store: Store, user: str, role: str = "annotator", project: str | None = "p1", number: int = 0
) -> SessionRow:
    """A session of the person called `user`."""
    now = store.clock.now()
    row = SessionRow(
        id=f"s-{user}-{role}-{number}",
        token_hash=f"hash-{user}-{role}-{number}",
        user=f"{user}-id",
        project=project,
        role=role,
        address="127.0.0.1",
        agent="tests",
        state="active",
        reason=None,
        started=now,
        last_input=now,
        expires=now + 3600.0,
        policy_digest=DIGEST,
        policies=["demo"],
        controls={"idle_lock_s": 60},
        item=None,
        streaming=False,
    )
    with store.write() as tx:
        sessions.add_session(tx, row)
        tx.append(note(EventCode.SESSION_START, session=row.id))
    return row


def furnish(store: Store) -> None:
    """Ada, Bo and Rene, a project, an item and a task `t1` on it."""
    add_people(store, "ada", "bo", "rene")
    add_project(store)
    add_item(store, "i1")
    add_tasks(store, ["t1"])
