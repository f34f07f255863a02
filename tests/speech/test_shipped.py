"""The clips that come with the line: all of them, fresh, fit for a telephone, and small."""

import pytest

from ivr.settings import Settings
from ivr.speech import transcripts
from ivr.speech.asr_check import compare
from ivr.speech.clip_check import Inspection, inspect
from ivr.speech.manifest import read_manifest
from tests.speech.conftest import CLIPS
from tests.walked import Walks

REMEDY = "ivr audio render --engine kokoro --prune (docs/voices.md)"


@pytest.fixture(scope="module")
def inspection(walked: Walks) -> Inspection:
    return inspect(CLIPS, walked("shipped").said)


@pytest.mark.slow
def test_every_prompt_has_a_fresh_clip(inspection: Inspection) -> None:
    missing = [f"{w.language} {w.prompt}: {w.text}" for w in inspection.missing]
    assert not missing, f"{len(missing)} are missing, so the carrier's voice says them: {REMEDY}"


@pytest.mark.slow
def test_every_clip_is_fit_for_a_telephone(inspection: Inspection) -> None:
    assert [(one.clip.file, one.faults) for one in inspection.clips if one.faults] == []


def test_all_of_them_are_small_enough_to_ship() -> None:
    assert sum(path.stat().st_size for path in CLIPS.rglob("*.*")) < 11_000_000


def test_every_clip_was_listened_to_and_every_digit_heard() -> None:
    """What the ear heard is kept by each file's bytes; a clip that is new has not been heard."""
    known_transcripts = transcripts.read(CLIPS)
    clips = read_manifest(CLIPS).clips.values()
    unheard = [
        clip.file for clip in clips if transcripts.mark(CLIPS, clip) not in known_transcripts
    ]
    assert not unheard, f"{len(unheard)} were not listened to: make listen"
    comparisons = [
        compare(clip, known_transcripts[transcripts.mark(CLIPS, clip)]) for clip in clips
    ]
    assert [(one.clip.text, one.transcript) for one in comparisons if not one.has_all_digits] == []


def test_they_are_what_a_line_plays_by_default() -> None:
    assert Settings().clips == CLIPS
    assert Settings().audio
