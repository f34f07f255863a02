"""The table of the kinds of node: a kind without a row would give callers the lifeboat."""

from typing import get_args

from ivr.dialog.nodes import KINDS
from ivr.script.nodes import Node


def test_every_kind_of_node_has_a_row() -> None:
    assert set(KINDS) == set(get_args(Node))


def test_a_call_comes_to_every_kind_of_node_without_a_phase() -> None:
    assert [kind for kind, row in KINDS.items() if "" not in row.phases] == []
