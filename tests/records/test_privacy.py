"""Who called is nowhere: not in the records, not in the logs, not in the metrics."""

import re
import sqlite3
from pathlib import Path

import requests

from ivr.phone.call import Call
from ivr.phone.parties import Parties, made_up_sid
from ivr.phone.transport import HttpTransport
from tests.caller import Caller
from tests.lines import TOKEN
from tests.serving import until

NUMBER, SID = "+12025550143", made_up_sid("CA")
WORDS, PLACE, NAME = "my neighbour zebediah", "QUAGMIRE FALLS", "PEPPERWORTH"


class TalkativeLine(HttpTransport):
    """A carrier that tells all it knows about the caller, on every request."""

    def request(self, method, url, form):
        details = [("FromCity", PLACE), ("CallerName", NAME), ("Caller", NUMBER)]
        return super().request(method, url, [*form, *details])


def metrics(url: str) -> str:
    return requests.get(f"{url}/metrics", timeout=15).text


def test_a_whole_runs_traces_tell_of_no_caller(serve, prompts: Path, state: Path) -> None:
    """Calls, words, a failed transfer, a retry, an unsigned request, and a request that breaks."""
    env = {
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "IVR_METRICS": "exact",
    }
    line = TalkativeLine(TOKEN)
    with serve(prompts, "--workers", "2", **env) as (url, log):
        caller = Caller(Call(line, f"{url}/voice", Parties(caller=NUMBER, call_sid=SID))).dial()
        caller.press("1").say(WORDS).say("person").ends("busy").press("0").ends("completed")
        form = [("CallSid", SID), ("From", NUMBER), ("CallStatus", "completed")]
        for path in (
            "/status",
            "/lifeboat",
            "/en/nowhere",
            f"/{NUMBER[1:]}/zebediah?at={NUMBER[1:]}",
        ):
            line.request("POST", f"{url}/voice{path}", [*form, ("CallDuration", "7")])
        unsigned = requests.post(f"{url}/voice?From={NUMBER}", data={"From": NUMBER}, timeout=15)
        assert unsigned.status_code == 403
        until(lambda: "ivr_answer_seconds_count 9" in metrics(url), log)  # behind the calls
        figures = metrics(url)
    line.close()
    records = sqlite3.connect(state / "records.db")
    assert records.execute("SELECT count(*) FROM calls").fetchone() == (1,)
    dump = "\n".join(records.iterdump())
    records.close()
    files = b"".join(p.read_bytes() for p in state.rglob("*") if p.is_file()).decode("latin-1")
    for trace in (log.read_text(), figures, dump, files):
        assert trace
        bare = re.sub(r"[\s().+%-]", "", trace)
        for written in ("2025550143", "5550143", SID, SID[2:], NAME, PLACE.replace(" ", "")):
            assert written not in bare
        assert "zebediah" not in trace.lower()
    turns = [text for text in log.read_text().splitlines() if '"message": "turn"' in text]
    assert len(turns) == 9
    for name, least in (
        ("ivr_calls_total", 1),
        ("ivr_signature_failures_total", 1),
        ("ivr_lifeboats_total", 1),
        ('ivr_transfers_total{destination="hotline",outcome="busy"}', 1),
        ('ivr_turns_total{what="nomatch"}', 1),
        ("ivr_active_calls", 0),
        ("ivr_answer_seconds_count", 9),
    ):
        metric = re.search(rf"^{re.escape(name)} ([\d.]+)$", figures, re.MULTILINE)
        assert metric, f"{name} in\n{figures}"
        assert float(metric[1]) == least, name
