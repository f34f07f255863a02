"""From a caller to the agency's mailbox, by two workers; and no trace is left of who called."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from ivr.phone.call import Call
from ivr.phone.parties import Parties, made_up_sid
from ivr.phone.transport import HttpTransport
from tests.caller import Caller
from tests.carrier.stand_in import StandIn
from tests.lines import ALWAYS_ON_CALL, TOKEN, change, english_alone, variant
from tests.post import Post
from tests.serving import until

NUMBER = "+12025550143"


def noted(state: Path) -> list[tuple[int, ...]]:
    """Return how long each message is, whether it is urgent and safe, and whether staff know."""
    with closing(sqlite3.connect(state / "records.db")) as records:
        query = "SELECT seconds, urgent, safe, alerted IS NOT NULL FROM messages"
        return records.execute(query).fetchall()


def test_staff_hear_of_a_message_and_nobody_of_who_called(
    serve, state: Path, tmp_path: Path, carrier: StandIn, post: Post
) -> None:
    carrier.token = TOKEN
    folder = variant("voicemail", tmp_path)
    change(folder / "line.yaml", ALWAYS_ON_CALL)
    env = {
        **carrier.settings,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "IVR_ALERT_EMAIL": post.settings["alert_email"],
        "IVR_SMTP_URL": post.settings["smtp_url"],
    }
    english_alone(folder / "line.yaml")
    line = HttpTransport(TOKEN)
    with serve(folder, "--workers", "2", **env) as (url, log):
        sid = made_up_sid("CA")
        call = Call(line, f"{url}/voice", Parties(caller=NUMBER, call_sid=sid))
        caller = Caller(call).dial().press("1")
        caller.press("8", "1").hears("The text is on its way")
        caller.press("1", "1").waits(4).press("1").hears("To leave a message, press 4")
        caller.press("4", "1", "1", "1")
        caller.call.record(20, "#")
        caller.press("2").hears("marked as urgent")
        until(lambda: bool(post.mails) and len(carrier.messages) == 4, log)
        until(lambda: noted(state) == [(20, 1, 1, 1)], log)
    line.close()
    assert "An urgent message is waiting" in post.mails[0]
    assert carrier.messages[0]["to"] == NUMBER
    files = b"".join(p.read_bytes() for p in state.rglob("*") if p.is_file()).decode("latin-1")
    for trace in (log.read_text(), files, *post.mails):
        bare = re.sub(r"[\s().+%-]", "", trace)
        assert "5550143" not in bare
        assert sid[2:] not in bare
    assert len(post.mails) == 1
