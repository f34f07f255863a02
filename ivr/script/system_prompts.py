"""The prompts that the line itself needs in every language, whatever an agency's menus are.

Each is listed with its blanks, as in "Call {number}." The dialog fills in digits, names and keys,
so that the number that is spoken is the number that is dialled.
"""

from types import MappingProxyType
from typing import Final

PHRASES: Final = MappingProxyType(
    {
        # How a choice is said: the task before the key (docs/architecture.md, rule 3).
        "choice": ("task", "key"),
        "key.star": (),
        "key.pound": (),
        # What the reserved keys do, as tasks: "To go back".
        "to.person": (),
        "to.emergency": (),
        "to.back": (),
        "to.again": (),
        "to.pace": (),
        "to.language": (),  # said in the language that it leads to
        # Where there are more than two languages: each by its own name, then all the others.
        "language.name": (),
        "to.languages": (),
        "help": (),
        "language.changed": (),
        "pace.slow": (),
        "pace.normal": (),
        "home.here": (),
        "speech.offer": (),  # where speech is on
        # After silence or a wrong key: kind messages. noinput.3 says that the hotline will ring.
        "noinput.1": (),
        "noinput.2": (),
        "noinput.3": (),
        "nomatch.1": (),
        "nomatch.2": (),
        "nomatch.3": (),
        # Walking through a talk and a check.
        "talk.next": (),
        "check.ask": ("sign",),
        "check.yes": (),
        "check.no": (),
        "check.unsure": (),
        "check.stop": (),
        "check.review": (),
        "check.none": (),
        "check.one": (),
        "check.some": ("count",),
        # A transfer, and how it ended.
        "transfer.connect": ("name",),
        "transfer.hear": (),
        "transfer.next": ("name",),
        "transfer.number": ("name", "number"),
        "transfer.number-once": ("number",),
        "transfer.connecting": ("name",),
        "transfer.now": (),  # after a description
        "transfer.person": (),  # to a caller who has chosen no language yet
        "transfer.completed": (),
        "transfer.busy": (),
        "transfer.no-answer": (),
        "transfer.failed": (),
        # To a caller whose language nobody speaks there: what to say, and in English what they say.
        "interpreter.free": (),
        "interpreter.say": (),
        "interpreter.ask": ("called",),
        # 911 (docs/architecture.md, rule 6).
        "emergency.location": (),
        "emergency.connecting": (),
        "emergency.asked": (),
        "emergency.off": (),
        "emergency.stopped": (),
        "emergency.ended": (),
        "emergency.failed": (),
        # When something broke behind the line (docs/architecture.md, rule 1).
        "lifeboat": ("name", "number"),
    }
)

AGENCY_PHRASES: Final = (
    "agency.name",
    "agency.trying",
    "oncall.ring",
    "oncall.ringing",
    "oncall.unreached",
    "oncall.whisper",
)
"""What a script with a node of kind agency needs in addition."""

WHISPER_PHRASES: Final = MappingProxyType({"oncall.language": ("called",)})
"""What the person on call hears of a caller who speaks another language than they do."""

VOICEMAIL_PHRASES: Final = MappingProxyType(
    {
        "voicemail.offer": (),
        "voicemail.recorded": ("days",),
        "voicemail.record": (),
        # Is it safe to call back?
        "voicemail.safe": (),
        "voicemail.safe-yes": (),
        "voicemail.safe-no": (),
        # What to say, and what not to expect.
        "voicemail.begin": (),
        "voicemail.begin-only": (),
        "voicemail.start": (),
        "voicemail.empty": (),
        # What becomes of it.
        "voicemail.done": (),
        "voicemail.keep": (),
        "voicemail.urgent": (),
        "voicemail.hear": (),
        "voicemail.again": (),
        "voicemail.delete": (),
        "voicemail.kept": (),
        "voicemail.kept-urgent": (),
        "voicemail.deleted": (),
        "voicemail.unheard": (),
    }
)
"""What a script with a node of kind voicemail needs in addition."""

TEXT_PHRASES: Final = MappingProxyType(
    {
        "to.text": (),
        "text.ask": (),
        "text.yes": (),
        "text.message": ("numbers",),  # what is sent, not said
        "text.sent": (),
        "text.late": (),
        "text.refused": (),
        "text.stopped": (),
        "text.enough": (),
    }
)
"""What a script with a node of kind text needs in addition."""

LIMIT_PHRASES: Final = MappingProxyType({"call.longest": ()})
"""What every script needs for calls that last too long."""

AGENCY_LIMIT_PHRASES: Final = MappingProxyType(
    {
        "agency.limited": (),
        "agency.challenge": ("first", "second"),
        "oncall.block": (),
    }
)
"""What a script with a node of kind agency needs for floods of calls."""

MESSAGE_LIMIT_PHRASES: Final = MappingProxyType({"voicemail.limited": ()})
"""What a script with a node of kind voicemail needs for floods of messages."""

BRIDGE_PHRASES: Final = (
    "language.name",
    "choice",
    "interpreter.free",
    "to.person",
    "interpreter.say",
    "transfer.number",
    "transfer.no-answer",
    "noinput.3",
)
"""What a language of the tier `bridge` needs besides the words of 911 and the goodbye."""

OWN_BLANKS: Final = MappingProxyType(
    {
        **PHRASES,
        **WHISPER_PHRASES,
        **VOICEMAIL_PHRASES,
        **TEXT_PHRASES,
        **LIMIT_PHRASES,
        **AGENCY_LIMIT_PHRASES,
        **MESSAGE_LIMIT_PHRASES,
    }
)
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
    "person",
    "emergency",
    "back",
    "again",
    "pace",
    "language",
    "next",
    "yes",
    "no",
    "unsure",
    "connect",
    "hear",
    "other",
    "stop",
    GREETING,
    CONFIRM,
    REFUSE,
    EMERGENCY,
    WANTED_911,
    REFUSED_911,
    CHILD,
    SOMEONE,
    TALK,
    JOINER,
    FILLER,
    NEGATION,
)
"""What a caller may say anywhere (`speech:` in a language's file) instead of pressing a key.

The last nine do not stand for keys of their own: they say how 911 is spoken, how a wish for it
ends, which words say that it is not wanted, whom callers speak of, how they call a person and ask
to talk to one, which words join sentences or mean nothing, and which words turn a wish into its
opposite.
"""
