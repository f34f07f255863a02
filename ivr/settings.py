"""All settings, each declared once: its variable, type, default and what it is for.

The environment is read here and nowhere else. The table in the README is made from this one.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from email import policy
from email.errors import NonASCIILocalPartDefect
from email.headerregistry import Address
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import platformdirs

from ivr import pins
from ivr.errors import SettingsError


def shipped(folder: str) -> Path:
    """Return a folder of data that ships with the program: in the wheel, or in a checkout."""
    in_wheel = Path(__file__).parent / folder
    return in_wheel if in_wheel.is_dir() else Path(__file__).parent.parent / folder


def _setting(variable: str, default: Any, read: Any, about: str) -> Any:  # noqa: ANN401
    metadata = {"variable": variable, "read": read, "about": about}
    return field(
        metadata=metadata,
        **({"default_factory": default} if callable(default) else {"default": default}),
    )


def _unquoted(text: str) -> str:
    """Return a value without blanks and quotes around it: Docker leaves those of an --env-file."""
    text = text.strip()
    while len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1].strip()
    return text


def _tokens(text: str) -> tuple[str, ...]:
    tokens = tuple(filter(None, map(_unquoted, text.split(","))))
    if not all(re.fullmatch(r"[!-~]+", token) for token in tokens):
        raise UnshownError(
            "has a blank or a letter that no token has: copy it again; several with commas between"
        )
    return tokens


def _split(text: str) -> SplitResult:
    """Return the parts of a URL. Raises UnshownError if it has none: it may hold a password."""
    try:
        url = urlsplit(text)
        if url.port != 0:  # raises ValueError if it is no number up to 65535
            return url
    except ValueError:
        pass
    raise UnshownError("is no URL: look at its host, its port (1 to 65535) and each [ ] in it")


def _url(text: str) -> str:
    text = text.strip()
    url = _split(text)
    if "@" in url.netloc:
        raise UnshownError("has a user: write it without, as https://line.example.org")
    if re.search(r"\s", text):
        raise ValueError("write it without blanks")
    if several := _second_url(text):
        raise ValueError(several)
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise ValueError("write it whole, as https://line.example.org")
    if "," in url.netloc:
        raise ValueError("it is more than one host: write one, as https://line.example.org")
    if url.query or url.fragment:
        raise ValueError("write it without a query or a #fragment")
    if not url.netloc.isascii():  # requests name the host as the DNS has it
        url = url._replace(netloc=url.netloc.encode("idna").decode())
    return url.geturl().rstrip("/")


def _second_url(text: str) -> str:
    """Return what to do about a URL with another one in it; empty if it has none."""
    _, _, rest = text.partition("://")
    if not re.search(r"https?:/", rest, re.IGNORECASE):
        return ""
    if re.match(r"https?:/", rest, re.IGNORECASE):
        return "it begins twice: write https:// once"
    return "it is more than one URL: write one"


def _public_url(text: str) -> str:
    """Return the URL of the service, to which the line adds "/voice" and all other paths."""
    url = _url(text)
    for path in ("/voice/lifeboat", "/voice/status", "/voice", *_MONITORED):
        if url.endswith(path):
            raise ValueError(f'write it without "{path}" at its end, which the line adds itself')
    return url


_MONITORED = ("/readyz", "/healthz", "/metrics")
"""Paths of the line that monitors ask for."""


def _stand_in(text: str) -> str:
    url = _split(text)
    if "@" in url.netloc:
        raise UnshownError("has a user: write it without, as http://127.0.0.1:4010")
    if url.scheme != "http" or url.hostname not in {"127.0.0.1", "localhost", "::1"}:
        raise ValueError("it must be on this machine, as http://127.0.0.1:4010")
    return text.rstrip("/")


def _smtp_url(text: str) -> str:
    """Return the URL of a mail server. A path, query or fragment is a piece of its password."""
    try:
        url = _split(text)
    except UnshownError:
        raise UnshownError(_NO_MAIL_SERVER) from None
    has_more = url.path.strip("/") or url.query or url.fragment
    if url.scheme not in {"smtp", "smtps"} or not url.hostname or has_more:
        raise UnshownError(_NO_MAIL_SERVER)
    if not unquote(text).isascii() or re.search(r"\s", text):
        raise UnshownError("has a blank or a letter that mail servers do not take")
    return text


_NO_MAIL_SERVER = (
    "names no mail server: write it as smtps://user:password@host:465; in the password, write # as"
    " %23, / as %2F, ? as %3F, @ as %40, [ as %5B and ] as %5D"
)


def _webhook(text: str) -> str:
    url = _split(text.strip())
    if url.scheme not in {"http", "https"} or not url.hostname or re.search(r"\s", text.strip()):
        raise UnshownError("is no URL: write it whole, as https://chat.example.org/hook")
    if "," in url.netloc or _second_url(url._replace(query="", fragment="").geturl()):
        raise UnshownError("is more than one URL: write one, whose service passes alerts on")
    return text.strip()


def email_addresses(text: str) -> tuple[Address, ...]:
    """Return the addresses in a text, with commas between; a domain of any letters is encoded.

    Raises ValueError if it is no such list.
    """
    if not text.strip():
        return ()
    try:
        header = policy.default.header_factory("to", _with_commas(text))
    except IndexError:  # the library's, for an address that ends behind its @
        raise ValueError(_NO_EMAIL) from None
    faults = [d for d in header.defects if not isinstance(d, NonASCIILocalPartDefect)]
    if faults or not all(a.username and a.domain for a in header.addresses):
        raise ValueError(_NO_EMAIL)
    return tuple(
        Address(a.display_name, a.username, a.domain.encode("idna").decode())
        for a in header.addresses
    )


_NO_EMAIL = "write name@example.org; several with commas between"


def _with_commas(text: str) -> str:
    """Return a list of addresses with commas between, for semicolons and lines as many write."""
    if '"' in text:
        return text
    parts = (part.strip() for part in re.split(r"[;,\n\r]", text))
    return ", ".join(filter(None, parts))


def _emails(text: str) -> str:
    email_addresses(text)
    return text


def _email(text: str) -> str:
    if len(email_addresses(text)) != 1:
        raise ValueError("write one address")
    return text


def _secret(text: str) -> str:
    if len(text) < MIN_SECRET:
        raise UnshownError(
            f"is shorter than {MIN_SECRET} characters: make one with `openssl rand -hex 32`"
        )
    return text


def _password(text: str) -> str:
    if not re.fullmatch(r"[!-~]+", text) or set(text) & set('";<>\\'):
        raise UnshownError(
            "may contain only ASCII letters, digits and punctuation except \" ' ; < > \\ and spaces"
        )
    return text


@dataclass(frozen=True)
class _Switch:
    """Reads a setting that is one of two words; the default is the first, a third one an alias."""

    words: Mapping[str, bool]

    def __call__(self, text: str) -> bool:
        first, second, *_ = self.words
        if text.lower() not in self.words:
            raise ValueError(f'write "{first}" or "{second}"')
        return self.words[text.lower()]

    def word(self, value: object) -> str:
        return next(word for word, meant in self.words.items() if meant == value)


_ON_OR_OFF = _Switch({"auto": True, "off": False, "on": True})


def _folder(text: str) -> Path:
    """Return a folder; only a shell knows what ~ is, and an environment file has no shell."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise ValueError("there is no home of that user: write the whole path") from None


def _folder_name(text: str) -> str:
    return str(_folder(text))


def _word(text: str) -> str:
    """Return an id or a token, which goes into headers and URLs."""
    if not re.fullmatch(r"[!-~]+", text):
        raise UnshownError("has a blank or a letter that it cannot have: copy it again")
    return text


def _pins(text: str) -> str:
    try:
        pins.read(text)
    except ValueError as e:
        raise UnshownError(str(e)) from None
    return text


class UnshownError(ValueError):
    """A value that is invalid, and must not be shown because it is a secret."""


MIN_SECRET = 32
"""Characters of the shortest secret; as hexadecimal digits they hold 128 bits."""


@dataclass(frozen=True)
class Settings:
    """The settings of this process; `Settings.from_env` reads them from the environment."""

    auth_tokens: tuple[str, ...] = _setting(
        "TWILIO_AUTH_TOKEN",
        (),
        _tokens,
        "the carrier's token, which signs its requests; several with commas while rotating",
    )
    account_sid: str = _setting("TWILIO_ACCOUNT_SID", "", _word, "the id of the carrier's account")
    carrier_api: str = _setting(
        "IVR_CARRIER_API",
        "",
        _stand_in,
        "a stand-in on this machine for the carrier's API (`ivr sip` has one)",
    )
    public_url: str = _setting(
        "IVR_PUBLIC_URL",
        "",
        _public_url,
        "the URL that the carrier calls, if the service is behind a proxy",
    )
    fallback_url: str = _setting(
        "IVR_FALLBACK_URL",
        "",
        _url,
        "where the document of `ivr twilio lifeboat` is hosted; unset: at this service",
    )
    prompts: Path = _setting(
        "IVR_PROMPTS", lambda: shipped("prompts"), _folder, "the folder of the phone script"
    )
    audio: bool = _setting(
        "IVR_AUDIO",
        True,
        _ON_OR_OFF,
        "`auto` plays the clips that are up to date; `off`: the carrier's voice says everything",
    )
    one_editor: bool = _setting(
        "IVR_EDITORS",
        False,
        _Switch({"two": False, "one": True}),
        "`two`: changes of the script are approved by a second person; `one`: an agency of one"
        " approves its own, and types that it dialled the numbers",
    )
    fast_path: bool = _setting(
        "IVR_FAST_PATH",
        True,
        _ON_OR_OFF,
        "`off` lets Flask answer every webhook: slower, with the same answers; for debugging",
    )
    clips: Path = _setting(
        "IVR_CLIPS", lambda: shipped("audio"), _folder, "the folder of the clips and their manifest"
    )
    models: Path = _setting(
        "IVR_MODELS",
        lambda: platformdirs.user_data_path("ivr"),
        _folder,
        "the folder of models that neural voices and `ivr audio listen` need",
    )
    recording_pin: str = _setting(
        "IVR_RECORDING_PIN",
        "",
        _pins,
        "the PIN of the recording menu at /record, 6 digits or more, or one for each person as"
        " `maria:PIN,ana:PIN`; unset: no such menu",
    )
    state: Path = _setting(
        "IVR_STATE",
        lambda: platformdirs.user_state_path("ivr"),
        _folder,
        "the folder in which the running service stores its process id, records and secret",
    )
    day_keys_folder: str = _setting(
        "IVR_DAY_KEYS",
        "",
        _folder_name,
        "the folder of the keys of days, which several servers share and no backup holds; unset:"
        " day-keys in IVR_STATE",
    )
    database_url: str = _setting(
        "IVR_DATABASE_URL",
        "",
        str,
        "the database, as postgresql://user:password@host/name; unset: an SQLite file in IVR_STATE",
    )
    secret_key: str = _setting(
        "IVR_SECRET_KEY",
        "",
        _secret,
        "the secret for hashes and console sessions; unset: made once and stored in IVR_STATE",
    )
    sip_password: str = _setting(
        "IVR_SIP_PASSWORD",
        "",
        _password,
        "the password with which `ivr sip` registers the line's extension or trunk at a PBX",
    )
    alert_email: str = _setting(
        "IVR_ALERT_EMAIL", "", _emails, "e-mail addresses that get alerts, with commas between"
    )
    alert_from: str = _setting(
        "IVR_ALERT_FROM", "", _email, "the sender of these e-mails; unset: the first of them"
    )
    smtp_url: str = _setting(
        "IVR_SMTP_URL",
        "smtp://localhost",
        _smtp_url,
        "the mail server, as smtps://user:password@host; smtp:// uses TLS if the server offers it",
    )
    alert_webhook: str = _setting(
        "IVR_ALERT_WEBHOOK",
        "",
        _webhook,
        "a URL to which alerts are posted: of Slack, Discord or Microsoft Teams, or any other,"
        " which gets JSON with kind and text",
    )
    metrics_token: str = _setting(
        "IVR_METRICS_TOKEN",
        "",
        _word,
        "the bearer token for /metrics; unset: only this machine may read it",
    )
    metrics_exact: bool = _setting(
        "IVR_METRICS",
        False,
        _Switch({"rounded": False, "exact": True}),
        "`rounded` shows no single call at /metrics; `exact`: every count and time",
    )
    demo: bool = False
    """Set only by `ivr serve --demo`: requests need no signature, and only loopback is served."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the settings from an environment, by default the process's own.

        Raises SettingsError for a variable that cannot be used.
        """
        settings, problems = cls.read(environ)
        if problems:
            raise SettingsError("\n".join(problems))
        return settings

    @classmethod
    def read(cls, environ: Mapping[str, str] | None = None) -> tuple["Settings", list[str]]:
        """Return the settings of an environment, and a line for each variable that is unusable.

        Such a variable has its default instead.
        """
        environ = os.environ if environ is None else environ  # noqa: TID251 the one place
        values: dict[str, Any] = {}
        problems = []
        for setting in fields(cls):
            text = _unquoted(environ.get(setting.metadata.get("variable", "IVR_DEMO"), ""))
            if not text:
                continue
            try:
                values[setting.name] = setting.metadata.get("read", bool)(text)
            except UnshownError as e:
                problems.append(f"{setting.metadata['variable']} {e}")
            except ValueError as e:
                problems.append(f'{setting.metadata["variable"]} is "{text}": {e}')
        return cls(**values), problems

    def without_account(self) -> "Settings":
        """Return settings for the demo line, which asks no token of callers and so has no account.

        Whoever makes a browser on this machine call the demo can spend nobody's money.
        """
        return replace(self, auth_tokens=(), account_sid="", public_url="", fallback_url="")

    def to_env(self) -> dict[str, str]:
        """Return the variables that make `from_env` read these settings, for worker processes."""
        variables = {}
        for setting in fields(self):
            value, read = getattr(self, setting.name), setting.metadata.get("read")
            text = ",".join(value) if isinstance(value, tuple) else str(value or "")
            text = read.word(value) if isinstance(read, _Switch) else text
            variables[setting.metadata.get("variable", "IVR_DEMO")] = text
        return variables

    @property
    def missing_account(self) -> str:
        """The first variable of the carrier's account that is not set; empty if both are."""
        if not self.auth_tokens:
            return "TWILIO_AUTH_TOKEN"
        return "" if self.account_sid else "TWILIO_ACCOUNT_SID"

    @property
    def day_keys(self) -> Path:
        """The folder of the keys of days (`ivr.records.day_keys`)."""
        return Path(self.day_keys_folder) if self.day_keys_folder else self.state / "day-keys"

    @property
    def clips_in_use(self) -> Path | None:
        """The folder of the clips that callers hear; None if they hear none."""
        return self.clips if self.audio else None

    @property
    def audio_root(self) -> str:
        """The path of the clips: that of the public URL, and "/audio/"."""
        return urlsplit(self.public_url).path + "/audio/"

    @property
    def voice_root(self) -> str:
        """The path of the voice webhooks: that of the public URL, and "/voice/"."""
        return urlsplit(self.public_url).path + "/voice/"


OTHERS = frozenset({"IVR_DEMO", "IVR_HOST", "IVR_BIND", "IVR_UPSTREAM"})
"""Variables that are no settings: of the demo, and of the proxies and servers in deploy/."""


def unread(environ: Mapping[str, str] | None = None) -> list[str]:
    """Return a line for each variable that looks like a setting, and that nothing reads."""
    environ = os.environ if environ is None else environ  # noqa: TID251 the one place
    settings = [name for name, _, _ in table()]
    lines = []
    for name in sorted({*environ} - {*settings} - OTHERS):
        near = get_close_matches(name.upper(), settings, 1, cutoff=0.75)
        if name.upper().startswith("IVR_") or (near and name.upper().startswith("TWILIO_")):
            hint = f"did you mean {near[0]}?" if near else "remove it, or correct its name"
            lines.append(f"nothing reads {name}: {hint}")
    return lines


def table() -> list[tuple[str, str, str]]:
    """Return variable, default and purpose of every setting, in order."""
    rows = []
    for setting in fields(Settings):
        if "variable" in setting.metadata:
            default = "" if callable(setting.default_factory) else setting.default or ""
            if isinstance(read := setting.metadata["read"], _Switch):
                default = read.word(setting.default)
            rows.append((setting.metadata["variable"], str(default), setting.metadata["about"]))
    return rows
