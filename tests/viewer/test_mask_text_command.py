"""`python -m viewer mask-text`: the JSON that other programs read, without a network, and one line for a bad file."""

import codecs
import json
import subprocess
import sys
from pathlib import Path

import pytest

TEXT = "Patient: Zo\u00eb Okonkwo\r\nMRN: M0012345   DOB: 02/03/1950\r\nThe \U0001f9e0 MRI of Mrs. Okonkwo is normal.\r\n"


def run(*arguments: str | Path, namespace: bool = False) -> subprocess.CompletedProcess[str]:
    apart = ["unshare", "--net", "--map-root-user"] if namespace else []
    command = [*apart, sys.executable, "-m", "viewer", "mask-text", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_json_spans_are_code_points_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "note.txt"
    file.write_bytes(TEXT.encode())
    answer = json.loads(run(file, "--json").stdout)
    assert answer["state"] == "held"
    assert "Okonkwo" not in answer["text"]
    found = [(TEXT[span["start"] : span["end"]], span["type"]) for span in answer["spans"]]
    assert found == [
        ("Zo\u00eb Okonkwo", "PERSON"),
        ("M0012345", "ID"),
        ("02/03/1950", "DATE"),
        ("Mrs. Okonkwo", "PERSON"),
    ]


@pytest.mark.parametrize(
    "data",
    [
        codecs.BOM_UTF8 + TEXT.encode(),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
    ],
    ids=["UTF-8", "UTF-16, little-endian", "UTF-16, big-endian"],
)
def test_a_byte_order_mark_is_no_part_of_the_text(data: bytes, tmp_path: Path) -> None:
    file, plain = tmp_path / "note.txt", tmp_path / "plain.txt"
    file.write_bytes(data)
    plain.write_bytes(TEXT.encode())
    assert run(file, "--json").stdout == run(plain, "--json").stdout


@pytest.mark.parametrize("data", [b"", codecs.BOM_UTF8], ids=["empty", "a byte order mark alone"])
def test_an_empty_text(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "note.txt"
    file.write_bytes(data)
    answer = json.loads(run(file, "--json").stdout)
    assert (answer["state"], answer["text"], answer["spans"]) == ("held", "", [])


def test_without_a_network(tmp_path: Path) -> None:
    probe = subprocess.run(["unshare", "--net", "--map-root-user", "true"], capture_output=True, check=False)
    if probe.returncode:
        pytest.skip("this machine makes no network namespaces")
    file = tmp_path / "note.txt"
    file.write_text("Seen by Dr. Okonkwo in Zwolle.")
    result = run(file, namespace=True)
    assert result.returncode == 0
    assert "Okonkwo" not in result.stdout


def test_a_roster(tmp_path: Path) -> None:
    file, roster = tmp_path / "note.txt", tmp_path / "roster.txt"
    file.write_text("green was seen with code 12 34")
    roster.write_text("Green\n1234\n")
    assert run(file, "--known", roster).stdout == "[person] was seen with code [number]\n"


@pytest.mark.parametrize(
    ("data", "cause"), [(b"\x89PNG\r\n\x1a\n" + bytes(20), "not a text"), (b"a\0b", "not a text")]
)
def test_no_text(tmp_path: Path, data: bytes, cause: str) -> None:
    file = tmp_path / "picture.png"
    file.write_bytes(data)
    result = run(file, "--json")
    assert result.returncode == 1
    answer = json.loads(result.stdout)
    assert (answer["state"], answer["text"], answer["spans"]) == ("rejected", "", [])
    assert answer["reasons"]
    assert run(file).stdout == ""
    assert cause in result.stderr
    assert result.stderr.count("\n") == 1
