"""The errors a person is meant to read: one clear line, never a traceback.

IvrError
├── ScriptError      the phone script has problems      (ivr.script.load)
├── SettingsError    a setting is missing or unusable   (ivr.settings)
├── RecordsError     the records cannot be used         (ivr.records)
├── SpeechError      words cannot be made into clips    (ivr.speech)
└── PhoneError       the phone cannot go on             (ivr.phone)
"""


class IvrError(Exception):
    """An expected error; its text is what a person reads. Commands print it and exit 1."""


class SettingsError(IvrError):
    """A setting (environment variable or option) is missing or cannot be used."""


class RecordsError(IvrError):
    """The records of calls cannot be used: a newer schema, or no database there."""


class SpeechError(IvrError):
    """Words cannot be made into clips, or clips not be used; the carrier's voice speaks instead."""


class PhoneError(IvrError):
    """The telephone cannot make or go on with a call."""
