"""inventory.yaml as frozen values: what a caller must be able to hear, in every language."""

from pydantic import TypeAdapter

from ivr.strict_model import StrictModel


class Item(StrictModel):
    """What a caller must be able to hear: its name, its prompt, and its words by language."""

    part: str
    prompt: str
    hears: dict[str, tuple[str, ...]]


INVENTORY = TypeAdapter(tuple[Item, ...])
"""The content of inventory.yaml."""
