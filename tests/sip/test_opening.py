"""Before a line says that it is open: its options, its address, and whether it can be called."""

import contextlib
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from ivr.cli.main import ivr
from ivr.cli.sip import _setup, sip
from ivr.errors import SipError
from ivr.settings import Settings
from ivr.sip import reachability, stack_config
from ivr.sip.config import DialPlan, Setup, require_route
from tests.serving import IVR, environment

ACCOUNT = ("--account", "sip:201@127.0.0.1", "--number", "+12025550100")
TRUNK = ("--listen", "127.0.0.1:5060", "--dial", "sip:{digits}@127.0.0.1:5070", *ACCOUNT[2:])


def setup(*options: str) -> Setup:
    made: Setup = _setup(sip.make_context("sip", list(options)).params, Settings())
    return made


def account(*options: str) -> str:
    (made,) = stack_config.accounts(setup(*options))
    return str(made.aor())  # type: ignore[union-attr]


def test_all_that_is_missing_is_asked_for_at_once() -> None:
    answered = CliRunner().invoke(ivr, ["sip"])
    for option in ("--account", "--listen", "--dial", "--number"):
        assert option in answered.output


def test_an_extension_keeps_its_port_so_that_the_pbx_knows_it_after_a_restart() -> None:
    assert setup(*ACCOUNT).port == setup(*ACCOUNT).port == 5062


def test_a_registration_by_tcp_or_tls_is_renewed_before_callers_miss_the_line() -> None:
    assert "regint=300" in account(*ACCOUNT)
    for transport in ("tcp", "tls"):
        by = account("--account", f"sip:201@127.0.0.1;transport={transport}", *ACCOUNT[2:])
        assert "regint=60" in by
        assert "rwait=40" in by


def test_an_outbound_proxy_is_on_the_way_to_the_pbx() -> None:
    assert 'outbound="sip:proxy.example.org:5070"' in account(
        *ACCOUNT, "--proxy", "sip:proxy.example.org:5070"
    )
    with pytest.raises(SipError, match="write it as sip:proxy"):
        setup(*ACCOUNT, "--proxy", "proxy.example.org")


def test_a_pbx_that_stands_in_the_hosts_file_alone_is_found() -> None:
    assert "dns_getaddrinfo yes" in stack_config.config(setup(*ACCOUNT)).extra_config_text


def test_a_caller_behind_a_pbx_that_sends_no_sound_is_not_hung_up_soon() -> None:
    elsewhere = setup(*ACCOUNT, "--listen", "192.0.2.20:5062")
    assert stack_config.config(elsewhere).rtp_timeout == 900


def test_an_address_of_another_machine_is_said_in_one_line() -> None:
    with pytest.raises(SipError, match=r"cannot listen at 192\.0\.2\.99:5060"):
        reachability.check_address("192.0.2.99", 5060)


@contextmanager
def answering(*answers: bytes) -> Iterator[int]:
    """Open a port whose owner gives these answers to a message, or none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as owner:
        owner.bind(("127.0.0.1", 0))
        owner.settimeout(5)

        def answer() -> None:
            with contextlib.suppress(OSError):
                _, source = owner.recvfrom(65535)
                for packet in answers:
                    owner.sendto(packet, source)

        thread = threading.Thread(target=answer)
        thread.start()
        yield int(owner.getsockname()[1])
        thread.join()


def test_a_port_in_use_is_said_in_one_line() -> None:
    with answering() as port:
        with pytest.raises(SipError, match="is used by another program"):
            reachability.check_address("127.0.0.1", port)
        with pytest.raises(SipError, match="nothing answers"):
            reachability.check_callable("127.0.0.1", port, "201", seconds=0.3)


def test_a_line_whose_every_call_would_fail_is_not_opened() -> None:
    with (
        answering(b"SIP/2.0 100 Trying\r\n\r\n", b"SIP/2.0 500 Call Error\r\n\r\n") as port,
        pytest.raises(SipError, match=r"would fail \(500\)"),
    ):
        reachability.check_callable("127.0.0.1", port, "201")


@pytest.mark.parametrize("status", ["180 Ringing", "403 Forbidden"])
def test_a_line_that_answers_itself_is_open(status: str) -> None:
    with answering(f"SIP/2.0 {status}\r\n\r\n".encode()) as port:
        reachability.check_callable("127.0.0.1", port, "201")


def test_the_command_ends_with_one_line_where_it_could_not_be_called(tmp_path: Path) -> None:
    lifeboat = tmp_path / "lifeboat.xml"
    lifeboat.write_text(
        "<Response><Say>Dial 911.</Say><Dial><Number>+12025550101</Number></Dial></Response>"
    )
    options = ("--listen", "192.0.2.99:5060", "--from", "127.0.0.1", "--lifeboat", str(lifeboat))
    done = subprocess.run(
        [*IVR, "sip", *options, "--recordings", "0", *TRUNK[2:]],
        env=environment(tmp_path / "state"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "is open" not in done.stdout
    assert "cannot listen at 192.0.2.99:5060" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("host", "towards", "is_refused"),
    [
        ("192.0.2.99", "127.0.0.1:5060", True),
        ("127.0.0.1", "127.0.0.1", False),
        ("0.0.0.0", "127.0.0.1", False),
        ("192.0.2.99", "no-such-pbx.invalid", False),
    ],
)
def test_an_address_from_which_no_call_would_come_is_one_line(
    host: str, towards: str, is_refused: bool
) -> None:
    if is_refused:
        with pytest.raises(SipError, match=r"give --listen 127\.0\.0\.1:PORT"):
            require_route(host, towards)
    else:
        require_route(host, towards)


def test_a_pbx_that_sends_no_packets_for_silence_gets_a_longer_limit() -> None:
    assert DialPlan("sip:{digits}@pbx").no_sound == 20
    assert "--no-sound" in CliRunner().invoke(ivr, ["sip", "--help"]).output
