"""Who is rung answers: what they hear on their side before the caller is put through.

Twilio (voice/twiml/number, `url`): the document runs on the called side only, and may hold Play,
Say, Pause, Gather, Redirect and Hangup. Where it ends, the two are connected; Hangup drops it.
"""

from collections.abc import Callable

from ivr.phone.interpreter import Interpreter
from ivr.phone.parties import Parties
from ivr.phone.states import Answered, Ended, Listening
from ivr.phone.transcript import Transcript
from ivr.phone.transport import Line
from ivr.phone.twiml.markup import SCHEMA
from ivr.phone.twiml.verbs import Gather, Refused, Whisper


def answered(line: Line, url: str, parties: Parties, whisper: Whisper, keys: str) -> Answered:
    """Return what the called person hears, and whether the caller is put through to them.

    `url` is the caller's document, to which the whisper's is relative; `keys` are pressed when the
    document listens, one input after the other; without any, nothing is. Raises Refused for what
    the carrier would not take.
    """
    log = Transcript()
    interpreter = Interpreter(line, url, parties.called_side(whisper.number), log)
    left = keys

    def press(gather: Gather) -> str:
        nonlocal left
        take = gather.num_digits or len(left)
        keyed, left = left[:take], left[take:]
        if not keyed:
            log.seconds += gather.timeout
        return keyed

    taken = asked(interpreter, whisper, press)
    heard = " … ".join(part.text for part in log.heard)
    return Answered(whisper.number, heard, keys, taken, log.seconds)


def asked(interpreter: Interpreter, whisper: Whisper, press: Callable[[Gather], str]) -> bool:
    """Let who has answered hear their document; return whether the caller is put through to them.

    `press` returns the keys that they press when it listens, or "". Raises Refused.
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
        raise Refused(SCHEMA, "who is called may only hear, press keys and be hung up on")
    return state.reason == "end of document"
