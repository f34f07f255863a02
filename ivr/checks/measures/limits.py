"""The limits that the checks hold a script to, each with its source.

"R5" and the like are rules of docs/requirements.md, "rule 6" and the like those of
docs/architecture.md. The carrier's limits are Twilio's (https://www.twilio.com/docs/voice/twiml).
"""

from typing import Final

# What a caller can remember.
DEPTH: Final = 3
"""The most choices from the main menu to any node (R2)."""

KEYS_TO_DESTINATION: Final = 3
"""The most keys from the main menu until a destination rings (R2, R19)."""

BLOCK_WORDS: Final = 45
"""The most words in one prompt (R5)."""

BLOCK_SECONDS: Final = 21.0
"""The most seconds that a prompt takes to say: those of 45 words at 130 words a minute (R5)."""

GRADE: Final = 6.0
"""The highest Flesch-Kincaid grade of an English block (R10)."""

INFLESZ: Final = 65
"""The lowest INFLESZ of a Spanish block (R11)."""

SCORED_WORDS: Final = 30
"""Blocks of at least this many words are scored; shorter ones break the formulas (R10)."""

SENTENCE_SECONDS: Final = 9.0
"""The most seconds that a sentence takes to say: those of 20 words at 130 words a minute (R10)."""

SENTENCE_WORDS: Final = 20
"""The most words in a sentence (R10)."""

# How long a number may go without being dialled by a person of the agency.
VERIFIED_DAYS: Final = 90
"""The most days since a person last dialled a number and heard who answers (R16)."""

# What a caller can wait for, in seconds.
OPENING_SECONDS: Final = 25.0
"""The opening, from answer to its last word (R5)."""

MENU_SECONDS: Final = 30.0
"""A menu, from its first word to its last (R5)."""

SAID_911_SECONDS: Final = 10.0
"""From answer until the default language has said 911; others have the opening's time (R4)."""

CHOSEN_911_SECONDS: Final = 5.0
"""From the key of a language that the opening does not offer until it has said 911."""

WARNED_SECONDS: Final = 8.0
"""From 9 until all is said: where 911 sends help, that it is rung, how to stop it (rule 6)."""

PERSON_OFFERED_SECONDS: Final = 15.0
"""From answer to the first offer of a person, in the default language."""

OTHERS_OFFERED_SECONDS: Final = 18.0
"""From answer to the first offer of a person, in the other languages, which follow."""

PERSON_RUNG_SECONDS: Final = 9.0
"""From 0, pressed in the opening, until a person rings; in several languages, as none is chosen."""

SILENT_RUNG_SECONDS: Final = 90.0
"""From answer until a person rings for a caller who never presses anything (rule 4)."""

CONNECTION_OFFERED_SECONDS: Final = 5.0
"""From coming to a destination until the offer to be connected, apart from a warning before it."""

ALERT_RUNG_SECONDS: Final = 100.0
"""From answer until a destination rings that a menu with `alert: true` connects to (R19)."""

DESTINATION_RUNG_SECONDS: Final = 240.0
"""From answer until a destination rings, on the way with the fewest keys, hearing all of it."""

CHECK_SECONDS: Final = 190.0
"""A whole check, for a caller who answers each question when it has been asked."""

FAILED_SILENT_SECONDS: Final = 120.0
"""From the end of a failed call until another rings or the goodbye ends, for a silent caller."""

TURN_SECONDS: Final = 30.0
"""Any turn, from its first word to its last (R5). What answers a caller's key comes on top."""

# What the carrier accepts.
TWIML_BYTES: Final = 64_000
"""A TwiML document, in bytes (Twilio: 64 kB)."""

SAY_CHARACTERS: Final = 3000
"""The text of one <Say> with a Polly voice, in characters (Twilio, <Say>)."""

TEXT_CHARACTERS: Final = 160
"""A text message that goes out as one, in characters (R22)."""

UNICODE_TEXT_CHARACTERS: Final = 134
"""A text message in other letters than GSM_7 has, in characters: two pieces of 67, which a
telephone joins again (https://www.twilio.com/docs/glossary/what-sms-character-limit)."""

GSM_7: Final = frozenset(
    "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""Characters of which a text message holds 160; with any other it holds 70.

https://www.twilio.com/docs/glossary/what-is-gsm-7-character-encoding"""

HINTS: Final = 500
"""The most phrases to expect in one <Gather> (Twilio, <Gather>)."""

HINT_CHARACTERS: Final = 100
"""The longest phrase to expect, in characters (Twilio, <Gather>)."""

URL_CHARACTERS: Final = 2000
"""The longest URL of a place, in characters; some proxies cut longer ones."""
