"""Decode workers that misbehave, and what they can't do: each costs its own file, and the next one is served."""

import os
import signal
import socket
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest

from gateway.intake.isolation import Failure, SandboxRequest, Untrusted
from gateway.workers import confinement, landlock, seccomp, warming
from gateway.workers.confinement import Limits
from gateway.workers.probing import Attempt, Drill
from gateway.workers.reading import mask_files
from gateway.workers.sandbox import CRASHED, FORGED, Sandbox
from gateway.workers.serving import EXIT_UNWARMED
from gateway.workers.waiting import STATUS
from gateway.workers.warming import Need
from gateway.workers.zygote import Zygote
from tests.viewer import dicom_files
from viewer.errors import MaskingError, ViewerError
from viewer.imaging.attributes import integer
from viewer.imaging.pixel_header import frame_count
from viewer.imaging.reading import read
from viewer.masking.masked import Masked
from viewer.masking.profile import BASIC
from viewer.masking.pseudonyms import PseudonymKeys, derive_keys

LIMITS = Limits(memory_bytes=256 << 20, seconds=5, output_bytes=64 << 20)
GOOD = dicom_files.encoded(dicom_files.dataset(np.arange(64 * 64).reshape(64, 64) % 4096))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(LIMITS) as made:
        yield made


def _run(sandbox: Sandbox, data: bytes) -> Masked | Failure:
    keys = derive_keys(bytes(32), "project")
    file = Untrusted(data=[data], origin="0" * 64)
    (result,) = sandbox.run(SandboxRequest(files=(file,), keys=keys, profile=BASIC))
    return result


def test_a_good_file_comes_back_masked(sandbox: Sandbox) -> None:
    masked = _run(sandbox, GOOD)
    assert isinstance(masked, Masked)
    assert masked.image is not None
    assert masked.image.frames[0].pixels.shape == (64, 64)


def test_every_syntax_decodes_where_nothing_can_be_loaded_any_more() -> None:
    syntaxes: set[str] = set()
    with Sandbox() as patient:
        for path in dicom_files.shipped():
            if _syntax(path) not in syntaxes | {""}:
                syntaxes |= {each for each in [_same_confined(patient, path)] if each}
    assert len(syntaxes) >= 7


def _syntax(path: Path) -> str:
    """The transfer syntax of a small picture, "" of anything else: searching large ones for lettering takes long."""
    try:
        ds = read(path.read_bytes())
    except ViewerError:
        return ""
    size = integer(ds, "Rows", 0) * integer(ds, "Columns", 0) * frame_count(ds)
    is_small = 0 < size <= 128 * 128
    return str(ds.file_meta.TransferSyntaxUID) if is_small else ""


def _damaged(paths: Iterable[Path], count: int) -> Iterator[bytes]:
    """The small ones of these files, cut off or with some bytes changed."""
    chance = np.random.default_rng(11)
    files = [path.read_bytes() for path in paths if path.stat().st_size < 60_000]
    for _ in range(count):
        data = bytearray(files[chance.integers(len(files))])
        if chance.random() < 0.3:
            yield bytes(data[: chance.integers(len(data))])
            continue
        for at in chance.integers(len(data), size=chance.choice((1, 4, 16))):
            data[at] = chance.integers(256)
        yield bytes(data)


@pytest.mark.parametrize(
    "count", [12, pytest.param(3000, marks=[pytest.mark.soak, pytest.mark.timeout(1200)])]
)
def test_damaged_files_never_crash_a_worker(count: int) -> None:
    _survives(_damaged(dicom_files.shipped(), count), count)


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_damaged_scans_never_crash_a_worker(shared_data: Path) -> None:
    scans = sorted(path for path in (shared_data / "dicom").rglob("*") if path.is_file())
    _survives(_damaged(scans, 3000), 3000)


def _survives(damaged: Iterable[bytes], count: int) -> None:
    """Each of the files costs itself at most, and says why."""
    kept = 0
    with Sandbox() as sandbox:
        for data in damaged:
            result = _run(sandbox, data)
            if isinstance(result, Failure):
                assert result.cause
                assert CRASHED not in result.cause
                assert result.cause != FORGED
            else:
                kept += 1
    assert kept > count / 20


def _same_confined(sandbox: Sandbox, path: Path) -> str | None:
    """The transfer syntax of a file with pictures, after a worker made the same of it as this process."""
    data, keys = path.read_bytes(), derive_keys(bytes(32), "project")
    there = _run(sandbox, data)
    here = _here(data, keys)
    if isinstance(here, Failure):
        assert there == here, path.name
        return None
    assert isinstance(there, Masked), path.name
    if here.image is None or there.image is None:
        assert here.image is there.image is None
        return None
    for ours, theirs in zip(here.image.frames, there.image.frames, strict=True):
        assert np.array_equal(ours.pixels, theirs.pixels), path.name
    return str(read(data).file_meta.TransferSyntaxUID)


def _here(data: bytes, keys: PseudonymKeys) -> Masked | Failure:
    (result,) = mask_files([(data, "0" * 64)], BASIC, keys)
    return Failure(cause=str(result)) if isinstance(result, Exception) else result


def test_a_larger_file_gets_more_time() -> None:
    assert Limits(seconds=30, seconds_per_mib=0.5).allowed_s(0) == 30
    assert Limits(seconds=30, seconds_per_mib=0.5).allowed_s(100 << 20) == 80


@pytest.mark.parametrize(
    ("drill", "cause"),
    [
        (Drill.CRASH, f"{CRASHED} (SIGSEGV)"),
        (Drill.SPIN, "it took longer than 5 s"),
        (Drill.SLEEP, "it took longer than 5 s"),
        (Drill.BLOAT, "it needed more than 0.25 GiB of memory"),
        (Drill.FLOOD, "its pictures need more than 0.0625 GiB"),
        (Drill.FORGE, FORGED),
    ],
)
def test_a_worker_that_misbehaves_costs_its_file_alone(sandbox: Sandbox, drill: Drill, cause: str) -> None:
    assert sandbox.drill(drill) == Failure(cause=cause, is_whole=True)
    assert isinstance(_run(sandbox, GOOD), Masked)


def test_files_of_one_worker_get_an_answer_each(sandbox: Sandbox) -> None:
    keys = derive_keys(bytes(32), "project")
    data = [GOOD, b"no file of any kind \x00", GOOD, GOOD[:-100], b"Name: nobody"]
    files = tuple(
        Untrusted(data=[each[:50], each[50:]], origin=f"{index:064}") for index, each in enumerate(data)
    )
    results = sandbox.run(SandboxRequest(files=files, keys=keys, profile=BASIC))
    assert [isinstance(result, Masked) for result in results] == [True, False, True, False, True]
    assert results[0].series == results[2].series
    assert all(isinstance(result, Masked) or not result.is_whole for result in results)


def test_files_beside_a_hanging_one_are_not_held_up(sandbox: Sandbox) -> None:
    assert isinstance(_run(sandbox, GOOD), Masked)  # the first one waits for the models
    hanging = threading.Thread(target=sandbox.drill, args=(Drill.SPIN,))
    hanging.start()
    assert all(isinstance(_run(sandbox, GOOD), Masked) for _ in range(5))
    assert hanging.is_alive(), "five files were done while one hung"
    hanging.join()


def test_a_killed_zygote_is_replaced(sandbox: Sandbox) -> None:
    assert isinstance(_run(sandbox, GOOD), Masked)
    assert sandbox._process is not None
    os.kill(sandbox._process.pid, signal.SIGKILL)
    sandbox._process.wait()
    assert isinstance(_run(sandbox, GOOD), Masked)


def test_a_confined_worker_is_refused_everything(sandbox: Sandbox) -> None:
    offered = confinement.status()
    if not (offered.seccomp and offered.landlock_abi):
        pytest.skip(f"this kernel does not confine workers fully: {offered.describe()}")
    refused = sandbox.probe()
    assert refused == dict.fromkeys(Attempt, True)


def test_damaged_files_name_their_cause(sandbox: Sandbox) -> None:
    for data in (
        GOOD[:200],
        GOOD[: len(GOOD) // 2],
        b"\0" * 128 + b"DICM" + b"\xff" * 64,
        b"\xff\xd8\xff" * 9,
    ):
        failure = _run(sandbox, data)
        assert isinstance(failure, Failure)
        assert failure.cause
        assert "\n" not in failure.cause


def test_what_is_on_is_said() -> None:
    line = confinement.status().describe()
    for name, is_on in (
        ("resource limits", True),
        ("no_new_privs", True),
        ("Landlock", landlock.abi() is not None),
        ("seccomp", seccomp.available()),
    ):
        assert name in line
        assert is_on == (f"NO {name}" not in line)


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_jumps_within_itself(machine: str) -> None:
    """Every jump of the BPF program lands on an instruction after it, and its last instructions return."""
    code = seccomp.program(machine)
    lines = [code[at : at + 8] for at in range(0, len(code), 8)]
    assert len(code) % 8 == 0
    for number, line in enumerate(lines):
        operation, yes, no = int.from_bytes(line[:2], "little"), line[2], line[3]
        if operation in {0x15, 0x45}:
            assert number + 1 + max(yes, no) < len(lines)
    assert int.from_bytes(lines[-1][:2], "little") == 0x06


def test_a_text_is_masked_whether_or_not_the_worker_was_made_for_texts() -> None:
    with Sandbox() as sandbox:
        for _ in range(2):  # the second time it was
            masked = _run(sandbox, b"Seen by Dr. Ferenczi on 3/4/2019.")
            assert isinstance(masked, Masked)
            assert masked.modality == "text"
            assert masked.report.text


def test_a_worker_is_not_forked_without_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_need: Need) -> None:
        raise MaskingError("the text detector's model is missing")

    monkeypatch.setattr(warming, "warm", broken)
    ours, control = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    answer, status = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with control, answer, status:
        with ours, Path(os.devnull).open("rb") as null:
            socket.send_fds(ours, [bytes([Need.FILES])], [null.fileno(), null.fileno(), status.fileno()])
        Zygote(control, LIMITS).serve()
        assert STATUS.unpack(answer.recv(STATUS.size)) == (EXIT_UNWARMED << 8,)


def test_a_worker_that_ends_as_it_is_given_up_does_not_end_the_zygote() -> None:
    control, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    answer, status = socket.socketpair()
    zygote = Zygote(control, LIMITS)
    with control, Path(os.devnull).open("rb") as null:
        with status:
            zygote._fork(Need.PICTURE, null.fileno(), null.fileno(), status.fileno())
        worker = next(key.data for key in zygote._selector.get_map().values() if key.data)
        os.waitid(os.P_PID, worker.pid, os.WEXITED | os.WNOWAIT)
        answer.close()  # in this order all three are ready at once
        ours.close()
        zygote.serve()
    with pytest.raises(ChildProcessError):
        os.waitpid(worker.pid, os.WNOHANG)
