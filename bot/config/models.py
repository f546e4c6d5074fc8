"""The settings of a model and its server: `[model]`, which is enough for most people, and the tables `[models.<name>]`."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, Self, cast
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, model_validator

from bot.config.addresses import Address, taken_apart
from bot.config.kinds import DAY, MOST_TOKENS, BaseUrl, Key, ModelName, OneLine, Parameters, Section, Switch

OPENAI_API: Final = "https://api.openai.com/v1"
DEFAULT: Final = "default"
"""The name under which other settings know the model of `[model]`."""
DEFAULT_MODEL: Final = "gpt-6-luna"
"""The cheapest current model of OpenAI's without an announced shutdown (November 2026)."""
_EFFORTS: Final[Mapping[str, str]] = MappingProxyType({DEFAULT_MODEL: "none"})
"""The reasoning effort for `auto`, by the beginning of the model's name. This one would else think within the answer's limit."""
_OF_THE_SERVER: Final = ("base_url", "dialect")
_OF_THE_WAIT: Final = ("first_token_seconds", "silence_seconds", "answer_seconds")


def is_openai(base_url: str) -> bool:
    """Return whether a base URL is OpenAI's own. A URL that cannot be parsed is not."""
    try:
        return urlsplit(base_url).hostname == urlsplit(OPENAI_API).hostname
    except ValueError:
        return False


def _names(value: object) -> object:
    """Return the names in a text such as `one, two`; anything else as it is."""
    if not isinstance(value, str):
        return value
    return [name.strip() for name in value.split(",") if name.strip()]


class PriceSettings(Section):
    """The prices of a model in US dollars for a million tokens, where the built-in catalogue's are not right."""

    input: float | None = Field(default=None, ge=0, le=1_000_000, description="Tokens that the model reads.")
    cached: float | None = Field(default=None, ge=0, le=1_000_000, description="Tokens read from the cache.")
    cache_write: float | None = Field(default=None, ge=0, le=1_000_000, description="Tokens written to the cache.")
    output: float | None = Field(default=None, ge=0, le=1_000_000, description="Tokens that the model writes.")


class ModelSettings(Section):
    """The model that answers, and its server."""

    name: ModelName = Field(
        default=DEFAULT_MODEL, min_length=1, description="The model's name, as its server knows it."
    )
    fallbacks: Annotated[tuple[str, ...], BeforeValidator(_names)] = Field(
        default=(), description="Names of [models.…] that answer, in this order, while this one cannot."
    )
    base_url: BaseUrl = Field(
        default=OPENAI_API, repr=False, description="Any OpenAI-compatible server; also OPENAI_BASE_URL."
    )
    api_key: Key = Field(default=SecretStr(""), description="The server's key; better set as OPENAI_API_KEY.")
    api_key_env: OneLine = Field(
        default="", repr=False, description="The name of the variable that holds the key, in place of api_key."
    )
    dialect: Literal["auto", "openai", "compatible"] = Field(
        default="auto", description="Which request parameters the server knows; auto decides by the host."
    )
    vision: Switch = Field(
        default="auto", description="Whether the model sees images; auto tries once and remembers a refusal."
    )
    context_tokens: int = Field(
        default=128_000,
        ge=512,
        le=MOST_TOKENS,
        description="What the model can read and write in one request, in tokens.",
    )
    max_reply_tokens: int = Field(
        default=4_000,
        ge=16,
        le=MOST_TOKENS,
        description="The longest answer, in tokens (a reasoning model thinks within it).",
    )
    reasoning_effort: Literal["auto", "default", "none", "minimal", "low", "medium", "high", "xhigh", "max"] = Field(
        default="auto",
        description='How long the model thinks; "default" leaves it to the server, "auto" does so but for the default model.',
    )
    tools: bool = Field(default=True, description="Whether the model may be offered tools; the bot has none yet.")
    prices: PriceSettings = Field(
        default=PriceSettings(), description="Dollars for a million tokens, where the built-in catalogue is not right."
    )
    first_token_seconds: float = Field(
        default=60,
        gt=0,
        le=DAY,
        description="How long the model may take to begin before the attempt counts as failed.",
    )
    silence_seconds: float = Field(
        default=60, gt=0, le=DAY, description="How long the model may fall silent in the middle of an answer."
    )
    answer_seconds: float = Field(
        default=600, gt=0, le=DAY, description="How long the model may write one answer; it is ended there, and said."
    )
    extra: Parameters = Field(
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

    @property
    def speaks_openai(self) -> bool:
        """Whether the server accepts the parameters that only OpenAI's own server knows."""
        return self.dialect == "openai" or (self.dialect == "auto" and is_openai(self.base_url))

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The request parameters for this model: its reasoning effort, and `extra`, which wins."""
        effort = self.reasoning_effort
        if effort == "auto":
            known = [one for name, one in _EFFORTS.items() if self.speaks_openai and self.name.startswith(name)]
            effort = known[0] if known else "default"
        return ({} if effort == "default" else {"reasoning_effort": effort}) | self.extra

    def beside(self, simple: "ModelSettings") -> "ModelSettings":
        """Return these settings of a table `[models.…]`, with those that it leaves out taken from `[model]` where they fit.

        Without a server of its own it is asked at that of `[model]`, with the same key; the waits are those of `[model]` too.
        """
        own = self.model_fields_set
        left_out = [name for name in _OF_THE_WAIT if name not in own]
        if "base_url" not in own:
            left_out += [name for name in _OF_THE_SERVER if name not in own]
            left_out += ["api_key"] * ("api_key" not in own)
        return self.model_copy(update={name: getattr(simple, name) for name in left_out})


def chain(name: str, fallbacks: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return a model and those that answer in its place: each followed by its own fallbacks, none twice, none unknown.

    `fallbacks` are those of each model by name.
    """
    found: list[str] = []

    def follow(one: str) -> None:
        if one in fallbacks and one not in found:
            found.append(one)
            for other in fallbacks[one]:
                follow(other)

    follow(name)
    return tuple(found)


def leads_back(name: str, fallbacks: Mapping[str, Sequence[str]]) -> bool:
    """Return whether a model is a fallback of itself, straight away or through others."""
    return any(name in chain(other, fallbacks) for other in fallbacks[name])


def fallbacks_in(table: object) -> list[str]:
    """Return the names in the raw value of `fallbacks` of a raw table, as far as they are texts."""
    value: object = _names(cast("dict[str, object]", table).get("fallbacks", [])) if isinstance(table, dict) else []
    return [name for name in cast("list[object]", value) if isinstance(name, str)] if isinstance(value, list) else []
