"""The clips, for the carrier to fetch: public, unchanging, under names from the manifest alone."""

import json

from flask import Blueprint, Response, abort, request

from ivr.speech.clips import Clips

YEAR_SECONDS = 365 * 24 * 3600
TYPES = {"mp3": "audio/mpeg", "wav": "audio/wav"}
"""The content type of a clip, by the ending of its file."""


class AudioFiles:
    """`/audio/<name>` for each clip, and `/audio/clips.json` with the words of each.

    A clip's name is a hash of everything that makes its sound, so it can be cached for ever.
    """

    def __init__(self, clips: Clips) -> None:
        self._clips = clips

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        audio = Blueprint("audio", __name__)
        audio.add_url_rule("/audio/<name>", view_func=self.clip)
        audio.add_url_rule("/audio/clips.json", view_func=self.words)
        return audio

    def clip(self, name: str) -> Response:
        """Serve a clip, or the part of it that is requested."""
        self._clips.refresh()
        entry = self._clips.find(name)
        if entry is None:
            abort(404)
        path, clip = entry
        try:
            content = path.read_bytes()  # some 10 kB
        except OSError:  # deleted a moment ago
            abort(404)
        response = Response(content, content_type=TYPES[clip.name.rpartition(".")[2]])
        response.set_etag(clip.name)
        response.cache_control.max_age = YEAR_SECONDS
        response.cache_control.public = True
        response.cache_control.immutable = True
        response.make_conditional(request, accept_ranges=True, complete_length=len(content))
        return response

    def words(self) -> Response:
        """Serve the words and the length (seconds) of every clip, as JSON."""
        self._clips.refresh()
        clips = {
            clip.name: {
                "words": clip.text,
                "seconds": clip.seconds,
                "language": clip.language,
                "slow": clip.slow,
            }
            for clip in self._clips.all()
        }
        return Response(json.dumps(clips, ensure_ascii=False), content_type="application/json")
