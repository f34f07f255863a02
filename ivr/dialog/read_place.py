"""From a URL to a place that the script has."""

from collections.abc import Mapping
from typing import Any

from ivr.dialog.context import Context
from ivr.dialog.nodes import kind_at
from ivr.dialog.place import Place
from ivr.phone_numbers import RECORDING_SID
from ivr.script.model import Script


def read_place(script: Script, path: str, query: Mapping[str, str]) -> Place:
    """Read a place from a path and its query.

    A place that the script does not have, because it changed during the call, becomes the main
    menu.
    """
    place = Place.from_url(path, query)
    has_language = place.language in script.line.languages
    if has_language and is_valid(script, place):
        return place
    language = place.language if has_language else script.line.default_language
    if script.line.is_bridge(language):
        context: Context[Any] = Context(script, place)
        return context.go(script.graph.person)
    return Place(language, script.graph.home, slow=place.slow, texts=place.texts)


def is_valid(script: Script, place: Place) -> bool:
    """Return whether the script has this place."""
    if script.node(place.node) is None or not script.is_offered(place.node):
        return False
    context: Context[Any] = Context(script, place)
    kind = kind_at(script, place)
    return (
        place.phase in kind.phases
        and 0 <= place.step <= kind.last_step(context)
        and (not place.recording or place.phase in kind.recording_phases)
        and (not place.recording or RECORDING_SID.fullmatch(place.recording) is not None)
        and kind.is_valid(context)
        and (not place.back or is_valid(script, place.origin()))
    )
