"""The characters that Unicode counts as look-alikes of those in a speaker's tag.

Taken from `confusables.txt` of Unicode Technical Standard #39, version 16.0.0 (https://www.unicode.org/Public/security/16.0.0/):
every character whose prototype is one of `(`, `)`, `:` and `,`. It has no look-alike of `#`, and most kinds of brackets are not
in it; `bot/chat/speakers.py` goes by their general categories.
"""

from typing import Final

PROTOTYPES: Final = {
    "(": "\uff3b\u2768\u2772\u3014\ufd3e",
    ")": "\uff3d\u2769\u2773\u3015\ufd3f",
    ":": "\u0903\u0a83\uff1a\u0589\u0703\u0704\u16ec\ufe30\u1803\u1809\u205a\u05c3\u02f8\ua789\u2236\u02d0\ua4fd",
    ",": "\u060d\u066b\u201a\u00b8\ua4f9",
}
"""The look-alikes of each character."""
