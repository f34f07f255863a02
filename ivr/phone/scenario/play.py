"""Conversations as data, shared by `ivr call` and the tests: read, played, written, improvised."""

from ivr.errors import PhoneError
from ivr.phone.call import Call
from ivr.phone.normalize import has_number, plain
from ivr.phone.scenario.load import Conversation, Step, read
from ivr.phone.scenario.run import Outcome, act, unattended
from ivr.phone.scenario.save import write
from ivr.phone.states import Answered, Ended, Ringing, told

__all__ = [
    "Conversation",
    "Mismatch",
    "Outcome",
    "Step",
    "act",
    "has_number",
    "plain",
    "play",
    "read",
    "unattended",
    "write",
]


class Mismatch(PhoneError, AssertionError):  # noqa: N818 what a test finds
    """A call does not go as written: file and line, what was expected, what was heard."""


def play(conversation: Conversation, call: Call) -> None:
    """Dial, and do and expect everything in order. Raises Mismatch at the first thing that is off.

    A call that still goes on after the last step is left where it is.
    """
    _checked(conversation, Step(1, "dial", ()), call)
    for step in conversation.steps:
        _checked(conversation, step, call)


def _checked(conversation: Conversation, step: Step, call: Call) -> None:
    wrong = ""
    try:
        if step.kind in _EXPECTATIONS:
            wrong = _expect(step, call)
        else:
            _do(step, call)
    except PhoneError as e:
        wrong = str(e)
    if wrong:
        heard = " | ".join(h.text for h in call.heard_now) or "nothing"
        raise Mismatch(f"{conversation.path}:{step.line}: {step.kind}: {wrong}; heard: {heard}")


_EXPECTATIONS = {"hears", "hears_not", "rings", "whispers", "hung_up"}


def _expect(step: Step, call: Call) -> str:
    """Return what is not as expected, or nothing."""
    heard = plain(" ".join(h.text for h in call.heard_now))
    state = call.state
    wrong = ""
    match step.kind:
        case "hears":
            missing = [f'"{v}"' for v in step.values if plain(v) not in heard]
            wrong = f"{', '.join(missing)} was not heard" if missing else ""
        case "whispers":
            said = [event.heard for event in call.events if isinstance(event, Answered)][-1:]
            whispered = plain(" ".join(said))
            missing = [f'"{v}"' for v in step.values if plain(v) not in whispered]
            wrong = f"{', '.join(missing)} was not whispered: {said}" if missing else ""
        case "hears_not":
            unwanted = [f'"{v}"' for v in step.values if plain(v) in heard]
            wrong = f"{', '.join(unwanted)} was heard" if unwanted else ""
        case "rings":
            if not isinstance(state, Ringing) or state.numbers != step.values:
                wrong = f"{', '.join(step.values)} is not rung, {told(state)}"
        case _:
            if not isinstance(state, Ended) or state.reason == "caller hung up":
                wrong = f"the line has not hung up, {told(state)}"
    return wrong


def _do(step: Step, call: Call) -> None:
    match step.kind, step.values:
        case "press", (keys,):
            call.press(keys)
        case "say", (words,):
            call.say(words)
        case "silence", (times,):
            for _ in range(int(times)):
                call.silence()
        case "ends" | "answers" as kind, (value,):
            call.ends(value) if kind == "ends" else call.answers(value.replace("nothing", ""))
        case "record", (recording,):
            seconds, _, key = recording.partition(" ")
            call.record(int(seconds), key)
        case "hangs_up", _:
            call.hang_up()
        case _:
            call.dial()
