"""A log line tells of no caller, and still tells when and where something happened."""

import json
import logging
import logging.config

import pytest

from ivr.logs import JsonLines, config, scrubbed


@pytest.mark.parametrize(
    "number",
    [
        "(202) 555-0143",
        "+12025550143",
        "2025550143",
        "12025550143",
        "202-555-0143",
        "202.555.0143",
        "+1 202 555 0143",
        "%2B12025550143",
        "+44 20 7183 8750",
        "00442071838750",
        "sip:2025550143@pbx",
    ],
)
def test_a_telephone_number_is_not_logged_however_it_is_written(number: str) -> None:
    line = scrubbed(f"2026-11-24: the request From={number} failed")
    assert "[number]" in line
    assert "0143" not in line.replace(" ", "")
    assert "8750" not in line
    assert line.startswith("2026-11-24: the request")


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24T03:00:00+00:00",
        "2026-11-24 03:00:00.123456",
        "from 2026-11-24 to 2026-12-24",
        "worker with PID 1234567 listens on 127.0.0.1:5000",
        "took 0.123456789012 seconds",
        "revision 20261124",
    ],
)
def test_dates_addresses_and_durations_are_logged(text: str) -> None:
    assert scrubbed(text) == text


def test_the_carriers_ids_are_not_logged_even_in_a_traceback() -> None:
    sid = "CA" + "0123456789abcdef" * 2
    error = ValueError(f"no call {sid} from (202) 555-0143")
    info = (ValueError, error, None)
    record = logging.LogRecord("ivr", logging.ERROR, __file__, 1, "failed", None, info)
    line = json.loads(JsonLines().format(record))
    assert line["message"] == "failed"
    assert "no call [id] from [number]" in line["error"]


def test_the_servers_advice_on_threads_greets_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        logging.config.dictConfig(config(plain=True))
        logging.getLogger("_granian").warning("Configuration allows up to 16 Python threads")
        logging.getLogger("_granian").warning("Started worker-1")
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    written = capsys.readouterr().err
    assert "Started worker-1" in written
    assert "Python threads" not in written
