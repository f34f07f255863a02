"""Everything that a script's line can say, found by exploring it: each utterance needs a clip."""

from collections.abc import Mapping
from functools import lru_cache

from ivr.dialog import Spoken
from ivr.explore.explorer import Explorer
from ivr.script.model import Script
from ivr.speech import clip_key


@lru_cache(maxsize=1)
def all_utterances(script: Script) -> Mapping[str, Spoken]:
    """Return every utterance by its clip key. Takes seconds; the last result is cached.

    For commands only: pages read what the exploration check has published (ivr.checks.engine).
    """
    return clip_key.wanted(t.turn for t in Explorer(script).transitions() if t.turn)
