"""The answer to a text that somebody sends to the line's number: fixed words, in each language."""

from ivr.dialog.nodes.text import written
from ivr.script.line import Destination
from ivr.script.model import Script
from ivr.script.nodes import Transfer

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
    to = hotline(script)
    return text.replace(NUMBER, written(to.number or "")).replace(TEXT, to.text or "")


def hotline(script: Script) -> Destination:
    """Return the destination of the key 0. Raises TypeError if it is no transfer's."""
    person = script.graph.nodes[script.graph.person]
    if not isinstance(person, Transfer):
        raise TypeError("the script's person is no transfer")
    return script.line.destinations[person.destination]
