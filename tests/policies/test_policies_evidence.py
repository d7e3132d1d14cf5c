"""Each control names the test that shows it, and that test is there."""

from pathlib import Path

import pytest

from policies.fields import FIELDS, Field

TESTS = Path(__file__).parents[1]


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.path)
def test_the_test_that_shows_a_control_exists(field: Field) -> None:
    assert (TESTS / field.shown_by).is_file()
