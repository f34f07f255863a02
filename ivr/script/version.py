"""The version of a script: a short hash of all that it says and does."""

import hashlib
import json
from functools import lru_cache

from ivr.script.model import Script

_DIGITS = 10


@lru_cache(maxsize=8)
def version(script: Script) -> str:
    """Return the script's version: ten hex digits that change when anything in its files does.

    Comments and the order of keys do not count. A script that was restored has its old version.
    """
    line = script.line
    unset = {name for name in ("assistant", "extras") if not getattr(line, name)}
    content = {
        "line": line.model_dump(mode="json", exclude=unset),
        "graph": script.graph.model_dump(
            mode="json", exclude=None if script.graph.reached else {"reached"}
        ),
        "words": {c: words.model_dump(mode="json") for c, words in script.every_words.items()},
        # Their order gives the keys: languages in the opening, nodes on the way back.
        "order": [*script.line.languages, *script.graph.nodes],
    }
    if script.speaker:
        content["speaker"] = {c: w.model_dump(mode="json") for c, w in script.speaker.items()}
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
