"""The line's words on a voice assistant: what a caller means goes in, words for a speaker come out.

The whole room hears a speaker, what is said to it is kept in somebody's account, and it has no keys
and rings nobody. So it warns first, tells nothing until the caller has said yes, and says numbers
for the caller to call. Its nodes, texts and numbers are those of the phone (docs/assistant.md).

Nothing here knows the web, files or the clock.
"""

from ivr.skill.conversation import read_place, respond
from ivr.skill.sayings import Answer, Service

__all__ = ["Answer", "Service", "read_place", "respond"]
