"""Which clip to play for some words, if there is a fresh one; asked at every turn of a call."""

import logging
from pathlib import Path

from ivr.dialog.turn import Spoken
from ivr.errors import SpeechError
from ivr.speech import manifest as kept
from ivr.speech import plan
from ivr.speech.files import is_whole
from ivr.speech.manifest import Clip, Manifest

log = logging.getLogger("ivr.speech")


class Clips:
    """The clips of a folder, for a running line. Without a folder there are none.

    The manifest is held in memory, and read again when its file is replaced; the names that were
    given out stay known, since a call in progress may still ask for them.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._stamp: tuple[int, int] | None = None
        self._manifest = Manifest()
        self._by_name: dict[str, Clip] = {}
        self._keys: dict[Spoken, str] = {}

    def play(self, words: Spoken) -> str:
        """Return the name of a fresh clip of these words, whose file is there; else ""."""
        if self._folder is None:
            return ""
        key = self._keys.get(words)
        if key is None:
            key = self._keys.setdefault(words, plan.key(words))
        clip = self._manifest.clips.get(key)
        return clip.name if clip and is_whole(self._folder, clip) else ""

    def refresh(self) -> None:
        """Read the manifest if it was replaced. One that cannot be read is as good as none."""
        if self._folder is None:
            return
        try:
            stat = (self._folder / kept.FILE).stat()
            stamp = (stat.st_mtime_ns, stat.st_ino)
        except OSError:
            stamp = (0, 0)
        if stamp == self._stamp:
            return
        try:
            self._manifest = kept.read(self._folder)
        except SpeechError as e:
            log.error("the line speaks with the carrier's voice: %s", e)  # noqa: TRY400 one line
            self._manifest = Manifest()
        self._by_name.update((clip.name, clip) for clip in self._manifest.clips.values())
        self._stamp = stamp

    def find(self, name: str) -> tuple[Path, Clip] | None:
        """Return the file of a clip by its name, and what is known of it, or None.

        Only names that a manifest has told are looked for, so no path can be made up.
        """
        clip = self._by_name.get(name)
        if self._folder is None or clip is None or not is_whole(self._folder, clip):
            return None
        return self._folder / clip.file, clip

    def all(self) -> list[Clip]:
        """Return the clips that are in use."""
        return list(self._manifest.clips.values())
