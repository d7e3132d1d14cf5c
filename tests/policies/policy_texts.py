"""Policy files as text, and hypothesis strategies that write them."""

import json
from collections.abc import Mapping

from hypothesis import strategies as st

from policies.actions import Action
from policies.fields import DEFAULTS, FIELDS
from policies.loading import load
from policies.model import Policy

EVERYBODY = {"projects": ["*"]}


def toml(value: object) -> str:
    """`value` as TOML writes it."""
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    return repr(value) if isinstance(value, float) else json.dumps(value)


def policy_text(
    name: str, settings: Mapping[str, object] | None = None, applies_to: Mapping[str, object] = EVERYBODY
) -> str:
    """A policy file that says `settings` (path -> raw value)."""
    lines = [f'policy = "{name}"']
    lines += [f"applies_to.{key} = {toml(value)}" for key, value in applies_to.items()]
    lines += [f"{path} = {toml(value)}" for path, value in (settings or {}).items()]
    return "\n".join(lines) + "\n"


def policy(name: str, settings: Mapping[str, object] | None = None) -> Policy:
    return load(policy_text(name, settings), file=f"{name}.toml")


_durations = st.one_of(
    st.integers(1, 86_400).map("{}s".format),
    st.integers(1, 1440).map("{}m".format),
    st.integers(1, 24).map("{}h".format),
)
_marks = st.permutations(["{user}", "{session}", "{time}", "{project}"]).flatmap(
    lambda words: st.integers(words.index("{session}") + 1, 4).map(lambda n: " ".join(words[:n]))
)
_surface = st.sampled_from(["deny", "allow"])

RAW: dict[str, st.SearchStrategy[object]] = {
    "allow.actions": st.lists(st.sampled_from([a.value for a in Action])),
    "session.idle_lock": _durations,
    "session.max_duration": _durations,
    "session.concurrent": st.integers(1, 100),
    **{
        f"surface.{key}": _surface
        for key in ("copy", "paste", "print", "download", "context_menu", "drag_out", "save")
    },
    "surface.text": st.sampled_from(["pixels", "text"]),
    "surface.on_focus_loss": st.sampled_from(["blank", "dim", "show"]),
    "display.lossless": st.booleans(),
    "watermark.visible": _marks,
    "watermark.opacity": st.floats(0.02, 1.0),
    "masking.profile": st.sampled_from(["clinical-strict", "clinical-standard"]),
}
assert list(RAW) == [field.path for field in FIELDS] == list(DEFAULTS), (
    "a field without a strategy is untested"
)

settings = st.fixed_dictionaries({}, optional=RAW)
names = st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True)
policies = st.builds(policy, names, settings)
