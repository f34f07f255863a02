"""Everything that a script's line can say, found by exploring it: each utterance needs a clip."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import product

from ivr.dialog import Place, Spoken, Turn
from ivr.dialog.build_turn import turn
from ivr.dialog.place import CHECK_RESULT
from ivr.explore.explorer import Explorer
from ivr.script.model import Script
from ivr.script.nodes import Check
from ivr.speech import clip_key


@lru_cache(maxsize=1)
def all_utterances(script: Script) -> Mapping[str, Spoken]:
    """Return every utterance by its clip key. Takes seconds; the last result is cached.

    For commands only: pages read what the exploration check has published (ivr.checks.engine).
    """
    return clip_key.wanted(
        (*(t.turn for t in Explorer(script).transitions() if t.turn), *results(script))
    )


def results(script: Script) -> Iterator[Turn]:
    """Yield the result of each check for every number of yeses, in each language and pace.

    An exploration need not try each number, since the line does the same after two as after seven.
    """
    for node_id, node in script.graph.nodes.items():
        if isinstance(node, Check):
            count = len(script.steps(node_id))
            for language, slow, yeses in product(script.words, (False, True), range(count + 1)):
                yes, step = (1 << yeses) - 1, count - 1
                place = Place(language, node_id, step, CHECK_RESULT, slow=slow, yes=yes)
                yield turn(script, place)
