"""Checks of this machine: settings, folders, secret, clock."""

import ctypes
import shutil
import stat
import tempfile
from pathlib import Path

from ivr.accounts import secret_key
from ivr.doctor.check import CheckContext, CheckResult, failed, ok, warning

LEAST_BYTES = 200_000_000
"""Free bytes on the disk of IVR_STATE below which the doctor warns: a year of records fits in."""


def settings(context: CheckContext) -> CheckResult:
    """Can every variable of the environment be used, and does something read it?"""
    remedy = "correct each where the line's environment is set, then start it again"
    if context.unusable:
        return failed("; ".join((*context.unusable, *context.unread)), remedy)
    if context.unread:
        return warning("; ".join(context.unread), remedy)
    return ok("every variable can be used, and is read")


def state(context: CheckContext) -> CheckResult:
    """Can the line write in IVR_STATE, may nobody else read it, and is the disk large enough?"""
    folder = context.settings.state
    lost = "calls are answered, but records and messages are lost"
    if trouble := _trouble(folder, "IVR_STATE", lost):
        return trouble
    free = shutil.disk_usage(_nearest(folder)).free
    if free < LEAST_BYTES:
        return warning(f"{free / 1e6:.0f} MB are free for {folder}", "free space on that disk")
    return ok(f"{folder} can be written; {free / 1e9:.0f} GB are free")


def secret(context: CheckContext) -> CheckResult:
    """Is there a secret that keys sign-in, and can nobody else read it?"""
    if context.settings.secret_key:
        return ok("IVR_SECRET_KEY is set")
    file = context.settings.state / secret_key.FILE
    if not file.exists():
        return ok(f"it is made at the first start, in {file}")
    backed_up = ok(f"it is in {file}; back it up apart from the database")
    return _readable_by_others(file, 600) or backed_up


def day_keys(context: CheckContext) -> CheckResult:
    """Can the keys of days be stored where several servers share them and no backup looks?"""
    folder = context.settings.day_keys
    lost = "calls that two servers answer are counted twice"
    return _trouble(folder, "IVR_DAY_KEYS", lost) or ok(
        f"{folder} can be written; keep it out of backups"
    )


def models(context: CheckContext) -> CheckResult:
    """Is the folder of models there, if one was named?"""
    folder = context.settings.models
    if folder.is_dir():
        return ok(f"{folder} is there")
    return ok(f"{folder} is not there; only neural voices and `ivr audio listen` need it")


def clock(_: CheckContext) -> CheckResult:
    """Does the network set this machine's clock? The kernel knows."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        state = libc.ntp_adjtime(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (OSError, AttributeError):
        state = -1
    if state < 0:
        return warning(
            "this system does not say whether the network sets its clock",
            "compare it with your own: opening hours and certificates go by it",
        )
    if state == _TIME_ERROR:
        return warning(
            "nothing sets this machine's clock, so opening hours may go wrong",
            "let the network set it: `timedatectl set-ntp true`",
        )
    return ok("the network sets it")


_TIMEX_BYTES = 512
"""Bytes of a buffer that holds the `struct timex` of every system."""

_TIME_ERROR = 5
"""The answer for a clock that is not synchronized (adjtimex(2))."""


def is_open(path: Path) -> bool:
    """Return whether others than its owner may read a path; False if it does not exist."""
    try:
        return bool(path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))
    except OSError:
        return False


def _trouble(folder: Path, variable: str, lost: str) -> CheckResult | None:
    """Return why a private folder cannot be written or made, or that others can read it."""
    existing = _nearest(folder)
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as e:
        verb = "written" if existing == folder else "made"
        return failed(
            f"{folder} cannot be {verb} ({e.strerror}): {lost}",
            f"name a folder in {variable} that the line's user may write",
        )
    return _readable_by_others(folder, 700)


def _readable_by_others(path: Path, mode: int) -> CheckResult | None:
    if not is_open(path):
        return None
    return warning(f"other users of this machine can read {path}", f"run `chmod {mode} {path}`")


def _nearest(folder: Path) -> Path:
    """Return a folder, or the nearest one above it that exists."""
    return next(path for path in (folder, *folder.parents) if path.exists())
