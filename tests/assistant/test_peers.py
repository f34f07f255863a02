"""What others make of the skill.

They are an assistant that knows our model alone, a judge of markup, and the classes that the
assistant's maker publishes.
"""

import json
import subprocess
import warnings
from pathlib import Path
from typing import Any

import pytest

from ivr.cli.local_server import on_loopback
from ivr.dialog import Place
from ivr.script.model import Script
from ivr.settings import Settings
from ivr.skill import respond
from ivr.skill.alexa import document
from ivr.skill.meaning import OPEN
from ivr.skill.package import package
from ivr.skill.speech_markup import ssml
from ivr.web import create_app
from tests.assistant.conftest import NOW, SKILL, envelope
from tests.assistant.test_conversation import HOTLINE, words

FOLDER = Path(__file__).parent
needs_node = pytest.mark.skipif(
    not (FOLDER / "node_modules" / ".ready").exists(),
    reason="`make test` installs the peers by npm",
)
NUMBER = f"The number is: {HOTLINE}"

CONVERSATIONS: list[tuple[str, str, str]] = [
    ("en-US", "yes, stop", "The number is"),
    ("en-US", "stop", "Goodbye."),
    ("en-US", "no", "Goodbye."),
    ("en-US", "yes, what to do, next, next, trafficking hotline", HOTLINE),
    ("en-US", "yes, who do i call, next", "Do not confront"),
    ("en-US", "yes, warning signs, all signs, next, next, previous", "To go on, say: next."),
    ("en-US", "yes, learn more, next, next", "not the child"),
    ("en-US", "yes, missing child, national center", "1 8 0 0 8 4 3 5 6 7 8"),
    ("en-US", "yes, my worker", "2 0 2 5 5 5 0 1 1 1"),
    ("en-US", "yes, operator", NUMBER),
    ("en-US", "i need help", NUMBER),
    ("en-US", "yes, nine one one", "I cannot call 9 1 1."),
    ("en-US", "yes, homeland security, another one, go back", "missing child"),
    ("en-US", "yes, warning signs, slower, repeat", "warning signs"),
    ("es-US", "sí, parar", "El número es"),
    ("es-US", "parar", "Adiós."),
    ("es-US", "sí, qué hacer, siguiente, siguiente, línea contra la trata", HOTLINE),
    ("es-US", "sí, señales de alerta, todas, siguiente, volver", "siguiente"),
    ("es-US", "sí, operadora", HOTLINE),
    ("es-US", "sí, policía", "No puedo llamar al 9 1 1."),
]


def node(script: str, asked: Any) -> Any:
    done = subprocess.run(
        ["node", FOLDER / script],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
@needs_node
def test_an_assistant_that_knows_the_model_alone_has_20_conversations(
    folder: Path, script: Script, tmp_path: Path
) -> None:
    models = {}
    for name, content in package(script.on_speaker, "https://line.example.org").items():
        path = tmp_path / Path(name).name
        path.write_text(json.dumps(content))
        models[path.stem] = str(path)
    app = create_app(Settings(demo=True, prompts=folder, state=tmp_path / "state"), lambda: NOW)
    with on_loopback(app) as voice:
        asked = {
            "url": voice.replace("/voice", "/assistant/alexa"),
            "models": models,
            "skill": SKILL,
            "conversations": [
                {"locale": locale, "says": [one.strip() for one in says.split(",")]}
                for locale, says, _ in CONVERSATIONS
            ],
        }
        answers = node("converse.js", asked)
    app.services.telemetry.recorder.close()
    assert len(answers) == len(CONVERSATIONS) == 20
    for (_, says, expected), replies in zip(CONVERSATIONS, answers, strict=True):
        assert expected in words(replies[-1]["ssml"]), says
        assert replies[-1]["ends"] == (says.rpartition(", ")[2] in {"stop", "no", "parar"}), says


@pytest.mark.slow
@needs_node
def test_every_answer_of_the_walk_is_sound_markup(every_answer: dict[str, Any]) -> None:
    reprompts = {ssml(answer.reprompt) for answer in every_answer.values() if answer.reprompt}
    documents = [*every_answer, *reprompts]
    faults = dict(zip(documents, node("judge.js", documents), strict=True))
    assert {ssml: problems for ssml, problems in faults.items() if problems} == {}


@pytest.mark.slow
@needs_node
def test_the_judge_finds_faults() -> None:
    bad = ["<speak>a & b</speak>", '<speak><break time="20s"/></speak>', "<speak><shout/></speak>"]
    assert all(node("judge.js", bad))


@pytest.mark.slow
def test_the_makers_classes_read_every_request_and_answer(every_answer: dict[str, Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they are of 2023
        from ask_sdk_core.serialize import DefaultSerializer
        from ask_sdk_model import RequestEnvelope, ResponseEnvelope

        reader = DefaultSerializer()
        answers = [document(answer) for answer in every_answer.values()]
        for answer in answers:
            read = reader.deserialize(json.dumps(answer), ResponseEnvelope)
            assert reader.serialize(read)["response"]["outputSpeech"]["type"] == "SSML"
            assert read.response.should_end_session is answer["response"]["shouldEndSession"]
        asked = envelope("IntentRequest", intent="GoReport")
        assert reader.deserialize(json.dumps(asked), RequestEnvelope).request.intent.name
    assert len(answers) > 100


@pytest.mark.parametrize(("language", "locale"), [("en", "en-US"), ("es", "es-US")])
def test_the_model_has_the_names_and_letters_that_the_console_takes(
    language: str, locale: str, script: Script
) -> None:
    files = package(script.on_speaker, "https://line.example.org")
    path = f"skill-package/interactionModels/custom/{locale}.json"
    model = files[path]["interactionModel"]["languageModel"]
    names = [intent["name"] for intent in model["intents"]]
    assert len(names) == len(set(names))
    assert {"AMAZON.HelpIntent", "AMAZON.StopIntent", "AMAZON.CancelIntent"} < set(names)
    for intent in model["intents"]:
        own = intent["name"].removeprefix("AMAZON.")
        assert own.isascii()
        assert own.isalpha()
        for sample in intent["samples"]:
            assert all(letter.isalpha() or letter in " '-." for letter in sample), sample
    assert model["invocationName"] == {"en": "family help line", "es": "línea de ayuda"}[language]


def test_what_the_store_shows_tells_nothing_and_promises_no_help(script: Script) -> None:
    from ivr.checks.measures.lexicon import lexicon, plain

    manifest = json.dumps(
        package(script.on_speaker, "https://line.example.org")["skill-package/skill.json"],
        ensure_ascii=False,
    )
    for language in ("en", "es"):
        patterns = lexicon(language)
        assert patterns
        assert not any(pattern.search(plain(manifest)) for pattern in patterns.opening)
    assert '"isChildDirected": false' in manifest
    assert "https://line.example.org/assistant/alexa" in manifest


def test_digits_in_a_nodes_name_become_letters_in_its_intent() -> None:
    from ivr.skill.intents import _intent_name

    assert _intent_name("to.signs-people") == "GoSignsPeople"
    assert _intent_name("to.step-12") == "GoStepBC"


def test_the_longest_answer_is_short_enough(script: Script) -> None:
    answer = respond(script.on_speaker, "alexa", Place("en", script.graph.start), OPEN)
    assert len(ssml(answer.words)) < 1000
