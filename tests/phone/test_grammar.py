"""Which verbs, attributes, values and nestings the carrier knows: grammar.yaml, walked in full.

Twilio 12200: what the schema does not know. "Element and attribute names are case sensitive."
The carrier's own library for writing TwiML is a second witness.
"""

import inspect
import re
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from twilio.twiml import voice_response

from ivr.phone.twiml.document import parse
from ivr.phone.twiml.grammar import ELEMENTS
from ivr.phone.twiml.verbs import Refused
from tests.lines import read_yaml
from tests.phone.tiny import refusal, twiml

RULES = read_yaml(Path(__file__).parent / "grammar.yaml")
ABOUT = {"rule", "holds", "text"}
ATTRIBUTES = [(e, a) for e, rules in RULES.items() for a in rules if a not in ABOUT and rules[a]]
LONG = {
    "LONG_HINT": "x" * 101,
    "MANY_HINTS": ",".join(["hint"] * 501),
    "LONG_REASON": "x" * 51,
}
NEEDED = {
    "lang": {"xml:lang": "es-MX"},
    "phoneme": {"ph": "x"},
    "say-as": {"interpret-as": "digits"},
    "sub": {"alias": "x"},
    "w": {"role": "x"},
}
TEXT = {
    "Play": "a.wav",
    "Redirect": "/next",
    "Dial": "+12025550199",
    "Number": "911",
    "Sip": "sip:a@b.example",
}
SSML = {name for name in RULES if name.islower()}


def written(name: str, inner: str = "", attribute: str = "", value: str = "") -> str:
    """Return an element with all it needs, and one attribute."""
    given = NEEDED.get(name, {"voice": "Polly.Joanna"} if name == "Say" else {})
    attributes = {**given, **({attribute: value} if attribute else {})}
    attribute_text = "".join(f" {k}={quoteattr(v)}" for k, v in attributes.items())
    inner = inner or TEXT.get(name, "5" if RULES[name].get("text") else "")
    return f"<{name}{attribute_text}>{inner * (attribute != 'digits')}</{name}>"


def placed(name: str, element: str) -> str:
    """Return a document's verbs with an element where it may stand."""
    if name in SSML:
        return f'<Say voice="Polly.Joanna">x {element}</Say>'
    return f"<Dial>{element}</Dial>" if name in {"Number", "Sip"} else element


def test_the_table_of_the_tests_names_every_element_and_attribute() -> None:
    implemented = {(e, a) for e, element in ELEMENTS.items() for a in element.attributes}
    assert set(RULES) == set(ELEMENTS)
    assert set(ATTRIBUTES) == implemented


@pytest.mark.parametrize(("name", "attribute"), ATTRIBUTES)
def test_an_attribute_takes_what_the_carrier_takes(name: str, attribute: str) -> None:
    for value in RULES[name][attribute]["takes"]:
        parse(twiml(placed(name, written(name, attribute=attribute, value=value))))


@pytest.mark.parametrize(("name", "attribute"), ATTRIBUTES)
def test_an_attribute_refuses_what_the_carrier_refuses(name: str, attribute: str) -> None:
    refused = RULES[name][attribute]["refuses"]
    for value in (LONG.get(value, value) for value in refused):
        message = refusal(placed(name, written(name, attribute=attribute, value=value)))
        assert message.startswith(f'12200 <{name}> has {attribute}="{value}": it must be ')


@pytest.mark.parametrize("name", [name for name in RULES if name != "Response"])
def test_an_attribute_that_the_element_does_not_have_is_refused(name: str) -> None:
    message = refusal(placed(name, written(name, attribute="colour", value="red")))
    assert message == f"12200 <{name}> has no attribute colour"


@pytest.mark.parametrize(
    ("verbs", "message"),
    [
        ('<Gather numdigits="1"/>', "<Gather> has no attribute numdigits"),
        ('<Dial callerid="+12025550100">911</Dial>', "<Dial> has no attribute callerid"),
        ("<gather/>", "<Response> cannot hold <gather>"),
        ("<SAY>Hello.</SAY>", "<Response> cannot hold <SAY>"),
    ],
)
def test_names_are_case_sensitive(verbs: str, message: str) -> None:
    assert refusal(verbs) == f"12200 {message}"


@pytest.mark.parametrize("verb", ["Sing", "Sms", "Enqueue", "Number", "break", "Response"])
def test_a_verb_that_the_phone_does_not_know_is_refused(verb: str) -> None:
    """Twilio 12200; <Sms> in a call is deprecated, and nouns are no verbs."""
    assert refusal(f"<{verb}/>") == f"12200 <Response> cannot hold <{verb}>"


@pytest.mark.parametrize("parent", list(RULES))
def test_an_element_holds_what_the_carrier_nests_in_it_and_nothing_else(parent: str) -> None:
    for child in RULES:
        inner = written(child)
        if parent == "Response":
            verbs, nests = inner, child in RULES[parent]["holds"]
        else:
            verbs, nests = placed(parent, written(parent, inner)), child in holds(parent)
        if nests:
            parse(twiml(verbs))
        else:
            with pytest.raises(Refused, match=f"12200 <{parent}> cannot hold <{child}>"):
                parse(twiml(verbs))


def holds(parent: str) -> list[str]:
    return RULES[parent].get("holds", [])


@pytest.mark.parametrize("name", [name for name, r in RULES.items() if not r.get("text")])
def test_text_where_none_belongs_is_refused(name: str) -> None:
    verbs = "Hello." if name == "Response" else placed(name, written(name, "Hello."))
    assert refusal(verbs) == f"12200 <{name}> can hold no text"


@pytest.mark.parametrize("name", NEEDED)
def test_an_attribute_that_is_needed_must_be_there(name: str) -> None:
    (attribute,) = NEEDED[name]
    message = refusal(placed(name, f"<{name}>x</{name}>"))
    assert message == f"12200 <{name}> needs the attribute {attribute}"


def test_pause_may_stand_in_a_gather() -> None:
    """Twilio: "You can nest <Say>, <Play> and <Pause>"; other carriers differ, so ours does not."""
    parse(twiml('<Gather><Say>One.</Say><Pause length="2"/><Play>/a.wav</Play></Gather>'))


def test_tones_may_not_be_played_in_a_gather() -> None:
    """Twilio: <Play digits> is not for a Gather."""
    message = refusal('<Gather><Play digits="1"/></Gather>')
    assert message == "12200 <Gather> cannot hold <Play> with digits"


def test_a_speech_model_needs_a_speech_timeout_in_seconds() -> None:
    """Twilio: with speechModel, speechTimeout must be a positive integer, not auto."""
    model = '<Gather input="speech" speechModel="phone_call" speechTimeout='
    parse(twiml(f'{model}"2"/>'))
    message = "12200 <Gather> with a speechModel needs a speechTimeout in seconds"
    assert refusal(f'{model}"auto"/>') == message


@pytest.mark.parametrize(
    ("play", "what"),
    [
        ("<Play/>", ""),
        ("<Play>two words</Play>", "two words"),
        ('<Play digits="1">/a.wav</Play>', "/a.wav"),
    ],
)
def test_play_is_one_url_or_tones(play: str, what: str) -> None:
    message = f'12200 <Play> holds "{what}": it must be one URL, or have digits instead'
    assert refusal(play) == message


@pytest.mark.parametrize("url", ["", "two words", "javascript:x", "https://my_host.example.org/"])
def test_redirect_is_a_url_whose_host_has_no_underscore(url: str) -> None:
    """Twilio: host names with underscores are rejected."""
    message = f'12200 <Redirect> holds "{url}": it must be a URL that can be requested'
    assert refusal(f"<Redirect>{url}</Redirect>") == message


# ── The carrier's own library ─────────────────────────────────────────────────


def library(name: str) -> type:
    """Return the class of the carrier's library that writes an element."""
    parts = ["Ssml" * (name in SSML), *(part[0].upper() + part[1:] for part in name.split("-"))]
    return getattr(voice_response, "".join(parts))


@pytest.mark.parametrize("name", [name for name in RULES if name in SSML | {"Gather", "Say"}])
def test_the_carriers_library_nests_the_same(name: str) -> None:
    methods = {m for m, f in vars(library(name)).items() if inspect.isfunction(f)}
    nested = {m.rstrip("_").replace("_", "-") for m in methods if not m.startswith("__")}
    assert nested == {child.lower() for child in holds(name)}


ON_THE_PAGES_ALONE = {"callReason"}
"""What the reference pages tell and this version of the library does not."""


@pytest.mark.parametrize("verb", RULES["Response"]["holds"])
def test_the_carriers_library_writes_every_attribute_that_the_phone_knows(verb: str) -> None:
    writer = getattr(voice_response.VoiceResponse, verb.lower())
    written = {
        re.sub("_(.)", lambda letter: letter[1].upper(), name)
        for name in inspect.signature(writer).parameters
    }
    assert set(ELEMENTS[verb].attributes) - written <= ON_THE_PAGES_ALONE
