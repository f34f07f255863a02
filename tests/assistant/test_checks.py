"""What `ivr check` finds in the words of a voice assistant: nothing in ours, and every slip."""

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ivr.checks import speaker
from ivr.checks.engine.context import ScriptContext
from ivr.problem import Problem, ScriptError
from ivr.script.load import load, read
from ivr.script.model import Script
from ivr.skill import Answer, read_place, respond
from tests.assistant.conftest import ASSISTANT, with_skill
from tests.lines import ON_CALL, SHIPPED, TODAY, change, read_yaml, write
from tests.small_script import small

ROUNDS = int(os.environ.get("IVR_MUTATION_ROUNDS", "1"))

Words = dict[str, Any]

LEFT_OUT = {"main.privacy", "missing.police"}
"""What the small script has not."""


def small_with_skill(room: Path, slip: Callable[[Words], object] = lambda _: None) -> Path:
    """Return the small script with a skill in English, after a slip in the words of a speaker."""
    folder = small(room)
    change(folder / "line.yaml", {**ASSISTANT, "speech": True})
    phone = read_yaml(folder / "en.yaml")
    ours = read_yaml(SHIPPED / "speaker.en.yaml")
    phone["speech"] = {
        "person": ["a person", "operator", "somebody"],
        "to.signs": ["signs", "the signs", "warning signs"],
        "to.hotline": ["hotline", "the hotline", "call the hotline"],
        "to.office": ["office", "the office", "call the office"],
    }
    write(folder / "en.yaml", phone)
    intents = {"back", "again", "next", "pace", "stop", "hear", "other"}
    words = {
        "prompts": {p: text for p, text in ours["prompts"].items() if p not in LEFT_OUT},
        "speech": {
            **{name: phrases for name, phrases in ours["speech"].items() if name in intents},
            "person": ["number to call"],
            "emergency": ["emergency", "call nine one one", "police"],
            "pace": ["slower", "slow down", "too fast"],
            "other": ["another one", "other one", "another number"],
        },
    }
    words["prompts"]["nomatch.1"] = "I did not get that."
    slip(words)
    write(folder / "speaker.en.yaml", words)
    return folder


def problems(folder: Path) -> list[Problem]:
    """Return what loading the script, or the check of speakers, finds."""
    script, files, wrong = read(folder)
    return wrong if script is None else list(speaker.check(ScriptContext(script, files, TODAY)))


def texts(folder: Path) -> str:
    return "\n".join(map(str, problems(folder)))


@pytest.mark.slow
def test_the_shipped_words_are_sound(folder: Path) -> None:
    assert [p for p in problems(folder) if p.level == "error"] == []


def test_an_agency_with_people_on_call_alone_has_the_hotlines_number(tmp_path: Path) -> None:
    """It has no number of its own that a caller may hear."""
    script = load(with_skill(tmp_path, on_call=ON_CALL)).on_speaker
    at_agency = read_place(script, "en", "en/agency")
    assert at_agency.node == "agency"
    for meaning in ("again", "number", "stop", "person"):
        answer = respond(script, "alexa", at_agency, meaning)
        spoken_text = " ".join(words.text for words in answer.reprompt or answer.words)
        assert "8 8 8 … 3 7 3 … 7 8 8 8" in spoken_text, meaning


def test_the_walk_comes_to_every_node_that_is_said_on_a_speaker(
    script: Script, every_answer: dict[str, Answer]
) -> None:
    left_out = {"check", "careful", "numbers", "message", "state"}  # the state has no number here
    come_to = {answer.place.node for answer in every_answer.values()}
    assert come_to == set(script.graph.nodes) - left_out


def test_without_an_assistant_nothing_is_asked_for() -> None:
    script, files, wrong = read(SHIPPED)
    assert wrong == []
    assert files.speaker == {}
    assert script is not None
    assert list(speaker.check(ScriptContext(script, files, TODAY))) == []


def test_the_small_script_is_sound_on_a_speaker(tmp_path: Path) -> None:
    assert texts(small_with_skill(tmp_path)) == ""


def say(prompt: str, text: str) -> Callable[[Words], object]:
    return lambda words: words["prompts"].update({prompt: text})


SLIPS: dict[str, tuple[Callable[[Words], object], str]] = {
    "a text is gone": (
        lambda words: words["prompts"].pop("emergency.off"),
        'the prompt "emergency.off" is missing, which a speaker says',
    ),
    "an unknown text": (
        say("speaker.hello", "Hello."),
        '"speaker.hello" is no prompt of the phone',
    ),
    "a number is gone from the reprompt": (
        say("speaker.waiting", "Take your time."),
        '"speaker.waiting" does not say {number}',
    ),
    "keys": (say("help", "These keys work everywhere."), '"help" says "keys"'),
    "a call": (say("nomatch.2", "Hang up and try again."), '"nomatch.2" says "hang up"'),
    "first words that tell": (
        say("speaker.room-alexa", "This is about sex trafficking. To go on, say yes."),
        '"speaker.room-alexa" says "sex"',
    ),
    "first words without 911": (
        say("opening.danger", "Hello."),
        "the first words do not name 911",
    ),
    "a promise": (
        say("nomatch.2", "All of this is confidential."),
        '"nomatch.2" promises: "confidential"',
    ),
    "a number of its own": (
        say("nomatch.2", "Call 1 888 373 7888."),
        '"nomatch.2" says a number of its own',
    ),
    "too many words in one go": (
        say("speaker.call-alexa", "Say: Alexa, stop. " * 25),
        "a speaker says",
    ),
    "a choice that cannot be asked for": (
        lambda words: words["speech"].update({"other": ["signs", "the signs", "warning signs"]}),
        '"signs" stands for OtherIntent and GoSigns',
    ),
    "too few phrases": (
        lambda words: words["speech"].update({"pace": ["slower"]}),
        "PaceIntent has 1 phrases, a skill needs 3 or more",
    ),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_found(slip: str, tmp_path: Path) -> None:
    made, expected = SLIPS[slip]
    assert expected in texts(small_with_skill(tmp_path, made))


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("helpline", "is one word"),
        ("open family line", 'has "open"'),
        ("family alexa", 'has "alexa"'),
        ("Family line", "cannot be said"),
        ("family line 2", "cannot be said"),
    ],
)
def test_a_name_that_opens_no_skill_is_refused(name: str, why: str, tmp_path: Path) -> None:
    folder = small_with_skill(tmp_path)
    change(folder / "line.yaml", {"assistant": {"alexa": {"invocation": {"en": name}}}})
    with pytest.raises(ScriptError, match=why):
        load(folder)


def delete_a_text(chance: random.Random, words: Words, language: str) -> str:
    prompt = chance.choice([*words["prompts"]])
    del words["prompts"][prompt]
    return f"{prompt} is gone"


def lose_a_number(chance: random.Random, words: Words, language: str) -> str:
    prompt = chance.choice([p for p, text in words["prompts"].items() if "{number}" in text])
    words["prompts"][prompt] = words["prompts"][prompt].replace("{number}", "").strip()
    return f"{prompt} has no number"


def name_a_key(chance: random.Random, words: Words, language: str) -> str:
    prompt = chance.choice([p for p in words["prompts"] if p not in UNSAID])
    words["prompts"][prompt] += {"en": " Press 1.", "es": " Oprima 1."}[language]
    return f"{prompt} names a key"


def tell_too_soon(chance: random.Random, words: Words, language: str) -> str:
    prompt = chance.choice(["opening.danger", "speaker.room-alexa", "speaker.waiting-first"])
    words["prompts"][prompt] += {"en": " Stop child abuse.", "es": " Alto al abuso."}[language]
    return f"{prompt} tells"


def give_a_phrase_twice(chance: random.Random, words: Words, language: str) -> str:
    first, second = chance.sample([name for name in words["speech"] if name not in UNSAID], 2)
    words["speech"][second] = [*words["speech"][second], words["speech"][first][0]]
    return f"{second} takes a phrase of {first}"


UNSAID = {"speaker.room-wyoming", "speaker.call-wyoming", "lifeboat", "help", "to.stop", "to.state"}
MUTATIONS = (delete_a_text, lose_a_number, name_a_key, tell_too_soon, give_a_phrase_twice)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: m.__name__)
def test_every_mutant_is_found(mutation: Any, tmp_path: Path) -> None:
    chance = random.Random(24)  # noqa: S311 no secret
    for i in range(ROUNDS * 3):
        room = tmp_path / str(i)
        made: list[str] = []
        room.mkdir()

        def slip(words: Words, made: list[str] = made) -> None:
            made.append(mutation(chance, words, "en"))

        assert problems(small_with_skill(room, slip)), made


@pytest.mark.slow
@pytest.mark.parametrize("turn", range(ROUNDS))
def test_every_mutant_of_the_shipped_words_is_found(turn: int, tmp_path: Path) -> None:
    chance = random.Random(turn)  # noqa: S311 no secret
    mutation = MUTATIONS[turn % len(MUTATIONS)]
    for code in ("en", "es"):
        folder = with_skill(tmp_path / code)
        file = folder / f"speaker.{code}.yaml"
        words = read_yaml(file)
        of = {p: text["of"] for p, text in words["prompts"].items() if isinstance(text, dict)}
        texts = {p: text["text"] if p in of else text for p, text in words["prompts"].items()}
        made = mutation(chance, words | {"prompts": texts}, code)
        words["prompts"] = {
            p: {"text": text, "of": of[p]} if p in of else text for p, text in texts.items()
        }
        write(file, words)
        assert [p for p in problems(folder) if p.level == "error"], (code, made)
