"""All settings, each declared once: its variable, type, default and what it is for.

Read from the environment here and nowhere else. The README's table is made from this one.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import platformdirs

from ivr.errors import SettingsError


def shipped(folder: str) -> Path:
    """Return a folder of data that ships with the program: inside the wheel, or in a checkout."""
    inside = Path(__file__).parent / folder
    return inside if inside.is_dir() else Path(__file__).parent.parent / folder


def _setting(variable: str, default: Any, read: Any, about: str) -> Any:  # noqa: ANN401
    metadata = {"variable": variable, "read": read, "about": about}
    return field(
        metadata=metadata,
        **({"default_factory": default} if callable(default) else {"default": default}),
    )


def _tokens(text: str) -> tuple[str, ...]:
    return tuple(token.strip() for token in text.split(",") if token.strip())


def _public_url(text: str) -> str:
    url = urlsplit(text)
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise ValueError("write it whole, as https://line.example.org")
    if "@" in url.netloc or url.query or url.fragment:
        raise ValueError("write it without a user, a query or a #fragment")
    return text.rstrip("/")


def _stand_in(text: str) -> str:
    url = urlsplit(text)
    if url.scheme != "http" or url.hostname not in {"127.0.0.1", "localhost", "::1"}:
        raise ValueError("it must be on this machine, as http://127.0.0.1:4010")
    return text.rstrip("/")


def _smtp_url(text: str) -> str:
    url = urlsplit(text)
    if url.scheme not in {"smtp", "smtps"} or not url.hostname:
        raise UnshownError("names no mail server: write it as smtps://user:password@host")
    return text


def _secret(text: str) -> str:
    if len(text) < MIN_SECRET:
        raise UnshownError(
            f"is shorter than {MIN_SECRET} characters: make one with `openssl rand -hex 32`"
        )
    return text


def _password(text: str) -> str:
    if not re.fullmatch(r"[!-~]+", text) or set(text) & set('";<>\\'):
        raise UnshownError("must not have spaces, quotes, ; < > or \\ in it, nor other than ASCII")
    return text


def _on_or_off(text: str) -> bool:
    if text not in {"auto", "off"}:
        raise ValueError('write "auto" or "off"')
    return text == "auto"


def _pin(text: str) -> str:
    if not (text.isascii() and text.isdigit() and len(text) >= MIN_PIN):
        raise UnshownError(f"is no PIN: write {MIN_PIN} digits or more")
    return text


MIN_PIN = 6


class UnshownError(ValueError):
    """A value that is off and must not be shown, since it is a secret."""


MIN_SECRET = 32
"""Characters of a secret: a hex digit holds 4 bits."""


@dataclass(frozen=True)
class Settings:
    """What the environment says. Made by `Settings.read`; raises SettingsError for what is off."""

    auth_tokens: tuple[str, ...] = _setting(
        "TWILIO_AUTH_TOKEN",
        (),
        _tokens,
        "the carrier's token, which proves its requests; several with commas while rotating",
    )
    account_sid: str = _setting("TWILIO_ACCOUNT_SID", "", str, "the carrier's account")
    carrier_api: str = _setting(
        "IVR_CARRIER_API",
        "",
        _stand_in,
        "a stand-in for the carrier's API, on this machine (`ivr sip` has one); unset: its own",
    )
    public_url: str = _setting(
        "IVR_PUBLIC_URL", "", _public_url, "the URL that the carrier calls, if behind a proxy"
    )
    fallback_url: str = _setting(
        "IVR_FALLBACK_URL",
        "",
        _public_url,
        "where `ivr twilio lifeboat` is hosted, away from this service; unset: at this service",
    )
    prompts: Path = _setting(
        "IVR_PROMPTS", lambda: shipped("prompts"), Path, "the folder of the phone script"
    )
    audio: bool = _setting(
        "IVR_AUDIO",
        True,
        _on_or_off,
        "`auto` plays clips where there are fresh ones; `off`: the carrier's voice says everything",
    )
    fast_path: bool = _setting(
        "IVR_FAST_PATH",
        True,
        _on_or_off,
        "`off` lets Flask answer every webhook: slower, with the same answers; for debugging",
    )
    clips: Path = _setting(
        "IVR_CLIPS", lambda: shipped("audio"), Path, "the folder of the clips and their manifest"
    )
    models: Path = _setting(
        "IVR_MODELS",
        lambda: platformdirs.user_data_path("ivr"),
        Path,
        "the folder of models that neural voices and `ivr audio listen` need",
    )
    recording_pin: str = _setting(
        "IVR_RECORDING_PIN",
        "",
        _pin,
        "the PIN of the recording menu at /record, 6 digits or more; unset: there is no such menu",
    )
    state: Path = _setting(
        "IVR_STATE",
        lambda: platformdirs.user_state_path("ivr"),
        Path,
        "a folder for what the running service keeps: its process id, its records, its secret",
    )
    database_url: str = _setting(
        "IVR_DATABASE_URL",
        "",
        str,
        "where records are kept: postgresql://user:password@host/name; unset: a file in IVR_STATE",
    )
    secret_key: str = _setting(
        "IVR_SECRET_KEY",
        "",
        _secret,
        "keys the hashes and the console's sessions; unset: made once and kept in IVR_STATE",
    )
    sip_password: str = _setting(
        "IVR_SIP_PASSWORD",
        "",
        _password,
        "what `ivr sip` gives a PBX that asks: the password of the line's extension or trunk",
    )
    alert_email: str = _setting("IVR_ALERT_EMAIL", "", str, "whom to tell of trouble, by e-mail")
    alert_from: str = _setting("IVR_ALERT_FROM", "", str, "the sender of that e-mail")
    smtp_url: str = _setting(
        "IVR_SMTP_URL",
        "smtp://localhost",
        _smtp_url,
        "the mail server, as smtps://user:password@host; smtp:// turns to TLS where it is offered",
    )
    alert_webhook: str = _setting(
        "IVR_ALERT_WEBHOOK", "", str, "a URL to which trouble is posted, as JSON: kind and text"
    )
    metrics_token: str = _setting(
        "IVR_METRICS_TOKEN", "", str, "the bearer token for /metrics; unset: this machine alone"
    )
    demo: bool = False
    """Set by `ivr serve --demo` alone: no signature is asked for, loopback only."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the settings from an environment, by default the process's own."""
        environ = os.environ if environ is None else environ  # noqa: TID251 the one place
        values: dict[str, Any] = {}
        for setting in fields(cls):
            text = environ.get(setting.metadata.get("variable", "IVR_DEMO"), "")
            if not text:
                continue
            try:
                values[setting.name] = setting.metadata.get("read", bool)(text)
            except UnshownError as e:
                raise SettingsError(f"{setting.metadata['variable']} {e}") from None
            except ValueError as e:
                variable = setting.metadata["variable"]
                raise SettingsError(f'{variable} is "{text}": {e}') from None
        return cls(**values)

    def to_env(self) -> dict[str, str]:
        """Return the variables that make `from_env` read these settings, for worker processes."""
        told = {
            setting.metadata.get("variable", "IVR_DEMO"): getattr(self, setting.name)
            for setting in fields(self)
        }
        listed = {k: ",".join(v) if isinstance(v, tuple) else v for k, v in told.items()}
        said = {k: str(v) if v else "" for k, v in listed.items()}
        on = {"IVR_AUDIO": self.audio, "IVR_FAST_PATH": self.fast_path}
        return {**said, **{name: "auto" if value else "off" for name, value in on.items()}}

    @property
    def audio_root(self) -> str:
        """The path below which the carrier finds clips: "/audio/", below the public URL's."""
        return urlsplit(self.public_url).path + "/audio/"

    @property
    def voice_root(self) -> str:
        """The path below which the carrier finds places: "/voice/", below the public URL's."""
        return urlsplit(self.public_url).path + "/voice/"


def table() -> list[tuple[str, str, str]]:
    """Return (variable, default, what it is for) for every setting, in order."""
    rows = []
    for setting in fields(Settings):
        if "variable" in setting.metadata:
            default = "" if callable(setting.default_factory) else setting.default or ""
            default = "auto" if default is True else default
            rows.append((setting.metadata["variable"], str(default), setting.metadata["about"]))
    return rows
