"""Turns: fair by cost, whoever asks for how much."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.stream.turns import Turns

asks = st.lists(st.tuples(st.sampled_from("abcd"), st.floats(0.1, 20.0)), max_size=40)


@given(asks)
def test_every_job_is_done_once_and_in_its_owners_order(asked: list[tuple[str, float]]) -> None:
    turns: Turns[tuple[str, int]] = Turns(1.0)
    for number, (owner, cost) in enumerate(asked):
        turns.put(owner, cost, (owner, number))
    assert len(turns) == len(asked)
    done = [turns.take() for _ in asked]
    assert turns.take() is None
    for name in "abcd":
        mine = [number for number, (owner, _) in enumerate(asked) if owner == name]
        assert [job[1] for job in done if job is not None and job[0] == name] == mine


def test_one_that_asks_for_much_does_not_hold_up_the_others() -> None:
    """A session with a wall display (16 quanta a frame) beside nine with usual ones, all asking again at once."""
    turns: Turns[str] = Turns(1.0)
    spent = dict.fromkeys(["wall", *"abcdefghi"], 0.0)
    cost = {name: 16.0 if name == "wall" else 1.0 for name in spent}
    for name in spent:
        turns.put(name, cost[name], name)
    for _ in range(2000):
        name = turns.take()
        assert name is not None
        spent[name] += cost[name]
        turns.put(name, cost[name], name)
    others = [value for name, value in spent.items() if name != "wall"]
    assert max(others) - min(others) <= 1
    assert 0.8 * others[0] <= spent["wall"] <= 1.2 * others[0]


def test_alone_nobody_waits() -> None:
    turns: Turns[int] = Turns(1.0)
    turns.put("a", 1000.0, 1)
    assert turns.take() == 1
    assert turns.take() is None
