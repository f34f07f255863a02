"""Dashboard and alert rules ask for metrics that there are."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from prometheus_client.metrics import MetricWrapperBase

from ivr import metrics
from ivr.settings import Settings
from ivr.web import create_app
from tests.lines import read_yaml

DOCS = Path(__file__).parents[2] / "docs" / "grafana"


def asked(text: str) -> set[str]:
    return set(re.findall(r"\bivr_\w+", text))


@pytest.mark.parametrize("name", ["line.json", "rules.yaml", "rules.test.yaml"])
def test_every_metric_that_is_asked_for_is_there(name: str) -> None:
    exported = {
        f"{family.name}{end}"
        for metric in vars(metrics).values()
        if isinstance(metric, MetricWrapperBase)
        for family in metric.describe()
        for end in ("", "_total", "_bucket")
    }
    names = asked((DOCS / name).read_text())
    assert names
    assert names <= exported


def test_they_can_be_read() -> None:
    assert json.loads((DOCS / "line.json").read_text())["panels"]
    rules = read_yaml(DOCS / "rules.yaml")["groups"][0]["rules"]
    assert {"LifeboatServed", "TransfersFail", "NoCalls"} <= {rule["alert"] for rule in rules}


@pytest.mark.slow
def test_the_alert_rules_pass_their_own_tests() -> None:
    promtool = shutil.which("promtool")
    assert promtool, "promtool is not installed: apt-get install prometheus"
    command = [promtool, "test", "rules", str(DOCS / "rules.test.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_transfers_are_counted_from_zero_before_any_caller_is_transferred(
    settings: Settings,
) -> None:
    page = create_app(settings).test_client().get("/metrics").text
    counted = set(
        re.findall(r'ivr_transfers_total{destination="([\w.-]+)",outcome="failed"}', page)
    )
    assert {"hotline", "911"} <= counted
