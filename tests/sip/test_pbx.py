"""The line as an extension, or at a trunk's end: known to the PBX, and to nobody else."""

import contextlib
import re
import signal
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme
from click.testing import CliRunner

from ivr.cli.main import ivr
from ivr.cli.sip import sip
from ivr.sip.config import telephone_number
from tests.serving import free_port
from tests.sip.conftest import IN_ONE_WORKER, Opened, Opens
from tests.sip.registrar import Registrar, SecureRegistrar
from tests.sip.scenarios import TimedCall
from tests.sip.telephones import CallFailed, Telephones, loud

pytestmark = IN_ONE_WORKER

PASSWORD = "a-secret-of-201"


def has_ipv6() -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as tried:
        tried.bind(("::1", 0))
        return True
    return False


@pytest.fixture
def registrar() -> Iterator[Registrar]:
    made = Registrar("201", PASSWORD, grants=8)
    yield made
    made.close()


def waited_for(true: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it was waited for in vain"
        time.sleep(0.05)


async def rings(phones: Telephones, address: str) -> int:
    """Return the SIP status with which a call is refused; 200 if it is answered with sound."""
    try:
        phone = await phones.dial(address, seconds=8)
    except CallFailed as e:
        return e.status or 0
    await phone.until_sound()
    await phone.hang_up()
    return 200


def test_an_extension_is_registered_by_digest_and_stays_so(
    registrar: Registrar, urls: Callable[..., str], opens: Opens, phones: Telephones
) -> None:
    account = f"sip:201@127.0.0.1:{registrar.port}"
    with opens(urls("shipped"), "--account", account, IVR_SIP_PASSWORD=PASSWORD) as line:
        waited_for(lambda: registrar.contact)
        assert registrar.challenged == 1
        port = int(registrar.contact.rpartition(":")[2])
        assert b" 403 " in asked("INVITE", "127.0.0.5", port, "201"), "it was not the PBX"
        assert phones.run(rings(phones, f"sip:{registrar.contact}")) == [200]
        waited_for(lambda: len(registrar.registered) >= 2)
        registrar.is_deaf = True  # as when it restarts
        time.sleep(2)
        registrar.is_deaf = False
        count = len(registrar.registered)
        waited_for(lambda: len(registrar.registered) > count, 60)
        line.process.send_signal(signal.SIGTERM)
        assert line.process.wait(20) == 0
    assert registrar.contact == "", "it did not say that it leaves"


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_an_extension_is_registered_over_ipv6(urls: Callable[..., str], opens: Opens) -> None:
    pbx = Registrar("201", PASSWORD, grants=60, address="::1")
    options = ("--account", f"sip:201@[::1]:{pbx.port}", "--listen", f"[::1]:{free_port()}")
    with contextlib.closing(pbx), opens(urls("shipped"), *options, IVR_SIP_PASSWORD=PASSWORD):
        waited_for(lambda: pbx.contact.startswith("201@[::1]:"))


def test_an_extension_registers_and_is_called_by_way_of_an_outbound_proxy(
    registrar: Registrar, urls: Callable[..., str], opens: Opens, phones: Telephones
) -> None:
    account = f"sip:201@127.0.0.1:{free_port()}"  # nothing answers there
    options = ("--account", account, "--proxy", f"sip:127.0.0.1:{registrar.port}")
    with opens(urls("shipped"), *options, IVR_SIP_PASSWORD=PASSWORD):
        waited_for(lambda: registrar.contact)
        assert phones.run(rings(phones, f"sip:{registrar.contact}")) == [200]


def test_a_bad_password_is_told_in_the_log_and_tried_again(
    registrar: Registrar, urls: Callable[..., str], opens: Opens
) -> None:
    account = f"sip:201@127.0.0.1:{registrar.port}"
    with opens(urls("shipped"), "--account", account, IVR_SIP_PASSWORD="wrong") as line:
        waited_for(lambda: "the PBX refuses the line's registration" in line.log_text)
        registrar.password = "wrong"
        waited_for(lambda: registrar.contact)
        assert "wrong" not in line.log_text


def test_calls_from_elsewhere_than_the_trunk_are_not_heard(
    urls: Callable[..., str], opens: Opens, phones: Telephones
) -> None:
    port = free_port()
    listen_option = ("--listen", f"127.0.0.1:{port}")
    with opens(urls("shipped"), *listen_option, "--from", "127.0.0.2", "--from", "127.1.0.0/16"):
        assert phones.run(rings(phones, f"sip:ivr@127.0.0.1:{port}")) == [0]
        for source, answered in (("127.0.0.2", True), ("127.1.2.3", True), ("127.0.0.3", False)):
            assert bool(asked("OPTIONS", source, port)) == answered, source


def asked(method: str, source: str, port: int, user: str = "ivr") -> bytes:
    """Ask the line for something from an address; return what it answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind((source, 0))
        s.settimeout(1.5)
        mine = s.getsockname()[1]
        s.sendto(
            f"{method} sip:{user}@127.0.0.1:{port} SIP/2.0\r\nVia: SIP/2.0/UDP {source}:{mine};"
            f"branch=z9hG4bK{mine};rport\r\nFrom: <sip:a@{source}>;tag=1\r\n"
            f"To: <sip:{user}@127.0.0.1>\r\nCall-ID: {mine}\r\nCSeq: 1 {method}\r\n"
            f"Contact: <sip:a@{source}:{mine}>\r\n"
            f"Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n".encode(),
            ("127.0.0.1", port),
        )
        try:
            return s.recv(4096)
        except TimeoutError:
            return b""


def test_sound_is_encrypted_where_it_is_asked_for(
    urls: Callable[..., str], opens: Opens, phones: Telephones
) -> None:
    async def securely(address: str) -> bool:
        agent = await phones.agent("careful", "mediaenc=srtp-mand")
        phone = await phones.dial(address, by=agent)
        await phone.until_sound()
        await phone.hang_up()
        return bool(loud(phone.sound).any())

    with opens(urls("shipped"), "--srtp") as line:
        assert phones.run(securely(line.address)) == [True]
        assert phones.run(rings(phones, line.address)) == [488]


def test_a_call_comes_in_over_tls(
    urls: Callable[..., str], opens: Opens, phones: Telephones, tmp_path: Path
) -> None:
    pem = tmp_path / "line.pem"
    for part in (made := trustme.CA().issue_cert("127.0.0.1")).cert_chain_pems:
        pem.write_bytes(made.private_key_pem.bytes() + part.bytes())
    port = two_free_ports()
    listen = ("--listen", f"127.0.0.1:{port}")
    with opens(urls("shipped"), *listen, "--certificate", str(pem)):
        for at, by in ((port + 1, "tls"), (port, "tcp")):
            address = f"sip:ivr@127.0.0.1:{at};transport={by}"
            assert phones.run(rings(phones, address)) == [200], by


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[tuple[SecureRegistrar, Path]]:
    """Return a registrar by TLS, and the file by which it is known."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    secured = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(secured)
    made = SecureRegistrar("201", PASSWORD, 60, secured)
    yield made, tmp_path / "ca.pem"
    made.close()


def test_an_extension_is_registered_and_called_over_tls(
    secure: tuple[SecureRegistrar, Path], urls: Callable[..., str], opens: Opens
) -> None:
    pbx, ca = secure
    account = f"sip:201@127.0.0.1:{pbx.port};transport=tls"
    options = ("--account", account, "--ca", str(ca))
    with opens(urls("shipped"), *options, IVR_SIP_PASSWORD=PASSWORD) as line:
        waited_for(lambda: pbx.contact)
        pbx.ask(invite(pbx, f"sip:{pbx.contact};transport=tls"))
        waited_for(lambda: "SIP/2.0 200" in pbx.received)
        assert "m=audio" in pbx.received
        line.process.send_signal(signal.SIGTERM)
        waited_for(lambda: pbx.contact == "")


def test_a_pbx_that_nobody_vouches_for_is_told_no_password(
    secure: tuple[SecureRegistrar, Path], urls: Callable[..., str], opens: Opens, tmp_path: Path
) -> None:
    pbx, _ = secure
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    account = f"sip:201@127.0.0.1:{pbx.port};transport=tls"
    options = ("--account", account, "--ca", str(tmp_path / "other.pem"))
    with opens(urls("shipped"), *options, IVR_SIP_PASSWORD=PASSWORD) as line:
        waited_for(lambda: "the line cannot register at the PBX" in line.log_text)
        assert not pbx.challenged


def invite(pbx: SecureRegistrar, contact: str) -> bytes:
    """Return a call by a PBX to its extension, with sound in µ-law."""
    me = f"127.0.0.1:{pbx.port}"
    offer = (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        f"m=audio {free_port()} RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"
    )
    return (
        f"INVITE {contact} SIP/2.0\r\nVia: SIP/2.0/TLS {me};branch=z9hG4bKtls;rport\r\n"
        f"From: <sip:+12025550143@{me}>;tag=1\r\nTo: <{contact}>\r\nCall-ID: by-tls\r\n"
        f"CSeq: 1 INVITE\r\nContact: <sip:pbx@{me};transport=tls>\r\nMax-Forwards: 70\r\n"
        f"Content-Type: application/sdp\r\nContent-Length: {len(offer)}\r\n\r\n{offer}"
    ).encode()


def two_free_ports() -> int:
    """Return a port that is free, as the next one is."""
    while True:
        port = free_port()
        with contextlib.suppress(OSError), socket.socket() as s:
            s.bind(("127.0.0.1", port + 1))
            return port


def test_a_line_that_is_told_to_end_lets_calls_end(
    urls: Callable[..., str], opens: Opens, phones: Telephones
) -> None:
    async def goes_on(line: Opened) -> TimedCall:
        timed_call = TimedCall(await phones.dial(line.address))
        await timed_call.phone.waits(2)
        line.process.send_signal(signal.SIGTERM)
        await timed_call.phone.waits(2)
        timed_call.at["status"] = await rings(phones, line.address)
        timed_call.mark("refused")
        await timed_call.press("1", "language", after=6)
        await timed_call.phone.waits(3)
        assert line.process.poll() is None
        return await timed_call.ends(0)

    with opens(urls("shipped", audio=True)) as line:
        (call,) = phones.run(goes_on(line))
        assert call.at["status"] == 486
        assert loud(call.phone.sound[-32000:]).any(), "the call did not go on"
        assert line.process.wait(20) == 0


def test_every_option_is_documented() -> None:
    page = (Path(__file__).parent.parent.parent / "docs" / "pbx.md").read_text()
    (row,) = re.findall(r"(?s)\| option \|.*?\n\n", page)
    assert set(re.findall(r"(?m)^\| `(--[\w-]+)` \|", row)) == {
        o for p in sip.params for o in p.opts
    }


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--account", "sip:201@[pbx]"), "write it as sip:201@pbx.example.org"),
        ((), "where do calls come from?"),
        (("--listen", "0.0.0.0:5060"), "anybody could call the line at 0.0.0.0"),
        (("--listen", "localhost:5060"), "write an address and a port"),
        (("--listen", "127.0.0.1:5060", "--from", "pbx"), "write an IPv4 address"),
        (("--account", "201@pbx"), "write it as sip:201@pbx.example.org"),
        (("--listen", "127.0.0.1:5060", "--dial", "sip:pbx"), "--dial is"),
        (("--listen", "127.0.0.1:5060", "--dial", "sip:201@pbx"), "it needs a placeholder"),
        (("--listen", "127.0.0.1:5060", "--emergency", "911"), "--emergency is"),
        (("--listen", "127.0.0.1:5060", "--number", "555"), "--number is"),
        (("--listen", "127.0.0.1:5060", "--app", "here"), "--app is"),
        (("--account", "sip:201@nowhere.invalid"), "the PBX nowhere.invalid cannot be looked up"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(options: tuple[str, ...], message: str) -> None:
    usual = {"--dial": "sip:{digits}@127.0.0.1", "--number": "+12025550100"}
    more = [word for pair in usual.items() if pair[0] not in options for word in pair]
    answered = CliRunner().invoke(ivr, ["sip", *options, *more])
    output = answered.output + str(answered.exception)
    assert answered.exit_code != 0
    assert message in output


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("sip:+12025550143@pbx.example.org", "+12025550143"),
        ("sip:12025550143@pbx", "+12025550143"),
        ("sip:2025550143@pbx;user=phone", "+12025550143"),
        ("<sip:+442079460958@pbx>", "+442079460958"),
        ("sip:201@pbx", ""),
        ("sip:anonymous@anonymous.invalid", ""),
        ("sip:5550143@pbx", ""),
    ],
)
def test_a_callers_number_is_read_where_there_is_one(address: str, number: str) -> None:
    assert telephone_number(address) == number
