"""RFC 6238's own vectors, and that no code is good twice."""

import pytest

from gateway.identity.totp import STEP_S, accepted, address, code_at

SECRET = b"12345678901234567890"  # RFC 6238, appendix B
VECTORS = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]


@pytest.mark.parametrize(("time", "digits"), VECTORS)
def test_the_standards_vectors(time: int, digits: str) -> None:
    assert code_at(SECRET, time // STEP_S) == digits[-6:]


def test_a_code_holds_for_one_step_either_way_and_once() -> None:
    now = 1_800_000_000.0
    step = int(now // STEP_S)
    assert [accepted(SECRET, code_at(SECRET, step + k), now, 0) for k in (-2, -1, 0, 1, 2)] == [
        None,
        step - 1,
        step,
        step + 1,
        None,
    ]
    assert accepted(SECRET, code_at(SECRET, step), now, step) is None
    assert accepted(SECRET, "", now, 0) is None
    assert accepted(SECRET, "é" * 6, now, 0) is None


def test_the_address_is_what_an_app_takes_in() -> None:
    assert address(SECRET, user="ada b", issuer="Isinglass") == (
        "otpauth://totp/Isinglass%3Aada%20b?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Isinglass&digits=6&period=30"
    )
