"""An exported log, and the single-file verifier: any flipped byte in any file fails it."""

import importlib.util
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.audit import exporting
from gateway.audit.checkpoint import sign
from gateway.audit.exporting import TILE_WIDTH, ExportedFile, export
from gateway.audit.merkle import Frontier, leaf_hash
from gateway.audit.verifying import verify
from gateway.errors import Invalid
from tests.gateway.audit_logs import KEY, LEAVES, NOTES, ORIGIN, VKEY, flipped, judged, make_leaf, make_notes

VERIFIER = Path(__file__).resolve().parents[2] / "deploy" / "verify_audit.py"


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("verify_audit", VERIFIER)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["verify_audit"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


verify_audit = _load()


def write(folder: Path, files: Iterator[ExportedFile]) -> None:
    for file in files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)


def exported(folder: Path, leaves: Sequence[bytes], notes: Sequence[str]) -> Path:
    write(folder, export(iter(leaves), len(leaves), notes, VKEY))
    return folder


def problem_in(folder: Path, **options: object) -> str | None:
    try:
        verify_audit.check(folder, **options)
    except verify_audit.ProblemError as problem:
        return str(problem)
    return None


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 600])
def test_an_export_verifies(tmp_path: Path, size: int) -> None:
    leaves = [make_leaf(i) for i in range(size)]
    notes = make_notes(leaves, sorted({0, size // 2, size}))
    found = verify_audit.check(exported(tmp_path, leaves, notes), VKEY, notes)
    assert (found.size, found.checkpoints, found.actions.total()) == (size, len(notes), size)
    assert found.root == verify(leaves, map(leaf_hash, leaves), notes, KEY.public_key(), origin=ORIGIN).root
    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert ("tile/0/000" in names) is (size >= TILE_WIDTH)
    assert (f"tile/1/000.p/{size // TILE_WIDTH}" in names) is (size >= TILE_WIDTH)
    assert ("tile/entries/002.p/88" in names) is (size == 600)


def test_a_third_level() -> None:
    # 256² leaves fill the first tile of level 1; the leaves need not be events for the layout.
    size = 256**2 + 1
    note = sign(ORIGIN, size, b"-" * 32, KEY)
    files = {file.path: file.content for file in export((b"x" for _ in range(size)), size, [note], VKEY)}
    level_1, level_2 = files["tile/1/000"], files["tile/2/000.p/1"]
    assert len(level_1) == 32 * 256
    frontier = Frontier()
    for i in range(0, len(level_1), 32):
        frontier = frontier.append(level_1[i : i + 32])
    assert level_2 == frontier.root()
    assert files["tile/0/256.p/1"] == leaf_hash(b"x")
    assert "tile/1/001.p/1" not in files


@pytest.mark.parametrize("number", [0, 7, 999, 1000, 1001, 999_999, 1_000_000, 1_234_067])
def test_tile_paths_are_the_verifier_s(number: int) -> None:
    assert exporting._path("entries", number, 256) == verify_audit.tile_path("entries", number)
    assert exporting._path("entries", 1_234_067, 9) == "tile/entries/x001/x234/067.p/9"


SMALL = [make_leaf(i) for i in range(2)]


def test_every_flipped_byte_of_every_file_fails(tmp_path: Path) -> None:
    folder = exported(tmp_path, SMALL, make_notes(SMALL, [2]))
    assert problem_in(folder) is None
    count = 0
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        for position in range(len(content)):
            path.write_bytes(flipped(content, position * 8 + position % 8))
            assert problem_in(folder) is not None, (path, position)
            count += 1
        path.write_bytes(content)
    assert count > 1000
    assert problem_in(folder) is None


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    leaves = [make_leaf(i) for i in range(300)]
    return exported(tmp_path_factory.mktemp("log"), leaves, make_notes(leaves, [100, 256, 300]))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_flipped_bit_of_a_tiled_log_fails(large: Path, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(path for path in large.rglob("*") if path.is_file())))
    content = path.read_bytes()
    path.write_bytes(flipped(content, data.draw(st.integers(0, len(content) * 8 - 1))))
    try:
        assert problem_in(large) is not None
    finally:
        path.write_bytes(content)


def test_missing_and_surplus_files_fail(tmp_path: Path) -> None:
    folder = exported(tmp_path, SMALL, make_notes(SMALL, [2]))
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        path.unlink()
        assert problem_in(folder) is not None, path
        path.write_bytes(content)
    for name in ("notes.txt", "tile/0/000", "tile/entries/000.p/1"):
        (folder / name).write_bytes(b"")
        assert problem_in(folder) == f"{name} does not belong to the log"
        (folder / name).unlink()
    assert problem_in(folder) is None


def test_a_rewritten_log_does_not_contain_what_was_kept(tmp_path: Path) -> None:
    kept = make_notes(LEAVES, [7])
    rewritten = [make_leaf(i, actor="somebody-else") for i in range(20)]
    folder = exported(tmp_path, rewritten, make_notes(rewritten, [20]))
    assert problem_in(folder) is None  # sound in itself: the key's holder may have rewritten it
    assert (
        problem_in(folder, earlier=kept)
        == "the first 7 leaves are not those that the checkpoint that you kept was signed for"
    )
    assert problem_in(folder, key_line=VKEY.replace("isinglass", "isinglazz")) is not None


def test_a_log_cut_short_does_not_contain_what_was_kept(tmp_path: Path) -> None:
    folder = exported(tmp_path, LEAVES[:7], make_notes(LEAVES, [7]))
    assert problem_in(folder) is None
    problem = problem_in(folder, earlier=make_notes(LEAVES, [20]))
    assert problem == "the log is shorter than the 20 leaves of the checkpoint that you kept"


def test_the_newest_checkpoint_is_the_last(tmp_path: Path) -> None:
    older, newest = make_notes(LEAVES, [7, 20])
    for number, (listed, shown) in enumerate(
        [([older], newest), ([newest, older], newest), ([], newest), ([newest, older], older)]
    ):
        folder = exported(tmp_path / str(number), LEAVES, [older, newest])
        (folder / "checkpoints").write_text("".join(f"{note}\n" for note in listed))
        (folder / "checkpoint").write_text(shown)
        assert problem_in(folder) == "checkpoint is not the newest of checkpoints", number


def test_a_signature_has_one_spelling(tmp_path: Path) -> None:
    (note,) = make_notes(LEAVES, [20])
    respelled = [
        f"{note[:-3]}{other}=\n"
        for other in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    ]
    assert note in respelled
    for other in set(respelled) - {note}:
        folder = exported(tmp_path, LEAVES, [other])
        assert problem_in(folder) in ("not canonical base64", "a checkpoint's signature does not hold")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"seq":0', b'"seq":1'),
        (b'"v":1', b'"v":2'),
        (b'"v":1', b'"v": 1'),
        (b'"v":1', b'"v":1,"v":1'),
        (b'"v":1', b'"v":1,"x":1'),
        (b'"actor":"a1","boot":"b1"', b'"boot":"b1","actor":"a1"'),
        (b'"decision":"allow"', b'"decision":"maybe"'),
        (b'"revision":0', b'"revision":-1'),
        (b'"revision":0', b'"revision":true'),
        (b'"revision":0', b'"revision":0.5'),
        (b'"revision":0', b'"revision":"Doe, J."'),
        (b'"revision":0', b'"Doe, J.":0'),
    ],
)
def test_a_leaf_of_another_schema_fails_even_if_signed(tmp_path: Path, old: bytes, new: bytes) -> None:
    good = make_leaf(0)
    leaves = [good.replace(old, new)]
    assert leaves != [good]
    notes = make_notes(leaves, [1])
    problem = problem_in(exported(tmp_path, leaves, notes))
    assert problem is not None
    assert problem.startswith("leaf 0")
    assert not judged(leaves, [leaf_hash(leaves[0])], notes).ok


def test_free_text_in_a_leaf_fails_even_if_signed(tmp_path: Path) -> None:
    for text in (b"Ada Lovelace", b"1.2.840.113619", b"a" * 65):
        leaves = [make_leaf(0).replace(b'"item-0"', b'"' + text + b'"')]
        folder = exported(tmp_path / text.decode()[:3], leaves, make_notes(leaves, [1]))
        assert problem_in(folder) == "leaf 0: the field object is not of the schema"


def test_the_command(tmp_path: Path) -> None:
    folder = exported(tmp_path / "log", LEAVES, NOTES)
    kept = tmp_path / "kept"
    kept.write_text(NOTES[2])
    command = [sys.executable, "-I", str(VERIFIER), str(folder), "--key", VKEY, "--earlier", str(kept)]
    good = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (good.returncode, good.stderr, good.stdout.splitlines()[-1]) == (0, "", "ok")
    assert "leaves       20" in good.stdout
    (folder / "tile" / "0" / "000.p" / "20").write_bytes(b"")
    bad = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (bad.returncode, bad.stdout) == (1, "")
    assert bad.stderr == "NOT ok: tile/0/000.p/20 does not hold the hashes of these leaves\n"


def test_it_needs_only_the_standard_library_and_cryptography() -> None:
    imports = {
        line.split()[1].split(".")[0]
        for line in VERIFIER.read_text().splitlines()
        if line.startswith(("import ", "from "))
    }
    assert imports - set(sys.stdlib_module_names) == {"cryptography"}


@pytest.mark.parametrize(
    ("size", "notes"), [(20, []), (20, NOTES[:-1]), (21, [*NOTES, sign(ORIGIN, 21, b"-" * 32, KEY)])]
)
def test_no_export_without_checkpoint_or_leaves(size: int, notes: list[str]) -> None:
    with pytest.raises(Invalid):
        list(export(LEAVES, size, notes, VKEY))
