"""Every error of a policy file, with its file, key and line; and that nothing else gets through."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from policy_texts import policies, policy_text, settings

from policies.actions import Action
from policies.errors import PolicyError
from policies.fields import FIELD_AT
from policies.loading import load
from policies.model import Policy
from policies.parsing import MAX_BYTES, MAX_LINE, parse

WHOLE = """\
# A whole policy.
policy = "vendor-annotators"
applies_to = { roles = ["annotator"], groups = ["vendor-*"], projects = ["lung-ct"] }

[allow]
actions = ["item.view", "annotation.write", "task.submit"]

[session]
idle_lock = "5m"
max_duration = "8h"
concurrent = 1

[surface]
copy = "deny"
text = "pixels"
on_focus_loss = "blank"

[display]
lossless = true

[watermark]
visible = "{user} {session} {time}"
opacity = 0.14

[masking]
profile = "clinical-strict"
"""

HEAD = 'policy = "p"\napplies_to = { projects = ["*"] }\n'

# what follows the two lines of HEAD, then each error's line, key and a part of its cause
WRONG = {
    "unknown section": ('[later]\nmfa = "passkey"', [(3, "later", "unknown to this version")]),
    "unknown field": ('[surface]\nsound = "blank"', [(4, "surface.sound", "unknown to this version")]),
    "wrong unit of a rate": ('[surface]\nkey_rate = "9/h"', [(4, "surface.key_rate", "has the wrong unit")]),
    "window without its zone": (
        '[require]\n\nhours = { days = "mon", from = "08:00", to = "09:00" }',
        [(5, "require.hours", "`zone` is missing")],
    ),
    "misspelled field": (
        '[session]\nidel_lock = "5m"',
        [(4, "session.idel_lock", "did you mean `idle_lock`?")],
    ),
    "misspelled section": ('[surfaces]\ncopy = "deny"', [(3, "surfaces", "did you mean `surface`?")]),
    "unknown value": (
        '\n[surface]\ncopy = "denny"',
        [(5, "surface.copy", "`denny` is not one of `deny`, `allow`")],
    ),
    "wrong type": (
        '[session]\nconcurrent = "1"',
        [(4, "session.concurrent", "must be a whole number, not text")],
    ),
    "a date": ("[session]\nidle_lock = 2026-11-24", [(4, "session.idle_lock", "not a date or time")]),
    "wrong unit": ('[session]\nidle_lock = "5min"', [(4, "session.idle_lock", "`5min` is not a duration")]),
    "zero": ('[session]\nidle_lock = "0s"', [(4, "session.idle_lock", "`0s` is out of range")]),
    "no section but a value": ('surface = "deny"', [(3, "surface", "must be a section `[surface]`")]),
    "several sections of a name": ("[[surface]]", [(3, "surface", "must be a section `[surface]`")]),
    "dotted key": ('surface.copy = "x"', [(3, "surface.copy", "`x` is not one of")]),
    "inline table": ('surface = { paste = "deny", copy = "x" }', [(3, "surface.copy", "`x` is not one of")]),
    "under a long string": (
        '[watermark]\nvisible = """\nopacity = 1\n"""\nopacity = 2.0',
        [
            (4, "watermark.visible", "is not a field of the mark"),
            (7, "watermark.opacity", "`2.0` is out of range"),
        ],
    ),
    "all at once, by line": (
        '[session]\nconcurrent = 0\n[surface]\ncopy = 1\nleak = 1\n[masking]\nprofile = "x"',
        [
            (4, "session.concurrent", "`0` is out of range"),
            (6, "surface.copy", "must be one of"),
            (7, "surface.leak", "unknown"),
            (9, "masking.profile", "`x` is not one of"),
        ],
    ),
    "duplicate key": (
        '[surface]\ncopy = "deny"\npaste = "deny"\ncopy = "allow"\n',
        [(6, "surface.copy", "is there twice; first on line 4")],
    ),
    "duplicate section": (
        "[surface]\n[session]\n[surface]\n",
        [(5, "surface", "is there twice; first on line 3")],
    ),
    "duplicate dotted key": (
        '[surface]\ncopy = "deny"\n[session]\n[surface.copy]\n',
        [(6, "surface.copy", "is there twice; first on line 4")],
    ),
    "duplicate in an inline table": (
        'surface = { copy = "deny", copy = "allow" }',
        [(3, "surface.copy", "is there twice; first on line 3")],
    ),
    "duplicate name": ('policy = "q"\n', [(3, "policy", "is there twice; first on line 1")]),
    "a key under a value": (
        'surface = "x"\nsurface.copy = "deny"\n',
        [(4, "surface.copy", "not TOML: cannot overwrite a value")],
    ),
    "no value": ("\n[surface]\ncopy =\n", [(5, "surface.copy", "not TOML: invalid value")]),
    "no quotes": ("[surface]\ncopy = deny\n", [(4, "surface.copy", "not TOML: invalid value")]),
    "no equals sign": ("surface\n", [(3, "", "not TOML: expected '='")]),
    "never closed": (
        '[watermark]\nvisible = """\n\n',
        [(4, "watermark.visible", "not TOML: unterminated string")],
    ),
    "brackets further down": (
        "y = [1]\n\nx = " + "[" * 1000 + "\n",
        [(5, "", "brackets are nested too deeply")],
    ),
    "brackets": ("x = " + "[" * 1000, [(3, "", "brackets are nested too deeply")]),
}

# whole files
WRONG_HEAD = {
    "empty file": ("", [(1, "policy", "is missing"), (1, "applies_to", "is missing")]),
    "no name": ('\napplies_to = { projects = ["*"] }', [(1, "policy", "is missing")]),
    "empty name": ('\npolicy = ""\napplies_to.projects = ["*"]', [(2, "policy", "`` is not a name")]),
    "name of a wrong type": ('policy = 7\napplies_to.projects = ["*"]', [(1, "policy", "`7` is not a name")]),
    "name with a space": (
        'policy = "a b"\napplies_to.projects = ["*"]',
        [(1, "policy", "`a b` is not a name")],
    ),
    "name with a dash at the end": (
        'policy = "a-"\napplies_to.projects = ["*"]',
        [(1, "policy", "`a-` is not")],
    ),
    "a very long name": (
        f'policy = "{"a" * 65}"\napplies_to.projects = ["*"]',
        [(1, "policy", "…` is not a name")],
    ),
    "nobody": ('policy = "p"\napplies_to = {}', [(2, "applies_to", "names nobody")]),
    "nobody, as text": ('policy = "p"\napplies_to = "*"', [(2, "applies_to", "must be a section")]),
    "unknown list": (
        'policy = "p"\n[applies_to]\nprojects = ["*"]\nrole = ["annotator"]',
        [(4, "applies_to.role", "did you mean `roles`?")],
    ),
    "empty list": (
        'policy = "p"\napplies_to.roles = []',
        [(2, "applies_to.roles", "must be a list of 1 to 256")],
    ),
    "no list": ('policy = "p"\napplies_to.roles = "admin"', [(2, "applies_to.roles", "must be a list")]),
    "empty pattern": (
        'policy = "p"\napplies_to.groups = ["a", ""]',
        [(2, "applies_to.groups", "`` is not a name")],
    ),
    "blank pattern": (
        'policy = "p"\napplies_to.groups = [" a"]',
        [(2, "applies_to.groups", "` a` is not a name")],
    ),
    "a number": ('policy = "p"\napplies_to.groups = [1]', [(2, "applies_to.groups", "`1` is not a name")]),
    "control characters": (
        'policy = "p"\napplies_to.groups = ["\\u001b[2J"]',
        [(2, "applies_to.groups", "`\N{REPLACEMENT CHARACTER}[2J` is not a name")],
    ),
    "bytes that were not UTF-8": ('policy = "p"\n# \ufffd\n', [(2, "", "the line is not UTF-8 text")]),
    "a long line": (
        f'policy = "p"\n# {"x" * MAX_LINE}\n',
        [(2, "", "the line is longer than 1,024 characters")],
    ),
    "a large file": (
        "# x\n" * (MAX_BYTES // 4) + "#",
        [(1, "", "the file has 262,145 bytes; a policy may have 262,144")],
    ),
}

CASES = {**{name: (HEAD + tail, errors) for name, (tail, errors) in WRONG.items()}, **WRONG_HEAD}


@pytest.mark.parametrize("name", CASES)
def test_an_error_names_file_line_key_and_cause(name: str) -> None:
    text, expected = CASES[name]
    parsed = parse(text, file="p.toml")
    assert parsed.policy is None
    assert [(error.file, error.line, error.key) for error in parsed.errors] == [
        ("p.toml", line, key) for line, key, _ in expected
    ]
    for error, (_, _, cause) in zip(parsed.errors, expected, strict=True):
        assert cause in error.cause


@pytest.mark.parametrize("name", CASES)
def test_load_raises_the_first_error(name: str) -> None:
    text, expected = CASES[name]
    with pytest.raises(PolicyError) as caught:
        load(text, file="p.toml")
    assert (caught.value.line, caught.value.key) == expected[0][:2]
    assert str(caught.value).startswith(f"p.toml:{expected[0][0]}: {expected[0][1]}")


def test_an_error_reads_as_one_line() -> None:
    with pytest.raises(PolicyError) as caught:
        load(HEAD + '[surface]\ncopy = "denny"\n', file="p.toml")
    assert str(caught.value) == "p.toml:4: surface.copy: `denny` is not one of `deny`, `allow`"


def test_a_key_with_control_characters_does_not_reach_a_terminal() -> None:
    (error,) = parse(HEAD + '"\\u001b[2J\\n" = 1\n', file="p.toml").errors
    assert str(error).isprintable()


def test_a_whole_policy_is_read() -> None:
    policy = load(WHOLE, file="v.toml")
    assert (policy.name, policy.file) == ("vendor-annotators", "v.toml")
    assert policy.applies_to.roles == ("annotator",)
    assert policy.settings == {
        "allow.actions": {Action.ITEM_VIEW, Action.ANNOTATION_WRITE, Action.TASK_SUBMIT},
        "session.idle_lock": 300,
        "session.max_duration": 28_800,
        "session.concurrent": 1,
        "surface.copy": "deny",
        "surface.text": "pixels",
        "surface.on_focus_loss": "blank",
        "display.lossless": True,
        "watermark.visible": "{user} {session} {time}",
        "watermark.opacity": 0.14,
        "masking.profile": "clinical-strict",
    }


def test_a_policy_that_says_nothing_is_a_policy() -> None:
    assert load(HEAD + "[surface]\n", file="p.toml").settings == {}


@given(settings)
def test_what_is_written_is_what_is_read(raw: dict[str, object]) -> None:
    read = load(policy_text("p", raw), file="p.toml").settings
    assert read == {path: FIELD_AT[path].domain.read(value) for path, value in raw.items()}


@given(policies)
def test_reading_is_blind_to_line_ends_and_comments(policy: Policy) -> None:
    text = policy_text(
        policy.name, {path: FIELD_AT[path].domain.spell(v) for path, v in policy.settings.items()}
    )
    noisy = "# head\r\n" + text.replace("\n", "  # note\r\n")
    assert load(noisy, file=policy.file) == policy


@given(st.one_of(st.text(), st.binary().map(lambda data: data.decode("utf-8", "replace"))))
@example("\ud800")
@example("\ufeff" + WHOLE)
@example("a.b.c=1\n[a.b]\n")
@example("x=0x" + "f" * 1000)
@example("policy=0x" + "f" * 1000)
def test_parsing_never_raises(text: str) -> None:
    parsed = parse(text, file="p.toml")
    assert (parsed.policy is None) == bool(parsed.errors)


@given(st.integers(0, len(WHOLE) - 1), st.characters(codec="utf-8"))
def test_a_damaged_policy_is_an_error_or_another_policy_never_a_crash(place: int, character: str) -> None:
    text = WHOLE[:place] + character + WHOLE[place + 1 :]
    parsed = parse(text, file="p.toml")
    for error in parsed.errors:
        assert 1 <= (error.line or 0) <= text.count("\n") + 1
        assert error.cause
