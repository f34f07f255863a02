"""Somebody in front of the browser phone, in the words of the domain."""

import re

from playwright.sync_api import Locator, Page, expect

TURN_SECONDS = 120
"""No turn of the line lasts longer."""


NOW = """() => {
  const stage = document.getElementById("stage");
  const log = document.querySelector("[role=log]");
  return [stage.ariaBusy !== "false", stage.dataset.phase ?? "", log.innerText];
}"""
"""Whether an answer of the line is under way, the phase of the call, and all that was heard."""


class Handset:
    """The page with the phone. Time passes only where a word lets it: `hears`, `waits`."""

    def __init__(self, page: Page, wrong: list[str]) -> None:
        self.page = page
        self.wrong = wrong

    def calls(self) -> "Handset":
        self.page.get_by_role("button", name="Call", exact=True).click()
        return self

    def hangs_up(self) -> "Handset":
        self.waits(1)
        self.page.get_by_role("button", name="Hang up").click()
        return self

    def presses(self, *keys: str) -> "Handset":
        """Press keys with the mouse."""
        for key in keys:
            name = {"*": "star", "#": "pound"}.get(key, key)
            self._settled()
            self.page.get_by_role("button", name=name, exact=True).click()
        return self

    def types(self, *keys: str) -> "Handset":
        """Press keys of the keyboard, wherever the focus is."""
        for key in keys:
            self._settled()
            self.page.keyboard.press(key)
        return self

    def says(self, words: str) -> "Handset":
        self._settled()
        self.page.get_by_label("Say something").fill(words)
        self.page.get_by_role("button", name="Say it").click()
        return self

    def that_call(self, outcome: str) -> "Handset":
        self._settled()
        self.page.get_by_role("button", name=outcome, exact=True).click()
        return self

    def waits(self, seconds: float) -> "Handset":
        """Let time pass."""
        self._settled()
        self._pass(seconds)
        return self

    def hears(self, *words: str) -> "Handset":
        """Listen until all of it has been heard."""
        self._settled()
        for expected in words:
            transcript = self.heard
            for _ in range(TURN_SECONDS):
                if expected in transcript:
                    break
                _, transcript = self._pass(1)
            assert expected in transcript, f"not heard: {expected!r} in {transcript!r}"
        return self

    def hears_it_out(self) -> "Handset":
        """Listen until the line has said all that it says in this turn."""
        self._settled()
        phase = self.phase
        for _ in range(TURN_SECONDS * 4):
            if phase not in {"speaking", "calling"}:
                break
            phase, _ = self._pass(0.25)
        return self

    def has_been_silent(self, times: int) -> "Handset":
        assert self.heard.count("You stayed silent") == times
        return self

    def is_connected_to(self, name: str, number: str) -> "Handset":
        self.hears_it_out()
        expect(self.page.get_by_role("group", name=re.compile("Ringing"))).to_contain_text(name)
        expect(self.page.locator("#rung")).to_contain_text(number)
        return self

    def shows(self, words: str) -> "Handset":
        expect(self.page.locator("main")).to_contain_text(words)
        return self

    @property
    def heard(self) -> str:
        return self.log.inner_text()

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def screen(self) -> Locator:
        return self.page.locator("#screen")

    @property
    def phase(self) -> str:
        return self.page.locator("#stage").get_attribute("data-phase") or ""

    @property
    def spoken(self) -> list[dict[str, str]]:
        """What the browser was asked to speak."""
        return self.page.evaluate("spoken")  # type: ignore[no-any-return]

    def _pass(self, seconds: float) -> tuple[str, str]:
        """Let time pass; return the phase of the call, and all that was heard."""
        self.page.clock.run_for(round(seconds * 1000))
        is_busy, *now = self.page.evaluate(NOW)
        if is_busy:
            self._settled()
            _, *now = self.page.evaluate(NOW)
        return now[0], now[1]

    def _settled(self) -> None:
        """Wait for answers of the line that are under way; they take no time of the call."""
        self.page.wait_for_selector("#stage[aria-busy=false]")
