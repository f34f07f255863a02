"""Measures loudness by ITU-R BS.1770-5: gated loudness in LUFS, and true peak in dB.

The two filters are the standard's, for any sampling rate (their analogue prototypes as published
with the EBU's R 128), and applied to the whole sound at once in the frequency domain.
"""

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import soxr

Samples = npt.NDArray[np.float32]
Response = npt.NDArray[np.complex128]

SILENT = -70.0
"""LUFS of silence: the standard's absolute gate, which is also the lowest result."""

_BLOCK_SECONDS, _STEP_SECONDS, _RELATIVE_GATE = 0.4, 0.1, -10.0
_OVERSAMPLED = 4


def loudness(samples: Samples, rate: int) -> float:
    """Return the integrated loudness in LUFS; a sound shorter than a block is padded to one."""
    block, step = int(_BLOCK_SECONDS * rate), int(_STEP_SECONDS * rate)
    weighted = _weighted(samples, rate)
    weighted = np.pad(weighted, (0, max(block - len(weighted), 0)))
    energy = np.concatenate([[0.0], np.cumsum(weighted**2)])
    starts = np.arange(0, len(weighted) - block + 1, step)
    blocks = np.maximum(energy[starts + block] - energy[starts], 0.0) / block
    loud = blocks[_lufs(blocks) > SILENT]
    if not len(loud):
        return SILENT
    return float(_lufs(loud[_lufs(loud) > _lufs(loud.mean()) + _RELATIVE_GATE].mean()))


def true_peak(samples: Samples, rate: int) -> float:
    """Return the true peak in dB relative to full scale, oversampled fourfold."""
    between = soxr.resample(samples, rate, rate * _OVERSAMPLED)
    return float(20 * np.log10(max(np.abs(between).max(initial=1e-9), 1e-9)))


def _lufs(power: npt.ArrayLike) -> npt.NDArray[np.float64]:
    return -0.691 + 10 * np.log10(np.maximum(power, 1e-12))


def _weighted(samples: Samples, rate: int) -> npt.NDArray[np.float64]:
    """Return sound after the standard's K-weighting: more treble, and no rumble."""
    least = len(samples) + rate  # a second for the filters to die away in
    size = -(-least // _ROUND) * _ROUND
    spectrum = np.fft.rfft(samples.astype(np.float64), size)
    weighted = np.fft.irfft(spectrum * _weights(size, rate), size)
    return weighted[: len(samples)]


_ROUND = 4096
"""Sounds are padded to a multiple of so many samples: a length with large prime factors is slow."""


@lru_cache(maxsize=4)
def _weights(size: int, rate: int) -> Response:
    """Return what both filters do to each frequency; a sound is measured several times."""
    z = np.exp(-2j * np.pi * np.fft.rfftfreq(size))
    return _shelf(z, rate) * _high_pass(z, rate)


def _shelf(z: Response, rate: int) -> Response:
    k, q = math.tan(math.pi * 1681.974450955533 / rate), 0.7071752369554196
    high = 10 ** (3.999843853973347 / 20)
    band = high**0.4996667741545416
    top = (high + band * k / q + k * k) + 2 * (k * k - high) * z
    top = top + (high - band * k / q + k * k) * z * z
    response: Response = top / _poles(z, k, q)
    return response


def _high_pass(z: Response, rate: int) -> Response:
    k, q = math.tan(math.pi * 38.13547087602444 / rate), 0.5003270373238773
    response: Response = (1 - z) ** 2 * (1 + k / q + k * k) / _poles(z, k, q)
    return response


def _poles(z: Response, k: float, q: float) -> Response:
    return (1 + k / q + k * k) + 2 * (k * k - 1) * z + (1 - k / q + k * k) * z**2
