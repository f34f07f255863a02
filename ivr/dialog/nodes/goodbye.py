"""The goodbye: the last words, with the hotline's number, before the line hangs up."""

from collections.abc import Iterator

from ivr.dialog.context import Context, Next
from ivr.dialog.node_kind import NodeKind
from ivr.dialog.turn import HangUp, Spoken
from ivr.dialog.universals import languages
from ivr.script.nodes import Goodbye


class GoodbyeKind(NodeKind[Goodbye]):
    def must(self, context: Context[Goodbye]) -> Iterator[Spoken]:
        codes = languages(context) if context.place.no_language else [context.place.language]
        for language in codes:
            for prompt in context.node.say:
                yield context.spoken(prompt, language=language, slow=True)

    def verb(self, _: Context[Goodbye]) -> HangUp:
        return HangUp()

    # The call has ended, so nothing else can be asked for.

    def key(self, context: Context[Goodbye], _: str) -> Next:
        return Next(context.place)

    def silence(self, context: Context[Goodbye]) -> Next:
        return Next(context.place)
