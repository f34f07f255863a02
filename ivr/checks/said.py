"""All that a script's line can say, found by walking through it: what clips are made of."""

from collections.abc import Mapping
from functools import lru_cache

from ivr.checks.walk import Walk
from ivr.dialog import Spoken
from ivr.script.model import Script
from ivr.speech import plan


@lru_cache(maxsize=1)
def said(script: Script) -> Mapping[str, Spoken]:
    """Return the words by their key (ivr.speech.plan). The walk takes seconds; the last is kept."""
    return plan.wanted(step.turn for step in Walk(script).steps() if step.turn)
