"""Makes clips in a process of its own, which no answer to a caller waits for."""

import subprocess
import sys
from pathlib import Path
from threading import Thread

from ivr import priority
from ivr.atomic_file import make_private_folder
from ivr.settings import Settings
from ivr.speech.render_lock import is_busy

LOG = "rendering.log"
_LAST_LINES = 3


class Renderer:
    """`ivr audio render` of a line's script and clips. It goes on when this process is replaced."""

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
