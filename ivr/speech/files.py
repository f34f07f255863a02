"""Is a clip's file there? Asked at every turn of a call, so it is two looks at the disk."""

import os
from pathlib import Path

from ivr.speech.manifest import Clip


def is_whole(folder: Path, clip: Clip) -> bool:
    """Tell whether a clip's file is there, as big as it was made, and may be read."""
    path = folder / clip.file
    try:
        return path.stat().st_size == clip.size and os.access(path, os.R_OK)
    except OSError:
        return False
