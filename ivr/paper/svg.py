"""A card as SVG, which every printer's shop and browser takes, in every script."""

from collections.abc import Iterator

from markupsafe import escape

from ivr.paper.layout import Sheet, Text, width

_FONT = "Helvetica, Arial, 'Liberation Sans', 'Noto Sans', sans-serif"


_LATIN = 0x250
"""The first code point that is no letter of Latin script."""

_REGULAR = 0.95
"""How wide Helvetica is, by the widths of its bold letters."""


def svg(sheet: Sheet) -> str:
    """Return the sheet as an SVG file, black on white, in millimetres."""
    return "\n".join(_parts(sheet)) + "\n"


def _parts(sheet: Sheet) -> Iterator[str]:
    card, wide, high = sheet.card, _short(sheet.width), _short(sheet.height)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}mm" height="{high}mm"'
        f' viewBox="0 0 {wide} {high}" lang="{escape(card.language)}"'
        f' font-family="{_FONT}" role="img">'
    )
    yield f"<title>{escape(card.title)}: {escape(card.number)}</title>"
    yield f'<rect width="{wide}" height="{high}" fill="#fff"/>'
    dark = "".join(
        f"M{_short(b.x)} {_short(b.y)}h{_short(b.width)}v{_short(b.height)}h-{_short(b.width)}z"
        for b in sheet.boxes
        if b.filled
    )
    if dark:
        yield f'<path d="{dark}" fill="#000" shape-rendering="crispEdges"/>'
    for box in sheet.boxes:
        if not box.filled:
            yield (
                f'<rect x="{_short(box.x)}" y="{_short(box.y)}" width="{_short(box.width)}"'
                f' height="{_short(box.height)}" fill="none" stroke="#000" stroke-width="0.5"/>'
            )
    if sheet.fold:
        yield (
            f'<line x1="0" x2="{wide}" y1="{_short(sheet.fold)}" y2="{_short(sheet.fold)}"'
            ' stroke="#888" stroke-width="0.2" stroke-dasharray="1 1"/>'
        )
    yield from (_text(text, card.direction) for text in sheet.texts)
    yield "</svg>"


def _text(text: Text, direction: str) -> str:
    """Return a line of text. A number runs from left to right in every script.

    Where a reader has none of the fonts, Latin letters are squeezed into the room of Helvetica's.
    """
    is_plain = not any(letter.isalpha() for letter in text.words)
    ltr = is_plain or direction == "ltr"
    at_end = text.at_end ^ (ltr and direction == "rtl")
    anchor = ' text-anchor="end"' if at_end else ""
    way = "" if direction == "ltr" else f' direction="{"ltr" if ltr else "rtl"}"'
    bold = ' font-weight="700"' if text.bold else ""
    room = ""
    if all(ord(letter) < _LATIN for letter in text.words):
        long = _short(width(text.words, text.size) * (1 if text.bold else _REGULAR))
        room = f' textLength="{long}" lengthAdjust="spacingAndGlyphs"'
    return (
        f'<text x="{_short(text.x)}" y="{_short(text.y)}" font-size="{_short(text.size)}"'
        f"{anchor}{way}{bold}{room}>{escape(text.words)}</text>"
    )


def _short(number: float) -> str:
    return f"{number:.3f}".rstrip("0").rstrip(".")
