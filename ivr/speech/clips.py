"""Which clip to play for some words, if there is a fresh one; asked at every turn of a call."""

import logging
import os
import time
from contextlib import suppress
from pathlib import Path

from ivr.dialog.turn import Spoken
from ivr.errors import SpeechError
from ivr.speech import manifest as kept
from ivr.speech import plan
from ivr.speech.files import is_whole
from ivr.speech.manifest import Clip, Manifest

log = logging.getLogger("ivr.speech")

LOOKS_SECONDS = 1.0
"""How often each file is looked at, for one that was cut short in its place."""

UNSURE_SECONDS = 0.05
"""A folder that changed no longer ago than this may change again and show the same time."""

Stamp = tuple[int, int]


class Clips:
    """The clips of a folder, for a running line. Without a folder there are none.

    The manifest is held in memory, and read again when its file is replaced; so are the sizes of
    the files, and looked up again as soon as one comes or goes. The names that were given out stay
    known, since a call in progress may still ask for them.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._manifest = Manifest()
        self._by_name: dict[str, Clip] = {}
        self._keys: dict[Spoken, str] = {}
        self._file = str(folder / kept.FILE) if folder else ""
        self._read: Stamp | None = None
        self._shelves: list[str] = []
        self._seen: list[Stamp] = []
        self._sizes: dict[str, int] = {}
        self._until = 0.0
        self._state = 0

    def play(self, words: Spoken) -> str:
        """Return the name of a fresh clip of these words, whose file is there; else ""."""
        if self._folder is None:
            return ""
        key = self._keys.get(words)
        if key is None:
            key = self._keys.setdefault(words, plan.key(words))
        clip = self._manifest.clips.get(key)
        return clip.name if clip and self._sizes.get(clip.file) == clip.size else ""

    def refresh(self) -> int:
        """Look what is there now; return a number that changes with what would be played.

        A manifest that cannot be read is as good as none.
        """
        if self._folder is None:
            return 0
        read, seen = _stamp(self._file), [_stamp(shelf) for shelf in self._shelves]
        if read != self._read:
            self._learn(self._folder, read)
            seen = [_stamp(shelf) for shelf in self._shelves]
        elif seen == self._seen and time.monotonic() < self._until:
            return self._state
        self._look(self._folder, seen)
        return self._state

    def _learn(self, folder: Path, read: Stamp) -> None:
        try:
            self._manifest = kept.read(folder)
        except SpeechError as e:
            log.error("the line speaks with the carrier's voice: %s", e)  # noqa: TRY400 one line
            self._manifest = Manifest()
        self._by_name.update((clip.name, clip) for clip in self._manifest.clips.values())
        shelves = {clip.file.rpartition("/")[0] for clip in self._manifest.clips.values()}
        self._shelves = [str(folder / shelf) for shelf in sorted(shelves)]
        self._read = read
        self._state += 1

    def _look(self, folder: Path, seen: list[Stamp]) -> None:
        sizes: dict[str, int] = {}
        for clip in self._manifest.clips.values():
            with suppress(OSError):
                sizes[clip.file] = os.stat(f"{folder}/{clip.file}").st_size  # noqa: PTH116 hundreds
        if sizes != self._sizes:
            self._sizes = sizes
            self._state += 1
        changed = max((stamp[0] for stamp in seen), default=0) / 1e9
        sure = time.time() - changed > UNSURE_SECONDS
        self._seen, self._until = seen, time.monotonic() + LOOKS_SECONDS * sure

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


def _stamp(path: str) -> Stamp:
    """Return what tells a file or folder from what it was; nothing where there is none."""
    try:
        stat = os.stat(path)  # noqa: PTH116 at every turn of a call
    except OSError:
        return 0, 0
    return stat.st_mtime_ns, stat.st_ino
