"""An extra as a frozen value: what it adds to a script, and on what its words rest."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from ivr.script.nodes import Choice, Node, NodeId, ReachedQuestion
from ivr.strict_model import StrictModel


class Approval(StrictModel):
    """The professional who has read the words of an extra and stands by them, and the day."""

    by: str = Field(min_length=1)
    on: dt.date


class Extra(StrictModel):
    """The menu.yaml of an extra.

    `rests_on` are the pages on which its words rest; a professional has to approve those words.
    `needs` are other extras that are merged before it. `destinations` are those that line.yaml may
    give a number. `add` are choices at the end of nodes that the script has; `instead` leads a
    node's choice to another node than before, by the same key and words. A node to which menu.yaml
    itself leads is offered where menu.yaml says, and nowhere else.
    """

    rests_on: tuple[str, ...] = ()
    approved: Approval | None = None
    needs: tuple[NodeId, ...] = ()
    destinations: tuple[NodeId, ...] = ()
    add: Mapping[NodeId, tuple[Choice, ...]] = Field(default_factory=dict)
    instead: Mapping[NodeId, Mapping[NodeId, NodeId]] = Field(default_factory=dict)
    reached: ReachedQuestion | None = None
    nodes: dict[NodeId, Annotated[Node, Field(discriminator="kind")]] = Field(default_factory=dict)
