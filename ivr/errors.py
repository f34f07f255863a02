"""The errors a person is meant to read: one clear line, never a traceback.

IvrError
├── ScriptError      the phone script has problems      (ivr.script.load)
├── SettingsError    a setting is missing or unusable   (ivr.settings)
├── RecordsError     the records cannot be used         (ivr.records)
├── CarrierError     the carrier's account fails us     (ivr.carrier)
├── OverrideError    an override that may not be        (ivr.checks.engine.validate_override)
├── SpeechError      words cannot be made into clips    (ivr.speech)
├── SipError         the line cannot hang on a PBX      (ivr.sip)
└── PhoneError       the phone cannot go on             (ivr.phone)
"""


class IvrError(Exception):
    """An expected error; its text is what a person reads. Commands print it and exit 1."""


class SettingsError(IvrError):
    """A setting (environment variable or option) is missing or cannot be used."""


class RecordsError(IvrError):
    """The records of calls cannot be used: a newer schema, or no database there."""


class CarrierError(IvrError):
    """The carrier did not do what it was asked to.

    `code` is the carrier's own error code, `status` its HTTP status, where it answered; `unsure`
    says that the answer was lost, so that it may have been done all the same.
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
    """An override that may not be: its end, or the words of its announcement."""


class SpeechError(IvrError):
    """Words cannot be made into clips, or clips not be used; the carrier's voice speaks instead."""


class PhoneError(IvrError):
    """The telephone cannot make or go on with a call."""


class SipError(IvrError):
    """The line cannot hang on a PBX: an option, the PBX itself, or the SIP library."""
