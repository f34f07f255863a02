"""The goodbye: the last words, with the hotline's number, before the line hangs up."""

from collections.abc import Iterator

from ivr.dialog.context import Context, Next
from ivr.dialog.node_kind import NodeKind
from ivr.dialog.turn import HangUp, Spoken
from ivr.dialog.universals import languages
from ivr.script.nodes import Goodbye


def _must(context: Context[Goodbye]) -> Iterator[Spoken]:
    codes = languages(context) if context.place.no_language else [context.place.language]
    for language in codes:
        for prompt in context.node.say:
            yield context.spoken(prompt, language=language, slow=True)


def _stays(context: Context[Goodbye], *_: object) -> Next:
    """Say goodbye again: the call has ended, so nothing else can be asked for."""
    return Next(context.place)


GOODBYE: NodeKind[Goodbye] = NodeKind(
    must=_must, verb=lambda _: HangUp(), key=_stays, silence=_stays
)
