"""The names of a setting: its path `section.key`, its environment variable, and names that it had in earlier releases."""

from typing import Final

PREFIX: Final = "PARLEY_"
NAMED: Final = {
    "DISCORD_TOKEN": ("discord", "token"),
    "OPENAI_API_KEY": ("model", "api_key"),
    "OPENAI_BASE_URL": ("model", "base_url"),
}
"""The well-known variables, with the section and the key that each sets; they are short or read by other programs too."""
RENAMED: Final = {"answers.max_parts": "answers.max_messages"}
"""The paths of earlier releases, with the path of today."""


def variable(path: str) -> str:
    """The environment variable of a setting: `PARLEY_HISTORY__MAX_TOKENS` for `history.max_tokens`."""
    return PREFIX + path.replace(".", "__").upper()
