"""Finds the fresh clip of some words; every turn of a call asks for it."""

import logging
import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from ivr.dialog.turn import Spoken
from ivr.errors import SpeechError
from ivr.speech import clip_key
from ivr.speech.manifest import MANIFEST_FILE, Clip, Manifest, read_manifest

log = logging.getLogger("ivr.speech")

TRUSTED_SECONDS = 1.0
"""Seconds between two checks that no file was truncated or made unreadable in place."""

T = TypeVar("T")

Stamp = tuple[int, int]
"""Modification time in nanoseconds, and inode, of a file or folder."""


def is_whole(folder: Path, clip: Clip) -> bool:
    """Return whether a clip's file exists, has the size it was made with, and can be read.

    Every turn of a call asks this, so it looks at the disk only twice.
    """
    path = folder / clip.file
    try:
        return path.stat().st_size == clip.size and os.access(path, os.R_OK)
    except OSError:
        return False


def lacking(folder: Path, clips: Mapping[str, Clip], wanted: Mapping[str, T]) -> dict[str, T]:
    """Return what is wanted by clip key, and has no clip in a folder that can be played."""
    return {
        key: one
        for key, one in wanted.items()
        if (clip := clips.get(key)) is None or not is_whole(folder, clip)
    }


class Clips:
    """The clips of a folder, for a running line. Without a folder there are none.

    The manifest is held in memory, and read again when its file is replaced. Names that were given
    out stay valid, since a call in progress may still ask for them.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._manifest = Manifest()
        self._by_name: dict[str, Clip] = {}
        self._keys: dict[Spoken, str] = {}
        self._read: Stamp | None = None
        self._reading = threading.Lock()
        self._shelves: list[str] = []
        self._seen: list[Stamp | None] = []
        self._trusted = float("-inf")
        self._state = 0

    def play(self, words: Spoken) -> str:
        """Return the name of a fresh, complete clip of these words, or ""."""
        if self._folder is None:
            return ""
        key = self._keys.get(words)
        if key is None:
            key = self._keys.setdefault(words, clip_key.key(words))
        clip = self._manifest.clips.get(key)
        return clip.name if clip and is_whole(self._folder, clip) else ""

    def refresh(self) -> int:
        """Read the manifest if it was replaced; return a number that changes with the clips.

        While it is the same, `play` gives the same answers: a new or deleted file changes its
        folder. If the manifest cannot be read, there are no clips. One thread reads a manifest that
        was replaced; the others go on with the one before, or wait if it is the first.
        """
        if self._folder is None:
            return 0
        read = _stamp(f"{self._folder}/{MANIFEST_FILE}")
        if read != self._read and self._reading.acquire(blocking=self._read is None):
            try:
                if read != self._read:  # nobody has read it meanwhile
                    self._learn(self._folder, read)
            finally:
                self._reading.release()
        seen, now = [self._read, *map(_stamp, self._shelves)], time.monotonic()
        if seen != self._seen or now > self._trusted + TRUSTED_SECONDS:
            self._seen, self._trusted = seen, now
            self._state += 1
        return self._state

    def _learn(self, folder: Path, read: Stamp) -> None:
        try:
            self._manifest = read_manifest(folder)
        except SpeechError as e:
            log.error("there are no clips, so the carrier's voice speaks: %s", e)  # noqa: TRY400 one line
            self._manifest = Manifest()
        clips = self._manifest.clips.values()
        self._by_name.update((clip.name, clip) for clip in clips)
        self._shelves = sorted({f"{folder}/{clip.file.rpartition('/')[0]}" for clip in clips})
        self._read = read

    def find(self, name: str) -> tuple[Path, Clip] | None:
        """Return the file of a clip and its entry in the manifest by its name, or None.

        Only names from a manifest are looked up, so no other file can be asked for.
        """
        clip = self._by_name.get(name)
        if self._folder is None or clip is None or not is_whole(self._folder, clip):
            return None
        return self._folder / clip.file, clip

    def all(self) -> list[Clip]:
        """Return the clips that are in use."""
        return list(self._manifest.clips.values())


class ClipsOfDraft(Clips):
    """The clips of a line, and those of its draft, for the phone that calls the draft."""

    def __init__(self, line: Clips, draft: Clips) -> None:
        super().__init__(None)
        self._both = (line, draft)

    def play(self, words: Spoken) -> str:
        """Return the name of a fresh clip of these words, the line's first, or ""."""
        line, draft = self._both
        return line.play(words) or draft.play(words)

    def refresh(self) -> int:
        """Look at both folders; return a number that changes with either."""
        return sum(clips.refresh() for clips in self._both)

    def find(self, name: str) -> tuple[Path, Clip] | None:
        """Return the file of a clip and its entry by its name, or None."""
        line, draft = self._both
        return line.find(name) or draft.find(name)

    def all(self) -> list[Clip]:
        """Return the clips of both."""
        return [clip for clips in self._both for clip in clips.all()]


def _stamp(path: str) -> Stamp:
    """Return the stamp of a file or folder, which changes with it; (0, 0) if it is gone."""
    try:
        stat = os.stat(path)  # noqa: PTH116 at every turn of a call
    except OSError:
        return 0, 0
    return stat.st_mtime_ns, stat.st_ino
