"""The key of a page: what it signs, who can answer for it, and what happens where nobody does."""

import base64
from dataclasses import replace

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from gateway.stream import bond
from gateway.stream.effects import LockSession, Send, Signal
from gateway.stream.limits import Limits
from gateway.stream.machine import Machine, State
from gateway.stream.messages import Answer, Hello
from tests.gateway.stream_visits import START, WELCOME, grant

PRIVATE = ec.derive_private_key(7, ec.SECP256R1())
OTHER = ec.derive_private_key(8, ec.SECP256R1())
SEED = bytes(32)
LIMITS = Limits()


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def key_of(private: ec.EllipticCurvePrivateKey) -> str:
    return _b64(private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def sign(private: ec.EllipticCurvePrivateKey, asked: bytes) -> str:
    r, s = decode_dss_signature(private.sign(asked, ec.ECDSA(SHA256())))
    return _b64(r.to_bytes(32) + s.to_bytes(32))


def _machine() -> Machine:
    machine = Machine(START)
    machine.receive(msgspec.json.encode(Hello(ticket="t")), START)
    bound = replace(grant(), key=key_of(PRIVATE), seed=SEED)
    machine.admit(bound, START, welcome=WELCOME)
    return machine


def _answer(machine: Machine, private: ec.EllipticCurvePrivateKey, number: int, now: float) -> list[object]:
    asked = bond.question(bond.CHALLENGE, bond.nonce(SEED, number))
    return list(machine.receive(msgspec.json.encode(Answer(proof=sign(private, asked))), now))


def _asked(effects: list[object]) -> bool:
    return any(isinstance(e, Send) and isinstance(e.data, str) and '"challenge"' in e.data for e in effects)


def test_what_is_signed_for_one_purpose_is_nothing_for_another() -> None:
    signed = sign(PRIVATE, bond.question(bond.HELLO, "x"))
    assert bond.holds(key_of(PRIVATE), bond.question(bond.HELLO, "x"), signed)
    assert not bond.holds(key_of(PRIVATE), bond.question(bond.CHALLENGE, "x"), signed)
    assert not bond.holds(key_of(PRIVATE), bond.question(bond.HELLO, "y"), signed)
    assert not bond.holds(key_of(OTHER), bond.question(bond.HELLO, "x"), signed)


@given(st.text(max_size=100), st.text(max_size=100))
def test_nonsense_proves_nothing(key: str, signature: str) -> None:
    assert not bond.holds(key, b"x", signature)
    assert not bond.holds(key_of(PRIVATE), b"x", signature)


def test_the_page_is_asked_every_minute_and_its_answer_is_enough() -> None:
    machine = _machine()
    now = START
    for number in range(1, 4):
        now += LIMITS.challenge_s
        assert _asked(machine.due(now))
        now += 1
        _answer(machine, PRIVATE, number, now)
        assert machine.state is State.OPEN


@pytest.mark.parametrize("late", [False, True])
def test_no_answer_and_the_wrong_one_lock_the_session(late: bool) -> None:
    machine = _machine()
    now = START + LIMITS.challenge_s
    assert _asked(machine.due(now))
    effects = machine.due(now + LIMITS.answer_s) if late else _answer(machine, OTHER, 1, now + 1)
    assert Signal("unproven") in effects
    assert any(isinstance(effect, LockSession) for effect in effects)
    assert machine.state is State.LOCKED


def test_an_answer_to_an_earlier_question_is_none() -> None:
    machine = _machine()
    now = START + LIMITS.challenge_s
    machine.due(now)
    _answer(machine, PRIVATE, 1, now)
    machine.due(now + LIMITS.challenge_s)
    _answer(machine, PRIVATE, 1, now + LIMITS.challenge_s)
    assert machine.state is State.LOCKED


def test_an_answer_that_nobody_asked_for_locks() -> None:
    machine = _machine()
    _answer(machine, PRIVATE, 1, START + 1)
    assert machine.state is State.LOCKED
