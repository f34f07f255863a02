"""The kinds of node that a call graph is made of, one module each.

Each module has one `NodeKind`; `ivr/dialog/node_kind.py` says what that is, and how to add one.
"""

from collections.abc import Mapping
from typing import Any

from ivr.dialog.node_kind import NodeKind
from ivr.dialog.nodes.agency import AGENCY
from ivr.dialog.nodes.check import CHECK
from ivr.dialog.nodes.emergency import EMERGENCY
from ivr.dialog.nodes.few_texts import FEW_TEXTS
from ivr.dialog.nodes.goodbye import GOODBYE
from ivr.dialog.nodes.menu import MENU
from ivr.dialog.nodes.opening import OPENING
from ivr.dialog.nodes.talk import TALK
from ivr.dialog.nodes.text import TEXT
from ivr.dialog.nodes.transfer import TRANSFER
from ivr.dialog.nodes.voicemail import VOICEMAIL
from ivr.dialog.place import Place
from ivr.script import nodes
from ivr.script.model import Script

KINDS: Mapping[type[nodes.Node], NodeKind[Any]] = {
    nodes.Opening: OPENING,
    nodes.Menu: MENU,
    nodes.Talk: TALK,
    nodes.Check: CHECK,
    nodes.Transfer: TRANSFER,
    nodes.Agency: AGENCY,
    nodes.Voicemail: VOICEMAIL,
    nodes.Text: TEXT,
    nodes.Emergency: EMERGENCY,
    nodes.Goodbye: GOODBYE,
}
"""What a call does at each kind of node."""


def kind_of(script: Script, node_id: str) -> NodeKind[Any]:
    """Return what a call does at a node of the script. Raises KeyError for an unknown node."""
    return KINDS[type(script.graph.nodes[node_id])]


def kind_at(script: Script, place: Place) -> NodeKind[Any]:
    """Return what a call does at a place: in a language of few texts, mostly the same."""
    kind = kind_of(script, place.node)
    is_bridge = script.line.is_bridge(place.language) and kind not in (OPENING, GOODBYE)
    return FEW_TEXTS if is_bridge else kind
