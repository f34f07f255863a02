"""Calls from the browser phone, in a real browser."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import Opens
from tests.browser.handset import Handset

HOTLINE = ("the National Human Trafficking Hotline", "+1 888 373 7888")
WARNING = "Anyone in danger? Hang up and dial 9 1 1."


def in_english(phone: Handset) -> Handset:
    return phone.calls().hears("Para español").presses("1").hears("Welcome")


def at_the_menu(phone: Handset) -> Handset:
    """One silence leads there."""
    return in_english(phone).hears("To learn more").hears_it_out()


def test_a_call_to_the_hotline_by_mouse(handset: Opens) -> None:
    phone = handset()
    in_english(phone).presses("0").hears("We are connecting you to the National")
    phone.is_connected_to(*HOTLINE).shows("Nobody is really called")
    phone.that_call("They talk, then hang up").hears("That call has ended")
    phone.hangs_up().shows("You hung up")


def test_on_a_small_telephone_the_button_that_calls_is_seen_at_once(handset: Opens) -> None:
    phone = handset(viewport={"width": 390, "height": 664})
    call = phone.page.get_by_role("button", name="Call", exact=True)
    expect(call).to_be_in_viewport(ratio=1)


def test_a_call_to_the_hotline_by_keyboard_alone(handset: Opens) -> None:
    phone = handset()
    phone.types("Enter").hears("For English").types("1").hears("Welcome").types("0")
    phone.is_connected_to(*HOTLINE)
    # The dial pad is gone while it rings; the focus is where the question is.
    phone.types("Tab", "Tab", "Enter").hears("That line is busy", "The number is").types("*").hears(
        "To learn more"
    )
    phone.types("Escape").shows("Call ended. You hung up")


def test_a_call_in_spanish_is_spoken_by_a_spanish_voice(handset: Opens) -> None:
    phone = handset()
    phone.calls().hears("Para español").presses("2").hears("Esta es la línea")
    assert phone.spoken[-1]["lang"] == "es-US"
    assert phone.spoken[-1]["voice"] == "voice of es-US"
    expect(phone.page.get_by_role("button", name="Language")).to_contain_text("Español")
    expect(phone.page.get_by_text("Esta es la línea").last).to_have_attribute("lang", "es-US")


def test_star_stops_a_call_to_911(handset: Opens) -> None:
    phone = handset("bridge")
    in_english(phone).presses("9").hears("To stop, press star.").presses("*")
    phone.hears("9 1 1 was not called").hears_it_out()
    assert phone.phase == "listening"


def test_silence_lets_a_call_to_911_go_on_and_its_end_is_chosen(handset: Opens) -> None:
    phone = handset("bridge")
    in_english(phone).presses("9").hears("Connecting you").hears_it_out().waits(6)
    phone.is_connected_to("911", "").that_call("It fails")
    phone.hears("The call to 9 1 1 did not go through")


@pytest.mark.parametrize(
    ("outcome", "announcement"),
    [
        ("Busy", "That line is busy."),
        ("No answer", "No one answered there."),
        ("It fails", "The call did not work."),
        ("Cancelled", "The call did not work."),
        ("It ends; no status is reported", "The call did not work."),
    ],
)
def test_a_transfer_that_fails_comes_back(handset: Opens, outcome: str, announcement: str) -> None:
    phone = handset()
    in_english(phone).presses("0").is_connected_to(*HOTLINE).that_call(outcome).hears(announcement)
    phone.hears_it_out()
    assert phone.phase == "listening"


def test_a_key_stops_the_speech_at_once(handset: Opens) -> None:
    phone = in_english(handset())
    stopped = phone.page.evaluate(
        """() => {
          const before = stopped;
          document.querySelector('[data-key="1"]').click();
          return stopped - before;
        }"""
    )
    assert stopped >= 1
    phone.hears("you are a mandated reporter")
    assert "You can hang up at any time" not in phone.heard


def test_what_must_be_heard_is_not_stopped_by_a_key(handset: Opens) -> None:
    phone = handset()
    phone.calls().hears(WARNING)
    before = phone.page.evaluate("stopped")
    phone.types("1").shows("Key 1 was not heard: this has to be heard to its end.")
    assert phone.page.evaluate("stopped") == before
    phone.hears("Para español")
    assert "You pressed" not in phone.heard


def test_a_link_replays_a_call_to_its_end(handset: Opens) -> None:
    phone = handset(query="?keys=1,3,1")
    phone.shows("This link replays a call: 1 · 3 · 1")
    phone.calls().hears("You pressed 1", "keeps the child away")
    assert WARNING in phone.heard
    assert WARNING not in [utterance["text"] for utterance in phone.spoken]


def test_a_link_replays_a_call_from_its_start(handset: Opens) -> None:
    phone = handset(query="?keys=1,0,busy")
    phone.page.get_by_role("button", name="Hear it from the start").click()
    phone.hears("You pressed 0", "That line was busy", "That line is busy.")
    assert WARNING in [utterance["text"] for utterance in phone.spoken]


def test_the_link_to_a_call_leads_to_the_same_place(handset: Opens) -> None:
    phone = in_english(handset()).presses("#").says("the warning signs, please")
    phone.hears("The warning signs.")
    link = phone.page.get_by_role("link", name="Link to this call").get_attribute("href") or ""
    phone = handset(query=link.removeprefix("/phone"))
    phone.calls().hears("You said: the warning signs please", "The warning signs.")


def test_words_are_understood(handset: Opens) -> None:
    phone = in_english(handset()).says("warning signs").hears("The warning signs.")
    phone.hears_it_out().shows("Understood here: ")


def test_where_the_line_listens_for_keys_alone_it_says_so(handset: Opens) -> None:
    in_english(handset("keys-only")).hears_it_out().shows("the line listens for keys only")


def test_silence_ends_by_itself_when_its_time_is_up(handset: Opens) -> None:
    phone = at_the_menu(handset())
    expect(phone.screen).to_contain_text("10 s")
    phone.waits(8.5).shows("2 s").has_been_silent(1)
    phone.waits(3).has_been_silent(2).hears("Take your time.")


def test_silence_can_be_passed_at_once(handset: Opens) -> None:
    phone = at_the_menu(handset())
    phone.page.get_by_role("button", name="Stay silent").click()
    phone.hears("Take your time.")


def test_whoever_types_is_not_silent(handset: Opens) -> None:
    phone = at_the_menu(handset())
    phone.page.get_by_label("Say something").fill("the warning")
    phone.waits(30).has_been_silent(1)


def test_a_caller_may_take_all_the_time_there_is(handset: Opens) -> None:
    phone = at_the_menu(handset())
    phone.page.get_by_text("Keys and settings").click()
    phone.page.get_by_label("Silence ends by itself").uncheck()
    phone.waits(60).has_been_silent(1)


def test_the_call_starts_again(handset: Opens) -> None:
    phone = in_english(handset())
    phone.page.get_by_role("button", name="Start again").click()
    phone.hears(WARNING)
    assert "You pressed" not in phone.heard
    expect(phone.page.get_by_role("timer")).to_have_text(re.compile("0:0."))


def test_slow_speech_is_slower_and_shown(handset: Opens) -> None:
    phone = in_english(handset())
    usual = phone.spoken[-1]["rate"]
    phone.presses("7").hears("I will speak more slowly.", "To learn more").hears_it_out()
    assert phone.spoken[-1]["rate"] <= usual * 0.85
    expect(phone.page.get_by_role("button", name="Speed")).to_contain_text("Slow")
    expect(phone.screen).to_contain_text("20 s")


def test_without_a_voice_there_are_captions_and_it_says_so(handset: Opens) -> None:
    phone = handset(voices=()).waits(5).shows("No English voice: captions only")
    phone.calls().hears(WARNING, "Para español").presses("1").hears("To learn more")
    assert phone.spoken == []


def test_voices_that_a_browser_finds_late_are_waited_for(handset: Opens) -> None:
    phone = handset(late=True).calls().waits(2)
    assert phone.spoken == []
    phone.page.evaluate(
        """() => {
          window.voicesAreLate = false;
          speechSynthesis.dispatchEvent(new Event("voiceschanged"));
        }"""
    )
    phone.hears("For English")
    assert WARNING in [utterance["text"] for utterance in phone.spoken]


def test_a_language_without_a_voice_is_told(handset: Opens) -> None:
    phone = handset(voices=("en-GB",))
    phone.calls().hears(WARNING)
    assert phone.spoken[0]["voice"] == "voice of en-GB"
    phone.hears("Para español").presses("2").hears("Esta es la línea")
    phone.shows("No Spanish voice: captions only")


def test_a_voice_that_fails_leaves_captions(handset: Opens) -> None:
    phone = handset()
    phone.page.evaluate("void (speechSynthesis.speak = (w) => w.onerror({ error: 1 }))")
    phone.calls().hears("Para español").shows("captions only")


def test_with_the_sound_off_nothing_is_spoken(handset: Opens) -> None:
    phone = handset()
    phone.page.get_by_role("button", name="Sound").click()
    phone.calls().hears(WARNING, "For English")
    assert phone.spoken == []


def test_a_screen_reader_reads_the_captions_only_where_the_phone_does_not_speak(
    handset: Opens,
) -> None:
    expect(handset().log).to_have_attribute("aria-live", "off")
    expect(handset(voices=()).waits(5).log).to_have_attribute("aria-live", "polite")


def test_the_clock_and_the_keys_are_shown(handset: Opens) -> None:
    phone = in_english(handset()).presses("1", "#").waits(5)
    expect(phone.page.locator("#keyed")).to_have_text("11#")
    assert phone.page.get_by_role("timer").inner_text() > "0:05"


def test_the_keyboard_can_be_left_alone(handset: Opens) -> None:
    phone = in_english(handset())
    phone.page.get_by_text("Keys and settings").click()
    phone.page.get_by_label("The keyboard works the dial pad").uncheck()
    phone.types("0").waits(1)
    assert "You pressed 0" not in phone.heard


def test_a_line_that_does_not_answer_is_told_and_can_be_tried_again(handset: Opens) -> None:
    phone = in_english(handset())
    phone.page.context.set_offline(True)
    phone.presses("3").shows("The line does not answer.")
    phone.page.context.set_offline(False)
    phone.wrong.clear()  # the browser tells of it, too
    phone.presses("3").hears("The warning signs.")


def test_markup_in_what_is_said_is_shown_as_text(handset: Opens) -> None:
    phone = in_english(handset()).says("<img src=x onerror=alert(1)>")
    phone.hears("You said: <img src=x onerror=alert(1)>")
    assert phone.page.locator("#log img").count() == 0


def test_a_link_that_cannot_be_done_is_told_in_the_page(handset: Opens) -> None:
    phone = handset(query="?keys=1,busy")
    phone.calls().shows("act 2: you cannot end a dialled call now")
    assert any("400" in error for error in phone.wrong)
    phone.wrong.clear()  # the browser tells of it, too


def test_a_link_with_an_unknown_act_has_a_clear_page(handset: Opens) -> None:
    phone = handset(query="?keys=1,<b>x</b>")
    phone.shows('"<b>x</b>" is not an act')
    phone.page.clock.resume()  # axe takes its time
    assert Axe().run(phone.page).response["violations"] == []
    phone.page.get_by_role("link", name="Call the line").click()
    phone.shows("Ready to call")
    phone.wrong.clear()  # the browser tells of the 404, too


# ── The agency's own people ───────────────────────────────────────────────────


TO_THE_AGENCY = "?keys=1,1,-,-,-,-,1"


def test_who_is_on_call_answers_and_presses_1_or_nothing(handset: Opens) -> None:
    phone = handset("on-call", TO_THE_AGENCY).calls().hears("Our office is closed now")
    phone.presses("1")
    phone.is_connected_to("Worker, on call", "+1 202 555 0121")
    phone.that_call("They answer and press nothing").hears("We are trying the next person")
    phone.is_connected_to("Backup, on call", "+1 202 555 0122")
    phone.that_call("They answer and press 1").that_call("They talk, then hang up")
    phone.hears("That call has ended")


def test_only_who_is_asked_can_press_1(handset: Opens) -> None:
    phone = in_english(handset("on-call")).presses("0").is_connected_to(*HOTLINE)
    for name in ("They answer and press 1", "They answer and press nothing"):
        expect(phone.page.get_by_role("button", name=name)).to_be_hidden()


def test_an_operator_calls_as_if_it_were_another_time(handset: Opens) -> None:
    phone = handset("on-call", TO_THE_AGENCY)
    phone.page.get_by_text("Keys and settings").click()
    phone.page.get_by_label("Call as if it were").fill("2026-11-24T10:00")
    phone.calls().hears("Our office is open now").presses("1")
    phone.is_connected_to("the people at your agency", "+1 202 555 0111")
    phone.page.clock.resume()  # axe takes its time
    assert Axe().run(phone.page).response["violations"] == []
