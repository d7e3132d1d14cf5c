"""Long lists, a page at a time."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """One page of `total` lines. `number` counts from 1; `kept`: the rest of the query, which stays from page to page."""

    number: int
    size: int
    total: int
    kept: Mapping[str, str]

    @property
    def pages(self) -> int:
        """How many there are; one of an empty list."""
        return max(1, -(-self.total // self.size))

    @property
    def start(self) -> int:
        """The place of the first line, from 0."""
        return (self.number - 1) * self.size

    @property
    def end(self) -> int:
        """One past the place of the last."""
        return min(self.total, self.start + self.size)

    def link(self, number: int) -> str:
        """The query of another page."""
        return "?" + urlencode({**self.kept, "page": str(number)})


def paging(query: Mapping[str, str], size: int, total: int, **kept: str) -> Paging:
    """The page that `query` asks for, or the nearest that there is."""
    asked = query.get("page", "1")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 8 else 1
    first = Paging(
        number=1, size=size, total=total, kept={key: value for key, value in kept.items() if value}
    )
    return replace(first, number=min(max(number, 1), first.pages))
