"""What is measured of the tracer is kept in the repository, and counts for its code alone."""

import json
import shutil
from pathlib import Path

import pytest

from tests.benchmarks import innocent, measuring
from tests.benchmarks.bench_watermark import Try, row_of, tried


@pytest.fixture
def tracer(tmp_path: Path) -> Path:
    """A copy of the tracer's code."""
    return Path(shutil.copytree(measuring.TRACER, tmp_path / "watermark"))


def test_words_about_code_are_no_other_code(tracer: Path) -> None:
    before = measuring.code.__wrapped__(tracer)
    file = tracer / "probability.py"
    file.write_text(file.read_text().replace('"""', '"""Said again. ', 1) + "\n# why\n")
    assert measuring.code.__wrapped__(tracer) == before == measuring.code()


def test_another_number_is_other_code(tracer: Path) -> None:
    file = tracer / "tracing.py"
    file.write_text(file.read_text().replace("MOST_STEPS = 80", "MOST_STEPS = 81"))
    assert measuring.code.__wrapped__(tracer) != measuring.code()


def test_lines_of_other_code_do_not_count_and_go_with_the_first_of_todays(tmp_path: Path) -> None:
    file = tmp_path / "measured" / "kept.jsonl"
    measuring.add(file, {"a": 1}, of="then")
    measuring.add(file, {"a": 2}, of="then")
    assert [each["a"] for each in measuring.rows(file, "then")] == [1, 2]
    assert measuring.rows(file) == []
    measuring.add(file, {"a": 3})
    measuring.add(file, {"a": 4})
    assert [json.loads(line)["a"] for line in file.read_text().splitlines()] == [3, 4]


def test_a_leak_is_kept_and_read_back() -> None:
    one = Try(
        frame="XA", attack="cam5", seed=1, blind=True, informed=True, wrong=0, seconds=(1.5, 0.25), steps=9
    )
    assert tried({"code": "then", **json.loads(json.dumps(row_of(one)))}) == one


@pytest.mark.parametrize(("text", "part"), [("1/1", (0, 1)), ("2/3", (1, 3))])
def test_a_part_of_so_many(text: str, part: tuple[int, int]) -> None:
    assert measuring.part(text) == part


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "a/b"])
def test_what_is_no_part(text: str) -> None:
    with pytest.raises(ValueError, match=r"part|int"):
        measuring.part(text)


def test_two_parts_go_on_where_they_stopped_and_share_nothing() -> None:
    tried_ = [{"first": 0, "count": 100}, {"first": 100, "count": 37}, {"first": 300, "count": 100}]
    first, second = innocent.left(tried_, (0, 2)), innocent.left(tried_, (1, 2))
    assert [next(first), next(first)] == [range(200, 300), range(400, 500)]
    assert [next(second), next(second)] == [range(137, 200), range(500, 600)]


def test_a_block_names_the_traces_that_named_a_wrong_one() -> None:
    traced = [
        {"kind": "no mark", "way": "piece", "side": side, "ledger": side > 99, "named": 1, "wrong": wrong, "seconds": 0.5}
        for side, wrong in ((80, 0), (200, 1), (512, 0))
    ]  # fmt: skip
    assert innocent.block(range(7, 10), traced, 5) == {
        "first": 7, "count": 3, "pictures": 5, "kinds": {"no mark": 3}, "ways": {"piece": 3}, "named": 3, "wrong": [8],
        "ledger": 2, "small": 1, "large": 1, "seconds": {"piece": 1.5},
    }  # fmt: skip


def test_what_is_kept_is_read() -> None:
    for file in sorted(measuring.FOLDER.glob("*.jsonl")):
        assert all("code" in json.loads(line) for line in file.read_text().splitlines())
