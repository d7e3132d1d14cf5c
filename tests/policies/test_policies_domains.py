"""What each field accepts and refuses, and the laws of its meet."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_texts import RAW

from policies.actions import Action
from policies.fields import DEFAULTS, FIELD_AT, FIELDS, Field
from policies.hours import Window
from policies.values import MaskingProfile

OFFICE = {"days": "mon-fri", "from": "08:00", "to": "18:00", "zone": "Europe/Berlin"}

ACCEPTED = [
    ("allow.actions", [], frozenset()),
    (
        "allow.actions",
        ["task.take", "item.view", "task.take"],
        frozenset({Action.TASK_TAKE, Action.ITEM_VIEW}),
    ),
    ("session.idle_lock", "90s", 90),
    ("session.idle_lock", "5m", 300),
    ("session.max_duration", "8h", 28_800),
    ("session.max_duration", "24h", 86_400),
    ("session.max_duration", "86400s", 86_400),
    ("session.concurrent", 1, 1),
    ("session.concurrent", 100, 100),
    ("surface.copy", "allow", "allow"),
    ("surface.text", "pixels", "pixels"),
    ("surface.on_focus_loss", "dim", "dim"),
    ("display.lossless", True, True),
    ("watermark.visible", "{session}", "{session}"),
    ("watermark.visible", "{time} {project} {session} {user}", "{user} {session} {time} {project}"),
    (
        "watermark.visible",
        '"For study only" {time:Europe/Berlin} {policy} {address} {session}',
        '{session} {address} {policy} {time:Europe/Berlin} "For study only"',
    ),
    ("watermark.opacity", 0.02, 0.02),
    ("watermark.opacity", 1, 1.0),
    ("masking.profile", "clinical-standard", "clinical-standard"),
    ("require.mfa", "totp", "totp"),
    ("require.credentials", ["nda", "nda"], frozenset({"nda"})),
    ("require.networks", ["198.51.100.0/24"], ((4, 0xC6336400, 0xC63364FF),)),
    ("require.networks", ["10.128.0.0/9", "10.0.0.0/9"], ((4, 10 << 24, (11 << 24) - 1),)),
    ("require.networks", [], ()),
    ("require.countries", ["FR", "DE"], frozenset({"DE", "FR"})),
    ("require.countries", ["*"], frozenset({"*"})),
    ("require.purposes", ["model-training"], frozenset({"model-training"})),
    ("require.hours", [], frozenset()),
    (
        "require.hours",
        {"days": "fri-mon,wed", "from": "08:00", "to": "24:00", "zone": "Europe/Berlin"},
        frozenset({frozenset({Window((0, 2, 4, 5, 6), 480, 1440, "Europe/Berlin")})}),
    ),
    ("surface.key_rate", "20/s", 20),
    ("display.max_side", 64, 64),
    ("display.max_zoom", 8, 8.0),
]

MIDDLE = {"left": 0.25, "top": 0.25, "right": 0.75, "bottom": 0.75}
REFUSED = [
    ("watermark.exempt", "region", "`region` is not `nothing`, nor a table of `left`, `top`"),
    ("watermark.exempt", True, "must be `nothing` in quotes, or a table of"),
    ("watermark.exempt", {**MIDDLE, "width": 0.5}, "`width` is not one of `left`"),
    ("watermark.exempt", {"left": 0.25}, "has no `top`"),
    ("watermark.exempt", {**MIDDLE, "left": "0"}, "must be a number as `left`, not text"),
    ("watermark.exempt", {**MIDDLE, "left": float("nan")}, "`left` is `nan`: a share is 0.0 to 1.0"),
    ("watermark.exempt", {**MIDDLE, "right": 1.1}, "`right` is `1.1`"),
    ("watermark.exempt", {**MIDDLE, "right": 0.25}, "is empty"),
    ("watermark.exempt", {**MIDDLE, "left": 0}, "is 38% of the frame: the mark may leave out 25%"),
    ("allow.actions", "item.view", "must be a list of actions, not text"),
    ("allow.actions", ["item.veiw"], "`item.veiw` is not an action"),
    ("allow.actions", ["*"], "`*` is not an action"),
    ("allow.actions", [1], "`1` is not an action"),
    ("allow.actions", [["item.view"]], "is not an action"),
    ("session.idle_lock", 300, "must be a duration in quotes with its unit"),
    ("session.idle_lock", "300", "`300` is not a duration"),
    ("session.idle_lock", "5min", "`5min` is not a duration"),
    ("session.idle_lock", "5 m", "`5 m` is not a duration"),
    ("session.idle_lock", "1.5h", "`1.5h` is not a duration"),
    ("session.idle_lock", "-5m", "`-5m` is not a duration"),
    ("session.idle_lock", "5M", "`5M` is not a duration"),
    ("session.idle_lock", "1d", "`1d` is not a duration"),
    ("session.idle_lock", "٥m", "is not a duration"),  # noqa: RUF001 - a digit, but not one of ours
    ("session.idle_lock", "5m\n", "is not a duration"),
    ("session.idle_lock", "", "`` is not a duration"),
    ("session.idle_lock", "0s", "`0s` is out of range: `1s` to `24h`"),
    ("session.max_duration", "0h", "`0h` is out of range"),
    ("session.max_duration", "25h", "`25h` is out of range"),
    ("session.max_duration", "86401s", "`86401s` is out of range"),
    ("session.concurrent", 0, "`0` is out of range: 1 to 100"),
    ("session.concurrent", -1, "`-1` is out of range"),
    ("session.concurrent", 101, "`101` is out of range"),
    ("session.concurrent", True, "must be a whole number, not true or false"),
    ("session.concurrent", 1.0, "must be a whole number, not a number"),
    ("session.concurrent", "1", "must be a whole number, not text"),
    ("surface.copy", "Deny", "`Deny` is not one of `deny`, `allow`"),
    ("surface.copy", False, "must be one of `deny`, `allow` in quotes, not true or false"),
    ("surface.text", "deny", "`deny` is not one of `pixels`, `text`"),
    ("surface.on_focus_loss", "hide", "`hide` is not one of `blank`, `dim`, `show`"),
    ("display.lossless", "true", "must be true or false, not text"),
    ("display.lossless", 1, "must be true or false, not a whole number"),
    ("watermark.visible", "", "`` is not a field of the mark"),
    ("watermark.visible", "SECRET {session}", "`SECRET` is not a field of the mark"),
    ("watermark.visible", "{session}{user}", "`{session}{user}` is not a field of the mark"),
    ("watermark.visible", "{session}  {user}", "`` is not a field of the mark"),
    ("watermark.visible", "{session} {session}", "a field is named twice"),
    ("watermark.visible", "{user} {time}", "`{session}` is missing"),
    ("watermark.visible", "{session} {time:Mars/Base}", "`Mars/Base` is not a time zone"),
    ("watermark.visible", '{session} ""', "can't be in the mark"),
    ("watermark.visible", '{session} "{user}"', "can't be in the mark"),
    ("watermark.visible", '{session} "half', "can't be in the mark"),
    ("watermark.visible", '{session} "' + "x" * 61 + '"', "can't be in the mark"),
    ("watermark.opacity", 0, "`0` is out of range"),
    ("watermark.opacity", 0.0, "`0.0` is out of range"),
    ("watermark.opacity", 0.019, "`0.019` is out of range"),
    ("watermark.opacity", 1.01, "`1.01` is out of range"),
    ("watermark.opacity", float("nan"), "`nan` is out of range"),
    ("watermark.opacity", float("inf"), "`inf` is out of range"),
    ("watermark.opacity", True, "must be a number such as 0.14, not true or false"),
    ("watermark.opacity", "0.14", "must be a number such as 0.14, not text"),
    ("masking.profile", "none", "`none` is not one of `clinical-strict`, `research-dates`"),
    ("require.credentials", ["NDA"], "`NDA` is not one of credentials"),
    ("require.credentials", ["*"], "`*` is not one of credentials"),
    ("require.credentials", "nda", "must be a list of credentials, not text"),
    ("require.networks", ["198.51.100.1/24"], "`198.51.100.1/24` has bits set beyond its mask"),
    ("require.networks", ["example.org"], "`example.org` is not a network"),
    ("require.networks", ["10.0.0.0/33"], "`10.0.0.0/33` is not a network"),
    ("require.networks", [167772160], "is not a network in quotes"),
    ("require.networks", ["10.0.0.0/8"] * 257, "has 257 networks; a list may have 256"),
    ("require.countries", ["Germany"], "`Germany` is not one of countries as two letters"),
    ("require.countries", ["de"], "`de` is not one of countries"),
    ("require.countries", ["*", "DE"], "`*` is not one of countries"),
    ("require.hours", "mon-fri", "must be a table of days, from, to, zone, or a list of these, not text"),
    ("require.hours", {"days": "mon-fri"}, "`from` is missing"),
    ("require.hours", {**OFFICE, "day": "mon"}, "`day` is not a key of a window"),
    ("require.hours", {**OFFICE, "days": "weekdays"}, "`weekdays` are not days"),
    ("require.hours", {**OFFICE, "days": "mon-"}, "`mon-` are not days"),
    ("require.hours", {**OFFICE, "from": "8:00"}, "`8:00` is not a time of day"),
    ("require.hours", {**OFFICE, "from": 8}, "must be text in quotes at `from`, not a whole number"),
    ("require.hours", {**OFFICE, "from": "24:00"}, "`from` can't be `24:00`"),
    ("require.hours", {**OFFICE, "to": "08:00"}, "`from` and `to` are the same"),
    ("require.hours", {**OFFICE, "zone": "Berlin"}, "`Berlin` is not a time zone"),
    ("require.hours", {**OFFICE, "zone": "../../etc/passwd"}, "is not a time zone"),
    ("surface.key_rate", "20/m", "`20/m` has the wrong unit: this rate is written as `20/s`"),
    ("surface.key_rate", 20, "must be a rate in quotes with its unit, such as `20/s`, not a whole number"),
    ("surface.key_rate", "20", "`20` is not a rate"),
    ("surface.key_rate", "0/s", "`0/s` is out of range"),
    ("surface.paste_rate", "5/s", "`5/s` has the wrong unit: this rate is written as `20/m`"),
    ("display.max_side", 63, "`63` is out of range: 64 to 4096"),
    ("display.max_detail", 0, "`0` is out of range"),
    ("display.max_zoom", "8x", "must be a number such as 8.0, not text"),
]

STRICTER = [  # path, the stricter raw value, the looser one
    ("session.idle_lock", "59s", "1m"),
    ("session.max_duration", "90m", "2h"),
    ("session.concurrent", 1, 2),
    ("surface.copy", "deny", "allow"),
    ("surface.text", "pixels", "text"),
    ("surface.on_focus_loss", "blank", "dim"),
    ("surface.on_focus_loss", "dim", "show"),
    ("display.lossless", False, True),
    ("watermark.opacity", 0.3, 0.14),
    ("require.mfa", "passkey", "totp"),
    ("require.mfa", "totp", "none"),
    ("require.device", "managed", "known"),
    ("require.device", "known", "any"),
    ("require.leak_test", "pass", "any"),
    ("session.reauthenticate", "1h", "2h"),
    ("surface.on_hidden", "blank", "show"),
    ("surface.on_capture_key", "blank", "dim"),
    ("surface.devtools", "end", "lock"),
    ("surface.devtools", "lock", "blank"),
    ("surface.devtools", "blank", "show"),
    ("surface.key_rate", "19/s", "20/s"),
    ("surface.paste_rate", "1/m", "60/m"),
    ("display.reveal", "spotlight", "full"),
    ("display.spotlight_radius", 64, 128),
    ("display.spotlight_detail", 0.1, 0.2),
    ("display.max_side", 1024, 2048),
    ("display.max_zoom", 2.0, 8.0),
    ("display.max_detail", 0.5, 1.0),
    ("display.windowing", "presets", "free"),
    ("display.values", 0, 30),
    ("display.min_window_width", 80.0, 1.0),
    ("watermark.forensic", "strong", "standard"),
    ("watermark.forensic", "light", "off"),
    ("exposure.items_per_hour", 60, 61),
    ("exposure.share_of_item", 0.2, 0.9),
    ("exposure.subjects_per_day", 1, 2),
    ("exposure.on_limit", "stop", "ask"),
    ("exposure.on_limit", "ask", "slow"),
    ("record.views", True, False),
    ("record.shadow_notice", True, False),
    ("approval.policy_change", "two-person", "one-person"),
]

JOINED = [  # path, two raw values, what both come to
    ("require.networks", ["::ffff:10.0.0.0/104"], ["10.1.0.0/16"], ["10.1.0.0/16"]),
    ("masking.profile", "clinical-standard", "research-dates", "research-dates"),
    ("masking.profile", "clinical-standard", "physics", "clinical-strict"),
    ("masking.profile", "research-dates", "physics", "clinical-strict"),
    ("masking.profile", "physics", "physics", "physics"),
    ("watermark.exempt", MIDDLE, "nothing", "nothing"),
    ("watermark.exempt", MIDDLE, {**MIDDLE, "left": 0.5, "right": 0.9}, {**MIDDLE, "left": 0.5}),
    ("watermark.exempt", MIDDLE, {**MIDDLE, "left": 0.75, "right": 0.9}, "nothing"),
    ("allow.actions", ["item.view", "task.take"], ["item.view", "audit.read"], ["item.view"]),
    ("allow.actions", ["item.view"], ["audit.read"], []),
    ("watermark.visible", "{session} {project}", "{user} {session}", "{user} {session} {project}"),
    ("watermark.visible", "{session}", "{time} {session}", "{session} {time}"),
    ("watermark.visible", '{session} "b"', '{session} {time:UTC} "a"', '{session} {time:UTC} "a" "b"'),
    ("require.credentials", ["nda"], ["licence"], ["licence", "nda"]),
    ("require.networks", ["10.0.0.0/8", "2001:db8::/32"], ["10.1.0.0/16", "11.0.0.0/8"], ["10.1.0.0/16"]),
    ("require.networks", ["10.0.0.0/8"], ["::/0"], []),
    ("require.countries", ["DE", "FR"], ["FR", "US"], ["FR"]),
    ("require.countries", ["DE"], ["*"], ["DE"]),
    ("require.countries", ["DE"], ["FR"], []),
    ("require.purposes", ["care", "research"], ["research"], ["research"]),
    ("require.hours", OFFICE, {**OFFICE, "to": "12:00"}, [[{**OFFICE, "to": "12:00"}], [OFFICE]]),
    ("require.hours", OFFICE, [], [[OFFICE]]),
]


@pytest.mark.parametrize(("path", "raw", "value"), ACCEPTED)
def test_a_field_reads_its_values(path: str, raw: object, value: object) -> None:
    assert FIELD_AT[path].domain.read(raw) == value


@pytest.mark.parametrize(("path", "raw", "text"), REFUSED)
def test_a_field_refuses_the_rest_and_says_why(path: str, raw: object, text: str) -> None:
    with pytest.raises(ValueError) as caught:
        FIELD_AT[path].domain.read(raw)
    assert text in str(caught.value)


@pytest.mark.parametrize(("path", "strict", "loose"), STRICTER)
def test_the_stricter_side_wins(path: str, strict: object, loose: object) -> None:
    domain = FIELD_AT[path].domain
    a, b = domain.read(strict), domain.read(loose)
    assert domain.ranked
    assert domain.meet(a, b) == domain.meet(b, a) == a != b


@pytest.mark.parametrize(("path", "one", "other", "both"), JOINED)
def test_sets_intersect_or_unite(path: str, one: object, other: object, both: object) -> None:
    domain = FIELD_AT[path].domain
    assert domain.spell(domain.meet(domain.read(one), domain.read(other))) == both


def test_every_ranked_field_has_an_example_of_its_order() -> None:
    shown = {path for path, _, _ in STRICTER} | {path for path, *_ in JOINED}
    assert {f.path for f in FIELDS if not (f.section == "surface" and f.default == "deny")} | {
        "surface.copy"
    } == shown


values = st.sampled_from(FIELDS).flatmap(
    lambda field: st.tuples(st.just(field), *[RAW[field.path].map(field.domain.read) for _ in range(3)])
)


@given(values)
def test_a_meet_is_commutative_associative_and_idempotent(
    drawn: tuple[Field, object, object, object],
) -> None:
    field, a, b, c = drawn
    meet = field.domain.meet
    assert meet(a, a) == a
    assert meet(a, b) == meet(b, a)
    assert meet(meet(a, b), c) == meet(a, meet(b, c))
    assert not field.domain.ranked or meet(a, b) in (a, b)


@given(values)
def test_what_is_spelled_reads_the_same(drawn: tuple[Field, object, object, object]) -> None:
    field, value, _, _ = drawn
    again = field.domain.read(field.domain.spell(value))
    assert again == value
    assert type(again) is type(value)


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.path)
def test_a_default_is_spelled_canonically(field: Field) -> None:
    assert field.domain.spell(DEFAULTS[field.path]) == field.default


@given(
    st.sampled_from(FIELDS),
    st.one_of(
        st.text(), st.integers(), st.floats(), st.booleans(), st.lists(st.text()), st.none(), st.dates()
    ),
)
def test_reading_gives_a_value_or_a_value_error(field: Field, raw: object) -> None:
    try:
        value = field.domain.read(raw)
    except ValueError:
        return
    assert field.domain.read(field.domain.spell(value)) == value


def test_the_order_of_profiles_is_that_of_what_the_shipped_files_keep() -> None:
    folder = Path(__file__).resolve().parents[2] / "deploy" / "masking"
    kept = {
        path.stem: set(tomllib.loads(path.read_text()).get("options", {})) for path in folder.glob("*.toml")
    }
    assert set(kept) == set(MaskingProfile)
    for one in MaskingProfile:
        assert set(one.stricter) == {other for other in MaskingProfile if kept[other] <= kept[one]}
