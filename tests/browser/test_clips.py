"""Clips in a real browser: the phone plays them, and the console lets operators hear them."""

import time

from playwright.sync_api import expect

from tests.browser.conftest import Opens
from tests.browser.handset import Handset

PATIENCE_SECONDS = 30
WARNING = "Anyone in danger? Hang up and dial 9 1 1."


def plays(phone: Handset) -> Handset:
    """Let the phone note what it plays, at a pace that no test has to wait for."""
    phone.page.evaluate(
        """() => {
          window.playedClips = [];
          const play = HTMLMediaElement.prototype.play;
          HTMLMediaElement.prototype.play = function () {
            playedClips.push(new URL(this.src).pathname);
            this.playbackRate = 8;
            return play.call(this);
          };
        }"""
    )
    return phone


def test_the_phone_plays_the_files_that_the_line_names_with_their_words_as_captions(
    handset: Opens, urls
) -> None:
    phone = plays(handset(urls("shipped", audio=True)))
    phone.calls()
    end = time.monotonic() + PATIENCE_SECONDS
    while len(played := phone.page.evaluate("playedClips")) < 2:
        assert time.monotonic() < end, "the first clip does not end"
        time.sleep(0.1)
    expect(phone.log).to_contain_text(WARNING)
    assert all(path.startswith("/audio/") and path.endswith(".mp3") for path in played)
    assert phone.spoken == []


def test_a_clip_that_cannot_be_played_is_spoken_instead(handset: Opens, urls) -> None:
    phone = handset(urls("shipped", audio=True))
    phone.page.route("**/audio/**", lambda route: route.abort())
    phone.calls().hears(WARNING, "For English")
    assert WARNING in [utterance["text"] for utterance in phone.spoken]
    phone.wrong.clear()  # the browser tells of the files that it did not get


def test_a_browser_without_voices_still_plays_clips_and_says_nothing_of_captions(
    handset: Opens, urls
) -> None:
    phone = plays(handset(urls("shipped", audio=True), voices=()).waits(5))
    expect(phone.screen).not_to_contain_text("captions only")
    phone.calls().hears(WARNING)
    expect(phone.screen).not_to_contain_text("captions only")
    expect(phone.log).to_have_attribute("aria-live", "off")


def test_a_clip_is_played_at_once_though_the_browser_does_not_know_its_voices_yet(
    handset: Opens, urls
) -> None:
    phone = plays(handset(urls("shipped", audio=True), late=True))
    phone.calls().waits(1)
    assert phone.page.evaluate("playedClips")


def test_with_the_sound_off_and_on_again_clips_are_still_no_captions_only(
    handset: Opens, urls
) -> None:
    phone = plays(handset(urls("shipped", audio=True), voices=()).waits(5))
    sound = phone.page.get_by_role("button", name="Sound")
    sound.click()
    phone.calls().hears(WARNING)
    sound.click()
    expect(phone.screen).not_to_contain_text("captions only")
    expect(phone.log).to_have_attribute("aria-live", "off")


def test_what_is_neither_played_nor_spoken_is_told_to_be_captions_only(
    handset: Opens, urls
) -> None:
    phone = handset(urls("shipped", audio=True), voices=()).waits(5)
    phone.page.route("**/audio/**", lambda route: route.abort())
    phone.calls().hears(WARNING).shows("No English voice: captions only")
    expect(phone.log).to_have_attribute("aria-live", "polite")
    phone.wrong.clear()  # the browser tells of the files that it did not get
