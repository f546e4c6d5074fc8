"""The names of a setting: its path `section.key`, its environment variable, and its names in earlier releases."""

from typing import Final

PREFIX: Final = "PARLEY_"
MODELS: Final = "models"
PERSONAS: Final = "personas"
TABLES_OF_TABLES: Final = frozenset({MODELS, PERSONAS})
"""The sections in which each key is a table, `[models.<name>]`."""
NAMED: Final = {
    "DISCORD_TOKEN": ("discord", "token"),
    "OPENAI_API_KEY": ("model", "api_key"),
    "OPENAI_BASE_URL": ("model", "base_url"),
}
"""Well-known variables, which are short or which other programs read too, with the section and key that each sets."""
RENAMED: Final = {"answers.max_parts": "answers.max_messages"}
"""Paths of earlier releases, with the current path of each."""


def variable(path: str) -> str:
    """Return the environment variable of a setting: `PARLEY_HISTORY__MAX_TOKENS` for `history.max_tokens`."""
    return PREFIX + path.replace(".", "__").upper()
