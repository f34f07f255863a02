"""Dashboard and alert rules ask for metrics that there are."""

import json
import re
from pathlib import Path

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from ivr import metrics

DOCS = Path(__file__).parents[2] / "docs" / "grafana"


def asked(text: str) -> set[str]:
    return set(re.findall(r"\bivr_\w+", text))


@pytest.mark.parametrize("name", ["line.json", "rules.yaml"])
def test_every_metric_that_is_asked_for_is_there(name: str) -> None:
    there = {
        f"{family.name}{end}"
        for metric in vars(metrics).values()
        if isinstance(metric, MetricWrapperBase)
        for family in metric.describe()
        for end in ("", "_total", "_bucket")
    }
    names = asked((DOCS / name).read_text())
    assert names
    assert names <= there


def test_they_can_be_read() -> None:
    assert json.loads((DOCS / "line.json").read_text())["panels"]
    rules = yaml.safe_load((DOCS / "rules.yaml").read_text())["groups"][0]["rules"]
    assert {"LifeboatServed", "TransfersFail", "NoCalls"} <= {rule["alert"] for rule in rules}
