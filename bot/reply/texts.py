"""The remarks and button labels that people read under answers on Discord."""

from collections.abc import Mapping
from typing import Final

from bot.chat.appearance import Verb

LABELS: Final[Mapping[Verb, str]] = {
    Verb.UNDO: "Undo",
    Verb.RETRY: "Retry",
    Verb.CONTINUE: "Continue",
    Verb.REGENERATE: "Regenerate",
    Verb.STOP: "Stop",
    Verb.PICK: "Pick",
}
"""The label of each button."""

IN_A_FILE: Final = "This is too long for a few messages: the file holds all of it."
FILE_FORBIDDEN: Final = (
    "This is too long for a few messages, and I lack the permission Attach Files here: `/export` gives you all of it."
)
FILE_REFUSED: Final = (
    "This is too long for a few messages, and Discord does not take it as a file here: `/export` gives you all of it."
)
BLOCKED: Final = "A filter of Discord or of this server blocks my answer: `/export` gives you all of it."
REFUSED: Final = "Discord does not take my answer as it is: `/export` gives you all of it."
NO_MORE: Final = "I lack the permission {permission} here now, so the rest is missing: `/export` gives you all of it."
