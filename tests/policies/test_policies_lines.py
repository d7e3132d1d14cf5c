"""The scanner finds the line of each key that `tomllib` reads."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.lines import KeyLine, first_lines, key_lines

TABLE = [
    ("a = 1\nb = 2\n", [("a", 1), ("b", 2)]),
    ("# a = 1\n\n  b = 2 # c = 3\n", [("b", 3)]),
    ("[s]\nk = 1\n[t]\nk = 2", [("s", 1), ("s.k", 2), ("t", 3), ("t.k", 4)]),
    ("s.k = 1\n", [("s.k", 1)]),
    (' "q k" . x = 1\n', [("q k.x", 1)]),
    ("[[s]]\nk = 1\n[[s]]\nk = 1", [("s", 1), ("s.k", 2), ("s", 3), ("s.k", 4)]),
    ("[ s . t ]\nk=1", [("s.t", 1), ("s.t.k", 2)]),
    ("k = { a = 1, b = [1, 2], c.d = 3 }\nl=1", [("k", 1), ("k.a", 1), ("k.b", 1), ("k.c.d", 1), ("l", 2)]),
    ("k = [\n 1,\n 2, # ]\n]\nl = 1\n", [("k", 1), ("l", 5)]),
    ("k = [ { a = 1 },\n { b = 2 } ]\nl = 1\n", [("k", 1), ("k.a", 1), ("k.b", 2), ("l", 3)]),
    ("k = [\n [ { a = [\n1] } ] ]\nl = 1\n", [("k", 1), ("k.a", 2), ("l", 4)]),
    ('k = """\na = 1\n[x]\n"""\nl = 1\n', [("k", 1), ("l", 5)]),
    ("k = '''\na = 1\n'''\nl = 1\n", [("k", 1), ("l", 4)]),
    ('k = """a\\"""\nb = 1 """\nl = 1', [("k", 1), ("l", 3)]),
    ('k = """a""""\nl = 1', [("k", 1), ("l", 2)]),
    ('k = \'a # b\'\nl = "\\" ["\nm = 1', [("k", 1), ("l", 2), ("m", 3)]),
    ("a = 1\r\nb = 2\r\n", [("a", 1), ("b", 2)]),
    ("", []),
]

BROKEN = [
    ("k = \nl = 1", [("k", 1), ("l", 2)]),
    ("k = ]\nl = }\nm = 1", [("k", 1), ("l", 2), ("m", 3)]),
    ('k = "a\nl = 1', [("k", 1), ("l", 2)]),
    ('k = """a\nl = 1\\', [("k", 1)]),
    ("k = '''a\nl = 1", [("k", 1)]),
    ("k = 1\nk = 2", [("k", 1), ("k", 2)]),
]


def _found(text: str) -> list[tuple[str, int]]:
    return [(key.path, key.line) for key in key_lines(text)]


@pytest.mark.parametrize(("text", "found"), TABLE)
def test_lines_of_keys(text: str, found: list[tuple[str, int]]) -> None:
    tomllib.loads(text)
    assert _found(text) == found


@pytest.mark.parametrize(("text", "found"), BROKEN)
def test_text_that_is_not_toml_gives_what_was_found(text: str, found: list[tuple[str, int]]) -> None:
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads(text)
    assert _found(text) == found


def test_a_section_begins_where_it_or_a_part_of_it_is_first_named() -> None:
    found = [KeyLine("a.b.c", 3), KeyLine("a.b", 4), KeyLine("d", 5), KeyLine("a.b.c", 6)]
    assert first_lines(found).items() >= {"a": 3, "a.b": 3, "a.b.c": 3, "d": 5}.items()


_KEYS = st.sampled_from(["a", "b-1", '"c d"', "'e'", "f . g"])
_STRINGS = st.sampled_from(['"x=1"', "'[y]'", '"""\nz = 1\n\\""" """', "'''\n[q]\n# '''", '"#"', '"\\\\"'])
_VALUES = st.recursive(
    st.one_of(_STRINGS, st.sampled_from(["1", "true", "-0.5", "1979-05-27"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda xs: "[" + ",\n ".join(xs) + " # ]\n]"),
        st.lists(st.tuples(_KEYS, inner), max_size=3, unique_by=lambda p: p[0]).map(
            lambda ps: "{" + ", ".join(f"{k} = {v}" for k, v in ps) + "}"
        ),
    ),
    max_leaves=8,
)
_STATEMENTS = st.lists(
    st.tuples(_KEYS, _VALUES, st.sampled_from(["", " # x = 1", "\n", "\n# y = ["])),
    max_size=6,
    unique_by=lambda s: s[0],
)


@given(st.lists(_STATEMENTS, min_size=1, max_size=4))
def test_every_key_that_tomllib_reads_is_found_on_its_line(tables: list[list[tuple[str, str, str]]]) -> None:
    """Each statement begins on a line that we count while writing; the scanner must find the same."""
    text, expected = "", []
    for k, statements in enumerate(tables):
        if k:
            text += f"[t{k}]\n"
            expected.append((f"t{k}", text.count("\n")))
        for key, value, tail in statements:
            path = key.replace(" . ", ".").strip("\"'")
            expected.append((f"t{k}.{path}" if k else path, text.count("\n") + 1))
            text += f"{key} = {value}{tail}\n"
    tomllib.loads(text)
    found = _found(text)
    assert [entry for entry in found if entry in expected] == expected


@given(st.text(alphabet="ab=.,[]{}\"'#\\\n ", max_size=60))
def test_any_text_is_scanned(text: str) -> None:
    lines = [key.line for key in key_lines(text)]
    assert lines == sorted(lines)
    assert all(1 <= line <= text.count("\n") + 1 for line in lines)
