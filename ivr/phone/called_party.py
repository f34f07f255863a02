"""The called person's side of a transfer: what they hear before the caller is put through.

Twilio (voice/twiml/number, `url`): the document runs on the called side only, and may hold Play,
Say, Pause, Gather, Redirect and Hangup. When it ends, the two are connected; Hangup drops the call.
"""

from collections.abc import Callable

from ivr.phone.interpreter import Interpreter
from ivr.phone.parties import Parties
from ivr.phone.states import Answered, Ended, Listening
from ivr.phone.transcript import Transcript
from ivr.phone.transport import Transport
from ivr.phone.twiml.markup import SCHEMA
from ivr.phone.twiml.verbs import Gather, Refused, Whisper


def answer_whisper(
    line: Transport, url: str, parties: Parties, whisper: Whisper, keys: str
) -> Answered:
    """Return what the called person hears, and whether the caller is put through to them.

    `url` is the caller's document, to which the whisper's URL is relative. `keys` are pressed one
    input after the other, whenever the document listens; "" presses none. Raises Refused if the
    carrier would reject an answer.
    """
    log = Transcript()
    interpreter = Interpreter(line, url, parties.called_side(whisper.number), log)
    remaining_keys = keys

    def press(gather: Gather) -> str:
        nonlocal remaining_keys
        take = gather.num_digits or len(remaining_keys)
        keyed, remaining_keys = remaining_keys[:take], remaining_keys[take:]
        if not keyed:
            log.seconds += gather.timeout
        return keyed

    taken = run_whisper(interpreter, whisper, press)
    words = " … ".join(part.text for part in log.utterances)
    return Answered(whisper.number, words, keys, taken, log.seconds)


def run_whisper(interpreter: Interpreter, whisper: Whisper, press: Callable[[Gather], str]) -> bool:
    """Run the whisper for the person who answered; return whether the caller is put through.

    `press` returns the keys that they press when the document listens, or "". Raises Refused.
    """
    state = interpreter.ask(whisper.method, whisper.url, [])
    while isinstance(state, Listening):
        gather = state.gather
        keyed = press(gather)
        if keyed or gather.action_on_empty_result:
            state = interpreter.ask(gather.method, gather.action, [("Digits", keyed)])
        else:
            state = interpreter.run()
    if not isinstance(state, Ended):
        raise Refused(SCHEMA, "a whisper may only say or play something, take keys and hang up")
    return state.reason == "end of document"
