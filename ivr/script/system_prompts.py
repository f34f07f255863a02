"""The prompts that the line itself needs in every language, whatever an agency's menus are.

Each is listed with its blanks, as in "Call {number}." The dialog fills in digits, names and keys,
so that the number that is spoken is the number that is dialled.
"""

from collections.abc import Mapping
from typing import Final

Blanks = Mapping[str, tuple[str, ...]]
"""Prompts by their ids, each with the blanks that it must have."""


def without_blanks(names: str) -> Blanks:
    """Return prompts that have no blanks, from their ids with spaces between."""
    return dict.fromkeys(names.split(), ())


PHRASES: Final[Blanks] = {
    # How a choice is said: the task before the key (docs/architecture.md, rule 3).
    "choice": ("task", "key"),
    **without_blanks("key.star key.pound"),
    # What the reserved keys do, as tasks: "To go back". `to.language` is said in the language
    # that it leads to.
    **without_blanks("to.person to.emergency to.back to.again to.pace to.language"),
    # Where there are more than two languages: each by its own name, then all the others.
    **without_blanks("language.name to.languages"),
    **without_blanks("help language.changed pace.slow pace.normal home.here"),
    **without_blanks("speech.offer"),  # where speech is on
    # After silence or a wrong key: kind messages. noinput.3 says that the hotline will ring.
    **without_blanks("noinput.1 noinput.2 noinput.3 nomatch.1 nomatch.2 nomatch.3"),
    # Walking through a talk and a check.
    **without_blanks("talk.next"),
    "check.ask": ("sign",),
    **without_blanks("check.yes check.no check.unsure check.stop check.review"),
    **without_blanks("check.none check.one"),
    "check.some": ("count",),
    # A transfer, and how it ended. `transfer.now` follows a description; `transfer.person` is
    # for a caller who has chosen no language yet.
    "transfer.connect": ("name",),
    "transfer.hear": (),
    "transfer.next": ("name",),
    "transfer.number": ("name", "number"),
    "transfer.number-once": ("number",),
    "transfer.connecting": ("name",),
    **without_blanks("transfer.now transfer.person transfer.completed transfer.busy"),
    **without_blanks("transfer.no-answer transfer.failed"),
    # To a caller whose language nobody speaks there: what to say, and in English what they say.
    **without_blanks("interpreter.free interpreter.say"),
    "interpreter.ask": ("called",),
    # 911 (docs/architecture.md, rule 6).
    **without_blanks("emergency.location emergency.connecting emergency.asked emergency.off"),
    **without_blanks("emergency.stopped emergency.ended emergency.failed"),
    # When something broke behind the line (docs/architecture.md, rule 1).
    "lifeboat": ("name", "number"),
    **without_blanks("call.longest"),  # to a call that lasts too long
}

AGENCY_PHRASES: Final[Blanks] = {
    **without_blanks("agency.name agency.trying"),
    **without_blanks("oncall.ring oncall.ringing oncall.unreached oncall.whisper"),
    # What the person on call hears of a caller who speaks another language than they do.
    "oncall.language": ("called",),
    # Against floods of calls.
    "agency.limited": (),
    "agency.challenge": ("first", "second"),
    "oncall.block": (),
}
"""What a script with a node of kind agency needs in addition."""

VOICEMAIL_PHRASES: Final[Blanks] = {
    "voicemail.offer": (),
    "voicemail.recorded": ("days",),
    "voicemail.record": (),
    # Is it safe to call back?
    **without_blanks("voicemail.safe voicemail.safe-yes voicemail.safe-no"),
    # What to say, and what not to expect.
    **without_blanks("voicemail.begin voicemail.begin-only voicemail.start voicemail.empty"),
    # What becomes of it.
    **without_blanks("voicemail.done voicemail.keep voicemail.urgent voicemail.hear"),
    **without_blanks("voicemail.again voicemail.delete voicemail.kept voicemail.kept-urgent"),
    **without_blanks("voicemail.deleted voicemail.unheard"),
    **without_blanks("voicemail.limited"),  # against floods of messages
}
"""What a script with a node of kind voicemail needs in addition."""

TEXT_PHRASES: Final[Blanks] = {
    **without_blanks("to.text text.ask text.yes"),
    "text.message": ("numbers",),  # what is sent, not said
    **without_blanks("text.sent text.late text.refused text.stopped text.enough"),
}
"""What a script with a node of kind text needs in addition."""

BRIDGE_PHRASES: Final = (
    *("language.name", "choice", "interpreter.free", "to.person", "interpreter.say"),
    *("transfer.number", "transfer.no-answer", "noinput.3"),
)
"""What a language of the tier `bridge` needs besides the words of 911 and the goodbye."""

OWN_BLANKS: Final[Blanks] = {**PHRASES, **AGENCY_PHRASES, **VOICEMAIL_PHRASES, **TEXT_PHRASES}
"""Prompt → the blanks that it must have."""

BLANKS: Final = frozenset({"agency", "number", "text", "text_word", "text_letters"})
"""The blanks that any prompt may have. They are filled from line.yaml."""

EMERGENCY: Final = "911"
FILLER: Final = "filler"
NEGATION: Final = "negation"
"""Names under `speech:` for how 911 is spoken, for words without a meaning, and for negations."""

CHILD: Final = "child"
"""The name under `speech:` for whom callers speak of: "my daughter", "she"."""

SOMEONE: Final = "someone"
TALK: Final = "talk"
"""The names for how a person is called ("a counselor"), and for "speak with", "connect me to"."""

JOINER: Final = "joiner"
"""The name under `speech:` for words that join two sentences: "and", "but"."""

GREETING: Final = "greeting"
"""The name for words that ask for a person only if nothing else is said: "hello?"."""

CONFIRM: Final = "confirm"
REFUSE: Final = "refuse"
"""The names for a clear yes and a clear no to the question whether to ring somebody."""

WANTED_911: Final = "call-911"
REFUSED_911: Final = "not-911"
"""The names for how a wish for 911 ends, and for words that say that it is not wanted."""

COMMANDS: Final = (
    *("person", "emergency", "back", "again", "pace", "language", "next", "yes", "no", "unsure"),
    *("connect", "hear", "other", "stop"),
    *(GREETING, CONFIRM, REFUSE, EMERGENCY, WANTED_911, REFUSED_911),
    *(CHILD, SOMEONE, TALK, JOINER, FILLER, NEGATION),
)
"""What a caller may say anywhere (`speech:` in a language's file) instead of pressing a key.

The last nine do not stand for keys of their own: they say how 911 is spoken, how a wish for it
ends, which words say that it is not wanted, whom callers speak of, how they call a person and ask
to talk to one, which words join sentences or mean nothing, and which words turn a wish into its
opposite.
"""
