"""Where the words of a card stand on paper: in millimetres, from the top left.

The text is set in Helvetica, or in what a reader has in its place (Arial and Liberation Sans have
its widths). It is made smaller until it fits, but never smaller than the size of print allows.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Final, Literal, NamedTuple

import segno

from ivr.errors import IvrError
from ivr.paper.content import Card

POINT: Final = 25.4 / 72
"""Millimetres of a point."""

SizeName = Literal["wallet", "poster", "magnet"]


class Size(NamedTuple):
    """A kind of paper, in millimetres. `text` is the size of its print, `least` the smallest."""

    width: float
    height: float
    margin: float
    text: float
    least: float
    code: float
    folded: bool = False


SIZES: Mapping[SizeName, Size] = {
    "wallet": Size(85.6, 108, 4, 12 * POINT, 9 * POINT, 15.5, folded=True),
    "poster": Size(148, 210, 11, 22 * POINT, 18 * POINT, 38),
    "magnet": Size(105, 148, 7.5, 16 * POINT, 14 * POINT, 27),
}
"""A card in the size of a bank card, folded once; a poster of A5; a fridge magnet of A6."""


class Text(NamedTuple):
    """A line of text: `x`, `y` is where its base line begins, or ends if `at_end` is set."""

    x: float
    y: float
    size: float
    words: str
    bold: bool = False
    at_end: bool = False


class Box(NamedTuple):
    """A rectangle: filled, or an outline."""

    x: float
    y: float
    width: float
    height: float
    filled: bool = True


@dataclass(frozen=True)
class Sheet:
    """A laid out card. `fold` is where it is folded, from the top; 0 if it is not."""

    card: Card
    width: float
    height: float
    texts: tuple[Text, ...]
    boxes: tuple[Box, ...]
    fold: float = 0


_WIDTHS: Mapping[int, str] = {
    238: "'",
    278: " ,./I\\ijl|",
    333: "!()-:;[]`ft¡·",
    389: "*r{}",
    474: '"',
    500: "z",
    584: "+<=>^~",
    611: "?FLTZbdghnopqu¿",
    667: "EPSVXY",
    722: "&ABCDHKNRU",
    778: "GOQw",
    833: "M",
    889: "%m",
    944: "W",
    975: "@",
}
"""Widths of Helvetica-Bold in thousandths of its size, by Adobe's metrics; all others have 556."""

_WIDTH_OF = {letter: width for width, letters in _WIDTHS.items() for letter in letters}


def width(text: str, size: float) -> float:
    """Return how wide a text is at most: accents take no place, wide scripts take a square."""
    return sum(_width(letter) for letter in unicodedata.normalize("NFD", text)) * size / 1000


def _width(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 1000 if unicodedata.east_asian_width(letter) in "WF" else _WIDTH_OF.get(letter, 556)


def lines(text: str, size: float, room: float) -> Iterator[str]:
    """Break a text into lines that fit into a width; scripts without spaces break anywhere."""
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}".strip()
        if width(longer, size) <= room or not line:
            line = longer
        else:
            yield line
            line = word
        while width(line, size) > room:
            fits = next(n for n in range(len(line), 0, -1) if width(line[:n], size) <= room)
            yield line[:fits]
            line = line[fits:]
    yield line


@dataclass
class _Column:
    """A column that is filled from the top."""

    x: float
    y: float
    room: float
    texts: list[Text] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)

    def add(self, text: str, size: float, *, bold: bool = False, indent: float = 0) -> None:
        for line in lines(text, size, self.room - indent):
            self.y += size * _LEADING
            self.texts.append(Text(self.x + indent, self.y - size * 0.3, size, line, bold))

    def space(self, height: float) -> None:
        self.y += height


_LEADING = 1.2
"""The height of a line, in sizes of its text."""


def lay_out(card: Card, name: SizeName) -> Sheet:
    """Return a card laid out for a kind of paper. Raises IvrError if its words do not fit."""
    size = SIZES[name]
    text = size.text
    while text >= size.least:
        sheet = _tried(card, size, text)
        if sheet is not None:
            return _mirrored(sheet) if card.direction == "rtl" else sheet
        text -= 0.25 * POINT
    least = round(size.least / POINT)
    raise IvrError(
        f"the {name} in {card.language} has more text than fits in {least} points: shorten the"
        " tasks of the main menu, or print a larger kind"
    )


def _tried(card: Card, size: Size, text: float) -> Sheet | None:
    """Return a card with text of a size, or None if it does not fit."""
    bottom = size.height - size.margin
    fold = size.height / 2 if size.folded else 0
    front = _Column(size.margin, size.margin, size.width - 2 * size.margin)
    _front(front, card, text)
    back = _Column(front.x, fold + size.margin, front.room) if fold else front
    front_end = fold - size.margin if fold else bottom
    code_top = front_end - (size.code if card.url else 0)
    if fold and front.y > code_top:
        return None
    _back(back, card, text)
    if back.y > (bottom - _SMALL if fold else code_top - _SMALL):
        return None
    code = _code(card, size, code_top, text)
    small = Text(size.width - size.margin, bottom, _SMALL, card.version, at_end=True)
    columns = (front, back) if fold else (front,)
    texts = [t for column in columns for t in column.texts]
    boxes = [b for column in columns for b in column.boxes]
    return Sheet(
        card,
        size.width,
        size.height,
        (*texts, *code.texts, small),
        (*boxes, *code.boxes),
        fold,
    )


_SMALL: Final = 7 * POINT
"""The size of the version, in a corner."""


def _front(column: _Column, card: Card, text: float) -> None:
    column.add(card.title, text, bold=True)
    column.space(text * 0.4)
    fitting = column.room / width(card.number, 1)
    column.add(card.number, min(fitting, text * 2.7), bold=True)
    column.space(text * 0.5)
    pad, top = text * 0.35, column.y
    inner = _Column(column.x + pad, top + pad * 0.6, column.room - 2 * pad)
    inner.add(card.danger, text, bold=True)
    column.texts += inner.texts
    column.boxes.append(Box(column.x, top, column.room, inner.y - top + pad, filled=False))
    column.y = inner.y + pad
    column.space(text * 0.4)


def _back(column: _Column, card: Card, text: float) -> None:
    if card.choose:
        column.add(card.choose, text, bold=True)
    for key, task in card.keys:
        column.space(text * 0.15)
        top = column.y
        column.add(task, text, indent=text * 1.3)
        column.texts.append(Text(column.x, top + text * 0.9, text, key, bold=True))
    column.space(text * 0.35)
    if card.hotline:
        column.add(f"{card.direct} {card.hotline}", text, bold=True)


def _code(card: Card, size: Size, top: float, text: float) -> _Column:
    """Return the QR code, and beside it what it leads to."""
    column = _Column(size.margin + size.code + 3, top, 0)
    if not card.url:
        return column
    column.room = size.width - size.margin - column.x
    column.space(size.code / 2 - text)
    column.add(card.read, min(text, size.code / 4))
    matrix = segno.make(card.url, error="m").matrix
    module = size.code / len(matrix)
    for row, cells in enumerate(matrix):
        for start, length in _runs(cells):
            x, y = size.margin + start * module, top + row * module
            column.boxes.append(Box(x, y, length * module, module))
    return column


def _runs(cells: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield where dark modules of a row begin, and how many follow each other."""
    start = 0
    for is_dark, run in groupby(cells, bool):
        length = len(list(run))
        if is_dark:
            yield start, length
        start += length


def _mirrored(sheet: Sheet) -> Sheet:
    """Return a sheet for a language that is written from right to left."""
    texts = tuple(t._replace(x=sheet.width - t.x) for t in sheet.texts)
    boxes = tuple(b if b.filled else b._replace(x=sheet.width - b.x - b.width) for b in sheet.boxes)
    return replace(sheet, texts=texts, boxes=_moved_code(boxes, sheet.width))


def _moved_code(boxes: tuple[Box, ...], width: float) -> tuple[Box, ...]:
    """Move the code to the other side as it is: mirrored, no telephone would read it."""
    dark = [b for b in boxes if b.filled]
    if not dark:
        return boxes
    left, right = min(b.x for b in dark), max(b.x + b.width for b in dark)
    shift = (width - right) - left
    return tuple(b._replace(x=b.x + shift) if b.filled else b for b in boxes)
