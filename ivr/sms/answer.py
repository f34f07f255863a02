"""The answer to a text that somebody sends to the line's number: fixed words, in each language."""

from ivr.phone_numbers import written_number
from ivr.script.model import Script

NUMBER, TEXT = "{number}", "{text}"
"""The blanks of an answer: the hotline's number, and its number for texts."""

ANSWER_CHARACTERS = 306
"""Characters of the longest answer: two pieces of 153, which a telephone joins again.

https://www.twilio.com/docs/glossary/what-sms-character-limit
"""


def answer(script: Script) -> str:
    """Return the answer with its blanks filled, the languages in their order; "" if it is off."""
    return "\n".join(
        filled(script, script.line.answer_texts[code])
        for code in script.line.languages
        if code in script.line.answer_texts
    )


def filled(script: Script, text: str) -> str:
    """Return the answer of one language with the hotline's numbers in its blanks."""
    to = script.hotline
    return text.replace(NUMBER, written_number(to.number or "")).replace(TEXT, to.text or "")
