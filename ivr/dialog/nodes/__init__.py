"""The kinds of node that a call graph is made of, one module each.

Each module has one subclass of `NodeKind`; `ivr/dialog/node_kind.py` says how to add one.
"""

from collections.abc import Mapping
from typing import Any

from ivr.dialog.language_menu import LanguageMenuKind
from ivr.dialog.node_kind import NodeKind
from ivr.dialog.nodes.agency import AgencyKind
from ivr.dialog.nodes.check import CheckKind
from ivr.dialog.nodes.emergency import EmergencyKind
from ivr.dialog.nodes.few_texts import FewTextsKind
from ivr.dialog.nodes.goodbye import GoodbyeKind
from ivr.dialog.nodes.menu import MenuKind
from ivr.dialog.nodes.opening import OpeningKind
from ivr.dialog.nodes.talk import TalkKind
from ivr.dialog.nodes.text import TextKind
from ivr.dialog.nodes.transfer import TransferKind
from ivr.dialog.nodes.voicemail import VoicemailKind
from ivr.dialog.place import LANGUAGES, Place
from ivr.script import nodes
from ivr.script.model import Script

KINDS: Mapping[type[nodes.Node], NodeKind[Any]] = {
    nodes.Opening: OpeningKind(),
    nodes.Menu: MenuKind(),
    nodes.Talk: TalkKind(),
    nodes.Check: CheckKind(),
    nodes.Transfer: TransferKind(),
    nodes.Agency: AgencyKind(),
    nodes.Voicemail: VoicemailKind(),
    nodes.Text: TextKind(),
    nodes.Emergency: EmergencyKind(),
    nodes.Goodbye: GoodbyeKind(),
}
"""What a call does at each kind of node."""

_FEW_TEXTS, _LANGUAGE_MENU = FewTextsKind(), LanguageMenuKind()


def kind_of(script: Script, node_id: str) -> NodeKind[Any]:
    """Return what a call does at a node of the script. Raises KeyError for an unknown node."""
    return KINDS[type(script.graph.nodes[node_id])]


def kind_at(script: Script, place: Place) -> NodeKind[Any]:
    """Return what a call does at a place: in a language of few texts, mostly the same."""
    kind = kind_of(script, place.node)
    if isinstance(kind, OpeningKind) and place.phase == LANGUAGES:
        return _LANGUAGE_MENU
    is_bridge = script.line.is_bridge(place.language)
    return _FEW_TEXTS if is_bridge and not isinstance(kind, OpeningKind | GoodbyeKind) else kind
