"""A line on the web with a certificate, its number, and the commands that bring them together."""

import shutil
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
import trustme
from flask import Flask
from werkzeug.serving import make_server

from ivr.cli.local_server import on_loopback
from ivr.settings import Settings
from ivr.web import create_app
from tests.carrier.described import description
from tests.carrier.stand_in import TOKEN, StandIn
from tests.cli.conftest import Ivr, ivr
from tests.lines import SHIPPED, change

__all__ = ["description", "ivr"]


@dataclass
class Line:
    """A line behind https. `bin` is what a static host somewhere else serves."""

    url: str
    environment: dict[str, str]
    prompts: Path
    bin: dict[str, bytes]


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def web(
    authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """Serve the shipped script as it is served on the web; return its URL and state."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = make_server("127.0.0.1", 0, Flask("late"), threaded=True, ssl_context=context)
    url, state = f"https://127.0.0.1:{server.port}", tmp_path_factory.mktemp("web")
    settings = Settings(
        auth_tokens=(TOKEN,), prompts=SHIPPED, public_url=url, state=state, audio=False
    )
    server.app = create_app(settings)  # which knows the port
    serving = threading.Thread(target=server.serve_forever, args=(0.05,))
    serving.start()
    pem = state / "authority.pem"
    authority.cert_pem.write_to_path(str(pem))
    with pytest.MonkeyPatch.context() as patch:
        # This machine trusts the authority of the tests as it trusts the public ones.
        patch.setattr(requests.adapters, "DEFAULT_CA_BUNDLE_PATH", str(pem))
        yield url, state
    server.shutdown()
    serving.join()
    server.server_close()


@pytest.fixture
def line(carrier: StandIn, web: tuple[str, Path], state: Path, tmp_path: Path) -> Iterator[Line]:
    """Return the line, as somebody sets it up who has a copy of its script, and a static host."""
    served = {"lifeboat": b"<Response></Response>"}
    host = Flask("host")
    for path, methods in (("/lifeboat.xml", ["GET", "POST"]), ("/get-only.xml", ["GET"])):
        host.add_url_rule(path, path, lambda: served["lifeboat"], methods=methods)
    prompts = shutil.copytree(SHIPPED, tmp_path / "prompts")
    with on_loopback(host) as static:
        environment = {
            **carrier.settings,
            "IVR_PUBLIC_URL": web[0],
            "IVR_FALLBACK_URL": static.replace("/voice", "/lifeboat.xml"),
            "IVR_STATE": str(state),
            "IVR_PROMPTS": str(prompts),
            "COLUMNS": "240",
        }
        yield Line(web[0], environment, prompts, served)


@pytest.fixture
def ready(line: Line, carrier: StandIn, ivr: Ivr) -> Line:
    """Return a line whose number is set up, with nothing for doctor to find."""
    line.bin["lifeboat"] = ivr("twilio", "lifeboat", **line.environment).out.encode()
    assert ivr("twilio", "setup", "--yes", **line.environment).status == 0
    return line


def with_bridge(line: Line, **more: object) -> None:
    """Turn the bridge to 911 on in a line's script."""
    change(line.prompts / "line.yaml", {"emergency": {"bridge": True, **more}})
