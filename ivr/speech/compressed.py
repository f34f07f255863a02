"""Decodes the recordings of telephones and browsers, such as m4a and webm, with PyAV."""

import io
from typing import TYPE_CHECKING

import numpy as np

from ivr.errors import ExtraError, SpeechError, require
from ivr.speech.sound import MAX_CHANNELS, MAX_SECONDS, Sound

if TYPE_CHECKING:
    from av.audio import AudioStream
    from av.container import InputContainer

_MISSING_SECONDS = 0.5
"""Seconds that a file may be shorter than its header says; encoders pad the last frame."""


def format_of(content: bytes) -> str:
    """Return FFmpeg's name of a form that libsndfile does not read; "" for all others.

    The first bytes are those that the forms' specifications give, not the file's name.
    """
    if content[4:8] == b"ftyp":
        return "mov"  # m4a, mp4, 3gp
    if content[:4] == b"\x1aE\xdf\xa3":
        return "matroska"  # webm, mkv
    if content[:6] == b"#!AMR\n":
        return "amr"
    if content[:4] == b"0&\xb2u":
        return "asf"  # wma
    is_adts = len(content) > 1 and content[0] == 0xFF and content[1] & 0xF6 == 0xF0  # noqa: PLR2004 the standard's
    return "aac" if is_adts else ""


def decoded(content: bytes, form: str) -> Sound:
    """Return the sound of a file of a form that `format_of` names, mixed to one channel.

    Raises SpeechError, with a remedy, if it cannot be read or is cut short, or if PyAV is missing.
    """
    try:
        require("m4a", ["av"])
    except ExtraError as e:
        raise SpeechError(f"to read it, {e}; or save it as WAV or MP3") from None
    import av

    try:
        with av.open(io.BytesIO(content), "r", format=form) as container:
            stream = next(iter(container.streams.audio), None)
            if stream is None:
                raise SpeechError("this file has no sound: save it as WAV or MP3")
            if stream.codec_context.channels > MAX_CHANNELS:
                raise SpeechError("this sound has too many channels: save it with one")
            sound = _read(container, stream)
            # The length of other forms is estimated from their bit rate.
            announced = (container.duration or 0) / 1e6 if form in {"mov", "matroska"} else 0
    except (av.error.FFmpegError, ValueError, MemoryError) as e:
        raise SpeechError(
            f"this sound cannot be read ({type(e).__name__}): save it as WAV or MP3"
        ) from None
    if sound.seconds < announced - _MISSING_SECONDS:
        raise SpeechError("this file is shorter than its header says: copy or save it again")
    return sound


def _read(container: "InputContainer", stream: "AudioStream") -> Sound:
    """Return the sound of a stream. Raises SpeechError if it is too long or empty."""
    from av import AudioResampler

    mixer = AudioResampler(format="flt", layout="mono")
    rate, count, pieces = stream.codec_context.sample_rate, 0, []
    for frame in container.decode(stream):
        for mixed in mixer.resample(frame):
            pieces.append(mixed.to_ndarray()[0])
            count += mixed.samples
        if count > MAX_SECONDS * rate:
            raise SpeechError(f"this sound lasts more than {MAX_SECONDS // 60} minutes: cut it")
    if not pieces:
        raise SpeechError("this file has no sound: save it as WAV or MP3")
    return Sound(np.concatenate(pieces), rate)
