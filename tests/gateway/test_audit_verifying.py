"""The check of a log inside the server: any flipped bit fails it, and what is wrong is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.checkpoint import sign
from gateway.audit.checkpoint import verify as verify_note
from gateway.audit.merkle import leaf_hash
from gateway.audit.verifying import MAX_PROBLEMS
from tests.gateway.audit_logs import HASHES, KEY, LEAVES, NOTES, ORIGIN, flipped, judged, make_leaf


def test_a_sound_log() -> None:
    report = judged()
    assert (report.ok, report.size, report.signed, report.problems) == (True, 20, 20, ())
    assert report.root.hex() == verify_note(NOTES[-1], ORIGIN, KEY.public_key()).root.hex()


def test_an_empty_log_is_sound() -> None:
    assert judged([], [], []).ok
    assert judged([], [], NOTES[:1]).ok


def test_the_unsigned_end_is_counted() -> None:
    report = judged(notes=NOTES[:-1])
    assert (report.ok, report.size, report.signed) == (True, 20, 16)


@given(st.data())
def test_any_flipped_bit_is_found(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["leaf", "hash", "checkpoint"]))
    leaves, hashes, notes = list(LEAVES), list(HASHES), list(NOTES)
    if kind == "checkpoint":
        index = data.draw(st.integers(0, len(notes) - 1))
        content = notes[index].encode()
        notes[index] = flipped(content, data.draw(st.integers(0, len(content) * 8 - 1))).decode(
            "utf-8", "replace"
        )
    else:
        column = leaves if kind == "leaf" else hashes
        index = data.draw(st.integers(0, len(column) - 1))
        column[index] = flipped(column[index], data.draw(st.integers(0, len(column[index]) * 8 - 1)))
    report = judged(leaves, hashes, notes)
    assert not report.ok
    assert any(f"`{index}`" in problem for problem in report.problems)


@given(index=st.integers(0, 15), rehash=st.booleans())
def test_a_rewritten_leaf_is_found_by_the_checkpoint_alone(index: int, *, rehash: bool) -> None:
    leaves = [*LEAVES[:index], make_leaf(index, actor="somebody-else"), *LEAVES[index + 1 :]]
    report = judged(leaves, [leaf_hash(one) for one in leaves] if rehash else HASHES)
    assert not report.ok
    assert any("not those that the checkpoint was signed for" in problem for problem in report.problems)


def other_root(size: int) -> str:
    return sign(ORIGIN, size, b"x" * 32, KEY)


@pytest.mark.parametrize(
    ("leaves", "hashes", "notes", "problem"),
    [
        (LEAVES[:-1], HASHES, NOTES, "not as many leaves as hashes"),
        (LEAVES, HASHES[:-1], NOTES, "not as many leaves as hashes"),
        (LEAVES[:-1], HASHES[:-1], NOTES, "signed for `20` leaves, but only `19`"),
        (LEAVES, HASHES, [], "no signed checkpoint"),
        (LEAVES, HASHES, NOTES[:1], "no signed checkpoint"),
        (LEAVES, HASHES, [*NOTES, other_root(7)], "two checkpoints were signed for `7`"),
        (LEAVES, HASHES, [*NOTES, other_root(9)], "the first `9` leaves are not those"),
        (LEAVES, HASHES, [*NOTES, other_root(21)], "signed for `21` leaves, but only `20`"),
        ([], [], [other_root(0)], "the first `0` leaves are not those"),
        (LEAVES[::-1], HASHES[::-1], NOTES, "leaf `0` says that it is number `19`"),
        ([b"{}"], [leaf_hash(b"{}")], [], "leaf `0`: the leaf does not have exactly"),
    ],
)
def test_what_is_wrong_is_named(
    leaves: list[bytes], hashes: list[bytes], notes: list[str], problem: str
) -> None:
    report = judged(leaves, hashes, notes)
    assert not report.ok
    assert any(problem in text for text in report.problems), report.problems


def test_the_report_of_a_ruin_is_bounded() -> None:
    assert len(judged([b"x"] * 500, [b"y"] * 500, ["z"] * 500).problems) == MAX_PROBLEMS
