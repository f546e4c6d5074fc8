"""The messages about a wrong configuration. They name a path, variable, file or line, but no value, which may be a secret."""

import re
from pathlib import Path
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.config.names import RENAMED, variable

DISCORD_MISSING: Final = (
    "discord.token is missing: set DISCORD_TOKEN to your bot's token "
    "(README, “A token in three steps”, says where to get one)"
)
MODEL_MISSING: Final = (
    "model.api_key is missing: set OPENAI_API_KEY, or point OPENAI_BASE_URL at a server that needs no key"
)


def dotenv_unreadable(path: Path, error: OSError | UnicodeDecodeError) -> str:
    """Return the problem of a `.env` file that exists but cannot be read or is not UTF-8."""
    return f"{path} cannot be read ({type(error).__name__}): mend or remove it"


def toml_unreadable(path: Path, error: OSError) -> str:
    """Return the problem of a TOML file that is missing or cannot be read."""
    return f"{path} cannot be read ({error.strerror}): check the path given with --config"


def toml_not_utf8(path: Path) -> str:
    """Return the problem of a TOML file in another encoding than UTF-8."""
    return f"{path} is not UTF-8 text: save it in that encoding"


def toml_invalid(path: Path, error: Exception) -> str:
    """Return the problem of a file that is not valid TOML, with the line number if the parser gives it."""
    where = f" near line {line}" if (line := _line_of(error)) else ""
    return f"{path} is not valid TOML{where}: compare it with config.example.toml"


def unknown_key(path: str) -> str:
    """Return the problem of a path in the TOML file that is not a setting, with its new name if an earlier release had it."""
    return _renamed(path, RENAMED[path]) if path in RENAMED else _unknown(path)


def unknown_variable(name: str, path: str) -> str:
    """Return the problem of an environment variable whose `path` is not a setting, with its new name as in `unknown_key`."""
    return _renamed(name, variable(RENAMED[path])) if path in RENAMED else _unknown(name)


def pasted(path: str) -> str:
    """Return the note about the address of a model's server that ends in a path which the client adds itself."""
    return f"model.base_url (OPENAI_BASE_URL) ends in {path}: I leave that out, because I add it to the address myself"


def invalid(error: ValidationError) -> list[str]:
    """Return the problems that the validation found, each with the path of its setting."""
    return [_invalid(item) for item in error.errors(include_url=False, include_input=False)]


def _invalid(item: ErrorDetails) -> str:
    path = ".".join(str(part) for part in item["loc"][:2])
    if item["type"] == "extra_forbidden":
        return unknown_key(path)
    message = item["msg"].removeprefix("Value error, ")
    most = item.get("ctx", {}).get("le")
    if most is not None:
        message = f"must be {most:,.0f} at most"
    return f"{path}: {message}" if path else message


def _unknown(name: str) -> str:
    shown = name if name.isprintable() else ascii(name)[1:-1]
    return f"{shown} is not a setting: config.example.toml lists them all"


def _renamed(name: str, now: str) -> str:
    return f"{name} is now called {now}: rename it"


def _line_of(error: Exception) -> str:
    """Return the line number in a TOML error, or an empty string. The rest of the error's text may quote a secret."""
    match = re.search(r"\(at line (\d+), column \d+\)$", str(error))
    return match[1] if match else ""
