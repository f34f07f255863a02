"""The carrier's signature of a request, made as the carrier makes it."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from urllib.parse import urldefrag


def sign(token: str, url: str, params: Sequence[tuple[str, str]]) -> str:
    """Return the X-Twilio-Signature of a request.

    Twilio (webhooks security): base64 of the HMAC-SHA1, keyed by the account's auth token, of the
    full URL followed by the name and value of each POST parameter, sorted by name. A URL's
    fragment (connection overrides) is not part of it; values sent twice under one name count once.
    For a GET, whose parameters are in the URL, pass none.
    """
    signed = urldefrag(url).url + "".join(name + value for name, value in sorted(set(params)))
    digest = hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
