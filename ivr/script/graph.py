"""Where a node leads: the one answer, for every kind of node.

A new kind of node is named by mypy here first, since the `match` must be exhaustive.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, assert_never

from ivr.script import nodes

EdgeKind = Literal["choice", "connect", "then", "next", "voicemail", "of"]
"""How an edge is taken.

`choice` by a key of the caller's; `connect` by a key that rings somebody at once; `then` by itself;
`next` is offered at a transfer or the agency, also after a failed call; `voicemail` where nobody
answers; `of` leads nowhere, but says the steps of another talk.
"""


@dataclass(frozen=True, slots=True)
class Edge:
    """A way from one node to another. `field` is where menu.yaml has it, below the node.

    `key` is the caller's, once the script has given the free keys to its choices (`Script.edges`).
    """

    to: str
    kind: EdgeKind
    field: tuple[str | int, ...]
    choice: nodes.Choice | None = None
    key: str = ""


def edges(node: nodes.Node) -> Iterator[Edge]:
    """Yield every edge of a node as menu.yaml has it, whether its end can be reached or not."""
    match node:
        case nodes.Opening():
            yield Edge(node.then, "then", ("then",))
        case nodes.Menu():
            yield from _chosen(node.choices)
        case nodes.Talk():
            yield from _borrowed(node.of)
            yield from _chosen(node.choices)
            yield from _named("then", node.then)
        case nodes.Check():
            yield from _borrowed(node.of)
            yield Edge(node.then, "then", ("then",))
        case nodes.Transfer():
            yield from _named("next", node.next)
        case nodes.Agency():
            yield from _named("next", node.next)
            yield from _named("voicemail", node.voicemail)
        case nodes.Voicemail() | nodes.Text() | nodes.Emergency() | nodes.Goodbye():
            return
        case _:
            assert_never(node)


def _chosen(choices: tuple[nodes.Choice, ...]) -> Iterator[Edge]:
    for i, choice in enumerate(choices):
        kind: EdgeKind = "connect" if choice.connect else "choice"
        yield Edge(choice.to, kind, ("choices", i), choice)


def _borrowed(talks: tuple[str, ...]) -> Iterator[Edge]:
    yield from (Edge(talk, "of", ("of", i)) for i, talk in enumerate(talks))


def _named(kind: Literal["then", "next", "voicemail"], to: str | None) -> Iterator[Edge]:
    if to:
        yield Edge(to, kind, (kind,))
