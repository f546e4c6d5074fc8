"""Typed settings from the environment, `.env` and a TOML file, in that order of weight, checked all at once.

Every key has one path, `section.key`, and is set in TOML as `[section] key = …` or in the environment as
`PARLEY_SECTION__KEY`; three have a well-known name of their own as well (`NAMED`). A problem is reported by path and
never by value, because a value may be a secret.
"""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, cast
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from bot.errors import ConfigError

PREFIX: Final = "PARLEY_"
NAMED: Final = {
    "DISCORD_TOKEN": ("discord", "token"),
    "OPENAI_API_KEY": ("model", "api_key"),
    "OPENAI_BASE_URL": ("model", "base_url"),
}
RENAMED: Final = {"answers.max_parts": "answers.max_messages"}  # keys of earlier releases
DISCORD_API: Final = "https://discord.com/api/v10"
OPENAI_API: Final = "https://api.openai.com/v1"

_Table = dict[str, Any]


def _secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value().strip()
    if not all("!" <= character <= "~" for character in text):
        raise ValueError("holds characters that no token or key has: copy it anew")
    return SecretStr(text)


def _http_url(value: str) -> str:
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be a whole URL that begins with http:// or https://")
    return value.rstrip("/")


_Secret = Annotated[SecretStr, AfterValidator(_secret)]
_Url = Annotated[str, AfterValidator(_http_url)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class DiscordSettings(_Section):
    """How to reach Discord."""

    token: _Secret = Field(default=SecretStr(""), description="The bot's token; better set as DISCORD_TOKEN.")
    api_base: _Url = Field(default=DISCORD_API, description="The whole base of Discord's REST API, with its version.")


class ModelSettings(_Section):
    """Which model answers, and where."""

    name: str = Field(default="gpt-5.4-mini", min_length=1, description="The model's name, as its server knows it.")
    base_url: _Url = Field(default=OPENAI_API, description="Any OpenAI-compatible server; also OPENAI_BASE_URL.")
    api_key: _Secret = Field(default=SecretStr(""), description="The server's key; better set as OPENAI_API_KEY.")
    dialect: Literal["auto", "openai", "compatible"] = Field(
        default="auto", description="Which request parameters the server knows; auto decides by the host."
    )
    context_tokens: int = Field(
        default=128_000, ge=512, description="What the model can read and write in one request, in tokens."
    )
    max_reply_tokens: int = Field(
        default=4_000, ge=16, description="The longest answer, in tokens (a reasoning model thinks within it)."
    )
    first_token_seconds: float = Field(
        default=60, gt=0, description="How long the model may take to begin before the attempt counts as failed."
    )
    silence_seconds: float = Field(
        default=60, gt=0, description="How long the model may fall silent in the middle of an answer."
    )
    extra: dict[str, Any] = Field(
        default_factory=dict[str, Any], description="Further request parameters, passed on as they are."
    )


class HistorySettings(_Section):
    """Where conversations are kept and how much of one is sent with each question."""

    path: Path = Field(default=Path("parley.db"), description="The SQLite file; made at the first start.")

    @field_validator("path")
    @classmethod
    def _is_a_file(cls, value: Path) -> Path:
        if not value.name or str(value).startswith(":"):
            raise ValueError("must be the path of a file, such as parley.db")
        return value

    max_tokens: int = Field(
        default=8_000, ge=200, description="The most that is sent to the model with one question, in tokens."
    )


class ChatSettings(_Section):
    """What the model is told about itself."""

    system_prompt: str = Field(
        default="You are a helpful and friendly assistant in a Discord chat. Answer in the language of the question, "
        "as briefly as the question allows, and use Discord's Markdown.",
        description="Stands before every conversation. Keep it stable: a change makes providers bill the whole prompt anew.",
    )


class AnswerSettings(_Section):
    """What answers look like on Discord."""

    max_messages: int = Field(
        default=4, ge=1, le=20, description="Messages that one answer may fill; a longer one comes as a file as well."
    )


class AccessSettings(_Section):
    """Who may use the bot, by Discord ids. Deny wins; an empty allow list allows all."""

    allow_guilds: frozenset[int] = Field(default=frozenset(), description="Servers in which the bot answers.")
    allow_channels: frozenset[int] = Field(
        default=frozenset(), description="Channels in which it answers, with their threads; or categories of channels."
    )
    allow_roles: frozenset[int] = Field(default=frozenset(), description="Roles whose members it answers.")
    allow_users: frozenset[int] = Field(default=frozenset(), description="People whom it answers.")
    deny_guilds: frozenset[int] = Field(default=frozenset(), description="Servers in which it stays silent.")
    deny_channels: frozenset[int] = Field(
        default=frozenset(), description="Channels (with their threads) or categories in which it stays silent."
    )
    deny_roles: frozenset[int] = Field(default=frozenset(), description="Roles whose members it ignores.")
    deny_users: frozenset[int] = Field(default=frozenset(), description="People whom it ignores.")
    dms: bool = Field(default=True, description="Whether it answers direct messages.")


class LimitSettings(_Section):
    """How much may be asked. 0 means no limit."""

    user_per_minute: int = Field(
        default=0, ge=0, description="Questions one person may ask in a minute; more are turned down with one notice."
    )
    place_per_minute: int = Field(
        default=0, ge=0, description="Questions answered in one channel in a minute; more wait their turn."
    )
    place_queue: int = Field(
        default=20, ge=1, description="Questions that may wait in one channel; more are turned down with a notice."
    )
    model_requests: int = Field(default=32, ge=1, description="Answers that the model may write at the same time.")


class RecoverySettings(_Section):
    """What happens to questions that a crash left unanswered."""

    answer_within_seconds: float = Field(
        default=900, ge=0, description="How old a question may be to be answered after a restart."
    )


class ShutdownSettings(_Section):
    """How the bot stops."""

    grace_seconds: float = Field(
        default=20, ge=0, description="How long answers in flight may go on after the first SIGINT or SIGTERM."
    )


class Settings(_Section):
    """All settings, frozen."""

    discord: DiscordSettings = DiscordSettings()
    model: ModelSettings = ModelSettings()
    history: HistorySettings = HistorySettings()
    chat: ChatSettings = ChatSettings()
    answers: AnswerSettings = AnswerSettings()
    access: AccessSettings = AccessSettings()
    limits: LimitSettings = LimitSettings()
    recovery: RecoverySettings = RecoverySettings()
    shutdown: ShutdownSettings = ShutdownSettings()

    @model_validator(mode="after")
    def _room_for_a_prompt(self) -> Self:
        if self.prompt_tokens < 200:
            raise ValueError(
                "model.context_tokens less model.max_reply_tokens leaves under 200 tokens for the prompt: "
                "raise the first or lower the second"
            )
        return self

    @property
    def prompt_tokens(self) -> int:
        """The budget of one request, in tokens: what history may take, within what the model can read."""
        return min(self.history.max_tokens, self.model.context_tokens - self.model.max_reply_tokens)

    @property
    def is_openai(self) -> bool:
        """Whether `model.base_url` is OpenAI's own, where a key is needed."""
        return _is_openai(self.model.base_url)


class Draft:
    """Settings as they were found, not checked yet, so that a command can set some of them itself."""

    def __init__(self, tables: _Table, problems: list[str]) -> None:
        self._tables = tables
        self._problems = problems

    @property
    def names_a_model(self) -> bool:
        """Whether a model was set up: a key, or a server that needs none."""
        return _has_model(self._tables)

    def sets(self, section: str) -> bool:
        """Whether anything was found for a section."""
        return bool(self._tables.get(section))

    def put(self, section: str, key: str, value: object) -> None:
        """Set one key, whatever was found for it."""
        _set(self._tables, (section, key), value)

    def replace(self, section: str, **values: object) -> None:
        """Let a section be these values and defaults, whatever was found there."""
        self._tables[section] = values

    def settings(self) -> Settings:
        """Check everything. Raises ConfigError with every problem found."""
        problems = list(self._problems)
        settings = _validated(self._tables, problems)
        problems += _missing_secrets(self._tables)
        if settings is None or problems:
            raise ConfigError(problems)
        return settings


def load(path: Path | None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check the configuration; see `draft`. Raises ConfigError with every problem found."""
    return draft(path, environ).settings()


def draft(path: Path | None, environ: Mapping[str, str] | None = None) -> Draft:
    """Read the configuration.

    `path` is a TOML file that must exist; None takes `./config.toml` where there is one. `environ` defaults to the
    process's environment with `./.env` beneath it.
    """
    problems: list[str] = []
    merged = _toml(path, problems)
    for layer in [_dotenv(Path(".env"), problems), os.environ] if environ is None else [environ]:
        _overlay(merged, layer, problems)
    return Draft(merged, problems)


def _dotenv(path: Path, problems: list[str]) -> dict[str, str]:
    try:
        return {key: value for key, value in dotenv_values(path, interpolate=False).items() if value is not None}
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{path} cannot be read ({type(error).__name__}): mend or remove it")
    return {}


def _toml(path: Path | None, problems: list[str]) -> _Table:
    file = path or Path("config.toml")
    if path is None and not file.exists():
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        problems.append(f"{file} cannot be read ({error.strerror}): check the path given with --config")
    except (ValueError, RecursionError) as error:  # not UTF-8, not TOML, or a number of thousands of digits
        where = f" near line {line}" if (line := _line_of(error)) else ""
        problems.append(f"{file} is not valid TOML{where}: compare it with config.example.toml")
    return {}


def _line_of(error: Exception) -> str:
    """The line number out of a TOML error, whose text may otherwise quote a secret."""
    match = re.search(r"\(at line (\d+), column \d+\)$", str(error))
    return match[1] if match else ""


def _overlay(merged: _Table, environ: Mapping[str, str], problems: list[str]) -> None:
    """Lay the environment over the TOML tables; a well-known name first, the precise `PARLEY_…` above it."""
    for name, path in NAMED.items():
        if environ.get(name):
            _set(merged, path, environ[name])
    for name, value in environ.items():
        if not name.upper().startswith(PREFIX):
            continue
        section, separator, key = name.upper().removeprefix(PREFIX).lower().partition("__")
        if not separator and section.partition("_")[0] not in Settings.model_fields:
            continue  # no setting at all, nor one with an underscore too few
        if not _known(section, key):
            problems.append(_not_a_setting(name, f"{section}.{key}"))
            continue
        _set(merged, (section, key), _parsed(section, key, value))


def _not_a_setting(name: str, path: str) -> str:
    if path not in RENAMED:
        return f"{name} is not a setting: config.example.toml lists them all"
    now = RENAMED[path] if name == path else PREFIX + RENAMED[path].replace(".", "__").upper()
    return f"{name} is now called {now}: rename it"


def _set(merged: _Table, path: tuple[str, str], value: object) -> None:
    section = merged.setdefault(path[0], {})
    if isinstance(section, dict):
        cast("_Table", section)[path[1]] = value


def _known(section: str, key: str) -> bool:
    field = Settings.model_fields.get(section)
    return field is not None and key in _section(section).model_fields


def _section(name: str) -> type[_Section]:
    return cast("type[_Section]", Settings.model_fields[name].annotation)


def _parsed(section: str, key: str, value: str) -> object:
    """A value from the environment: text and paths as they stand, all else as JSON."""
    default = _section(section).model_fields[key].get_default(call_default_factory=True)
    if isinstance(default, str | Path | SecretStr):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _validated(merged: _Table, problems: list[str]) -> Settings | None:
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        for item in error.errors(include_url=False, include_input=False, include_context=False):
            path = ".".join(str(part) for part in item["loc"][:2])
            problems.append(_problem(path, item["type"], item["msg"]))
    return None


def _missing_secrets(merged: _Table) -> list[str]:
    """What a running bot needs and nobody set, a line each; asked of the raw tables, to be known beside other problems."""
    missing: list[str] = []
    if not _get(merged, "discord", "token"):
        missing.append(
            "discord.token is missing: set DISCORD_TOKEN to your bot's token "
            "(README, “A token in three steps”, says where to get one)"
        )
    if not _has_model(merged):
        missing.append(
            "model.api_key is missing: set OPENAI_API_KEY, or point OPENAI_BASE_URL at a server that needs no key"
        )
    return missing


def _has_model(merged: _Table) -> bool:
    return bool(_get(merged, "model", "api_key")) or not _is_openai(_get(merged, "model", "base_url") or OPENAI_API)


def _get(merged: _Table, section: str, key: str) -> str:
    table = merged.get(section)
    return str(cast("_Table", table).get(key, "")).strip() if isinstance(table, dict) else ""


def _problem(path: str, kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return _not_a_setting(path, path)
    message = message.removeprefix("Value error, ")
    return f"{path}: {message}" if path else message


def _is_openai(base_url: str) -> bool:
    try:
        return urlsplit(base_url).hostname == urlsplit(OPENAI_API).hostname
    except ValueError:
        return False
