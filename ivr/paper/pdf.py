"""A card as PDF, in a font that every reader has: Helvetica, with Western Europe's letters."""

import io

import pydyf

from ivr.errors import IvrError
from ivr.paper.layout import POINT, Sheet, Text, width

_ENCODING = "cp1252"
"""The letters of the fonts: PDF calls them WinAnsiEncoding."""


def pdf(sheet: Sheet) -> bytes:
    """Return the sheet as a PDF file of one page.

    Raises IvrError, in one line, for a script that the fonts do not have: the SVG has them all.
    """
    _require_letters(sheet)
    document = pydyf.PDF()
    fonts = {}
    for name, font in (("F", "Helvetica"), ("B", "Helvetica-Bold")):
        entry = pydyf.Dictionary(
            {
                "Type": "/Font",
                "Subtype": "/Type1",
                "BaseFont": f"/{font}",
                "Encoding": "/WinAnsiEncoding",
            }
        )
        document.add_object(entry)
        fonts[name] = entry.reference
    content = _content(sheet)
    document.add_object(content)
    box = [0, 0, sheet.width / POINT, sheet.height / POINT]
    document.add_page(
        pydyf.Dictionary(
            {
                "Type": "/Page",
                "Parent": document.pages.reference,
                "MediaBox": pydyf.Array(box),
                "Resources": pydyf.Dictionary({"Font": pydyf.Dictionary(fonts)}),
                "Contents": content.reference,
            }
        )
    )
    document.catalog["Lang"] = pydyf.String(sheet.card.language)
    document.info["Title"] = pydyf.String(f"{sheet.card.title}: {sheet.card.number}")
    file = io.BytesIO()
    document.write(file)
    return file.getvalue()


def _require_letters(sheet: Sheet) -> None:
    words = " ".join(text.words for text in sheet.texts)
    try:
        words.encode(_ENCODING)
    except UnicodeEncodeError as e:
        raise IvrError(
            f'the PDF\'s fonts lack "{words[e.start]}", so {sheet.card.language} is made as SVG:'
            " write -o card.svg, and print that from a browser"
        ) from None


def _content(sheet: Sheet) -> pydyf.Stream:
    """Draw the sheet: PDF counts points from the bottom, so everything is turned over first."""
    stream = pydyf.Stream(compress=True)
    up = sheet.height / POINT
    stream.set_line_width(0.5 / POINT)
    for box in sheet.boxes:
        y = up - (box.y + box.height) / POINT
        stream.rectangle(box.x / POINT, y, box.width / POINT, box.height / POINT)
        stream.fill() if box.filled else stream.stroke()
    if sheet.fold:
        stream.set_line_width(0.5)
        stream.set_dash([3, 3], 0)
        stream.move_to(0, up - sheet.fold / POINT)
        stream.line_to(sheet.width / POINT, up - sheet.fold / POINT)
        stream.stroke()
    for text in sheet.texts:
        _draw(stream, text, up)
    return stream


def _draw(stream: pydyf.Stream, text: Text, up: float) -> None:
    x = text.x - (width(text.words, text.size) if text.at_end else 0)
    escaped = text.words.encode(_ENCODING)
    for letter in (b"\\", b"(", b")"):
        escaped = escaped.replace(letter, b"\\" + letter)
    stream.begin_text()
    stream.set_font_size("B" if text.bold else "F", text.size / POINT)
    stream.set_text_matrix(1, 0, 0, 1, x / POINT, up - text.y / POINT)
    stream.show_text(b"(" + escaped + b")")
    stream.end_text()
