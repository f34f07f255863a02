"""A prompt as a caller hears it: at the node that says it, numbers and names filled in."""

from ivr.dialog import Place, Spoken
from ivr.dialog.prompts import spoken
from ivr.script.model import Script
from ivr.script.nodes import Transfer


def heard(script: Script, language: str, prompt: str) -> Spoken:
    """Return a prompt as it is spoken at the first transfer that says it, or at the main menu."""
    for node_id, node in script.graph.nodes.items():
        if isinstance(node, Transfer) and prompt in node.say:
            return spoken(script, Place(language, node_id), prompt)
    home = Place(language, script.graph.home)
    # These are filled by other prompts.
    return spoken(script, home, prompt, sign="", task="", key="", count="", name="")
