"""What a person reads about a decision."""

from policy_texts import policy_text

from policies.controls import kind_of
from policies.deciding import Request, decide
from policies.explaining import explain
from policies.fields import FIELDS
from policies.loading import load_all
from policies.values import ControlKind

ASKED = Request(user="u", roles=("annotator",), groups=(), project="lung-ct", role="annotator")


def _explained(*texts: str) -> list[str]:
    return explain(decide(ASKED, load_all({f"{k}.toml": text for k, text in enumerate(texts)}))).splitlines()


def test_an_allowed_session_shows_every_control_its_kind_and_who_set_it() -> None:
    lines = _explained(
        policy_text("a", {"allow.actions": ["task.take", "item.view"], "session.idle_lock": "9m"}),
        policy_text(
            "b", {"allow.actions": ["item.view"], "session.idle_lock": "5m", "display.lossless": True}
        ),
    )
    assert lines[0] == "allowed, under a, b"
    rows = {line.split()[0]: line for line in lines if line.startswith("  ")}
    assert list(rows) == [f.path for f in FIELDS]
    assert all(f" {kind_of(path)} " in row for path, row in rows.items())
    assert rows["allow.actions"].split(maxsplit=2)[1:] == ["item.view", "enforced  set by a, b"]
    assert rows["session.idle_lock"].split(maxsplit=2)[1:] == ["5m", "enforced  set by b"]
    assert rows["display.lossless"].split(maxsplit=2)[1:] == ["true", "enforced  set by b"]
    assert rows["surface.copy"].split(maxsplit=2)[1:] == ["deny", "deterred  default, no policy says"]
    for kind in ControlKind:
        assert f"{kind}: {kind.meaning}" in lines


def test_an_empty_list_of_actions_is_said() -> None:
    lines = _explained(policy_text("a"))
    row = next(line.split() for line in lines if "allow.actions" in line)
    assert row == ["allow.actions", "none", "enforced", "default,", "no", "policy", "says"]


def test_text_that_another_control_keeps_back_is_said() -> None:
    rows = {
        said.split()[0]: said
        for said in _explained(policy_text("a", {"surface.text": "text", "display.reveal": "spotlight"}))
        if said.startswith("  ")
    }
    assert rows["surface.text"].endswith("set by a; no text is sent, for display.reveal is spotlight")
    plain = _explained(policy_text("a", {"surface.text": "text"}))
    assert not any("no text is sent" in line for line in plain)


def test_a_denial_says_why_and_which_policies_were_near() -> None:
    assert _explained(policy_text("a", applies_to={"projects": ["x"]})) == [
        "denied",
        "  no policy applies to role `annotator` in project `lung-ct`",
        "  a: the project is not among its projects",
    ]


def test_a_denial_by_an_error_names_file_line_and_key() -> None:
    assert _explained(policy_text("a", {"surface.copy": "x"})) == [
        "denied",
        "  a policy file is in error, and until it is mended nobody gets a session",
        "  error: 0.toml:3: surface.copy: `x` is not one of `deny`, `allow`",
    ]
