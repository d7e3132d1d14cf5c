"""Policy files as text, and hypothesis strategies that write them."""

import json
from collections.abc import Mapping
from ipaddress import ip_network

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
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {toml(part)}' for key, part in value.items())} }}"
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
_marks = st.permutations(
    [
        "{user}",
        "{session}",
        "{time}",
        "{project}",
        "{address}",
        "{policy}",
        "{time:Asia/Tokyo}",
        '"For study only"',
        '"x"',
    ]
).flatmap(lambda words: st.integers(words.index("{session}") + 1, 9).map(lambda n: " ".join(words[:n])))
_surface = st.sampled_from(["deny", "allow"])
_cover = st.sampled_from(["blank", "dim", "show"])
_names = st.sampled_from(["nda", "hipaa-training", "background-check", "licence"])
_networks = st.lists(
    st.one_of(
        st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)).map(
            lambda drawn: str(ip_network((drawn[0], drawn[1]), strict=False))
        ),
        st.tuples(st.integers(0, 2**128 - 1), st.integers(0, 128)).map(
            lambda drawn: str(ip_network((drawn[0], drawn[1]), strict=False))
        ),
        st.sampled_from(["10.0.0.0/8", "10.0.0.0/9", "10.128.0.0/9", "0.0.0.0/0", "::/0", "2001:db8::/32"]),
    ),
    max_size=4,
)
_times = st.integers(0, 23).map("{:02d}:00".format)
_windows = st.fixed_dictionaries(
    {
        "days": st.sampled_from(["mon-fri", "sat", "mon,wed", "sat-tue", "mon-sun"]),
        "from": _times,
        "to": _times.map(lambda time: time.replace(":00", ":30")),
        "zone": st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata", "America/New_York"]),
    }
)


_regions = st.tuples(*(st.tuples(st.floats(0, 0.5), st.floats(0.01, 0.5)) for _ in range(2))).map(
    lambda sides: {
        "left": sides[0][0],
        "top": sides[1][0],
        "right": sides[0][0] + sides[0][1],
        "bottom": sides[1][0] + sides[1][1],
    }
)


def _listed(names: list[str]) -> st.SearchStrategy[object]:
    return st.one_of(st.just(["*"]), st.lists(st.sampled_from(names), max_size=3))


RAW: dict[str, st.SearchStrategy[object]] = {
    "require.mfa": st.sampled_from(["passkey", "totp", "none"]),
    "require.credentials": st.lists(_names, max_size=3),
    "require.networks": _networks,
    "require.countries": _listed(["DE", "FR", "US", "IN"]),
    "require.hours": st.one_of(_windows, st.lists(_windows, max_size=2)),
    "require.device": st.sampled_from(["managed", "known", "any"]),
    "require.purposes": _listed(["care", "research", "training"]),
    "require.leak_test": st.sampled_from(["pass", "any"]),
    "allow.actions": st.lists(st.sampled_from([a.value for a in Action])),
    "session.idle_lock": _durations,
    "session.max_duration": _durations,
    "session.reauthenticate": _durations,
    "session.concurrent": st.integers(1, 100),
    **{
        f"surface.{key}": _surface
        for key in ("copy", "paste", "print", "download", "context_menu", "drag_out", "save")
    },
    "surface.text": st.sampled_from(["pixels", "text"]),
    "surface.on_focus_loss": _cover,
    "surface.on_hidden": _cover,
    "surface.on_capture_key": _cover,
    "surface.devtools": st.sampled_from(["end", "lock", "blank", "show"]),
    "surface.key_rate": st.integers(1, 1000).map("{}/s".format),
    "surface.paste_rate": st.integers(1, 1000).map("{}/m".format),
    "display.reveal": st.sampled_from(["spotlight", "full"]),
    "display.spotlight_radius": st.integers(16, 1024),
    "display.spotlight_detail": st.floats(0.01, 0.5),
    "display.lossless": st.booleans(),
    "display.max_side": st.integers(64, 4096),
    "display.max_zoom": st.floats(0.1, 256.0),
    "display.max_detail": st.floats(0.01, 1.0),
    "display.windowing": st.sampled_from(["presets", "free"]),
    "display.min_window_width": st.floats(1.0, 65_536.0),
    "display.values": st.integers(0, 600),
    "watermark.visible": _marks,
    "watermark.opacity": st.floats(0.02, 1.0),
    "watermark.forensic": st.sampled_from(["strong", "standard", "light", "off"]),
    "watermark.exempt": st.one_of(st.just("nothing"), _regions),
    "masking.profile": st.sampled_from(["clinical-strict", "research-dates", "clinical-standard", "physics"]),
    "exposure.items_per_hour": st.integers(1, 100_000),
    "exposure.share_of_item": st.floats(0.01, 1.0),
    "exposure.subjects_per_day": st.integers(1, 100_000),
    "exposure.on_limit": st.sampled_from(["stop", "ask", "slow"]),
    "record.views": st.booleans(),
    "record.shadow_notice": st.booleans(),
    "approval.policy_change": st.sampled_from(["two-person", "one-person"]),
}
assert list(RAW) == [field.path for field in FIELDS] == list(DEFAULTS), (
    "a field without a strategy is untested"
)

settings = st.lists(st.sampled_from(list(RAW)), unique=True, max_size=8).flatmap(
    lambda paths: st.fixed_dictionaries({path: RAW[path] for path in paths})
)
names = st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True)
policies = st.builds(policy, names, settings)
