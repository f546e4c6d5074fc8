"""The error tree. Each adapter maps its library's errors to these classes, so that all other code handles only these.

    ParleyError                     exit code 1
    ├── ConfigError                 2   something in the configuration is missing or wrong
    ├── StoreError                  3   the database file cannot be used
    │   ├── StoreFull                   its disk is full
    │   └── StoreDamaged                its bytes are no sound database
    ├── DiscordError                4   Discord refused the bot
    │   └── IntentsRefused              an intent is switched off in the developer portal
    ├── NotTranscribed                  a recording was left out of its question
    ├── DisplayError                    an answer could not be shown in its place
    │   └── DisplayRefused              Discord refused it, so a retry would fail too
    └── ModelError                  5   the model gave no answer, or only a part of one
        ├── ModelUnreachable            no connection, or an error of the server
        ├── ModelTimedOut               no text within the time-out
        ├── ModelBusy                   the server limits our request rate
        │   └── ModelOverloaded         the server is overloaded
        ├── ModelKeyRejected            wrong API key
        ├── ModelQuotaSpent             the account has no credit left
        ├── ModelContextExceeded        the request is too long for the model
        ├── ModelFiltered               a content filter refused the question
        ├── ModelRejected               any other refusal of the request, such as a bad parameter
        │   ├── ModelUnknown                no such model on the server
        │   ├── ModelNotAllowed             the key may not use the model
        │   └── ModelNotLoaded              the server has no model loaded, or cannot load it
        ├── ModelCutOff                 the stream broke in the middle of the answer
        ├── ModelOverlong               the model wrote more text than an answer may have
        ├── ModelEndless                the model wrote or thought beyond the longest time of an answer
        ├── ModelSilent                 the answer holds no text
        │   ├── ModelOnlyThought        it holds only thoughts
        │   └── ModelCalledTool         it holds only the call of a tool
        ├── ModelSpentThinking          the model's reasoning used up the answer's token limit
        └── TokensSpent                 the bot's own tokens of the day are used up

An error's message tells the operator what happened, to what, and what to do next, and ends with the provider's own words where
they are known. People in Discord see only `ModelError.public`, which never holds a provider's own words.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final


class ParleyError(Exception):
    """The base of all errors that this project raises. `exit_code` is the process's exit code when the error is not handled."""

    exit_code: ClassVar[int] = 1


class ConfigError(ParleyError):
    """The configuration cannot be used. `problems` holds one line for each problem found, never a configured value."""

    exit_code = 2

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class StoreError(ParleyError):
    """The database file is unwritable, locked, damaged, of a newer version, or not Parley's."""

    exit_code = 3


class StoreFull(StoreError):
    """The disk of the database file has no room left."""


class StoreDamaged(StoreError):
    """The database file has damaged pages, or is no database."""


class DiscordError(ParleyError):
    """Discord refused the token or the intents, or could not be reached at start."""

    exit_code = 4


class IntentsRefused(DiscordError):
    """Discord refused the intents that the bot asks for: they are switched off in the developer portal."""


class NotTranscribed(ParleyError):
    """A recording was left out of its question. `public` is the sentence that people in Discord see; it names the recording."""

    def __init__(self, message: str, public: str) -> None:
        super().__init__(message)
        self.public = public


class DisplayError(ParleyError):
    """An answer could not be shown: Discord stayed unreachable through all retries."""


class DisplayRefused(DisplayError):
    """Discord refused to show an answer: a permission is missing, the channel is gone, or it does not take the text.

    `told`: a remark in the answer's place says so.
    """

    told: bool = False


class ModelError(ParleyError):
    """The model gave no answer, or only a part of one."""

    exit_code = 5
    reason: ClassVar[str] = "error"
    """The word stored as the reason of an attempt or call that this error ended."""
    public: str = "Something went wrong while I was answering. Please ask again in a moment."
    """The sentence that people in Discord see."""
    may_pass: ClassVar[bool] = True
    """Whether the same question may be answered when it is asked again later."""
    retry_after: float | None = None
    """The wait in seconds that the server asked for, None if it named none."""
    words: str = ""
    """The provider's own words, without people's text and secrets. `str` of the error ends with them."""
    unredacted: str = ""
    """The provider's own words as they came. They may hold people's text and secrets, so they are never logged or shown."""

    def __str__(self) -> str:
        message = super().__str__()
        return f"{message}; its words: {self.words}" if self.words else message


class ModelUnreachable(ModelError):
    """No connection to the model's server, or a server error that outlasted our retries.

    `connected` is False when no connection was made, so that the request cannot have reached the server.
    """

    reason = "unreachable"
    public = "I cannot reach my language model right now. Please ask again in a few minutes."

    def __init__(self, message: str, retry_after: float | None = None, *, connected: bool = True) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.connected = connected


class ModelTimedOut(ModelError):
    """The model's server sent no text within the time-out; another try would take as long again."""

    reason = "timed_out"
    public = "My language model did not answer in time. Please ask again in a few minutes."


class ModelBusy(ModelError):
    """A rate limit outlasted our retries."""

    reason = "busy"
    public = "I am asked more than my language model lets me answer. Please ask again in a minute."

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        if retry_after:
            self.public = f"{self.public.partition('. ')[0]}. Please ask again in {about(retry_after)}."


class ModelOverloaded(ModelBusy):
    """The server is overloaded, whatever our own request rate is."""

    reason = "overloaded"
    public = "My language model is overloaded right now. Please ask again in a few minutes."


class ModelKeyRejected(ModelError):
    """The server refused the API key."""

    reason = "key_rejected"
    public = "My language model refuses my key, so I cannot answer. Whoever runs me needs to look at the log."


class ModelQuotaSpent(ModelError):
    """The account behind the key has no credit left; retrying is useless."""

    reason = "quota_spent"
    public = "The account that pays for my answers is used up. Whoever runs me needs to look at the log."


class ModelContextExceeded(ModelError):
    """The request is longer than the model's context.

    `limit` is the context length and `sent` the length of the request, both in the server's tokens, if it names them.
    """

    reason = "overflow"
    public = "This conversation has become too long for my language model. `/reset` starts a new one."
    may_pass = False

    def __init__(self, message: str, limit: int | None = None, sent: int | None = None) -> None:
        super().__init__(message)
        self.limit = limit
        self.sent = sent


class ModelFiltered(ModelError):
    """The server's content filter refused the request and would refuse the same text again."""

    reason = "filtered"
    public = "My language model's content filter refuses this question. Please put it in other words."
    may_pass = False


@dataclass(frozen=True, slots=True)
class Refused:
    """The parts of a request that a server refuses, as far as its report tells.

    `parameters` are those that it does not know; a dot separates an object from its key. `system`: messages of the system role.
    `turns`: messages of one role in a row, or a wrong role at the beginning or the end. `stream`: a streamed answer. `length`:
    the limit of the answer, of which `longest` is the largest that the server accepts, in tokens, if it names it. `whole`: an
    answer that is not streamed. `images`: images of any kind.
    """

    parameters: frozenset[str] = frozenset()
    system: bool = False
    turns: bool = False
    stream: bool = False
    length: bool = False
    longest: int | None = None
    whole: bool = False
    images: bool = False


NOTHING_REFUSED: Final = Refused()


class ModelRejected(ModelError):
    """The server refused the request for another reason, such as a bad parameter.

    `adapted` is True when the client does without the `refused` parts from now on, so that the same request may be sent again.
    """

    reason = "rejected"
    public = "My language model refuses this request. Whoever runs me finds the reason in the log."

    def __init__(self, message: str, refused: Refused = NOTHING_REFUSED) -> None:
        super().__init__(message)
        self.refused = refused
        self.adapted = False


class ModelUnknown(ModelRejected):
    """The server has no model of the configured name."""

    reason = "unknown_model"
    public = (
        "The language model that I was set up with does not exist any more. Whoever runs me needs to look at the log."
    )


class ModelNotAllowed(ModelRejected):
    """The server knows the model and the key, but does not let this key, account or country use the model."""

    reason = "not_allowed"
    public = "I am not allowed to use my language model. Whoever runs me needs to look at the log."


class ModelNotLoaded(ModelRejected):
    """The server has no model loaded, or could not load the one that was asked for."""

    reason = "not_loaded"
    public = "My language model is not loaded on its server. Whoever runs me needs to look at the log."


class ModelCutOff(ModelError):
    """The stream broke, stalled or ended without a finish reason after text had arrived."""

    reason = "cut_off"
    public = "My answer was cut off here. Please ask again if you need the rest."


class ModelSilent(ModelError):
    """The stream ended without a transport error, but held no text."""

    reason = "silent"
    public = "My language model returned an empty answer. Please ask again, perhaps in other words."


class ModelOnlyThought(ModelSilent):
    """The model ended its answer after its thoughts, without any text."""

    reason = "only_thought"
    public = "My language model thought about this and then wrote no answer. Please ask again, perhaps in other words."


class ModelCalledTool(ModelSilent):
    """The model called a tool that it was not offered, and wrote no text."""

    reason = "called_tool"
    public = "My language model tried to use a tool that it does not have. Please ask again, perhaps in other words."


class ModelSpentThinking(ModelError):
    """The model's reasoning used up the answer's token limit, so there is no text to show."""

    reason = "spent_thinking"
    public = "My language model thought for so long that no room was left for an answer. Please ask for less at once."


class ModelEndless(ModelError):
    """The model was still writing or thinking when the longest time of an answer was over."""

    reason = "endless"
    public = (
        "My language model did not come to an end in the time that an answer may take. Please ask for less at once."
    )


class ModelOverlong(ModelError):
    """The model wrote more text than an answer may have."""

    reason = "overlong"
    public = "My language model wrote more text than an answer may have. Please ask for less at once."
    may_pass = False


class TokensSpent(ModelError):
    """The bot has used up the tokens of a day (`limits.tokens_per_day`). `resets_at` is the end of the day in Unix seconds."""

    reason = "tokens_spent"
    public = "I have used up the tokens that I may use in a day. Please ask again tomorrow."

    def __init__(self, message: str, resets_at: int | None = None) -> None:
        super().__init__(message)
        if resets_at is not None:
            self.public = f"{TokensSpent.public.partition('. ')[0]}. I answer again <t:{resets_at}:R>."


def about(seconds: float) -> str:
    """Return a length of time in words, rounded up: `about 20 seconds`, `about 3 minutes`."""
    if seconds <= 55:
        return f"about {5 * math.ceil(max(1, seconds) / 5)} seconds"
    if seconds <= 55 * 60:
        minutes = math.ceil(seconds / 60)
        return f"about {minutes} minutes" if minutes > 1 else "about a minute"
    hours = math.ceil(seconds / 3600)
    return f"about {hours} hours" if hours > 1 else "about an hour"
