"""The payload's way through the code: any 64 bits come back, through noise too, and names are never made up."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewer.errors import MarkError
from viewer.watermark import polar
from viewer.watermark.keying import Key
from viewer.watermark.layout import CHIP, CHIP_COUNT, PILOT, TILE, Region, layout_of
from viewer.watermark.payload import Payload, chips, codeword, payload_of
from viewer.watermark.probability import ALPHA, FLOOR, false_accusation, threshold

KEY = Key(bytes(range(32)))
PAYLOADS = st.builds(Payload, st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))


@settings(max_examples=60)
@given(payload=PAYLOADS)
def test_a_code_word_comes_back(payload: Payload) -> None:
    ratios = 4.0 * (1 - 2 * codeword(KEY, payload).astype(np.float32))
    assert payload_of(KEY, polar.decode(ratios)[0]) == payload


def test_noise_of_twice_the_signal_is_corrected() -> None:
    noise = np.random.default_rng(7)
    found = 0
    for number in range(40):
        payload = Payload(int(noise.integers(2**32)), number)
        said = 0.55 * (1 - 2.0 * codeword(KEY, payload)) + noise.normal(size=polar.LENGTH)
        found += payload in [payload_of(KEY, each) for each in polar.decode((1.1 * said).astype(np.float32))]
    assert found >= 38


@settings(max_examples=30)
@given(message=st.binary(min_size=8, max_size=8))
def test_scrambling_is_a_permutation(message: bytes) -> None:
    bits = np.unpackbits(np.frombuffer(message, np.uint8))
    payload = payload_of(KEY, bits)
    assert (polar.encode(bits) == codeword(KEY, payload)).all()


def test_neighbouring_payloads_have_unrelated_code_words() -> None:
    words = np.stack([codeword(KEY, Payload(1, epoch)) for epoch in range(40)])
    distances = [(words[i] ^ words[j]).sum() for i in range(40) for j in range(i)]
    assert min(distances) > 0.3 * polar.LENGTH


def test_each_tile_holds_each_code_bit_once() -> None:
    index = layout_of(KEY).index
    for top, left in ((0, 0), (3, 7), (14, 14)):
        tile = index[top * TILE : (top + 1) * TILE, left * TILE : (left + 1) * TILE]
        assert sorted(tile[tile >= 0]) == list(range(polar.LENGTH))
        assert 0.3 < (tile == PILOT).mean() < 0.36
        assert 0.2 < (tile == CHIP).mean() < 0.25


def test_the_map_repeats_beyond_its_canvas() -> None:
    index = layout_of(KEY).index
    side = len(index)
    assert (Region(side - 2, 0, 5, 4).cut(index)[:, 2:] == index[:4, :3]).all()


def test_chips_are_a_sequence_of_their_own() -> None:
    said = chips(KEY, Payload(1, 2)).astype(float)
    others = np.stack([chips(KEY, Payload(1, epoch)) for epoch in range(3, 403)]).astype(float)
    scores = others @ said / math.sqrt(CHIP_COUNT)
    assert abs(scores).max() < 5
    assert 0.8 < scores.std() < 1.2


def test_keys_are_64_hexadecimal_digits_and_never_printed() -> None:
    key = Key.parse(" " + "0f" * 32 + "\n")
    assert "0f" not in repr(key)
    assert key.fingerprint != KEY.fingerprint
    for text in ("", "0f" * 31, "zz" * 32, "0f" * 33):
        with pytest.raises(MarkError):
            Key.parse(text)


@pytest.mark.parametrize(("session", "epoch"), [(-1, 0), (2**32, 0), (0, -1), (0, 2**32)])
def test_a_payload_out_of_range_is_refused(session: int, epoch: int) -> None:
    with pytest.raises(MarkError):
        Payload(session, epoch)


def test_the_ledger_needs_eight_deviations() -> None:
    assert threshold(10**6 * 128) == pytest.approx(8.06, abs=0.01)


@given(score=st.floats(-10, 60), trials=st.integers(1, 10**9))
def test_the_probability_is_one_and_never_nothing(score: float, trials: int) -> None:
    chance = false_accusation(score, trials)
    assert FLOOR <= chance <= 1
    if chance <= ALPHA:
        assert score >= threshold(trials) - 1e-9
