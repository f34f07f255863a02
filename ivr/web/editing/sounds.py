"""What each text of a draft sounds like on a telephone; `/edit/clips/<name>` plays its clips.

Clips of a draft are for those who edit; the line's own, of texts that stay as they are, are public.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from operator import attrgetter

from flask import Response, url_for

from ivr.dialog import Spoken
from ivr.editing import revisions
from ivr.editing.plural_texts import parts_of
from ivr.editing.revisions import Revision
from ivr.script.plural import COUNTED
from ivr.speech import revision_clips
from ivr.speech.clips import Clips, ClipsOfDraft
from ivr.speech.revision_clips import Status
from ivr.web.audio import clip_response
from ivr.web.editing.drafts import Drafts
from ivr.web.routes import Routes, get, not_stored

MAX_WAYS = 3
"""In how many ways a text is played that is said in several: at other keys, of other places."""

OFF = "clips are switched off (IVR_AUDIO=off)"

Utterances = tuple[Spoken, ...]


@dataclass(frozen=True, slots=True)
class Sound:
    """A text as it is said, with its blanks filled. `url` is that of its clip; "" without one."""

    text: str
    url: str


@dataclass(frozen=True)
class Sounds:
    """What the texts of a draft sound like. `trouble` says why some have no clip, or is empty.

    `is_done`: no more clips will be made of this draft.
    """

    by_text: Mapping[tuple[str, str], Utterances]
    trouble: str
    is_done: bool
    clips: Clips
    own: frozenset[str]
    """Names of the clips that only the draft has."""
    recorded: frozenset[str] = frozenset()
    """The languages that no voice speaks."""

    def of(self, language: str, name: str, text: str = "") -> tuple[Sound, ...]:
        """Return the ways in which a text is said, the first ones of them.

        Of a text with plural forms, and of each form, these are the ways that have its `text`.
        """
        prompt, _ = parts_of(name)
        ways = self.by_text.get((language, prompt), ())
        if prompt in COUNTED and text:
            words = re.compile(".+".join(map(re.escape, re.split(r"{\w+}", text))))
            ways = tuple(one for one in ways if words.fullmatch(one.text))
        return tuple(map(self.sound, ways[:MAX_WAYS]))

    def sound(self, words: Spoken) -> Sound:
        """Return what words sound like."""
        name = self.clips.play(words)
        endpoint = "sounds.clip" if name in self.own else "audio.clip"
        return Sound(words.text, url_for(endpoint, name=name) if name else "")


class DraftSounds(Routes, name="sounds"):
    """The clips of one line's draft. `line` are the line's; `utterances` are all that it says."""

    def __init__(self, drafts: Drafts, line: Clips, utterances: Mapping[str, Spoken]) -> None:
        self._drafts = drafts
        self._line = line
        self._utterances = tuple(utterances.values())
        settings = drafts.settings
        self._draft = Clips(revision_clips.folder(settings.state) if settings.audio else None)
        self.clips = ClipsOfDraft(line, self._draft)

    @get("/edit/clips/<name>")
    def clip(self, name: str) -> Response:
        """Play a clip of the draft to somebody who may edit; nothing stores it on the way."""
        missing = "There is no such clip any more: open the page of its text again."
        return not_stored(clip_response(self._draft, name, missing))

    def own_names(self) -> frozenset[str]:
        """Return the names of the clips that only the draft has."""
        self.clips.refresh()
        listed = {clip.name for clip in self._draft.all()}
        return frozenset(listed - {clip.name for clip in self._line.all()})

    def of(self, draft: Revision | None, live: Mapping[str, str]) -> Sounds:
        """Return what a draft sounds like; without one, what is on the air (`live`)."""
        utterances, trouble, is_done = self._state(draft, live)
        script = self._drafts.examined(draft.files if draft else live).script
        recorded = script.line.recorded_languages if script else frozenset()
        by_text = _by_text(utterances)
        return Sounds(by_text, trouble, is_done, self.clips, self.own_names(), recorded)

    def status(self, draft: Revision) -> Status | None:
        """Return what the draft says, and how far its clips are made; None while that is unknown.

        It is not done while somebody records: the clips of what was recorded last are still to be
        made.
        """
        status = revision_clips.read_status(self._drafts.settings.state)
        if status is None:
            return None
        if status.digest == self._drafts.state_digest(draft):
            return status
        is_the_same = status.files == draft.digest
        return replace(status, is_done=False, refused={}) if is_the_same else None

    def _state(
        self, draft: Revision | None, live: Mapping[str, str]
    ) -> tuple[Utterances, str, bool]:
        is_on = self._drafts.settings.audio
        if draft is None or draft.digest == revisions.digest_of(live):
            return self._utterances, "" if is_on else OFF, True
        if not is_on:
            return (), OFF, True
        status = self.status(draft)
        if status is None:
            return (), "", False
        return status.utterances, status.trouble, status.is_done


@lru_cache(maxsize=2)
def _by_text(utterances: Utterances) -> Mapping[tuple[str, str], Utterances]:
    """Return what is said at a usual pace, by the language and the prompt that it is made from."""
    text = attrgetter("language", "prompt")
    usual = sorted((one for one in utterances if not one.slow), key=text)
    return {key: tuple(ways) for key, ways in groupby(usual, key=text)}
