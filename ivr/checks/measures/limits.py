"""The numbers that the checks hold a script to, each with where it comes from.

"R5" and the like are the requirements in human-factors.md, section 7; "rule 6" and the like are
DESIGN's. Those of the carrier are Twilio's, from its pages on TwiML.
"""

from typing import Final

# What a caller can keep in mind.
DEPTH: Final = 3
"""Choices from the main menu to any node (human-factors.md, 1.2)."""

KEYS_TO_DESTINATION: Final = 3
"""Keys from the main menu until a destination rings (R2, R19)."""

BLOCK_WORDS: Final = 45
"""Words that are said in one go (R5)."""

GRADE: Final = 6.0
"""Flesch-Kincaid grade of an English block, at most (CONTENT.md; R10)."""

INFLESZ: Final = 65
"""INFLESZ of a Spanish block, at least (CONTENT.md; R11)."""

SCORED_WORDS: Final = 30
"""Blocks of so many words are scored; shorter ones break the formulas (R10)."""

SENTENCE_WORDS: Final = 20
"""Words in a sentence (CONTENT.md)."""

# How long a number may go without being dialled by a person of the agency.
VERIFIED_DAYS: Final = 90
"""(CONTENT.md; R16)"""

# What a caller can wait for, in seconds.
OPENING_SECONDS: Final = 25.0
"""The opening, from answer to its last word (R5)."""

MENU_SECONDS: Final = 30.0
"""A menu, from its first word to its last (R5)."""

SAID_911_SECONDS: Final = 10.0
"""From answer until the default language has said 911 (R9); the others have the opening's time."""

WARNED_SECONDS: Final = 8.0
"""From 9 until all is said: where 911 finds callers, that it is rung, how to stop it (rule 6)."""

PERSON_OFFERED_SECONDS: Final = 40.0
"""From answer to the first offer of a person, for a caller who presses their language: the opening
at its longest, and a welcome."""

SILENT_OFFERED_SECONDS: Final = 75.0
"""The same for a caller who presses nothing: the first silence and every language come on top."""

SILENT_RUNG_SECONDS: Final = 240.0
"""From answer until a person rings for a caller who never presses anything (rule 4)."""

DESTINATION_RUNG_SECONDS: Final = 240.0
"""From answer until a destination rings, on the way with the fewest keys, hearing all of it."""

# What the carrier takes.
TWIML_BYTES: Final = 64_000
"""A document of TwiML (Twilio: 64 kB)."""

SAY_CHARACTERS: Final = 3000
"""The text of one <Say> with a Polly voice (Twilio, <Say>)."""

TEXT_CHARACTERS: Final = 160
"""A text message that goes out as one (R22; GSM 03.38)."""

GSM_7: Final = frozenset(
    "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""Characters of which a text message takes 160; with any other it takes 70 (GSM 03.38)."""

HINTS: Final = 500
HINT_CHARACTERS: Final = 100
"""Words to expect, and the length of each (Twilio, <Gather>)."""

URL_CHARACTERS: Final = 2000
"""A place as a path; longer ones are cut by some on the way."""
