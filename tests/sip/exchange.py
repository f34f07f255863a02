"""A small exchange: it calls the line as a PBX does, with SIP messages of its own."""

import re
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager

OFFER = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio {port} RTP/AVP 107 9 0 101\r\na=rtpmap:107 opus/48000/2\r\n"
    "a=rtpmap:9 G722/8000\r\na=rtpmap:0 PCMU/8000\r\n"
    "a=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\n"
)


class Exchange:
    """One call at a time, by UDP, from a port of its own."""

    def __init__(self, port: int) -> None:
        self._line = ("127.0.0.1", port)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self.received: list[str] = []
        """All messages of the line, in order."""
        self.packets = 0
        """How many packets of sound have come."""
        self._number = 0
        self._user = self._tag = ""

    def close(self) -> None:
        self._socket.close()

    def invite(self, user: str, *headers: str, caller: str = "<sip:+12025550143@pbx.test>") -> None:
        self._user, self._tag, self._caller = user, "", caller
        self._dialog = f"{time.monotonic_ns()}"
        self.send("INVITE", *headers, body=OFFER.format(port=self.port))

    def send(self, method: str, *headers: str, body: str = "", number: int = 0) -> None:
        """Send a request of the call; `number` repeats a sequence number, for ACK and CANCEL."""
        self._number = self._number if number else self._number + 1
        branch = f"z9hG4bK{self._dialog}{method}{self._number}"
        lines = [
            f"{method} sip:{self._user}@127.0.0.1:{self._line[1]} SIP/2.0",
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch={branch};rport",
            f"From: {self._caller};tag=exchange",
            f"To: <sip:{self._user}@127.0.0.1>{self._tag}",
            f"Call-ID: {self._dialog}",
            f"CSeq: {number or self._number} {method}",
            f"Contact: <sip:pbx@127.0.0.1:{self.port}>",
            "Max-Forwards: 70",
            *(["Content-Type: application/sdp"] if method == "INVITE" else []),
            *headers,
            f"Content-Length: {len(body.encode())}",
        ]
        self._socket.sendto(("\r\n".join(lines) + "\r\n\r\n" + body).encode(), self._line)

    def status(self, method: str, seconds: float = 20) -> int:
        """Return the final status that the line gives; an answered call is confirmed."""
        for message in self.messages(seconds):
            status, of = int(message.split()[1]), header(message, "CSeq").split()[1]
            if of != method or status == 100:
                continue
            self._tag = f";tag={header(message, 'To').partition('tag=')[2]}"
            if reliable := header(message, "RSeq"):
                self.send("PRACK", f"RAck: {reliable} {header(message, 'CSeq')}")
            if status >= 200:
                if method == "INVITE":
                    self.send("ACK", number=int(header(message, "CSeq").split()[0]))
                return status
        return 0

    def messages(self, seconds: float) -> Iterator[str]:
        """Yield the answers of the line that arrive within some seconds."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                packet = self._socket.recv(65535)
            except TimeoutError:
                return
            if not packet.startswith((b"SIP/2.0", b"INVITE", b"BYE", b"UPDATE")):
                self.packets += 1
                continue
            text = packet.decode(errors="replace")
            self.received.append(text)
            if text.startswith("SIP/2.0"):
                yield text

    def answers(self, method: str, status: int, seconds: float) -> None:
        """Wait for a request of the line, and answer it; with 200 to the offer that it has."""
        taken = len(self.received)
        end = time.monotonic() + seconds
        while not (asked := [m for m in self.received[taken:] if m.startswith(method)]):
            assert time.monotonic() < end, f"the line sent no {method}"
            list(self.messages(0.2))
        copied = re.findall(r"(?mi)^(?:Via|From|To|Call-ID|CSeq):.*?(?=\r?$)", asked[0])
        more = [f"Contact: <sip:pbx@127.0.0.1:{self.port}>", "Content-Type: application/sdp"]
        body = OFFER.format(port=self.port) if status == 200 else ""
        head = [f"SIP/2.0 {status} .", *copied, *(more if body else [])]
        text = "\r\n".join([*head, f"Content-Length: {len(body)}"]) + "\r\n\r\n" + body
        self._socket.sendto(text.encode(), self._line)

    def info(self, kind: str, body: str) -> int:
        self.send("INFO", f"Content-Type: {kind}", body=body)
        return self.status("INFO")

    def speak(self, seconds: float) -> None:
        """Send silence as sound (RTP), in packets of 20 ms, to where the answer says."""
        answer = next(m for m in reversed(self.received) if "m=audio" in m)
        media = re.search(r"m=audio (\d+)", answer)
        assert media
        for i in range(round(seconds * 50)):
            head = struct.pack("!BBHII", 0x80, 0, i, i * 160, 1)
            self._socket.sendto(head + b"\xff" * 160, (self._line[0], int(media[1])))
            list(self.messages(0.02))  # the line's sound must not fill the socket

    def hang_up(self) -> None:
        self.send("BYE")
        self.status("BYE", 5)


def header(message: str, name: str) -> str:
    line = re.search(rf"(?m)^{name}: *(.*?)\r?$", message)
    return line[1] if line else ""


@contextmanager
def exchange(port: int) -> Iterator[Exchange]:
    made = Exchange(port)
    try:
        yield made
    finally:
        made.close()
