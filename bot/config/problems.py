"""The messages about a wrong configuration. They name a path, variable, file or line, but no value, which may be a secret."""

import re
from pathlib import Path
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.config.names import RENAMED, TABLES_OF_TABLES, variable

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


def two_keys(path: str) -> str:
    """Return the problem of a model's table that holds a key and names a variable too."""
    return f"{path}.api_key_env is set beside {path}.api_key: set one of the two"


def no_variable(path: str) -> str:
    """Return the problem of a model's table whose key variable is not set. Its name is not shown, as it may be the key itself."""
    return f"{path}.api_key_env names a variable that is not set: set that variable to the key"


def key_missing(path: str) -> str:
    """Return the problem of a model of OpenAI's own server that has no key."""
    return f"{path}.api_key is missing: set {path}.api_key_env to the name of the variable that holds it"


def unknown_fallback(path: str, number: int) -> str:
    """Return the problem of the fallback of this number, from 1, that is no table of a model."""
    return f"{path}.fallbacks names a model, number {number} of them, that no table [models.…] describes"


def fallback_cycle(path: str) -> str:
    """Return the problem of a model that is a fallback of itself, straight away or through others."""
    return f"{path}.fallbacks leads back to {path} itself: leave out one of the names on the way"


def taken_name(path: str) -> str:
    """Return the problem of a table whose name stands for another model already."""
    return f"{path}: this name stands for [model] itself, so choose another"


def taken_persona(path: str) -> str:
    """Return the problem of a persona whose name stands for the system prompt of `[chat]`."""
    return f"{path}: this name stands for chat.system_prompt, so choose another"


def unknown_model(path: str) -> str:
    """Return the problem of a setting that names a model which no table describes."""
    return f"{path} names a model that no table [models.…] describes"


def two_prompts(path: str) -> str:
    """Return the problem of a table that holds a system prompt and names a file of one too."""
    return f"{path}.system_prompt_file is set beside {path}.system_prompt: set one of the two"


def prompt_unreadable(path: str, error: Exception) -> str:
    """Return the problem of the file of a system prompt."""
    why = (error.strerror or type(error).__name__) if isinstance(error, OSError) else "no UTF-8 text of up to 1 MB"
    return f"{path}.system_prompt_file cannot be read ({why}): its path begins at the folder of the configuration file"


def invalid(error: ValidationError) -> list[str]:
    """Return the problems that the validation found, each with the path of its setting."""
    return [_invalid(item) for item in error.errors(include_url=False, include_input=False)]


def _invalid(item: ErrorDetails) -> str:
    depth = 3 if item["loc"] and item["loc"][0] in TABLES_OF_TABLES else 2
    path = ".".join(str(part) for part in item["loc"][:depth] if part != "[key]")
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
