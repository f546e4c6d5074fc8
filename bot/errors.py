"""The error tree. Adapters map a library's errors into it once, so that everyone else needs to know only these.

    ParleyError                     exit code 1
    ├── ConfigError                 2   something in the configuration is missing or wrong
    ├── StoreError                  3   the database file cannot be used
    ├── DiscordError                4   Discord refused the bot
    ├── DisplayError                    an answer could not be shown in its place
    │   └── DisplayRefused              and will not be, however often it is tried
    └── ModelError                  5   the model gave no (whole) answer
        ├── ModelUnreachable            no connection, or a fault of the server
        ├── ModelTimedOut               silence from the start
        ├── ModelBusy                   our rate is limited
        │   └── ModelOverloaded         the server has too much to do
        ├── ModelKeyRejected            wrong API key
        ├── ModelQuotaSpent             the account has no credit left
        ├── ModelContextExceeded        the request is too long for the model
        ├── ModelFiltered               a content filter refuses the question
        ├── ModelRejected               any other refusal of the request (unknown model, bad parameter)
        ├── ModelCutOff                 the stream broke after it had begun
        ├── ModelSilent                 the answer holds no text
        └── ModelSpentThinking          the model thought until its answer's token limit

A message says what happened, to what, and what to do next. It is for whoever runs the bot; people in Discord see only
`ModelError.public`, which never holds a provider's own words.
"""

import math
from collections.abc import Sequence
from typing import ClassVar


class ParleyError(Exception):
    """Any error that this project raises on purpose. `exit_code` is what the process ends with when nobody handles it."""

    exit_code: ClassVar[int] = 1


class ConfigError(ParleyError):
    """The configuration cannot be used. Holds every problem found, a line each, never a value."""

    exit_code = 2

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class StoreError(ParleyError):
    """The database file is unwritable, locked, of a newer version, not ours, or damaged."""

    exit_code = 3


class DiscordError(ParleyError):
    """Discord refused the token or the intents, or could not be reached at start."""

    exit_code = 4


class DisplayError(ParleyError):
    """An answer could not be shown: Discord was out of reach for longer than we tried."""


class DisplayRefused(DisplayError):
    """Discord does not let us show it: a missing permission, a deleted place."""


class ModelError(ParleyError):
    """The model gave no answer, or not the whole of it."""

    exit_code = 5
    reason: ClassVar[str] = "error"
    """The word under which an attempt or a call that this ended is stored."""
    public: str = "Something went wrong while I was answering. Please ask again in a moment."
    may_pass: ClassVar[bool] = True
    """Whether the same question may have an answer later."""


class ModelUnreachable(ModelError):
    """No connection to the model's server, or a fault of its own that outlasted our retries."""

    reason = "unreachable"
    public = "I cannot reach my language model right now. Please ask again in a few minutes."


class ModelTimedOut(ModelError):
    """The model's server took the request and then said nothing for too long; another try would take as long again."""

    reason = "timed_out"
    public = "My language model did not answer in time. Please ask again in a few minutes."


class ModelBusy(ModelError):
    """A rate limit that outlasted our retries. `retry_after` is the server's wish in seconds, if it had one."""

    reason = "busy"
    public = "I am asked more than my language model lets me answer. Please ask again in a minute."

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        if retry_after:
            self.public = f"{self.public.partition('. ')[0]}. Please ask again in {about(retry_after)}."


class ModelOverloaded(ModelBusy):
    """The server has more to do than it can, whoever asks."""

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
    """The request is longer than the model's context. `limit` is the context in tokens, where the server names it."""

    reason = "overflow"
    public = "This conversation has become too long for my language model. `/reset` starts a new one."
    may_pass = False

    def __init__(self, message: str, limit: int | None = None) -> None:
        super().__init__(message)
        self.limit = limit


class ModelFiltered(ModelError):
    """The server's content filter refused the request; it will refuse the same words again."""

    reason = "filtered"
    public = "My language model's content filter refuses this question. Please put it in other words."
    may_pass = False


class ModelRejected(ModelError):
    """The server refused the request for another reason: unknown model, bad parameter.

    `parameters` are those of the request that it does not know, where it names them; dots lead into an object. `adapted` is set
    where they are left out from now on, so that the same request may be sent again.
    """

    reason = "rejected"
    public = "My language model refuses this request. Whoever runs me finds the reason in the log."

    def __init__(self, message: str, parameters: frozenset[str] = frozenset()) -> None:
        super().__init__(message)
        self.parameters = parameters
        self.adapted = False


class ModelCutOff(ModelError):
    """The stream broke, stalled or ended without a finish reason after it had begun."""

    reason = "cut_off"
    public = "My answer was cut off here. Please ask again if you need the rest."


class ModelSilent(ModelError):
    """The stream ended in order but held no text."""

    reason = "silent"
    public = "My language model returned an empty answer. Please ask again, perhaps in other words."


class ModelSpentThinking(ModelError):
    """The model thought until its answer had reached the token limit, and wrote nothing that can be shown."""

    reason = "spent_thinking"
    public = "My language model thought for so long that no room was left for an answer. Please ask for less at once."


def about(seconds: float) -> str:
    """A length of time as people say it, rather too long than too short: `about 20 seconds`, `about 3 minutes`."""
    if seconds <= 55:
        return f"about {5 * math.ceil(max(1, seconds) / 5)} seconds"
    if seconds <= 55 * 60:
        minutes = math.ceil(seconds / 60)
        return f"about {minutes} minutes" if minutes > 1 else "about a minute"
    hours = math.ceil(seconds / 3600)
    return f"about {hours} hours" if hours > 1 else "about an hour"
