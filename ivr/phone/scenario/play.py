"""Plays a conversation, and reports the first step that does not go as written."""

from ivr.errors import PhoneError
from ivr.phone.call import Call
from ivr.phone.normalize import plain
from ivr.phone.scenario.load import Conversation, Step
from ivr.phone.scenario.run import act
from ivr.phone.states import Answered, Ended, Ringing, describe


class Mismatch(PhoneError, AssertionError):  # noqa: N818 named for what a test finds
    """A call did not go as written; it names the file, the line, and what was heard instead."""


def play(conversation: Conversation, call: Call) -> None:
    """Dial, and do or expect every step in order. Raises Mismatch at the first that fails.

    If the call still goes on after the last step, it stays as it is.
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
        words = " | ".join(h.text for h in call.latest_utterances) or "nothing"
        raise Mismatch(f"{conversation.path}:{step.line}: {step.kind}: {wrong}; heard: {words}")


_EXPECTATIONS = {"hears", "hears_not", "rings", "whispers", "hung_up"}


def _expect(step: Step, call: Call) -> str:
    words = plain(" ".join(h.text for h in call.latest_utterances))
    state = call.state
    wrong = ""
    match step.kind:
        case "hears":
            missing = [f'"{v}"' for v in step.values if plain(v) not in words]
            wrong = f"{', '.join(missing)} was not heard" if missing else ""
        case "whispers":
            whispers = [event.words for event in call.events if isinstance(event, Answered)][-1:]
            whispered = plain(" ".join(whispers))
            missing = [f'"{v}"' for v in step.values if plain(v) not in whispered]
            wrong = f"{', '.join(missing)} was not whispered: {whispers}" if missing else ""
        case "hears_not":
            unwanted = [f'"{v}"' for v in step.values if plain(v) in words]
            wrong = f"{', '.join(unwanted)} was heard" if unwanted else ""
        case "rings":
            if not isinstance(state, Ringing) or state.numbers != step.values:
                wrong = f"{', '.join(step.values)} is not rung, {describe(state)}"
        case _:
            if not isinstance(state, Ended) or state.reason == "caller hung up":
                wrong = f"the line has not hung up, {describe(state)}"
    return wrong


def _do(step: Step, call: Call) -> None:
    match step.kind, step.values:
        case "press" | "ends", (value,):  # "1", "busy", "completed 45"
            act(call, value.replace(" ", ":"))
        case "say", (words,):
            call.say(words)
        case "record", (recording,):  # "12 #"
            act(call, f"record:{recording.replace(' ', ':')}")
        case "answers", (keys,):
            call.answers(keys.replace("nothing", ""))
        case "silence", (times,):
            for _ in range(int(times)):
                call.silence()
        case "hangs_up", _:
            call.hang_up()
        case _:
            call.dial()
