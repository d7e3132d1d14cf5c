"""A text as pages, and a page as a picture: documents reach the browser as pixels, like every other item.

Text space is half-open [start, end) in Unicode code points of the text that was paginated. Pages, and the
lines of a page, follow each other without a gap, so every code point of the text stands in exactly one
line.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from viewer.document.lettering import Grey, advance, clusters, draw, shown
from viewer.errors import UnreadableFile, ViewError

PAGE_WIDTH = 1024  # px
MARGIN = 56  # px, on all four sides
PAPER = 0xE8  # light enough to read by, dark enough for the light strokes of the watermark
INK = 0x14
COLUMNS = 80  # digit widths to a line; running text sets about 95 letters in it
LINES_PER_PAGE = 48
MAX_CHARACTERS = 1_000_000
MAX_PAGES = 1_000  # 1.5 MB of pixels each

_TAB_COLUMNS = 8
_LEADING = 1.5  # of the size
_BASELINE = 1.1  # of the size, below the top of the line
_TOKEN = re.compile(r"(?P<newline>\r\n|\n|\r)|(?P<tab>\t)|(?P<space> +)|(?P<word>[^\r\n\t ]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Letters as they are drawn, the pen starting `x` px right of the margin."""

    x: int
    letters: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line, with the spaces or the line break that end it."""

    start: int
    end: int
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page: `lines` in order, and the grid that they were set on."""

    start: int
    end: int
    lines: tuple[Line, ...]
    columns: int
    lines_per_page: int


def paginate(text: str, *, columns: int = COLUMNS, lines_per_page: int = LINES_PER_PAGE) -> tuple[Page, ...]:
    """`text` set on pages, at least one.

    `columns`: 20..200 digit widths to a line; `lines_per_page`: 1..200. Lines break at spaces; a word
    longer than a line is cut between letters. A tab goes to the next multiple of eight columns; CR, LF and
    CR LF break the line; every other control is drawn as `�`. Errors: ViewError for a grid out of range,
    UnreadableFile for a text over `MAX_CHARACTERS` or `MAX_PAGES`.
    """
    if not (20 <= columns <= 200 and 1 <= lines_per_page <= 200):
        raise ViewError(
            f"a page of `{columns}` columns and `{lines_per_page}` lines can't be set: use 20..200 and 1..200"
        )
    if len(text) > MAX_CHARACTERS:
        raise UnreadableFile(f"the text is longer than `{MAX_CHARACTERS}` characters")
    setting = _Setting(columns)
    for token in _TOKEN.finditer(text):
        setting.feed(token.lastgroup or "word", token.group())
    lines = setting.finish()
    if len(lines) > MAX_PAGES * lines_per_page:
        raise UnreadableFile(f"the text needs more than `{MAX_PAGES}` pages")
    return tuple(
        _page(lines[first : first + lines_per_page], columns, lines_per_page)
        for first in range(0, len(lines), lines_per_page)
    )


def page_height(*, columns: int, lines_per_page: int) -> int:
    """The height in px of every page set on this grid; the width is `PAGE_WIDTH`."""
    return 2 * MARGIN + lines_per_page * round(_LEADING * _size(columns))


def draw_page(page: Page) -> Grey:
    """The page as grey levels, `INK` on `PAPER`, shape (`page_height`, `PAGE_WIDTH`)."""
    size = _size(page.columns)
    canvas = np.full(
        (page_height(columns=page.columns, lines_per_page=page.lines_per_page), PAGE_WIDTH), PAPER, np.uint8
    )
    for number, line in enumerate(page.lines):
        baseline = MARGIN + number * round(_LEADING * size) + round(_BASELINE * size)
        for run in line.runs:
            draw(canvas, run.letters, x=MARGIN + run.x, baseline=baseline, size=size, level=INK)
    return canvas


def page_text(page: Page, text: str) -> str:
    """The letters of `page` of `text` as `draw_page` draws them, and no other: what is drawn as `□` is `□` here.

    A line that was broken to fit goes on in the next one; a line break of the text is a line feed.
    """
    said: list[str] = []
    for line in page.lines:
        said += "\t".join(run.letters for run in line.runs)
        end = text[line.end - 1 : line.end]
        if end in {"\r", "\n"}:
            said += "\n"
        elif end == " ":
            said += " "
    return "".join(said).rstrip()


def _page(lines: list[Line], columns: int, lines_per_page: int) -> Page:
    return Page(
        start=lines[0].start,
        end=lines[-1].end,
        lines=tuple(lines),
        columns=columns,
        lines_per_page=lines_per_page,
    )


@lru_cache(maxsize=256)
def _size(columns: int) -> int:
    """The largest letter size in px at which `columns` digits fit between the margins."""
    size = 4
    while columns * advance("0", size + 1) <= PAGE_WIDTH - 2 * MARGIN:
        size += 1
    return size


class _Setting:
    """Lines being set; `feed` takes the tokens of a text in order."""

    def __init__(self, columns: int) -> None:
        self._size = _size(columns)
        self._unit = advance("0", self._size)
        self._limit = columns * self._unit
        self._lines: list[Line] = []
        self._start = self._end = 0  # code points of the line in hand
        self._pen = 0  # px
        self._runs: list[tuple[int, list[str]]] = [(0, [])]

    def feed(self, kind: str, token: str) -> None:
        match kind:
            case "newline":
                self._end += len(token)
                self._cut()
            case "tab":
                stop = _TAB_COLUMNS * self._unit
                self._pen = (self._pen // stop + 1) * stop
                self._end += 1
                self._runs.append((self._pen, []))
            case "space":
                # Spaces may hang over the edge: they show nothing, and the next line starts with a word.
                self._put(token, advance(" ", self._size) * len(token), len(token))
            case _:
                self._word(token)

    def finish(self) -> list[Line]:
        if self._end > self._start or not self._lines:
            self._cut()
        return self._lines

    def _word(self, word: str) -> None:
        letters = [(cluster, shown(cluster)) for cluster in clusters(word)]
        width = sum(advance(drawn, self._size) for _, drawn in letters)
        if self._pen + width > self._limit and self._pen:
            self._cut()
        for cluster, drawn in letters:
            step = advance(drawn, self._size)
            if self._pen + step > self._limit and self._pen:
                self._cut()
            self._put(drawn, step, len(cluster))

    def _put(self, letters: str, width: int, length: int) -> None:
        self._runs[-1][1].append(letters)
        self._pen += width
        self._end += length

    def _cut(self) -> None:
        runs = (Run(x=x, letters="".join(letters).rstrip(" ")) for x, letters in self._runs)
        self._lines.append(
            Line(start=self._start, end=self._end, runs=tuple(run for run in runs if run.letters))
        )
        self._start = self._end
        self._pen = 0
        self._runs = [(0, [])]
