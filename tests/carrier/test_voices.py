"""The voices that `ivr check` accepts are those that the carrier has."""

from ivr.checks.voices import languages_of
from tests.carrier import sdk_voices
from tests.lines import read_yaml


def test_the_list_of_voices_is_the_one_of_the_carriers_sdk() -> None:
    listed = read_yaml(sdk_voices.LISTED)
    assert listed == sdk_voices.listing(sdk_voices.names(), sdk_voices.tags_of(listed))


def test_every_voice_of_the_carrier_is_known_by_its_language() -> None:
    basic = {"man", "woman", "alice"}
    every = sdk_voices.names() - basic - sdk_voices.WITHOUT_TAG
    assert len(every) > 300
    assert [voice for voice in sorted(every) if not languages_of(voice)] == []
