"""A data folder with series to scroll and people to scroll them, and a server process over it that can be measured."""

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import httpx
import msgspec
import numpy as np
import pydicom

from gateway import app as server
from gateway.audit.events import Event, EventCode
from gateway.demo import LABELS
from gateway.identity.cookies import SESSION_COOKIE
from gateway.sessions.entering import Sessions
from gateway.sessions.placing import Visitor
from gateway.store import items, pixels, projects, sessions, tasks, users
from gateway.store.items import FrameRow, ItemRow, OriginalRow
from gateway.store.opening import Store
from gateway.store.pixels import StoredFrame
from tests.benchmarks.figures import cpu_of
from tests.journeys.serving import ROOT, free_port, wait_for_answer
from viewer.imaging.geometry import Place
from viewer.imaging.presentation import Presentation, Rescale, Window
from viewer.masking.image import MaskedFrame

SHARED = Path(os.environ.get("ISINGLASS_SHARED", ROOT.parent / "shared"))
OFFSET = -32768
BRAIN = Window(center=40.0, width=80.0)
PROJECT = "bench"
PROFILE = "clinical-strict"


def ct_slices(count: int) -> tuple[list[np.ndarray], str]:
    """`count` different slices of 512 x 512, int16: a head CT of the shared data over and over, else a phantom; and which.

    A slice that comes again is moved by some pixels, so that no cache and no predictor can know it.
    """
    files = sorted((SHARED / "data" / "dicom" / "ct-head-28").glob("*.dcm"))[2:26]
    if files:
        stored = [pydicom.dcmread(path).pixel_array.astype(np.int16) for path in files]
        return [np.roll(stored[k % len(stored)], k // len(stored), axis=1) for k in range(count)], "head CT"
    return [_phantom(number) for number in range(count)], "phantom"


def _phantom(number: int) -> np.ndarray:
    noise = np.random.default_rng(number).normal(0, 6, (512, 512))
    picture = np.full((512, 512), -1000.0)
    for axes, value in (((200, 240), 900.0), ((185, 225), 35.0), ((30 + number % 99, 60), 8.0)):
        cv2.ellipse(picture, (256, 256), axes, 10.0, 0.0, 360.0, (value,), -1)
    return np.round(cv2.GaussianBlur(picture, (0, 0), 1.0) + noise).astype(np.int16)


def masked(stored: np.ndarray) -> MaskedFrame:
    """A slice as the store keeps it."""
    presentation = Presentation(
        photometric="MONOCHROME2",
        bits_stored=16,
        modality=Rescale(slope=1.0, intercept=0.0),
        windows=(BRAIN,),
        spacing_mm=(0.5, 0.5),
    )
    pixels = (stored.astype(np.int32) - OFFSET).astype(np.uint16)
    return MaskedFrame(pixels=pixels, offset=OFFSET, presentation=presentation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A session that may open a stream: its id and the Cookie header."""

    session: str
    cookie: str


@dataclass(slots=True)
class Studio:
    """The data folder `data`, open in this process too. Leave the `with` block to delete it."""

    data: Path
    store: Store
    use: Sessions
    project: str = "p-bench"
    _people: int = 0
    _settings: server.ServerSettings = field(kw_only=True)

    def keep(self, name: str, frames: Sequence[MaskedFrame]) -> list[StoredFrame]:
        """The frames, stored for the subject of the series `name`; not synced to the disk, which nothing here measures."""
        with self.store.write() as tx:
            key = tx.subject_key(f"subject-{name}")
            tx.append(Event(code=EventCode.INTAKE_RECEIVE, actor="system", object=name))
        return [self._keep(name, key, frame) for frame in frames]

    def _keep(self, name: str, key: bytes, frame: MaskedFrame) -> StoredFrame:
        sealed = pixels.seal_frame(self.store.keys, f"subject-{name}", key, frame)
        digest = hashlib.sha256(sealed).hexdigest()
        path = self.data / "objects" / digest[:2] / digest
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(sealed)
        return StoredFrame(digest, pixels.digest_of(frame))

    def add_series(
        self,
        name: str,
        frames: Sequence[MaskedFrame],
        *,
        tasks_: int = 1,
        kind: str = "image",
        priority: int = 0,
        more: Sequence[StoredFrame] = (),
        subject: str | None = None,
        places: Sequence[Place] = (),
    ) -> list[StoredFrame]:
        """A released item called `name` with `tasks_` tasks: `frames`, then `more` that are stored already.

        It is of the subject of the series `subject`, its own without. `places`: of the frames, so that they make a volume.
        """
        subject = subject or name
        stored = [*self.keep(subject, frames), *more]
        rows, columns = frames[0].pixels.shape[:2]
        with self.store.write() as tx:
            original = OriginalRow(
                digest=f"original-{name}",
                project=self.project,
                object="0" * 64,
                size=1,
                state="masked",
                cause=None,
                received=tx.now,
            )
            items.add_original(tx, original)
            item = ItemRow(
                id=name,
                project=self.project,
                subject=f"subject-{subject}",
                kind=kind,
                title=f"{len(stored)} slices",
                state="released",
                reasons=[],
                rows=rows,
                columns=columns,
                series=f"series-{name}",
                masked_digest=hashlib.sha256(name.encode()).hexdigest(),
                report={"profile": PROFILE},
                created=tx.now,
                approvals=[],
            )
            items.add_item(tx, item)
            items.add_frames(
                tx, [self._row(name, k, where, frames[0], places) for k, where in enumerate(stored)]
            )
            for number in range(tasks_):
                tasks.add_task(tx, id=f"{name}-{number}", project=self.project, item=name, priority=priority)
            tx.append(Event(code=EventCode.ITEM_RELEASE, actor="system", object=name))
        return stored

    @staticmethod
    def _row(
        name: str, position: int, where: StoredFrame, like: MaskedFrame, places: Sequence[Place]
    ) -> FrameRow:
        return FrameRow(
            item=name,
            position=position,
            original=f"original-{name}",
            object=where.object,
            digest=where.digest,
            presentation=like.presentation,
            place=msgspec.to_builtins(places[position]) if places else None,
        )

    def seat(self, count: int, role: str = "annotator") -> list[Seat]:
        """`count` new people of `role`, each with a session."""
        made = []
        for _ in range(count):
            self._people += 1
            name = f"{role}{self._people}"
            with self.store.write() as tx:
                users.add_user(tx, id=f"u-{name}", name=name, roles=[role], groups=["demo"])
                tx.append(Event(code=EventCode.USER_CREATE, actor="system", object=f"u-{name}"))
            token = self.use.make_link(f"u-{name}")
            entered = self.use.by_link(token, Visitor(address="127.0.0.1", agent="benchmark"))
            made.append(Seat(session=entered.session.id, cookie=f"{SESSION_COOKIE}={entered.token}"))
        return made

    def ticket(self, seat: Seat) -> str:
        """A ticket for the stream of `seat`."""
        with self.store.read() as connection:
            row = sessions.by_id(connection, seat.session)
        assert row is not None
        return self.use.ticket(row)

    @contextlib.contextmanager
    def serving(
        self, *arguments: str, cpus: set[int] | None = None, environment: dict[str, str] | None = None
    ) -> Iterator["Serving"]:
        """`isinglass serve` over the folder, as a process group of its own, on `cpus`."""
        port = free_port()
        command = [sys.executable, "-m", "gateway", "serve", "--port", str(port), *arguments]
        if cpus:
            command = ["taskset", "--cpu-list", ",".join(map(str, sorted(cpus))), *command]
        log = self.data / f"server-{port}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, "ISINGLASS_DATA": str(self.data), **(environment or {})},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            wait_for_answer(process, log, lambda: httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=2))
            yield Serving(port, process.pid, log)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@dataclass(frozen=True, slots=True)
class Serving:
    """A server process and its children. `pid` leads the process group."""

    port: int
    pid: int
    log: Path

    def processes(self) -> list[int]:
        """The processes of the group."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    if int(_stat(int(entry.name))[2]) == self.pid:
                        found.append(int(entry.name))
        return sorted(found)

    def cpu_s(self) -> float:
        """The CPU seconds that the whole group has used, user and system."""
        return sum(cpu_of(pid) for pid in self.processes())

    def rss_bytes(self) -> int:
        """What the group holds in memory of its own (anonymous pages)."""
        held = 0
        for pid in self.processes():
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("RssAnon:"):
                    held += int(line.split()[1]) * 1024
        return held


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat behind the command's name: state, parent, group, ..."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


@contextlib.contextmanager
def studio() -> Iterator[Studio]:
    """A new data folder with a project and the demo's policies."""
    # In memory in tests, where their own folders are (`tests.conftest`); on the disk in benchmarks.
    data = Path(tempfile.mkdtemp(prefix="isinglass-bench-", dir=os.environ.get("PYTEST_DEBUG_TEMPROOT")))
    (data / "policies").mkdir()
    text = (ROOT / "deploy" / "policies" / "demo-annotators.toml").read_text()
    (data / "policies" / "annotators.toml").write_text(text)
    settings = server.ServerSettings(data=data)
    store = server.open_data(settings)
    try:
        with store.write() as tx:
            projects.add_project(tx, id="p-bench", name=PROJECT, labels=LABELS)
            tx.append(Event(code=EventCode.PROJECT_CREATE, actor="system", object="p-bench"))
        yield Studio(data, store, server.open_sessions(settings, store), _settings=settings)
    finally:
        store.close()
        shutil.rmtree(data, ignore_errors=True)
