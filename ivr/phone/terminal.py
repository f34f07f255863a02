"""The telephone in a terminal: shows what is heard, word for word, and takes keys and words.

Input and output are parameters. Nothing depends on colour, and 80 columns are enough.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from ivr.errors import PhoneError
from ivr.phone import states
from ivr.phone.call import Call
from ivr.phone.parties import spaced

INDENT = 7
"""Columns before the words, under the time at which they begin."""
HELP = """\
1, 2, … * #    press keys, as many as you like
say some words say them
Enter          stay silent
h              hang up (as do Ctrl-C and Ctrl-D)
?              this help
A line marked "must be heard" cannot be cut short by a key.
Nobody is really called."""
"""The answer to "?"."""

ENDS = {"1": "completed", "2": "busy", "3": "no-answer", "4": "failed", "": "completed"}
TALK_SECONDS = 60
"""How long a talk lasts that the caller says was one."""

ENDS_QUESTION = "1 completed, 2 busy, 3 no answer, 4 failed; Enter = completed, h = hang up"


def converse(call: Call, read: Callable[[str], str], console: Console) -> None:
    """Dial, and hold the phone until the call ends.

    `read` asks for a line, as `input` does; its EOFError or KeyboardInterrupt hangs up. Raises
    PhoneError if an answer of the line cannot be used, after showing what was heard before.
    """
    shown = 0
    try:
        call.dial()
        while not isinstance(call.state, states.Ended):
            show(call.events[shown:], console)
            shown = len(call.events)
            _step(call, read, console)
    finally:
        show(call.events[shown:], console)
        console.print(_last_line(call), highlight=False)


def show(events: Sequence[states.Event], console: Console) -> None:
    """Print what was heard and done, in order."""
    for event in events:
        match event:
            case states.Heard():
                manner = "keys work meanwhile" if event.interruptible else "must be heard"
                slow = "slow" if event.slow else ""
                about = ", ".join(filter(None, [event.language, manner, slow]))
                console.print(Text(f"{clock(event.at):>5}  ") + Text(about, style="dim"))
                words = Text(event.text, style="" if event.interruptible else "bold")
                console.print(Padding(words, (0, 0, 0, INDENT)))
            case states.Rang(numbers, caller_id):
                who = ", ".join(map(spaced, numbers))
                shows = f", showing {spaced(caller_id)}" if caller_id else ""
                console.print(Text(f"{'>':>5}  Ringing {who} (nobody is really called){shows}"))
            case _:
                console.print(Text(f"{'>':>5}  {_done(event)}"))


def clock(seconds: float) -> str:
    """Return seconds as minutes and seconds: 75 as 1:15."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def _done(act: states.Act) -> str:
    match act:
        case states.Pressed(keys):
            return f"pressed {keys}"
        case states.Said(words):
            return f"said: {words}"
        case states.Silent():
            return "silence"
        case states.Dialled(status=status):
            return f"that call ended: {status}"
        case states.Answered(number, words, keys, taken):
            did = f"pressed {keys}" if keys else "pressed nothing"
            then = "is connected" if taken else "is hung up on"
            return f"{spaced(number)} answered, heard: {words} {did.capitalize()}, and {then}"
        case states.Recorded(seconds, key):
            return f"spoke for {seconds} s, then {key or 'silence'}"
        case states.HungUp():  # pragma: no branch (mypy: exhaustive)
            return "hung up"


def _last_line(call: Call) -> str:
    reasons = {"hangup": "the line hung up", "end of document": "the document ended"}
    reason = call.state.reason if isinstance(call.state, states.Ended) else "the phone was put down"
    return f"The call is over after about {clock(call.seconds)}: {reasons.get(reason, reason)}."


def _step(call: Call, read: Callable[[str], str], console: Console) -> None:
    """Ask once, and do what is entered; an impossible act is explained and changes nothing."""
    try:
        console.print(Text("\n".join(_asked(call.state)), style="dim"))
        entered = read("> ").strip()
    except (EOFError, KeyboardInterrupt):
        console.print()
        call.hang_up()
        return
    if entered == "?":
        console.print(Text(HELP))
    elif entered == "h":
        call.hang_up()
    else:
        try:
            _enter(call, entered)
        except PhoneError as e:
            if isinstance(call.state, states.Ended):
                raise
            console.print(Text(f"{e}; ? helps"))


ANSWERS = {"5": "1", "6": "", "7": ""}
ANSWERS_QUESTION = "5 answers and presses 1, 6 answers and presses nothing, 7 voicemail picks up"


def _asked(state: states.State) -> Iterator[str]:
    match state:
        case states.Listening(gather, keys):
            kinds = ["keys"] * gather.takes_keys + ["words"] * gather.takes_speech
            keyed = f"; so far {keys}" if keys else ""
            yield f"Listening for {' or '.join(kinds)} for {gather.timeout} s{keyed}"
            if gather.hints:
                yield f"It understands words such as: {', '.join(gather.hints[:6])}"
        case states.Ringing():
            yield f"How does that call end? {ENDS_QUESTION}"
            if state.dial.whispers:
                yield f"The called person is asked first: {ANSWERS_QUESTION}"
        case _:
            yield "Recording: how many seconds do you speak, and which key ends it? As 12 #"


def _enter(call: Call, entered: str) -> None:
    match call.state:
        case states.Ringing(dial) if entered == "*" and dial.hangup_on_star:
            call.press(entered)
        case states.Ringing(dial) if dial.whispers and entered in ANSWERS:
            call.answers(ANSWERS[entered])
        case states.Ringing():
            status = ENDS.get(entered, entered)
            call.ends(status, TALK_SECONDS if status == "completed" else 0)
        case states.Recording():
            seconds, _, key = entered.partition(" ")
            if seconds and not re.fullmatch(r"[0-9]{1,5}", seconds):
                raise PhoneError(f'"{seconds}" is not a number of seconds')
            call.record(int(seconds or "0"), key)
        case _ if entered.startswith("say "):
            call.say(entered.removeprefix("say "))
        case _ if entered:
            call.press(entered)
        case _:
            call.silence()
