"""The skill package that the developer console imports: its manifest and interaction models.

See https://developer.amazon.com/docs/alexa/smapi/skill-package-api-reference.html
"""

from collections.abc import Mapping
from typing import Any

from ivr.errors import IvrError
from ivr.script.model import Script
from ivr.skill.intents import BUILT_IN, samples

PATH = "/assistant/alexa"
"""Where the skill is answered."""

FOLDER = "skill-package"

_SUMMARY = {
    "en": "Information for families, by voice.",
    "es": "Información para familias, por voz.",
}
_DESCRIPTION = {
    "en": "Information for families, and numbers to call. It cannot call anyone. In an emergency,"
    " call 911 from a phone. Others in the room may hear it.",
    "es": "Información para familias y números a los que llamar. No puede llamar a nadie. En una"
    " emergencia, llame al 911 desde un teléfono. Otras personas pueden oírla.",
}
_EXAMPLE = {"en": "Alexa, open {name}", "es": "Alexa, abre {name}"}


def package(script: Script, url: str) -> Mapping[str, Any]:
    """Return path → content (JSON) of each file. `script` is in the words of a speaker.

    `url` is the public URL of the service. Raises IvrError without `assistant: alexa:`.
    """
    assistant = script.line.assistant
    if assistant is None or assistant.alexa is None:
        raise IvrError(
            "line.yaml has no assistant: alexa: with the skill's name (docs/assistant.md)"
        )
    files: dict[str, Any] = {f"{FOLDER}/skill.json": _manifest(script, url)}
    for code in script.words:
        language = script.line.languages[code]
        name = f"{FOLDER}/interactionModels/custom/{language.speech}.json"
        files[name] = _model(script, code, assistant.alexa.invocation[code])
    return files


def _model(script: Script, language: str, invocation: str) -> dict[str, Any]:
    intents = [
        {"name": name, **({} if name in BUILT_IN else {"slots": []}), "samples": list(phrases)}
        for name, phrases in samples(script, language).items()
    ]
    languages = {"invocationName": invocation, "intents": intents, "types": []}
    return {"interactionModel": {"languageModel": languages}}


def _manifest(script: Script, url: str) -> dict[str, Any]:
    assistant = script.line.assistant
    invocation = assistant.alexa.invocation if assistant and assistant.alexa else {}
    locales = {}
    for code in script.words:
        language = script.line.languages[code]
        short = code.partition("-")[0]
        example = _EXAMPLE.get(short, _EXAMPLE["en"]).format(name=invocation[code])
        locales[language.speech] = {
            "name": invocation[code].title(),
            "summary": _SUMMARY.get(short, _SUMMARY["en"]),
            "description": _DESCRIPTION.get(short, _DESCRIPTION["en"]),
            "examplePhrases": [example],
            "keywords": [],
        }
    endpoint = {"uri": f"{url}{PATH}", "sslCertificateType": "Trusted"}
    return {
        "manifest": {
            "manifestVersion": "1.0",
            "publishingInformation": {
                "category": "PUBLIC_SERVICE_AND_GOVERNMENT",
                "distributionCountries": [script.line.country],
                "isAvailableWorldwide": False,
                "testingInstructions": "Say yes to go on. It tells, it never calls anyone.",
                "locales": locales,
            },
            "apis": {"custom": {"endpoint": endpoint, "interfaces": []}},
            "permissions": [],
            "privacyAndCompliance": {
                "allowsPurchases": False,
                "usesPersonalInfo": False,
                "isChildDirected": False,
                "isExportCompliant": True,
                "containsAds": False,
                "locales": {tag: {} for tag in locales},
            },
        }
    }
