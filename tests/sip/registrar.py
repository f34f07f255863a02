"""A small registrar, as a PBX has one: asks for a password by digest, and keeps who is where."""

import hashlib
import re
import secrets
import socket
import ssl
import threading
import time
from contextlib import suppress
from queue import SimpleQueue

REALM = "pbx.test"


class Registrar:
    """Takes registrations of one extension. `grants` is how many seconds each lasts."""

    kind = socket.SOCK_DGRAM

    def __init__(
        self, user: str, password: str, grants: int, *, address: str = "127.0.0.1"
    ) -> None:
        self.user, self.password, self.grants = user, password, grants
        self.registered: list[tuple[float, str]] = []
        """When, and at which contact, in order; a contact "" is who left."""
        self.challenged = 0
        self.is_deaf = False
        self._nonce = secrets.token_hex(8)
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._socket = socket.socket(family, self.kind)
        self._socket.bind((address, 0))
        self._socket.settimeout(0.2)
        self.port = int(self._socket.getsockname()[1])
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def contact(self) -> str:
        """Where the extension is now, "" where it is not."""
        return self.registered[-1][1] if self.registered else ""

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        self._socket.close()

    def send(self, packet: bytes, to: str) -> None:
        """Send a packet from the registrar's own address."""
        host, _, port = to.partition(":")
        self._socket.sendto(packet, (host, int(port)))

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                packet, source = self._socket.recvfrom(65535)
            except TimeoutError:
                continue
            text = packet.decode(errors="replace")
            if text.startswith("REGISTER ") and not self.is_deaf:
                self._socket.sendto(self._answer(text).encode(), source)

    def _answer(self, text: str) -> str:
        copied = "".join(
            line + "\r\n"
            for line in text.split("\r\n")
            if re.match(r"(Via|From|To|Call-ID|CSeq):", line, re.IGNORECASE)
        )
        copied = re.sub(r"(?m)^To: (.*?)\r?$", r"To: \1;tag=registrar\r", copied)
        if not self._is_known(text):
            self.challenged += 1
            ask = f'WWW-Authenticate: Digest realm="{REALM}", nonce="{self._nonce}", qop="auth"\r\n'
            return f"SIP/2.0 401 Unauthorized\r\n{copied}{ask}Content-Length: 0\r\n\r\n"
        contact_header = re.search(r"(?m)^Contact: <sip:([^>;]+)", text)
        leaves = re.search(r"expires=0\b|^Expires: 0\b", text, re.MULTILINE)
        contact = contact_header[1] if contact_header and not leaves else ""
        self.registered.append((time.monotonic(), contact))
        granted = f"Contact: <sip:{contact}>;expires={self.grants}\r\n" if contact else ""
        return f"SIP/2.0 200 OK\r\n{copied}{granted}Content-Length: 0\r\n\r\n"

    def _is_known(self, text: str) -> bool:
        fields = dict(re.findall(r'(\w+)="?([^",\r\n]+)"?', text.partition("Authorization:")[2]))
        if fields.get("nonce") != self._nonce or fields.get("username") != self.user:
            return False
        ha1 = _md5(f"{self.user}:{REALM}:{self.password}")
        ha2 = _md5(f"REGISTER:{fields.get('uri')}")
        parts = (ha1, fields["nonce"], fields.get("nc", ""), fields.get("cnonce", ""), "auth", ha2)
        plain = (ha1, fields["nonce"], ha2)
        return fields.get("response") == _md5(":".join(parts if "nc" in fields else plain))


class SecureRegistrar(Registrar):
    """A registrar over TLS. As PBXs do, it calls over the connection that the extension opened."""

    kind = socket.SOCK_STREAM

    def __init__(self, user: str, password: str, grants: int, secured: ssl.SSLContext) -> None:
        self._secured = secured
        self._to_send: SimpleQueue[bytes] = SimpleQueue()
        self.received = ""
        """All that came, but registrations."""
        super().__init__(user, password, grants)

    def ask(self, packet: bytes) -> None:
        """Send a packet to the extension. One thread alone may use a TLS connection."""
        assert self.registered, "nobody has registered"
        self._to_send.put(packet)

    def _run(self) -> None:
        self._socket.listen()
        while not self._over.is_set():
            with suppress(TimeoutError, OSError):
                bare, _ = self._socket.accept()
                bare.settimeout(5)
                with self._secured.wrap_socket(bare, server_side=True) as connection:
                    self._talk(connection)

    def _talk(self, connection: ssl.SSLSocket) -> None:
        connection.settimeout(0.2)
        text = ""
        while not self._over.is_set():
            while not self._to_send.empty():
                connection.sendall(self._to_send.get())
            try:
                chunk = connection.recv(65535).decode(errors="replace")
            except TimeoutError:
                continue
            if not chunk:
                return
            text += chunk
            while text.startswith("REGISTER ") and "\r\n\r\n" in text:
                asked, _, text = text.partition("\r\n\r\n")
                connection.sendall(self._answer(asked + "\r\n\r\n").encode())
            if not text.startswith("REGISTER "):
                self.received, text = self.received + text, ""


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324 SIP's digest
