"""All settings: a frozen pydantic model for each section, with the type, default, bounds and description of each key."""

from pathlib import Path
from typing import Annotated, Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, StringConstraints, field_validator, model_validator

from bot.config.kinds import (
    DAY,
    MOST_TOKENS,
    YEAR,
    Ids,
    OneLine,
    PlainUrl,
    ProxyUrl,
    Section,
    TimeZone,
    Token,
    WholeText,
)
from bot.config.models import DEFAULT, ModelSettings, is_openai
from bot.config.personas import PersonaSettings
from bot.config.transcription import TranscriptionSettings

DISCORD_API: Final = "https://discord.com/api/v10"

LAST: Final = "last"
NONE: Final = "none"
MOST_AMBIENT: Final = 50
CHANNELS: Final = "channels"
Buttons = Literal["last", "failed", "none"]

_TableName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=32)]


class DiscordSettings(Section):
    """The bot's account on Discord, and the address of Discord's API."""

    token: Token = Field(default=SecretStr(""), description="The bot's token; better set as DISCORD_TOKEN.")
    api_base: PlainUrl = Field(
        default=DISCORD_API, description="The whole base of Discord's REST API, with its version."
    )
    proxy: ProxyUrl = Field(
        default="", repr=False, description="An HTTP proxy through which Discord is asked; none is used when empty."
    )
    follow_threads: bool = Field(
        default=False, description="Whether the bot needs no mention in threads that it opened or was mentioned in."
    )
    always_channels: Ids = Field(
        default=frozenset(), description="Channels, with their threads, in which each message is a question."
    )
    ignore_prefix: OneLine = Field(
        default="//",
        max_length=20,
        description="A message that begins like this is no question where none is mentioned.",
    )

    look_up_seconds: float = Field(
        default=5.0,
        gt=0,
        le=60,
        description="How long Discord may take to hand over what a question refers to; it is answered without that then.",
    )
    auto_thread: Literal["off", "channels"] = Field(
        default="off",
        description="Whether an answer in a channel opens a thread on it for what follows: off or channels.",
    )

    @property
    def needs_content(self) -> bool:
        """Whether Discord must show the text of messages that do not mention the bot: the message content intent."""
        return self.follow_threads or bool(self.always_channels)


class HistorySettings(Section):
    """The database of conversations, and the amount of a conversation that is sent with each question."""

    path: Path = Field(default=Path("parley.db"), description="The SQLite file; made at the first start.")
    max_tokens: int = Field(
        default=8_000,
        ge=200,
        le=MOST_TOKENS,
        description="The most that is sent to the model with one question, in tokens.",
    )

    ambient: int = Field(
        default=0,
        ge=0,
        le=MOST_AMBIENT,
        description="Messages said to others in a place since the bot last spoke there that a question brings along.",
    )
    ambient_places: dict[int, Annotated[int, Field(ge=0, le=MOST_AMBIENT)]] = Field(
        default_factory=dict[int, int],
        description="The same for single channels (with their threads) or threads, by their ids.",
    )

    def ambient_in(self, place_id: int, parent_id: int | None = None) -> int:
        """Return how many messages a question in a place brings along; a thread is like its channel unless it is named itself."""
        of_parent = self.ambient if parent_id is None else self.ambient_places.get(parent_id, self.ambient)
        return self.ambient_places.get(place_id, of_parent)

    @property
    def needs_content(self) -> bool:
        """Whether Discord must show the text of messages that are not for the bot: the message content intent."""
        return self.ambient > 0 or any(self.ambient_places.values())

    @field_validator("path")
    @classmethod
    def _is_a_file(cls, value: Path) -> Path:
        if not value.name or str(value).startswith(":") or "\0" in str(value):
            raise ValueError("must be the path of a file, such as parley.db")
        return value


class ChatSettings(Section):
    """The system prompt, the time zone, and mentions in quick succession."""

    system_prompt: WholeText = Field(
        default="You are a helpful and friendly assistant in a Discord chat. Answer in the language of the question, "
        "as briefly as the question allows, and use Discord's Markdown.",
        description="Stands before every conversation. Keep it stable: a change makes providers bill the whole prompt anew.",
    )
    system_prompt_file: OneLine = Field(
        default="", description="A file that holds the system prompt, beside this file; in place of system_prompt."
    )
    timezone: TimeZone = Field(
        default="", description="The time zone of the moments that stand before questions; the machine's when empty."
    )

    burst_seconds: float = Field(
        default=1.5,
        ge=0,
        le=30,
        description="A mention joins the same person's last one within this time, while no word is answered; 0 for never.",
    )

    @property
    def zone(self) -> ZoneInfo | None:
        """The time zone; None for that of the machine."""
        return ZoneInfo(self.timezone) if self.timezone else None


class AnswerSettings(Section):
    """The form of answers on Discord."""

    max_messages: int = Field(
        default=4, ge=1, le=20, description="Messages that one answer may fill; a longer one comes as a file as well."
    )
    link_previews: bool = Field(default=True, description="Whether Discord shows previews of the links in an answer.")
    buttons: Buttons = Field(
        default="last",
        description="Buttons under answers: under the last one of a place, only under what failed or was stopped, or none.",
    )
    footer: bool = Field(
        default=False, description="Whether each answer ends with a line about its model, tokens and time."
    )


class FileSettings(Section):
    """The files of a question that are read. A file beyond a limit is left out, or read in part, and the asker is told."""

    images: bool = Field(default=True, description="Whether pictures are shown to the model.")
    text: bool = Field(default=True, description="Whether text files are read: code, logs, CSV, Markdown.")
    documents: bool = Field(default=True, description="Whether PDF, docx, xlsx and pptx are read.")
    audio: bool = Field(
        default=True, description="Whether voice messages and audio are transcribed, where that is set up."
    )
    max_bytes: int = Field(
        default=10_485_760, ge=1, le=524_288_000, description="The largest file that is fetched, in bytes."
    )
    per_question: int = Field(
        default=5, ge=1, le=40, description="Files read for one question, with those of the message that it replies to."
    )
    share: float = Field(
        default=0.5, gt=0, le=1, description="The part of the prompt's budget that the files of one question may fill."
    )
    pages: int = Field(
        default=40,
        ge=1,
        le=2_000,
        description="Pages, sheets or slides that are read of one document, from the first on.",
    )
    seconds: float = Field(
        default=30,
        gt=0,
        le=600,
        description="How long a question may wait for its files to be fetched and read; a transcription has its own time.",
    )


class AccessSettings(Section):
    """The people and places that the bot serves, by Discord ids. Deny lists win; an empty allow list allows all."""

    allow_guilds: Ids = Field(default=frozenset(), description="Servers in which the bot answers.")
    allow_channels: Ids = Field(
        default=frozenset(), description="Channels in which it answers, with their threads; or categories of channels."
    )
    allow_roles: Ids = Field(default=frozenset(), description="Roles whose members it answers.")
    allow_users: Ids = Field(default=frozenset(), description="People whom it answers.")
    deny_guilds: Ids = Field(default=frozenset(), description="Servers in which it stays silent.")
    deny_channels: Ids = Field(
        default=frozenset(), description="Channels (with their threads) or categories in which it stays silent."
    )
    deny_roles: Ids = Field(default=frozenset(), description="Roles whose members it ignores.")
    deny_users: Ids = Field(default=frozenset(), description="People whom it ignores.")
    dms: bool = Field(default=True, description="Whether it answers direct messages.")
    models: dict[str, Ids] = Field(
        default_factory=dict[str, frozenset[int]],
        description="Models that only members of these roles may choose; others may be chosen by whoever may choose at all.",
    )


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
        default=900, ge=0, le=YEAR, description="How old a question may be to be answered after a restart."
    )
    look_back_seconds: float = Field(
        default=DAY,
        ge=0,
        le=YEAR,
        description="How far the bot looks back, after it was away, for messages that it missed.",
    )


class ShutdownSettings(Section):
    """The shutdown of the bot."""

    grace_seconds: float = Field(
        default=20, ge=0, le=DAY, description="How long answers in flight may go on after the first SIGINT or SIGTERM."
    )


class Settings(Section):
    """All settings, with a field for each section."""

    discord: DiscordSettings = DiscordSettings()
    model: ModelSettings = ModelSettings()
    models: dict[_TableName, ModelSettings] = Field(default_factory=dict[str, ModelSettings])
    personas: dict[_TableName, PersonaSettings] = Field(default_factory=dict[str, PersonaSettings])
    transcription: TranscriptionSettings = TranscriptionSettings()
    history: HistorySettings = HistorySettings()
    chat: ChatSettings = ChatSettings()
    answers: AnswerSettings = AnswerSettings()
    files: FileSettings = FileSettings()
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
    def _room_in_each_model(self) -> Self:
        for name, model in self.models.items():
            if model.context_tokens - model.max_reply_tokens < 200:
                raise ValueError(
                    f"models.{name}.context_tokens less max_reply_tokens leaves under 200 tokens for the prompt: "
                    "raise the first or lower the second"
                )
        return self

    @model_validator(mode="after")
    def _restricted_models_exist(self) -> Self:
        if not self.access.models.keys() <= {*self.model_names}:
            raise ValueError("access.models names a model that no table [models.…] describes")
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
    def needs_content(self) -> bool:
        """Whether Discord must show the text of messages that do not mention the bot: the message content intent."""
        return self.discord.needs_content or self.history.needs_content

    @property
    def answer_tokens(self) -> int:
        """The most tokens, read and written, that one request may use, whichever model is chosen."""
        models = [self.model_of(name) for name in self.model_names]
        prompt = max(min(self.history.max_tokens, one.context_tokens - one.max_reply_tokens) for one in models)
        return prompt + max(one.max_reply_tokens for one in models)

    @property
    def prompt_tokens(self) -> int:
        """The budget of one prompt, in tokens: `history.max_tokens`, or less if the model's context leaves less for a prompt."""
        return min(self.history.max_tokens, self.model.context_tokens - self.model.max_reply_tokens)

    @property
    def model_names(self) -> tuple[str, ...]:
        """The names of all models, that of `[model]` first."""
        return (DEFAULT, *self.models)

    def model_of(self, name: str) -> ModelSettings:
        """Return the settings of a model by its name among the settings. Raises KeyError."""
        return self.model if name == DEFAULT else self.models[name].beside(self.model)

    @property
    def transcription_model(self) -> str | None:
        """The name of the model that transcribes; None where there is none."""
        return self.transcription.model_at(self.transcription.base_url or self.model.base_url)

    @property
    def is_openai(self) -> bool:
        """Whether `model.base_url` is OpenAI's own, which needs a key."""
        return is_openai(self.model.base_url)
