"""The carrier's own description of its API, as a mock that refuses what the API would refuse.

Prism and the description (in the carrier's command line tool) come from npm.
"""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.serving import free_port

FOLDER = Path(__file__).parent
INSTALL = (
    f"npm ci --ignore-scripts --omit=optional --prefix {FOLDER.relative_to(FOLDER.parents[1])}"
)
DESCRIPTIONS = FOLDER / "node_modules/@twilio/cli-core/src/services/twilio-api"
USED = {
    "api_v2010": (
        "/2010-04-01/Accounts/{Sid}.json",
        "/2010-04-01/Accounts/{AccountSid}/Balance.json",
        "/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers.json",
        "/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/{Sid}.json",
        "/2010-04-01/Accounts/{AccountSid}/Addresses.json",
        "/2010-04-01/Accounts/{AccountSid}/Addresses/{Sid}.json",
        "/2010-04-01/Accounts/{AccountSid}/Calls.json",
        "/2010-04-01/Accounts/{AccountSid}/Messages.json",
        "/2010-04-01/Accounts/{AccountSid}/Recordings/{Sid}.json",
    ),
    "lookups_v2": ("/v2/PhoneNumbers/{PhoneNumber}",),
    "voice_v1": ("/v1/DialingPermissions/Countries/{IsoCode}",),
    "trusthub_v1": ("/v1/CustomerProfiles", "/v1/Policies/{Sid}"),
    "messaging_v1": (
        "/v1/Services",
        "/v1/Services/{ServiceSid}/PhoneNumbers",
        "/v1/Services/{MessagingServiceSid}/Compliance/Usa2p",
        "/v1/Tollfree/Verifications",
    ),
}
"""What of the API is asked for; a path that is not here is refused."""

PATIENCE_SECONDS = 60


@pytest.fixture(scope="session")
def description(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the description; return its URL."""
    prism = FOLDER / "node_modules/.bin/prism"
    assert prism.exists(), f"Prism is not installed: {INSTALL}"
    room = tmp_path_factory.mktemp("description")
    (room / "api.json").write_text(json.dumps(_of_what_is_used()))
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [prism, "mock", "-h", "127.0.0.1", "-p", str(port), room / "api.json"]
    with (room / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            end = time.monotonic() + PATIENCE_SECONDS
            while not _answers(url):
                assert process.poll() is None, (room / "log").read_text()
                assert time.monotonic() < end, (room / "log").read_text()
                time.sleep(0.2)
            yield url
        finally:
            process.terminate()
            process.wait()


def _of_what_is_used() -> dict[str, Any]:
    """Return the parts of the carrier's descriptions that are used, as one."""
    whole: dict[str, Any] = {}
    for name, paths in USED.items():
        specification = json.loads((DESCRIPTIONS / f"twilio_{name}.json").read_text())
        whole = whole or {**specification, "paths": {}, "servers": [{"url": "http://127.0.0.1"}]}
        for path in paths:
            whole["paths"][path] = {
                k: v for k, v in specification["paths"][path].items() if k != "servers"
            }
        whole["components"]["schemas"] |= specification["components"]["schemas"]
    return whole


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).status_code == 404
    except requests.ConnectionError:
        return False
