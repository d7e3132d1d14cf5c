"""`isinglass policy`, as a person runs it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.cli import main

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "deploy" / "policies"
VENDOR, INCIDENT = SHIPPED / "vendor-untrusted", SHIPPED / "incident"


Run = Callable[..., str]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command in this process: what it prints, once its exit status is as expected."""

    def _run(*arguments: object, status: int = 0) -> str:
        monkeypatch.setattr("sys.argv", ["isinglass", "policy", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main()
        printed = capsys.readouterr()
        assert left.value.code == status, printed
        return printed.out + printed.err

    return _run


def test_what_is_shipped_passes_its_own_tests(run: Run) -> None:
    assert "1 policy is good" in run("check", VENDOR)
    assert "3 of 3 requests were decided as expected" in run("test", INCIDENT)


def test_a_failing_table_says_which_request_and_how(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "t.json"
    table.write_text(
        json.dumps(
            {"request": [{"name": "x", "person": {"roles": ["annotator"]}, "expect": {"decision": "allow"}}]}
        )
    )
    said = run("test", table, "--policy", VENDOR, status=1)
    assert "FAIL x" in said
    assert "expected allow, got deny: no policy applies" in said


def test_the_schema_is_json(run: Run) -> None:
    assert json.loads(run("schema"))["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_a_simulation_reads_recorded_decisions(run: Run, tmp_path: Path) -> None:
    was = {
        "user": "ada",
        "role": "annotator",
        "groups": ["vendor-a"],
        "allowed": True,
        "session": "s1",
        "time": 1.0,
    }
    decisions = tmp_path / "d.jsonl"
    decisions.write_text(json.dumps(was) + "\n")
    assert run("simulate", VENDOR, "--decisions", decisions).startswith(
        "1 of 1 sessions would have been refused, 0 shortened\n  refused s1 (ada as annotator): vendor-annotators: "
    )
    assert (
        json.loads(run("simulate", VENDOR, "--decisions", decisions, "--json"))["refused"][0]["session"]
        == "s1"
    )
    decisions.write_text("{}\n")
    assert f"{decisions}:1: is no recorded decision" in run(
        "simulate", VENDOR, "--decisions", decisions, status=1
    )


def test_a_difference_names_field_and_people(run: Run) -> None:
    said = run("diff", VENDOR, SHIPPED / "public-photographs", "--data", "nowhere")
    assert "looser    session: no session -> a session" in said
    assert "annotator, project photos-" in said


BAD = {  # what is wrong, the file, what the one line says
    "10 MB": (
        'policy = "p"\n' + "# x\n" * (10 * 2**18),
        ":1: the file has 10,485,773 bytes; a policy may have 262,144",
    ),
    "a key twice": ('policy = "p"\npolicy = "q"\n', ":2: policy: is there twice; first on line 1"),
    "a wrong unit": (
        'policy = "p"\napplies_to.projects = ["*"]\nsession.idle_lock = "5 min"\n',
        ":3: session.idle_lock: `5 min` is not a duration",
    ),
    "bytes": ('policy = "p\ud800"\n', ":1: the line is not UTF-8 text"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_clear_line(run: Run, case: str, tmp_path: Path) -> None:
    text, cause = BAD[case]
    path = tmp_path / "p.toml"
    path.write_bytes(text.encode(errors="surrogatepass"))
    said = run("check", path, status=1)
    assert said.startswith(f"{path}{cause}"), said
    assert "Traceback" not in said


def test_overlapping_names_are_told_apart(run: Run, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text('policy = "same"\napplies_to.projects = ["*"]\n')
    said = run("check", tmp_path, status=1)
    assert f"{tmp_path}/b.toml:1: policy: the name `same` is taken by {tmp_path}/a.toml" in said
