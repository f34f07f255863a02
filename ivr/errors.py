"""Errors that are shown to a person: one clear line, never a traceback.

IvrError
├── ScriptError      the phone script has problems      (ivr.script.load)
├── SettingsError    a setting is missing or unusable   (ivr.settings)
├── RecordsError     the records cannot be used         (ivr.database)
├── CarrierError     the carrier refused or failed      (ivr.carrier)
├── OverrideError    an override is not allowed         (ivr.checks.engine.validate_override)
├── SpeechError      clips cannot be made or used       (ivr.speech)
├── SipError         the line cannot connect to a PBX   (ivr.sip)
├── PhoneError       the phone cannot make a call       (ivr.phone)
└── ExtraError       a library is not installed         (ivr.cli)
"""

import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path


class IvrError(Exception):
    """An expected error; its text is what a person reads. Commands print it and exit 1."""


@contextmanager
def report_unwritable(path: Path, error: type[IvrError] = IvrError) -> Iterator[None]:
    """Turn an OSError while a file or folder is written into an error that names it."""
    try:
        yield
    except OSError as e:
        raise error(f"{path} cannot be written: {e.strerror}") from None


class SettingsError(IvrError):
    """A setting (environment variable or option) is missing or cannot be used."""


class RecordsError(IvrError):
    """The records cannot be used: their schema is newer, or the database cannot be reached."""


class CarrierError(IvrError):
    """The carrier did not do what it was asked to do.

    `code` is the carrier's own error code and `status` its HTTP status; both are None if there was
    no answer. `unsure` says that the answer was lost, so the request may have been carried out.
    """

    def __init__(
        self,
        text: str,
        *,
        code: int | None = None,
        status: int | None = None,
        unsure: bool = False,
    ) -> None:
        super().__init__(text)
        self.code = code
        self.status = status
        self.unsure = unsure


class OverrideError(IvrError):
    """An override is not allowed: its end, or the words of its announcement."""


class SpeechError(IvrError):
    """Clips cannot be made or used; on a call, the carrier's voice speaks instead."""


class PhoneError(IvrError):
    """The telephone cannot make or continue a call."""


class SipError(IvrError):
    """The line cannot connect to a PBX, because of an option, the PBX or the SIP library."""


class ExtraError(IvrError):
    """A library is not installed that a command needs: the text says what installs it."""


_CLIPS = ("numpy", "soundfile", "soxr")

EXTRAS: Mapping[str, Sequence[str]] = {
    "clips": _CLIPS,
    "m4a": (*_CLIPS, "av"),
    "plurals": ("babel",),
    "bench": ("aiohttp", "greenlet"),
    "pico": (*_CLIPS, "py_nanotts"),
    "recorded": (*_CLIPS, "python_stretch"),
    "kokoro": (*_CLIPS, "kokoro_onnx", "onnxruntime", "python_stretch"),
    "piper": (*_CLIPS, "piper"),
    "listen": (*_CLIPS, "faster_whisper"),
    "sip": (*_CLIPS, "py_nanotts", "aiohttp", "baresip"),
}
"""Extra of pyproject.toml → the modules that it installs; those that others contain come first."""


def require(extra: str, modules: Sequence[str] = ()) -> None:
    """Raise ExtraError if one of an extra's modules, or of those named, is not installed."""
    if module := _missing(modules or EXTRAS[extra]):
        raise ExtraError(_line(module, extra))


def is_installed(extra: str) -> bool:
    """Return whether all modules of an extra can be imported."""
    return not _missing(EXTRAS[extra])


def _missing(modules: Sequence[str]) -> str:
    """Return the first module that cannot be imported; "" if all can."""
    return next((name for name in modules if importlib.util.find_spec(name) is None), "")


def missing_extra(error: ModuleNotFoundError) -> str:
    """Return the line that says how to install what a command needs; "" if it is no extra's."""
    module = (error.name or "").partition(".")[0]
    return next((_line(module, extra) for extra in EXTRAS if module in EXTRAS[extra]), "")


def _line(module: str, extra: str) -> str:
    return f'{module} is not installed: pip install "csec-ivr[{extra}]"'
