"""Memory that is used again: an array is its taker's until the same name is taken again, and no other thread's."""

import threading

import numpy as np

from viewer.imaging.scratch import KEPT_BYTES, Scratch


def test_a_name_has_one_memory_whatever_its_shape() -> None:
    scratch = Scratch()
    large = scratch.take("levels", (8, 9))
    small = scratch.take("levels", (3, 4))
    assert small.shape == (3, 4)
    assert small.flags.c_contiguous
    assert np.shares_memory(large, small)
    assert np.shares_memory(small, scratch.take("levels", (3, 4)))


def test_names_share_nothing() -> None:
    scratch = Scratch()
    assert not np.shares_memory(scratch.take("levels", (8, 9)), scratch.take("marked", (8, 9)))


def test_threads_share_nothing() -> None:
    scratch = Scratch()
    mine, theirs = scratch.take("levels", (8, 9)), []
    thread = threading.Thread(target=lambda: theirs.append(scratch.take("levels", (8, 9))))
    thread.start()
    thread.join()
    assert not np.shares_memory(mine, theirs[0])


def test_what_is_large_is_not_kept() -> None:
    scratch = Scratch()
    shape = (1 << 12, (KEPT_BYTES >> 12) + 1)
    assert not np.shares_memory(scratch.take("levels", shape), scratch.take("levels", shape))


def test_what_was_taken_whole_is_known_and_nothing_else() -> None:
    scratch, other = Scratch(), Scratch()
    taken = scratch.take("levels", (8, 9))
    assert scratch.lent(taken)
    assert scratch.lent(scratch.take("levels", (4, 9)))
    assert not scratch.lent(taken[:, 1:])
    assert not scratch.lent(taken.copy())
    assert not other.lent(taken)
