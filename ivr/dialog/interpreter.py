"""What a caller hears before a call to people who do not speak their language.

They hear, in their language, that an interpreter can help and what to say, and then the words to
say, in the language of those who answer: "Vietnamese, please."
"""

from collections.abc import Iterator
from typing import Any

from ivr.dialog.context import Context
from ivr.dialog.turn import Spoken
from ivr.script.line import Destination
from ivr.script.model import Script


def offered(context: Context[Any], destination: Destination) -> Iterator[Spoken]:
    """Say that an interpreter can help, if the destination has some."""
    if destination.interpreter:
        yield context.spoken("interpreter.free")


def what_to_say(context: Context[Any], destination: Destination) -> Iterator[Spoken]:
    """Say which words to say when somebody answers, and the words themselves, slowly."""
    script, language = context.script, context.place.language
    theirs = language_of(script, destination)
    called = script.line.languages[language].called.get(theirs, "")
    if called:
        yield context.spoken("interpreter.say")
        asked = context.spoken("interpreter.ask", language=theirs, slow=True, called=called)
        yield asked._replace(prompt=f"interpreter.ask/{language}")


def language_of(script: Script, destination: Destination) -> str:
    """Return the language of the line in which a destination is asked for an interpreter."""
    spoken_there = (code for code in destination.languages if code in script.words)
    return next(spoken_there, script.line.default_language)
