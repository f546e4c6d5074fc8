"""All settings: a frozen pydantic model for each section, with the type, default, bounds and description of each key."""

from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, cast
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    field_validator,
    model_validator,
)

from bot.config.addresses import Address, taken_apart
from bot.config.cleaning import bare, base_of, ids, not_json

DISCORD_API: Final = "https://discord.com/api/v10"
OPENAI_API: Final = "https://api.openai.com/v1"


def is_openai(base_url: str) -> bool:
    """Return whether a base URL is OpenAI's own. A URL that cannot be parsed is not."""
    try:
        return urlsplit(base_url).hostname == urlsplit(OPENAI_API).hostname
    except ValueError:
        return False


def _secret(value: SecretStr) -> SecretStr:
    text = bare(value.get_secret_value())
    if not all("!" <= character <= "~" for character in text):
        raise ValueError("holds characters that no token or key has: copy it anew")
    return SecretStr(text)


def _without(word: str) -> AfterValidator:
    """Return a validator that takes away the word before a secret that belongs to a header, such as `Bot`."""
    return AfterValidator(lambda value: SecretStr(bare(value.get_secret_value(), word)))


def _http_url(value: str) -> str:
    text = bare(value)
    try:
        parts = urlsplit(text)
        whole = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:  # a bracket too few, or a port that is no number up to 65535
        whole = False
    if not whole or not text.isprintable() or " " in text:
        raise ValueError("must be a whole URL that begins with http:// or https://")
    return text.rstrip("/")


def _plain_url(value: str) -> str:
    parts = urlsplit(value)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("must hold no user, password, query or fragment")
    return value


def _whole_text(value: str) -> str:
    """Return a text that JSON and UTF-8 can hold. A variable of another encoding arrives with halves of characters."""
    if not_json(value, "text") or "\0" in value:
        raise ValueError("holds half a character or NUL: write it as UTF-8")
    return value


def _one_line(value: str) -> str:
    if not value.isprintable():
        raise ValueError("must be one line without control characters")
    return value


def _base_url(value: str) -> str:
    return base_of(value)[0]


def _discord_id(value: int) -> int:
    if not 0 < value < 2**63:
        raise ValueError("holds a number that is no Discord id")
    return value


def _id_list(value: object) -> Collection[object]:
    """Return one id, or a text of ids, as a list; a list as it is. Raises ValueError for anything else, also for switches."""
    found = value
    if isinstance(value, str):
        found = ids(value) or None
    elif isinstance(value, int):
        found = [value]
    items = cast("Collection[object]", found) if isinstance(found, list | tuple | set | frozenset) else None
    if items is None or any(isinstance(item, bool) for item in items):
        raise ValueError('must be a list of Discord ids, such as [123, 456] or "123, 456"')
    return items


def _auto_or_switch(value: object) -> object:
    found = {"auto": "auto", "true": True, "false": False}.get(bare(str(value)).lower())
    if found is None:
        raise ValueError('must be true, false or "auto"')
    return found


_Switch = Annotated[Literal["auto"] | bool, BeforeValidator(_auto_or_switch)]
_Token = Annotated[SecretStr, _without("Bot"), AfterValidator(_secret)]
_Key = Annotated[SecretStr, _without("Bearer"), AfterValidator(_secret)]
_PlainUrl = Annotated[str, AfterValidator(_http_url), AfterValidator(_plain_url)]
_BaseUrl = Annotated[str, AfterValidator(_http_url), AfterValidator(_base_url)]
_Ids = Annotated[frozenset[Annotated[int, AfterValidator(_discord_id)]], BeforeValidator(_id_list)]
_MOST_TOKENS: Final = 100_000_000
"""Ten times the longest context that a model was announced with (Llama 4 Scout: 10,000,000 tokens)."""
_DAY: Final = 86_400
_YEAR: Final = 365 * _DAY


class Section(BaseModel):
    """Base class of the sections of the configuration. Unknown keys are refused, and no error shows a value."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False)


class DiscordSettings(Section):
    """The bot's account on Discord, and the address of Discord's API."""

    token: _Token = Field(default=SecretStr(""), description="The bot's token; better set as DISCORD_TOKEN.")
    api_base: _PlainUrl = Field(
        default=DISCORD_API, description="The whole base of Discord's REST API, with its version."
    )


class ModelSettings(Section):
    """The model that answers, and its server."""

    name: Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_one_line)] = Field(
        default="gpt-5.4-mini", min_length=1, description="The model's name, as its server knows it."
    )
    base_url: _BaseUrl = Field(
        default=OPENAI_API, repr=False, description="Any OpenAI-compatible server; also OPENAI_BASE_URL."
    )
    api_key: _Key = Field(default=SecretStr(""), description="The server's key; better set as OPENAI_API_KEY.")
    dialect: Literal["auto", "openai", "compatible"] = Field(
        default="auto", description="Which request parameters the server knows; auto decides by the host."
    )
    vision: _Switch = Field(
        default="auto", description="Whether the model sees images; auto tries once and remembers a refusal."
    )
    context_tokens: int = Field(
        default=128_000,
        ge=512,
        le=_MOST_TOKENS,
        description="What the model can read and write in one request, in tokens.",
    )
    max_reply_tokens: int = Field(
        default=4_000,
        ge=16,
        le=_MOST_TOKENS,
        description="The longest answer, in tokens (a reasoning model thinks within it).",
    )
    first_token_seconds: float = Field(
        default=60,
        gt=0,
        le=_DAY,
        description="How long the model may take to begin before the attempt counts as failed.",
    )
    silence_seconds: float = Field(
        default=60, gt=0, le=_DAY, description="How long the model may fall silent in the middle of an answer."
    )
    answer_seconds: float = Field(
        default=600, gt=0, le=_DAY, description="How long the model may write one answer; it is ended there, and said."
    )
    extra: dict[str, Any] = Field(
        default_factory=dict[str, Any], description="Further request parameters, passed on as they are."
    )

    @model_validator(mode="after")
    def _one_way_to_log_in(self) -> Self:
        if self.address.credentials and self.api_key.get_secret_value():
            raise ValueError(
                "base_url holds a user and a password, and api_key is set too: a request has room for one of them, "
                "so remove the other"
            )
        return self

    @property
    def address(self) -> Address:
        """`base_url` without the credentials and the query in it, and these by themselves."""
        return taken_apart(self.base_url)

    @field_validator("extra")
    @classmethod
    def _is_json(cls, value: dict[str, Any]) -> dict[str, Any]:
        try:
            found = not_json(value, "model.extra")
        except RecursionError:
            found = "model.extra"
        if found:
            raise ValueError(
                f"the value of {found} is no JSON (JSON has no dates, nan or inf): write a number or a text"
            )
        return value


class HistorySettings(Section):
    """The database of conversations, and the amount of a conversation that is sent with each question."""

    path: Path = Field(default=Path("parley.db"), description="The SQLite file; made at the first start.")
    max_tokens: int = Field(
        default=8_000,
        ge=200,
        le=_MOST_TOKENS,
        description="The most that is sent to the model with one question, in tokens.",
    )

    @field_validator("path")
    @classmethod
    def _is_a_file(cls, value: Path) -> Path:
        if not value.name or str(value).startswith(":") or "\0" in str(value):
            raise ValueError("must be the path of a file, such as parley.db")
        return value


class ChatSettings(Section):
    """The system prompt."""

    system_prompt: Annotated[str, AfterValidator(_whole_text)] = Field(
        default="You are a helpful and friendly assistant in a Discord chat. Answer in the language of the question, "
        "as briefly as the question allows, and use Discord's Markdown.",
        description="Stands before every conversation. Keep it stable: a change makes providers bill the whole prompt anew.",
    )


class AnswerSettings(Section):
    """The form of answers on Discord."""

    max_messages: int = Field(
        default=4, ge=1, le=20, description="Messages that one answer may fill; a longer one comes as a file as well."
    )
    link_previews: bool = Field(default=True, description="Whether Discord shows previews of the links in an answer.")


class AccessSettings(Section):
    """The people and places that the bot serves, by Discord ids. Deny lists win; an empty allow list allows all."""

    allow_guilds: _Ids = Field(default=frozenset(), description="Servers in which the bot answers.")
    allow_channels: _Ids = Field(
        default=frozenset(), description="Channels in which it answers, with their threads; or categories of channels."
    )
    allow_roles: _Ids = Field(default=frozenset(), description="Roles whose members it answers.")
    allow_users: _Ids = Field(default=frozenset(), description="People whom it answers.")
    deny_guilds: _Ids = Field(default=frozenset(), description="Servers in which it stays silent.")
    deny_channels: _Ids = Field(
        default=frozenset(), description="Channels (with their threads) or categories in which it stays silent."
    )
    deny_roles: _Ids = Field(default=frozenset(), description="Roles whose members it ignores.")
    deny_users: _Ids = Field(default=frozenset(), description="People whom it ignores.")
    dms: bool = Field(default=True, description="Whether it answers direct messages.")


class LimitSettings(Section):
    """The limits on questions and requests. A limit per minute of 0 means no limit."""

    user_per_minute: int = Field(
        default=0,
        ge=0,
        le=100_000,
        description="Questions one person may ask in a minute; more are turned down with one notice.",
    )
    place_per_minute: int = Field(
        default=0, ge=0, le=100_000, description="Questions answered in one channel in a minute; more wait their turn."
    )
    place_queue: int = Field(
        default=20,
        ge=1,
        le=10_000,
        description="Questions that may wait in one channel; more are turned down with a notice.",
    )
    model_requests: int = Field(
        default=32, ge=1, le=1_000, description="Answers that the model may write at the same time."
    )
    user_requests: int = Field(
        default=4, ge=1, le=1_000, description="How many of these one person may have; more wait their turn."
    )
    tokens_per_day: int = Field(
        default=0,
        ge=0,
        le=1_000_000_000_000,
        description="Tokens, read and written, that all answers of a day (UTC) may use; 0 means no limit.",
    )


class AlertSettings(Section):
    """The messages to the operator about failures that only the operator can mend."""

    owner: bool = Field(
        default=True,
        description="Whether the application's owner gets a direct message, one a day for each kind of failure.",
    )


class RecoverySettings(Section):
    """The handling of questions from the time in which the bot was away."""

    answer_within_seconds: float = Field(
        default=900, ge=0, le=_YEAR, description="How old a question may be to be answered after a restart."
    )
    look_back_seconds: float = Field(
        default=_DAY,
        ge=0,
        le=_YEAR,
        description="How far the bot looks back, after it was away, for messages that it missed.",
    )


class ShutdownSettings(Section):
    """The shutdown of the bot."""

    grace_seconds: float = Field(
        default=20, ge=0, le=_DAY, description="How long answers in flight may go on after the first SIGINT or SIGTERM."
    )


class Settings(Section):
    """All settings, with a field for each section."""

    discord: DiscordSettings = DiscordSettings()
    model: ModelSettings = ModelSettings()
    history: HistorySettings = HistorySettings()
    chat: ChatSettings = ChatSettings()
    answers: AnswerSettings = AnswerSettings()
    access: AccessSettings = AccessSettings()
    limits: LimitSettings = LimitSettings()
    alerts: AlertSettings = AlertSettings()
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

    @model_validator(mode="after")
    def _room_for_an_answer(self) -> Self:
        if 0 < self.limits.tokens_per_day < self.answer_tokens:
            raise ValueError(
                f"limits.tokens_per_day allows no answer: one may use up to {self.answer_tokens} tokens "
                "(history.max_tokens and model.max_reply_tokens)"
            )
        return self

    @property
    def answer_tokens(self) -> int:
        """The most tokens, read and written, that one request may use."""
        return self.prompt_tokens + self.model.max_reply_tokens

    @property
    def prompt_tokens(self) -> int:
        """The budget of one prompt, in tokens: `history.max_tokens`, or less if the model's context leaves less for a prompt."""
        return min(self.history.max_tokens, self.model.context_tokens - self.model.max_reply_tokens)

    @property
    def is_openai(self) -> bool:
        """Whether `model.base_url` is OpenAI's own, which needs a key."""
        return is_openai(self.model.base_url)
