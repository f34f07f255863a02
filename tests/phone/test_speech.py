"""What is heard of <Say>, <Play> and <Pause>: the words, how slow, and about for how long.

Twilio (voice/twiml/say, text-speech): SSML without <speak>; loop 0 is until hangup or 1000 times.
"""

import pytest

from ivr.phone.call import Call, Heard
from ivr.phone.transcript import speaking_seconds
from tests.phone.tiny import TinyLine, call, dial, refusal

A_WORD = 60 / 130
"""Seconds: 130 words a minute."""


def heard(verbs: str) -> Heard:
    """Return the one thing that is heard of some verbs."""
    (only,) = dial(verbs)[0].call.utterances
    return only


def said(ssml: str) -> Heard:
    return heard(f'<Say voice="Polly.Joanna">{ssml}</Say>')


def test_say_is_heard_word_for_word_in_its_language() -> None:
    """Twilio: language defaults to en-US."""
    assert heard("<Say>\n  Press 1,\n  please. </Say>").text == "Press 1, please."
    assert heard("<Say>Hello.</Say>").language == "en-US"
    assert heard('<Say language="es-MX">Hola.</Say>').language == "es-MX"


@pytest.mark.parametrize("loop", [1, 3])
def test_say_is_heard_as_often_as_it_loops(loop: int) -> None:
    """Twilio: loop defaults to 1."""
    once = heard(f'<Say loop="{loop}">Help.</Say>')
    assert once.text == " … ".join(["Help."] * loop)
    assert once.seconds == pytest.approx(loop * A_WORD)


@pytest.mark.parametrize("verb", ["<Say loop='0'>x</Say>", "<Play loop='0' digits='1'/>"])
def test_a_loop_of_0_is_a_thousand_times(verb: str) -> None:
    assert heard(verb).text.count("…") == 999


@pytest.mark.parametrize("nothing", ["", " \n "])
def test_a_say_without_words_is_refused(nothing: str) -> None:
    assert refusal(f"<Say>{nothing}</Say>") == "12200 <Say> has nothing to say"


@pytest.mark.parametrize("voice", ["", 'voice="man"', 'voice="woman"'])
def test_the_basic_voices_speak_no_ssml(voice: str) -> None:
    """Twilio: the voice defaults to man; Basic voices have no SSML."""
    message = refusal(f"<Say {voice}>One<break/> two.</Say>")
    assert message.startswith("12200 <Say> has SSML, which the voice ")


@pytest.mark.parametrize(
    ("voice", "most"),
    [("man", 4000), ("Polly.Joanna-Neural", 3000), ("Google.en-US-Standard-C", 5000)],
)
def test_a_say_holds_as_many_characters_as_its_voice_takes(voice: str, most: int) -> None:
    """Twilio: Basic 4000 characters, Polly 3000, Google 5000."""
    assert len(heard(f'<Say voice="{voice}">{"x" * most}</Say>').text) == most
    message = f"12200 <Say> has {most + 1} characters; its voice takes {most}"
    assert refusal(f'<Say voice="{voice}">{"x" * (most + 1)}</Say>') == message


def test_ssml_counts_for_google_and_not_for_polly() -> None:
    """Twilio: Polly's limit is without SSML, Google's with SSML and spaces."""
    filled = f"<s>{'x' * 2000}</s><s>{'y' * 994}</s>"
    assert said(filled).text
    google = f'<Say voice="Google.en-US-Standard-C">{filled}<s>{"z" * 2000}</s></Say>'
    message = "12200 <Say> has 5015 characters; its voice takes 5000"
    assert refusal(google) == message


# ── SSML ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("ssml", "text", "silence"),
    [
        ("One<break/> two", "One … two", 0.25),
        ('One<break strength="none"/> two', "One two", 0),
        ('One<break strength="x-weak"/> two', "One two", 0),
        ('One<break strength="weak"/> two', "One … two", 0.25),
        ('One<break strength="strong"/> two', "One … two", 0.5),
        ('One<break strength="x-strong"/> two', "One … two", 0.75),
        ('One<break time="500ms"/> two', "One … two", 0.5),
        ('One<break time="2s" strength="none"/> two', "One … two", 2),
        ('<break time="1s"/>One two', "One two", 1),
        ("<s>One</s><s>two</s>", "One … two", 1),
        ("<p>One</p>two", "One … two", 0.75),
    ],
)
def test_a_break_is_a_pause_as_long_as_it_says(ssml: str, text: str, silence: float) -> None:
    """Twilio: time in s or ms, or a strength; a sentence and a paragraph end in a pause, too."""
    assert said(ssml).text == text
    assert said(ssml).seconds == pytest.approx(2 * A_WORD + silence)


@pytest.mark.parametrize(
    ("rate", "pace"),
    [
        ("x-slow", 0.5),
        ("slow", 0.8),
        ("medium", 1),
        ("default", 1),
        ("fast", 1.25),
        ("x-fast", 1.75),
        ("85%", 0.85),
        ("200%", 2),
    ],
)
def test_prosody_changes_the_pace(rate: str, pace: float) -> None:
    """Twilio: rate by name, or 20% to 200% of the voice's usual pace."""
    spoken = said(f'<prosody rate="{rate}">one two three</prosody>')
    assert spoken.seconds == pytest.approx(3 * A_WORD / pace)
    assert spoken.slow == (pace < 1)


def test_paces_within_each_other_multiply_and_end_with_their_element() -> None:
    slower = '<prosody rate="50%">one <prosody rate="50%">two</prosody></prosody> three'
    assert said(slower).seconds == pytest.approx(A_WORD * (2 + 4 + 1))
    assert not said('<prosody volume="loud">one</prosody>').slow


@pytest.mark.parametrize("spelled", ["characters", "spell-out", "digits", "telephone", "verbatim"])
def test_what_is_spelled_out_is_heard_character_by_character(spelled: str) -> None:
    """Twilio: plain digits are read as one number; say-as reads each."""
    number = said(f'Dial <say-as interpret-as="{spelled}">+1 (888) 373-7888</say-as>.')
    assert number.text == "Dial 1 8 8 8 3 7 3 7 8 8 8."
    assert number.seconds == pytest.approx(12 * A_WORD)


@pytest.mark.parametrize(
    ("ssml", "text"),
    [
        ('<say-as interpret-as="cardinal">911</say-as>', "911"),
        ('<sub alias="nine one one">911</sub> now', "nine one one now"),
        ('<lang xml:lang="es-MX">Hola</lang>, amigo', "Hola, amigo"),
        ('<phoneme ph="x">pecan</phoneme> <emphasis>pie</emphasis>', "pecan pie"),
        ('I <w role="amazon:VBD">read</w> it', "I read it"),
        ("<p><s>One.</s></p>", "One."),
    ],
)
def test_other_ssml_is_heard_as_its_words(ssml: str, text: str) -> None:
    """Twilio: an alias is spoken in place of what it stands for."""
    assert said(ssml).text == text


def test_a_say_of_silence_alone_passes_unheard() -> None:
    caller, _ = dial('<Say voice="Polly.Joanna"><break time="3s"/></Say><Say>Hello.</Say>')
    assert [(h.text, h.at) for h in caller.call.utterances] == [("Hello.", 3)]


# ── Sound ─────────────────────────────────────────────────────────────────────


def audible() -> Call:
    phone = call(
        TinyLine("<Redirect>/en/menu</Redirect>", **{"en/menu": '<Play loop="2">a.wav</Play>'})
    )
    phone.audio["https://line.example.org/en/a.wav"] = ("Welcome.", 1.5)
    phone.dial()
    return phone


def test_a_file_is_heard_by_its_address_relative_to_the_document() -> None:
    assert heard("<Play>/audio/a.wav</Play>").text == "[audio https://line.example.org/audio/a.wav]"
    assert (
        heard("<Play>http://b.example.org/b.wav</Play>").text
        == "[audio http://b.example.org/b.wav]"
    )
    assert heard("<Play>/a.wav</Play>").seconds == 0


def test_a_file_whose_words_are_known_is_heard_as_them_as_often_as_it_loops() -> None:
    """Twilio: loop repeats a file, too."""
    (welcome,) = audible().utterances
    assert (welcome.text, welcome.seconds, welcome.language) == ("Welcome. … Welcome.", 3, "")


def test_a_file_that_is_known_to_be_silent_passes_unheard() -> None:
    phone = call(TinyLine("<Play>/silence.wav</Play><Say>Hello.</Say>"))
    phone.audio["https://line.example.org/silence.wav"] = ("", 2.0)
    phone.dial()
    assert [(h.text, h.at) for h in phone.utterances] == [("Hello.", 2)]


def test_tones_are_heard_as_keys() -> None:
    assert heard('<Play digits="ww12#"/>').text == "[keys ww12#]"


# ── Time ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("text", "words"), [("", 0), ("It's 9 1 1, now!", 5), ("Año — sí", 2)])
def test_speech_is_estimated_at_130_words_a_minute(text: str, words: int) -> None:
    assert speaking_seconds(text) == pytest.approx(words * A_WORD)


def test_the_seconds_of_a_call_are_speech_pauses_and_what_the_caller_does() -> None:
    caller, _ = dial(
        '<Say>one two three</Say><Pause length="4"/><Say>four</Say>'
        '<Gather timeout="10" input="speech"/><Say>five</Say>'
    )
    assert caller.call.seconds == pytest.approx(4 * A_WORD + 4)
    assert [h.at for h in caller.call.utterances] == pytest.approx([0, 3 * A_WORD + 4])
    caller.waits()
    assert caller.call.seconds == pytest.approx(5 * A_WORD + 14)


def test_what_was_heard_now_begins_with_the_last_act() -> None:
    caller, _ = dial("<Say>One.</Say><Gather/><Say>Two.</Say><Gather/>")
    assert [h.text for h in caller.call.latest_utterances] == ["One."]
    caller.waits()
    assert [h.text for h in caller.call.latest_utterances] == ["Two."]
    assert [h.text for h in caller.call.utterances] == ["One.", "Two."]
