"""`isinglass policy` on what nobody should give it: one clear line, exit status 1, and no trace of the program's inside."""

import json
from pathlib import Path

import pytest

from gateway.app import ServerSettings, open_data
from tests.gateway.test_cli_policy import INCIDENT, VENDOR, Run, run

__all__ = ["run"]

GOOD = 'policy = "p"\napplies_to.projects = ["*"]\n'
FILES: dict[str, tuple[str | bytes, str]] = {  # a policy, and what the line says
    "10 MB": (GOOD + "# x\n" * (10 * 2**18), "bytes; a policy may have 262,144"),
    "a key twice": (GOOD + 'policy = "q"\n', ":3: policy: is there twice; first on line 1"),
    "a table twice": (GOOD + 'surface.copy = "deny"\n[surface]\n', ":4: "),
    "a wrong unit": (GOOD + 'session.idle_lock = "5 min"\n', "`5 min` is not a duration"),
    "an unknown field": (GOOD + 'surface.smell = "deny"\n', ":3: surface.smell: is unknown"),
    "nobody bound": ('policy = "p"\n', "applies_to: is missing"),
    "binary": (bytes(range(256)), "is not UTF-8 text"),
    "UTF-16": (GOOD.encode("utf-16"), "is not UTF-8 text"),
    "a byte order mark": ("\ufeff" + GOOD, ":1: the file begins with a byte order mark"),
    "a NUL": (GOOD + "\0", ":3: not TOML"),
    "carriage returns alone": (GOOD.replace("\n", "\r"), ":1: "),
    "no such time zone": (
        GOOD + 'require.hours = { days = "mon", from = "08:00", to = "09:00", zone = "../../etc/passwd" }\n',
        "`../../etc/passwd` is not a time zone",
    ),
    "deep": (GOOD + "x = " + "[" * 500 + "]" * 500 + "\n", "nested too deeply"),
    "a huge number": (GOOD + f"session.concurrent = {'9' * 900}\n", "is out of range: 1 to 100"),
    "not a number": (GOOD + "display.max_zoom = nan\n", "`nan` is out of range"),
    "an escape sequence": (GOOD + 'surface.copy = "\x1b[31mred"\n', ":3: surface.copy: not TOML"),
    "an open string": (GOOD + 'surface.copy = """deny\n', "unterminated string"),
    "JSON": ('{"policy": "p"}', ":1: not TOML"),
}
TABLE = '[[request]]\nname = "x"\nperson = { roles = ["annotator"] }\n[request.expect]\ndecision = "allow"\n'
TABLES: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "is a list `[[request]]`"),
    "binary": (bytes(range(256)), "can't be read"),
    "a byte order mark": ("\ufeff" + TABLE, "can't be read"),
    "a NUL": (TABLE + "\0", "can't be read"),
    "deep": ("x = " + "[" * 5000, "can't be read"),
    "a huge number": (f"x = {'9' * 5000}", "can't be read"),
    "an unknown key of the person": (
        TABLE.replace("roles", "age = 3, roles"),
        "`age` is not a key of `person`",
    ),
    "another decision": (TABLE.replace('"allow"', '"maybe"'), "`decision` is `maybe`"),
    "no address": (TABLE.replace("person", 'network = "10.0.0"\nperson'), "`10.0.0` is not an address"),
    "no country": (TABLE.replace("person", 'country = "Germany"\nperson'), "`Germany` is not a country"),
    "no time": (TABLE.replace("person", 'time = "yesterday"\nperson'), "`yesterday` is not a time"),
    "a time without a zone": (TABLE.replace("person", "time = 2026-01-01T00:00:00\nperson"), "has no offset"),
    "a time beyond all": (TABLE.replace("person", "time = 9999-12-31T23:00:00Z\nperson"), "is out of range"),
    "another control": (TABLE + 'controls = { "surface.smell" = "deny" }\n', "is no field of a policy"),
}
WAS = {"user": "a", "role": "annotator", "allowed": True}
DECISIONS: dict[str, tuple[str | bytes, str]] = {
    "binary": (bytes(range(256)), ":1: is no recorded decision"),
    "deep": ("[" * 100_000, ":1: is no recorded decision"),
    "a list": (json.dumps(WAS) + "\n[]", ":2: is no recorded decision"),
    "a huge number": (
        '{"user": "a", "role": "r", "allowed": true, "time": ' + "9" * 5000 + "}",
        "out of range",
    ),
    "before all": (json.dumps({**WAS, "time": -1e18}), "`float` >= 0"),
    "beyond all": (json.dumps({**WAS, "time": 1e18}), "`$.time`"),
    "a negative duration": (json.dumps({**WAS, "duration_s": -5}), "`$.duration_s`"),
    "an unknown factor": (json.dumps({**WAS, "mfa": "retina"}), "'retina'"),
}


def one_line(said: str, cause: str) -> None:
    assert said.count("\n") == 1, said
    assert cause in said
    assert "Traceback" not in said


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("command", ["check", "simulate", "diff", "test"])
@pytest.mark.parametrize("case", FILES)
def test_a_bad_policy(run: Run, command: str, case: str, tmp_path: Path) -> None:
    content, cause = FILES[case]
    path = written(tmp_path / "p.toml", content)
    decisions = written(tmp_path / "d.jsonl", json.dumps(WAS))
    table = written(tmp_path / "t.test.toml", TABLE)
    asked = {
        "check": (path,),
        "simulate": (path, "--decisions", decisions),
        "diff": (VENDOR, path, "--data", tmp_path / "none"),
        "test": (table, "--policy", path),
    }
    one_line(run(command, *asked[command], status=1), cause)


@pytest.mark.parametrize("case", TABLES)
def test_a_bad_table(run: Run, case: str, tmp_path: Path) -> None:
    content, cause = TABLES[case]
    one_line(run("test", written(tmp_path / "t.test.toml", content), "--policy", VENDOR, status=1), cause)


@pytest.mark.parametrize("content", ["", "[" * 100_000, '{"request": NaN}', "[]", '{"request": [1]}'])
def test_a_bad_table_in_json(run: Run, content: str, tmp_path: Path) -> None:
    table = written(tmp_path / "t.test.json", content)
    one_line(run("test", table, "--policy", VENDOR, status=1), str(table))


@pytest.mark.parametrize("case", DECISIONS)
def test_bad_decisions(run: Run, case: str, tmp_path: Path) -> None:
    content, cause = DECISIONS[case]
    path = written(tmp_path / "d.jsonl", content)
    one_line(run("simulate", VENDOR, "--decisions", path, status=1), cause)


@pytest.mark.parametrize("command", ["check", "simulate", "diff", "test"])
@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("absent.toml", "No such file or directory"),
        ("empty", "there is no policy file in"),
        ("loop.toml", "Too many levels of symbolic links"),
        ("a\nb.toml", "b.toml` can't be read"),
    ],
)
def test_no_policy_at_all(run: Run, command: str, name: str, cause: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "loop.toml").symlink_to("loop.toml")
    path = tmp_path / name
    asked = {
        "check": (path,),
        "simulate": (path,),
        "diff": (path, VENDOR, "--data", tmp_path / "none"),
        "test": (INCIDENT, "--policy", path),
    }
    one_line(run(command, *asked[command], status=1), cause)


def test_a_device_without_an_end_is_no_policy(run: Run) -> None:
    one_line(run("check", "/dev/zero", status=1), "bytes and is no policy")


@pytest.mark.parametrize("days", ["0", "-1", "x", "1.5"])
def test_a_window_that_is_none(run: Run, days: str, tmp_path: Path) -> None:
    said = run("simulate", VENDOR, "--days", days, "--data", tmp_path, status=2)
    assert "--days" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("days", ["30", "9" * 20])
def test_a_window_before_all_has_what_there_is(run: Run, days: str, tmp_path: Path) -> None:
    open_data(ServerSettings(data=tmp_path)).close()
    assert run("simulate", VENDOR, "--days", days, "--data", tmp_path).startswith("0 of 0 sessions")


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"user": "zed"}, "there is no user `zed`"),
        ({"user": "\x1b[31m"}, "there is no user `\N{REPLACEMENT CHARACTER}[31m`"),
        ({"address": "nowhere"}, "`nowhere` is not an address"),
        ({"country": "Germany"}, "`Germany` is not a country"),
        ({"data": "none"}, "there is no data folder"),
        ({"data": "empty"}, "holds no store"),
    ],
)
def test_a_question_about_nobody(run: Run, changes: dict[str, str], cause: str, tmp_path: Path) -> None:
    open_data(ServerSettings(data=tmp_path / "data")).close()
    (tmp_path / "empty").mkdir()
    asked = {"user": "ada", "project": "demo", "data": "data"} | changes
    asked["data"] = str(tmp_path / asked["data"])
    options = [part for key, value in asked.items() for part in (f"--{key}", value)]
    one_line(run("explain", *options, status=1), cause)
    assert not list((tmp_path / "empty").iterdir()), "a store was made by asking"


def test_the_names_in_decisions_are_no_escape_sequences(run: Run, tmp_path: Path) -> None:
    decisions = written(tmp_path / "d.jsonl", json.dumps({**WAS, "user": "\x1b[31m" + "a" * 1000}))
    assert "\x1b" not in run("simulate", VENDOR, "--decisions", decisions)


def test_only_the_first_of_many_errors_are_listed(run: Run, tmp_path: Path) -> None:
    path = written(tmp_path / "p.toml", GOOD + "".join(f"k{k} = 1\n" for k in range(9000)))
    said = run("check", path, status=1)
    assert said.count("\n") == 51
    assert said.endswith("… and 8950 more errors\n")


def test_a_policy_that_is_the_same_changes_nothing(run: Run, tmp_path: Path) -> None:
    assert run("diff", VENDOR, VENDOR, "--data", tmp_path / "none") == "nothing changes for anybody\n"
    path = written(tmp_path / "p.toml", GOOD.replace("\n", "\r\n"))
    assert "1 policy is good" in run("check", path)
