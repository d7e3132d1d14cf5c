"""What capitals tell in a text: in dictation they may all be capitals, or none."""

from enum import Enum


class Casing(Enum):
    """MIXED: a capital inside a sentence marks a name. The others: capitals tell nothing."""

    MIXED = "mixed"
    UPPER = "upper"
    LOWER = "lower"


def casing_of(text: str) -> Casing:
    """How `text` is set, by the share of capitals among its letters."""
    upper = sum(map(str.isupper, text))
    lower = sum(map(str.islower, text))
    if upper > 3 * lower:
        return Casing.UPPER
    if lower and upper * 100 < lower and upper < 3:
        return Casing.LOWER
    return Casing.MIXED
