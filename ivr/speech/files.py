"""Is a clip's file there? Asked at every turn of a call, so it is one look at the disk."""

from pathlib import Path

from ivr.speech.manifest import Clip


def is_whole(folder: Path, clip: Clip) -> bool:
    """Tell whether a clip's file is there, as big as it was made."""
    try:
        return (folder / clip.file).stat().st_size == clip.size
    except OSError:
        return False
