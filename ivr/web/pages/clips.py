"""`/voices`, for operators: every prompt in every language, and the clip that callers hear.

Clips are made by `ivr audio render` in a process of its own, so no caller waits for it, and it goes
on if this process is replaced. Any worker can read its progress from the manifest.
"""

import datetime as dt
import logging
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from threading import Thread

from flask import Response, abort, jsonify, render_template, request

from ivr import priority
from ivr.atomic_file import make_private_folder
from ivr.dialog import Spoken
from ivr.errors import SpeechError
from ivr.settings import Settings
from ivr.speech import approvals, drafts, overview
from ivr.speech.approvals import Approval
from ivr.speech.engines import ENGINES
from ivr.speech.manifest import Manifest, read_manifest
from ivr.speech.overview import Row
from ivr.speech.render_lock import is_busy
from ivr.text import count_of
from ivr.transcript.labels import language_name
from ivr.web.auth import current_operator
from ivr.web.console import Console, ConsolePages
from ivr.web.routes import get, not_stored, post, redirected

log = logging.getLogger("ivr.clips")

LOG = "rendering.log"
_LAST_LINES = 3


class ClipPages(ConsolePages, name="voices"):
    """The page of one script's clips.

    `utterances` is all that the script says, by clip key, as the checks published it.
    """

    def __init__(self, console: Console, utterances: Mapping[str, Spoken]) -> None:
        super().__init__(console)
        self.settings, self.utterances = console.settings, utterances
        self.renderer = Renderer(console.settings)

    @get("/voices")
    @get("/voices/<language>")
    def page(self, language: str = "") -> str:
        """Show the clips of a language, by default the line's own."""
        language = language or self.script.line.default_language
        if language not in self._languages:
            abort(404, f'This script has no language "{language}".')
        rows, trouble = self._rows()
        voiced = [row for row in rows if self.script.line.has_voice(row.words.language)]
        return render_template(
            "voices.html",
            rows=[row for row in rows if row.words.language == language],
            drafts=drafts.drafts(self.settings.clips, self.utterances),
            approvals=self._undoable(),
            counted=overview.count(voiced),
            unrecorded=self._unrecorded(rows),
            default=self.script.line.default_language,
            on_air=self.script.line.languages,
            is_silent=not self.script.line.has_voice(language),
            is_checked=bool(self.utterances),
            language=language,
            languages=[(code, language_name(code)) for code in self._languages],
            engines=ENGINES,
            busy=self.renderer.is_busy,
            trouble=trouble,
            is_on=self.settings.audio,
            age=self._age,
        )

    @get("/voices/progress")
    def progress(self) -> Response:
        """Return the renderer's progress as JSON, and the last lines of its output."""
        rows, trouble = self._rows()
        counted = overview.count(rows)
        return jsonify(
            busy=self.renderer.is_busy,
            made=counted["fresh"] + counted["recorded"],
            wanted=len(rows) - sum(self._unrecorded(rows).values()),
            told=trouble or self.renderer.told,
        )

    @post("/voices/render")
    def render(self) -> Response:
        """Start a renderer, unless one is at work already."""
        engine = request.form.get("engine", "")
        if engine and engine not in ENGINES:
            abort(400, f'There is no engine "{engine}".')
        if not self.renderer.is_busy:
            self.console.log("rendered clips", engine or "what was missing")
            self.renderer.start(*(["--engine", engine] if engine else []))
        return redirected("voices.page", 302)

    @get("/voices/drafts/<key>.wav")
    def draft_sound(self, key: str) -> Response:
        """Play a draft to an operator; nobody else hears it."""
        try:
            sound = drafts.sound(self.settings.clips, key)
        except SpeechError as e:
            abort(404, f"{e}.".capitalize())
        return not_stored(Response(sound, content_type="audio/wav"))

    @post("/voices/drafts/<key>")
    def decide(self, key: str) -> Response:
        """Approve or discard a draft; the audit log and all operators learn who did."""
        words = self.utterances.get(key)
        if words is None:
            abort(404, "The line does not say these words any more.")
        name, operator = f"{words.language} {words.prompt}", current_operator().name
        if request.form.get("act") != "approve":
            self.console.log("discarded a draft", name)
            drafts.discard(self.settings.clips, key)
            log.warning("the draft of %s was discarded by %s", name, operator)
            return redirected("voices.page", 302)
        try:
            with self.database.writing() as connection:
                self.console.log("approved a recording", name, connection)
                mark = request.form.get("mark", "")
                approvals.approve(
                    self.settings.clips, key, mark, self.utterances, operator, self.console.clock()
                )
        except SpeechError as e:
            abort(409, f"The draft was not approved: {e}.")
        log.warning("the draft of %s was approved by %s, and is made a clip", name, operator)
        self.console.notify(
            "clip",
            f"{operator} approved a recording of the prompt {name}; callers hear it. To undo it:"
            " the console, under Voices",
        )
        self.renderer.start("--wait")
        return redirected("voices.page", 302)

    @post("/voices/approved/<key>/undo")
    def undo(self, key: str) -> Response:
        """Undo an approval; the audit log and all operators learn who did."""
        mark, operator = request.form.get("mark", ""), current_operator().name
        approval = next((a for a in self._undoable() if (a.key, a.mark) == (key, mark)), None)
        if approval is None:
            abort(409, "Another recording of these words is in use now, or none.")
        name = f"{approval.words.language} {approval.words.prompt}"
        self.console.log("undid an approval", name)
        try:
            approvals.undo(self.settings.clips, approval, self.utterances, operator)
        except (SpeechError, OSError) as e:
            log.error("the approval of %s could not be undone: %s", name, e)  # noqa: TRY400 expected
            abort(409, f"The approval was not undone: {e}.")
        log.warning("the approval of %s was undone by %s", name, operator)
        text = f"{operator} has undone the approval of the recording of {name}."
        self.console.notify("clip", text)
        self.renderer.start("--wait")
        return redirected("voices.page", 302)

    def _undoable(self) -> list[Approval]:
        return approvals.undoable(self.settings.clips, self.utterances, self.console.clock())

    @cached_property
    def _languages(self) -> tuple[str, ...]:
        """The languages of the line, and those that are recorded off the air."""
        off_air = (words.language for words in self.utterances.values())
        return tuple(dict.fromkeys((*self.script.line.languages, *off_air)))

    def _unrecorded(self, rows: list[Row]) -> dict[str, int]:
        """Return how many texts wait for a recording, by language that no voice speaks."""
        waiting = Counter(
            row.words.language
            for row in rows
            if row.state not in {"fresh", "recorded"}
            and not self.script.line.has_voice(row.words.language)
        )
        return dict(waiting)

    def _rows(self) -> tuple[list[Row], str]:
        """Return a row for each utterance, and what is wrong with the manifest."""
        try:
            listed, trouble = read_manifest(self.settings.clips), ""
        except SpeechError as e:
            listed, trouble = Manifest(), str(e)
        return overview.rows(self.settings.clips, self.utterances, listed), trouble

    def _age(self, made: dt.datetime | None) -> str:
        """Return how old a clip is, in days."""
        if made is None:
            return ""
        days = (self.console.clock() - made).days
        return "today" if days < 1 else count_of(days, "day")


class Renderer:
    """`ivr audio render` of a line's script and clips, in a process that no caller waits for."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._started: list[subprocess.Popen[bytes]] = []

    def start(self, *asked: str) -> None:
        """Start it; options as on the command line."""
        rooms = ["--prompts", str(self.settings.prompts), "--clips", str(self.settings.clips)]
        command = [sys.executable, "-m", "ivr", "audio", "render", *rooms, *asked]
        make_private_folder(self._log.parent)
        with self._log.open("wb") as log:
            renderer = priority.start_process(command, out=log, errors=log)
        self._started.append(renderer)
        Thread(target=renderer.wait, daemon=True).start()  # or it stays as a zombie

    @property
    def is_busy(self) -> bool:
        """Whether clips are being made, by whomever."""
        self._started = [one for one in self._started if one.poll() is None]
        return bool(self._started) or is_busy(self.settings.clips)

    @property
    def told(self) -> str:
        """What it said last."""
        try:
            lines = self._log.read_text(errors="replace").strip().splitlines()
        except OSError:
            return ""
        return " ".join(line.strip() for line in lines[-_LAST_LINES:])

    @property
    def _log(self) -> Path:
        return self.settings.state / LOG
