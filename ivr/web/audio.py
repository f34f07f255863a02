"""The clips, for the carrier to fetch: public, unchanging, by names that only a manifest tells."""

import json

from flask import Blueprint, Response, abort, request

from ivr.speech.clips import Clips

YEAR_SECONDS = 365 * 24 * 3600
_TYPES = {"mp3": "audio/mpeg", "wav": "audio/wav"}


def blueprint(clips: Clips) -> Blueprint:
    """Return `/audio/<name>` for each clip, and `/audio/clips.json`: what is heard in them.

    A clip's name is a hash of all that makes it sound as it does, so it may be kept for ever.
    """
    audio = Blueprint("audio", __name__)

    @audio.get("/audio/<name>")
    def clip(name: str) -> Response:
        clips.refresh()
        found = clips.find(name)
        if found is None:
            abort(404)
        path, known = found
        try:
            content = path.read_bytes()  # some ten thousand; gone by now, it is as if never there
        except OSError:
            abort(404)
        response = Response(content, content_type=_TYPES[known.name.rpartition(".")[2]])
        response.set_etag(known.name)
        response.cache_control.max_age = YEAR_SECONDS
        response.cache_control.public = True
        response.cache_control.immutable = True
        response.make_conditional(request, accept_ranges=True, complete_length=len(content))
        return response

    @audio.get("/audio/clips.json")
    def words() -> Response:
        clips.refresh()
        listed = {
            clip.name: {
                "words": clip.text,
                "seconds": clip.seconds,
                "language": clip.language,
                "slow": clip.slow,
            }
            for clip in clips.all()
        }
        return Response(json.dumps(listed, ensure_ascii=False), content_type="application/json")

    return audio
