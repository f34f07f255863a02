"""How many connections a worker of `ivr serve` has: more than visitors who send nothing use up.

Each connection holds a file and a little memory, but no thread before its request is complete.
"""

import sys

CONNECTIONS = 4096
"""Connections of a worker at a time, if the system allows it so many files."""

HEADER_SECONDS = 10
"""How long a client may take to send the head of a request, and how long a connection may idle."""

MAX_HEAD_BYTES = 64 * 1024
"""Longest head of a request; a carrier's is about 2 kB. Unfinished ones wait in memory."""

_OTHER_FILES = 256
"""Files that a worker has open besides its connections; it is about 40."""


def allow() -> int:
    """Let this process and its children open enough files; return how many connections to take."""
    if sys.platform == "win32":  # it has no such limit
        return CONNECTIONS
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        return CONNECTIONS
    return max(min(CONNECTIONS, soft - _OTHER_FILES), _OTHER_FILES)
