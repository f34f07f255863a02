"""All that a script's line can say, found by walking through it: what clips are made of."""

from collections.abc import Mapping
from functools import lru_cache

from ivr.dialog import Spoken
from ivr.explore.explorer import Explorer
from ivr.script.model import Script
from ivr.speech import clip_key


@lru_cache(maxsize=1)
def said(script: Script) -> Mapping[str, Spoken]:
    """Return every utterance by its clip key. Takes seconds; the last result is cached."""
    return clip_key.wanted(step.turn for step in Explorer(script).steps() if step.turn)
