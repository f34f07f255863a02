"""carrier: does the carrier that line.yaml names accept all that the line sends?

The line is written for Twilio; SignalWire and Telnyx accept nearly the same (docs/carriers.md).

- **error**: a voice that the carrier does not have; people on call, if the carrier cannot ask them
  first, so that a voicemail would count as a person; the bridge to 911 without the day on which its
  address was seen registered, since `ivr twilio doctor` only looks at accounts of Twilio; messages
  (`voicemail:`) and texts (`text_me:`), which go through Twilio's own API; answers to texts.

    prompts/line.yaml:18:3 carrier: telnyx has no voice "Google.es-US-Neural2-A": use one like
    Polly.Lupe-Neural
"""

from collections.abc import Iterator

from ivr.checks.engine.context import Finding, ScriptContext
from ivr.checks.voices import remedy
from ivr.problem import Problem
from ivr.script.carriers import DIALECTS

ID = "carrier"
SAFETY = True


def check(context: ScriptContext) -> Iterator[Problem]:
    """Yield what the line's carrier does not accept."""
    line = context.script.line
    dialect = DIALECTS[line.carrier]
    for code, language in line.languages.items():
        if not language.recorded and not dialect.has(language.voice):
            text = f'{line.carrier} has no voice "{language.voice}"'
            to_do = remedy(language.speech, dialect.has)
            yield context.in_line(("languages", code), Finding(ID, text, to_do))
    yield from _twilio_alone(context)
    if line.office.screened and not dialect.asks_first:
        text = f"{line.carrier} cannot ask those who answer to press 1"
        finding = Finding(ID, text, "leave office: screened out, or use another carrier")
        yield context.in_line(("office", "screened"), finding)
    if line.on_call is not None and not dialect.asks_first:
        text = f"{line.carrier} cannot ask the person on call before the caller is put through"
        to_do = "leave on_call out, since a voicemail would take the call, or use another carrier"
        yield context.in_line(("on_call",), Finding(ID, text, to_do))
    seen = line.emergency.address_registered_on
    if line.carrier != "twilio" and line.emergency.bridge and seen is None:
        text = f"doctor cannot see an emergency address at {line.carrier}"
        to_do = "look yourself and state the day in address_registered_on, or bridge: false"
        yield context.in_line(("emergency",), Finding(ID, text, to_do))


def _twilio_alone(context: ScriptContext) -> Iterator[Problem]:
    """Yield what is switched on and goes with Twilio alone."""
    line = context.script.line
    if line.carrier == "twilio":
        return
    by_api = f"goes through Twilio's own API, which {line.carrier} does not have"
    for name, is_on, why in (
        ("voicemail", line.voicemail is not None, by_api),
        ("text_me", line.text_me, by_api),
        ("answer_texts", line.answer_texts, f"was not tried with {line.carrier}"),
    ):
        if is_on:
            finding = Finding(ID, f"{name} {why}", f"leave {name} out, or use Twilio")
            yield context.in_line((name,), finding)
