"""The parts in which a held picture is checked, and what a policy has to leave of them for a check to mean anything."""

import pytest

from gateway.errors import Denied
from gateway.web.cropping import HEIGHT, WIDTH, crops, legible
from policies.controls import Controls
from policies.values import Reveal
from tests.gateway.stores import item_row
from tests.gateway.stream_visits import controls
from viewer.imaging.presentation import Presentation
from viewer.render.view import View

SMALL, LARGE = (
    (64, 64),
    (2000, 3000),
)  # rows, columns: the small one fits on screen tenfold, the large one has parts


def _sent(of: Controls, shape: tuple[int, int]) -> list[float]:
    """Device pixels an image pixel, of each part of a picture as it is sent."""
    parts = crops(
        item_row("i", "p1", rows=shape[0], columns=shape[1]), Presentation(photometric="MONOCHROME2")
    )
    found = []
    for number, part in enumerate(parts):
        view = View(item="i", frame=0, width=WIDTH, height=HEIGHT, x=part.x, y=part.y, scale=part.scale)
        encoding = legible(view, of, overview=number == 0 and len(parts) > 1)
        found.append(part.scale * encoding.shrink)
        assert max(WIDTH, HEIGHT) * encoding.shrink <= of.max_side_px
        assert found[-1] <= of.max_zoom
    return found


@pytest.mark.parametrize("shape", [SMALL, LARGE])
@pytest.mark.parametrize(
    "of", [controls(), controls(max_side_px=520), controls(max_zoom=1.0), controls(max_zoom=4.0)]
)
def test_each_part_keeps_within_the_limits_and_is_legible(of: Controls, shape: tuple[int, int]) -> None:
    overview, *parts = _sent(of, shape)
    assert min(parts or [overview]) >= 1.0


@pytest.mark.parametrize(
    "of",
    [
        controls(reveal=Reveal.SPOTLIGHT),
        controls(share_of_item=0.9),
        controls(max_detail=0.5),
        controls(max_side_px=64),
        controls(max_zoom=0.5),
    ],
)
def test_who_is_left_less_than_a_check_needs_gets_no_picture(of: Controls) -> None:
    with pytest.raises(Denied, match="less of a picture than a check of it needs"):
        _sent(of, LARGE)
