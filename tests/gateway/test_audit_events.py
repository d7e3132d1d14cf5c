"""Events and leaves: a closed schema, one spelling, nothing that could be a name or an original UID."""

import hashlib
import json
import re
from typing import Any, get_args, get_type_hints

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.events import WORDS, Details, Event, EventCode
from gateway.audit.leaves import MAX_LEAF_BYTES, leaf, parse, payload_commitment
from gateway.errors import Invalid
from gateway.identity.method import SignInMethod
from gateway.stream import messages

DIGEST = "ab" * 32
WHERE: dict[str, Any] = {"seq": 7, "time": 1795000000.25, "monotonic": 12.5, "boot": "b00t", "node": "n1"}

STABLE_CODES = """
client.signal clock.jump credential.grant credential.revoke device.add device.revoke export.write exposure.batch
exposure.limit exposure.reason exposure.text grant.ask grant.decide grant.end intake.mask intake.receive intake.reject intake.state
item.approve item.check item.hold item.open item.release item.remask item.unmask key.rotate
leak.test link.create op.commit op.refused password.set policy.approve policy.enforce policy.invalid
policy.load policy.preview policy.propose policy.read project.create server.start session.bind session.blank session.denied session.end
session.lock session.message session.shadow session.start session.unlock signin.code signin.failed signin.link signin.lockout
signin.password signout signout.all stream.close stream.open stream.refused subject.erase subject.erased
task.accept task.return task.submit task.take ticket.issue trace.run trace.show user.change
user.create
"""

ids = st.from_regex(re.compile(r"[A-Za-z0-9_-]{1,64}"), fullmatch=True)
digests = st.binary(min_size=32, max_size=32).map(bytes.hex)
counts = st.integers(0, 2**53 - 1)
numbers = [name for name in Details.__annotations__ if name not in WORDS and name != "segment"]
details = st.fixed_dictionaries(
    {},
    optional={"segment": digests}
    | dict.fromkeys(numbers, counts)
    | {name: st.sampled_from(sorted(words)) for name, words in WORDS.items()},
)
events = st.builds(
    Event,
    code=st.sampled_from(EventCode),
    actor=ids,
    session=st.none() | ids,
    object=st.none() | ids,
    policy=st.none() | digests,
    mask=st.none() | digests,
    decision=st.sampled_from([None, "allow", "deny"]),
    details=details,
)


def test_codes_are_stable() -> None:
    assert sorted(EventCode) == STABLE_CODES.split()


def test_each_sign_in_method_has_its_code() -> None:
    assert [EventCode(f"signin.{method}") for method in SignInMethod] == [
        EventCode.SIGNIN_LINK,
        EventCode.SIGNIN_PASSWORD,
    ]


@pytest.mark.parametrize(
    ("message", "field", "words"), [(messages.Input, "signal", "signal"), (messages.Op, "kind", "op")]
)
def test_words_are_those_of_the_stream(message: type, field: str, words: str) -> None:
    meta = get_args(get_type_hints(message, include_extras=True)[field])[1]
    ours = (
        {"tampered", "silent", "unproven"} if words == "signal" else set()
    )  # what the server says of a page
    assert set(re.findall("[a-z-]+", meta.pattern)) | ours == WORDS[words]


def test_one_leaf_byte_for_byte() -> None:
    event = Event(
        code=EventCode.OP_COMMIT,
        actor="k3f9a2m4",
        session="abcdefghijkl",
        object="item1",
        policy=DIGEST,
        mask=DIGEST,
        decision="allow",
        details={"revision": 12, "op": "create"},
        payload={"never": "in the leaf"},
    )
    assert leaf(event, **WHERE, payload_commitment=DIGEST) == (
        b'{"action":"op.commit","actor":"k3f9a2m4","boot":"b00t","commitment":"'
        + DIGEST.encode()
        + b'","decision":"allow",'
        b'"details":{"op":"create","revision":12},"mask":"'
        + DIGEST.encode()
        + b'","monotonic_us":12500000,"node":"n1",'
        b'"object":"item1","policy":"'
        + DIGEST.encode()
        + b'","seq":7,"session":"abcdefghijkl","time_us":1795000000250000,"v":1}'
    )


@given(events, st.integers(0, 2**53 - 1), st.floats(0, 4e9), st.floats(0, 1e9), ids, ids, st.none() | digests)
def test_leaves_are_canonical_and_read_back(
    event: Event, seq: int, time: float, monotonic: float, boot: str, node: str, commitment: str | None
) -> None:
    data = leaf(
        event, seq=seq, time=time, monotonic=monotonic, boot=boot, node=node, payload_commitment=commitment
    )
    said = parse(data)
    assert rfc8785.dumps(json.loads(data)) == data
    # For what the schema allows, the standard library writes the same: the single-file verifier relies on it.
    assert json.dumps(said, sort_keys=True, separators=(",", ":")).encode() == data
    assert len(data) <= MAX_LEAF_BYTES
    assert (said["action"], said["actor"], said["seq"], said["details"]) == (
        event.code,
        event.actor,
        seq,
        event.details,
    )


def test_the_longest_leaf_fits() -> None:
    everything: Any = dict.fromkeys(numbers, 2**53 - 1) | {
        name: max(words, key=len) for name, words in WORDS.items()
    }
    event = Event(
        code=EventCode.SIGNIN_PASSWORD,
        actor="a" * 64,
        session="s" * 64,
        object="o" * 64,
        policy=DIGEST,
        mask=DIGEST,
        decision="allow",
        details=everything,
    )
    where: dict[str, Any] = {
        "seq": 2**53 - 1,
        "time": 4e9,
        "monotonic": 4e9,
        "boot": "b" * 64,
        "node": "n" * 64,
    }
    assert len(leaf(event, **where, payload_commitment=DIGEST)) <= 1300


REFUSED: list[tuple[str, object]] = [
    ("actor", "Ada Lovelace"),
    ("actor", "mueller@example.org"),
    ("actor", ""),
    ("actor", "a" * 65),
    ("actor", None),
    ("actor", "Müller"),
    ("object", "1.2.840.113619.2.55.3"),
    ("object", "CT^HEAD"),
    ("object", "a/b"),
    ("object", "two\n"),
    ("session", "a b"),
    ("session", 5),
    ("policy", DIGEST.upper()),
    ("policy", DIGEST[:-2]),
    ("mask", "sha256:" + DIGEST),
    ("decision", "maybe"),
    ("decision", True),
    ("code", "session.begin"),
    ("details", {"note": 1}),
    ("details", {"revision": -1}),
    ("details", {"revision": 2**53}),
    ("details", {"revision": True}),
    ("details", {"revision": 1.0}),
    ("details", {"revision": "1"}),
    ("details", {"verdict": "Doe, John"}),
    ("details", {"signal": 3}),
    ("details", {"op": ["create"]}),
    ("details", {"segment": "Doe, John"}),
    ("details", {"segment": 1}),
]


@pytest.mark.parametrize(("name", "value"), REFUSED)
def test_what_is_not_of_the_schema_is_no_event(name: str, value: object) -> None:
    fields: dict[str, Any] = {"code": EventCode.ITEM_OPEN, "actor": "a1"} | {name: value}
    with pytest.raises(Invalid) as caught:
        Event(**fields)
    field = "action" if name == "code" else name
    assert str(caught.value) == f"the audit field `{field}` is not of the closed schema"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seq", -1),
        ("time", -1.0),
        ("monotonic", -0.1),
        ("boot", "host name"),
        ("node", "db.example.org"),
        ("payload_commitment", "text"),
    ],
)
def test_what_is_not_of_the_schema_is_no_leaf(name: str, value: object) -> None:
    where: dict[str, Any] = WHERE | {"payload_commitment": None} | {name: value}
    with pytest.raises(Invalid):
        leaf(Event(code=EventCode.SERVER_START, actor="system"), **where)


GOOD = leaf(Event(code=EventCode.SERVER_START, actor="system"), **WHERE, payload_commitment=None)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b"not json",
        b"[" * 2000,
        GOOD + b"\n",
        GOOD + b" " * MAX_LEAF_BYTES,
        GOOD.replace(b'"v":1', b'"v":2'),
        GOOD.replace(b'"v":1', b'"v":1.0'),
        GOOD.replace(b'"v":1', b'"v": 1'),
        GOOD.replace(b'"v":1', b'"v":true'),
        GOOD.replace(b'"v":1', b'"v":1,"w":1'),
        GOOD.replace(b',"v":1', b""),
        GOOD.replace(b'"seq":7', b'"seq":7,"seq":7'),
        GOOD.replace(b'"seq":7', b'"seq":NaN'),
        GOOD.replace(b'"seq":7', b'"seq":' + b"9" * 1500),
        GOOD.replace(b"server.start", b"server.stop"),
        GOOD.replace(b'"system"', b'"Ada Lovelace"'),
        GOOD.replace(b'"n1"', b'"\xc3\xbc"'),
        GOOD.replace(b'"n1"', b'"\\ud800"'),
        GOOD.replace(b'"details":{}', b'"details":null'),
        GOOD.replace(b'"actor":"system","boot":"b00t"', b'"boot":"b00t","actor":"system"'),
    ],
)
def test_another_spelling_is_no_leaf(data: bytes) -> None:
    assert parse(GOOD)["seq"] == 7
    with pytest.raises(Invalid):
        parse(data)


def test_commitment_is_over_nonce_and_ciphertext() -> None:
    assert payload_commitment(b"n" * 12, b"secret") == hashlib.sha256(b"n" * 12 + b"secret").hexdigest()
