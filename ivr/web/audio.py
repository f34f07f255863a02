"""The clips, for the carrier to fetch: public, unchanging, under names from the manifest alone."""

import json
from dataclasses import dataclass

from flask import Response, abort, request

from ivr.speech.clips import Clips
from ivr.web.routes import Routes, get

YEAR_SECONDS = 365 * 24 * 3600
TYPES = {"mp3": "audio/mpeg", "wav": "audio/wav"}
"""The content type of a clip, by the ending of its file."""


@dataclass(frozen=True)
class AudioFiles(Routes, name="audio"):
    """`/audio/<name>` for each clip, and `/audio/clips.json` with the words of each.

    A clip's name is a hash of everything that makes its sound, so it can be cached for ever.
    """

    clips: Clips

    @get("/audio/<name>")
    def clip(self, name: str) -> Response:
        """Serve a clip, or the part of it that is requested."""
        response = clip_response(self.clips, name)
        response.set_etag(name)
        response.cache_control.max_age = YEAR_SECONDS
        response.cache_control.public = True
        response.cache_control.immutable = True
        response.make_conditional(
            request, accept_ranges=True, complete_length=response.content_length
        )
        return response

    @get("/audio/clips.json")
    def words(self) -> Response:
        """Serve the words and the length (seconds) of every clip, as JSON."""
        self.clips.refresh()
        clips = {
            clip.name: {
                "words": clip.text,
                "seconds": clip.seconds,
                "language": clip.language,
                "slow": clip.slow,
            }
            for clip in self.clips.all()
        }
        return Response(json.dumps(clips, ensure_ascii=False), content_type="application/json")


def clip_response(clips: Clips, name: str, missing: str | None = None) -> Response:
    """Return a clip. Aborts with 404, and what to say then, if it is not there any more."""
    clips.refresh()
    entry = clips.find(name)
    try:
        content = entry[0].read_bytes() if entry else None  # some 10 kB
    except OSError:  # deleted a moment ago
        content = None
    if content is None:
        abort(404, missing)
    return Response(content, content_type=TYPES[name.rpartition(".")[2]])
