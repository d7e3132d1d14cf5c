"""Text goes out, and views are kept, as the stricter side of all fields together wants."""

from dataclasses import replace

import pytest
from hypothesis import given
from policy_texts import policies

from policies.composing import compose
from policies.controls import Controls
from policies.delivering import keeps_views, sends_text, withheld
from policies.model import Policy
from policies.values import Reveal, TextDelivery

READS = replace(compose([]), text=TextDelivery.TEXT)


@pytest.mark.parametrize(
    ("controls", "why"),
    [
        (READS, None),
        (replace(READS, reveal=Reveal.SPOTLIGHT), "display.reveal is spotlight"),
        (replace(READS, max_detail=0.99), "display.max_detail is below 1"),
        (replace(READS, max_zoom=0.5), "display.max_zoom is below 1"),
    ],
)
def test_less_than_a_whole_page_at_once_is_no_text(controls: Controls, why: str | None) -> None:
    assert withheld(controls) == why
    assert sends_text(controls) is (why is None)
    assert not sends_text(replace(controls, text=TextDelivery.PIXELS))


def test_by_default_nothing_but_pixels_is_sent() -> None:
    assert not sends_text(compose([]))


def test_views_are_kept_where_a_share_is_counted_or_text_is_sent() -> None:
    silent = replace(compose([]), record_views=False)
    assert not keeps_views(silent)
    assert keeps_views(replace(silent, record_views=True))
    assert keeps_views(replace(silent, share_of_item=0.9))
    assert keeps_views(replace(silent, text=TextDelivery.TEXT))
    assert not keeps_views(replace(silent, text=TextDelivery.TEXT, reveal=Reveal.SPOTLIGHT))


@given(policies, policies)
def test_one_policy_more_never_sends_more_text(one: Policy, other: Policy) -> None:
    both = compose([one, other])
    for policy in (one, other):
        if policy.settings.get("surface.text") is not None:
            assert sends_text(compose([policy])) or not sends_text(both)
