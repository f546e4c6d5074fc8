"""`Limits` counts requests, refuses those above Discord's rate limits, and writes the headers that tell clients of them.

Unless a test enforces them, it refuses nothing and its windows are a fiftieth as long, so that a client that obeys the headers
waits for a tenth of a second at most; the headers are there always, as Discord sends them. Windows run on the sandbox's clock,
from their first request.

Sources: Discord's documentation, "Rate Limits", for headers, bodies, the sharing of buckets, the global limit and the
routes that are free of it. It names no other figure and asks not to rely on any; those here are what clients have seen:
5 in 5 seconds for a channel's new messages, and for its edits, in buckets of their own (measured); deletions by the age
of the message (discord-api-docs #8330); reactions, added and taken away, 1 in 0.25 seconds (discord-api-docs #981, eris
#1173); a route without a bucket has no limit but the global one (discord-api-docs #1135). One report has 3 edits in 20
seconds and a channel for messages older than an hour (starboard-4 #118); the documentation has the code and the words.
Without a source are the figures for typing, bulk deletions and webhooks, and that a refused request is not counted.
"""

import hashlib
import math
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.sandbox.clock import Clock
from bot.sandbox.discord.rest.calls import Call
from bot.sandbox.discord.world.errors import ApiError
from bot.sandbox.snowflakes import born_at
from bot.sandbox.wire import Json

OLD_EDIT = timedelta(hours=1)
"""From this age on, edits of a message are limited once more."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """A limit of `requests` in `seconds`. A channel, guild or webhook has a window of its own in it."""

    name: str
    requests: int
    seconds: float
    scope: str = "user"
    message: str = "You are being rate limited."
    code: int = 0

    @property
    def hash(self) -> str:
        """The value that names the bucket to clients."""
        return hashlib.blake2b(self.name.encode(), digest_size=16).hexdigest()


_MESSAGE = "/channels/{channel_id}/messages/{message_id}"
_WEBHOOK = "/webhooks/{webhook_id}/{webhook_token}"
_REACTIONS = Bucket("reactions", 1, 0.25)
_WEBHOOKS = Bucket("webhook", 5, 2)

_BUCKETS = {
    ("POST", "/channels/{channel_id}/messages"): Bucket("message-create", 5, 5),
    ("PATCH", _MESSAGE): Bucket("message-edit", 5, 5),
    ("POST", "/channels/{channel_id}/messages/bulk-delete"): Bucket("message-bulk-delete", 1, 3),
    ("POST", "/channels/{channel_id}/typing"): Bucket("typing", 5, 5),
    ("PUT", _MESSAGE + "/reactions/{emoji_name}/@me"): _REACTIONS,
    ("DELETE", _MESSAGE + "/reactions/{emoji_name}/@me"): _REACTIONS,
    ("POST", _WEBHOOK): _WEBHOOKS,
    ("PATCH", _WEBHOOK + "/messages/@original"): _WEBHOOKS,
    ("PATCH", _WEBHOOK + "/messages/{message_id}"): _WEBHOOKS,
}
_DELETIONS = [
    (timedelta(days=14), Bucket("message-delete-old", 30, 4)),
    (timedelta(seconds=10), Bucket("message-delete", 3, 1 / 3)),
    (timedelta(0), Bucket("message-delete-new", 5, 1)),
]
_GLOBAL = Bucket("global", 50, 1, scope="global")
_OLD_EDITS = Bucket(
    "message-edit-old",
    3,
    20,
    message="Maximum number of edits to messages older than 1 hour reached. Try again later",
    code=30046,
)
_FREE_OF_GLOBAL = ("/interactions/", "/webhooks/")


class LimitedError(ApiError):
    """429. `after` is in seconds."""

    def __init__(self, after: float, scope: str, message: str, code: int) -> None:
        super().__init__(429, code, message)
        self._after = after
        self._global = scope == "global"
        self.told = {"Via": "1.1 google", "Retry-After": str(math.ceil(after)), "X-RateLimit-Scope": scope}
        if self._global:
            self.told["X-RateLimit-Global"] = "true"

    @property
    def body(self) -> Json:
        """The response's JSON; `code` only where the limit has one."""
        shape: Json = {"message": self.message, "retry_after": self._after, "global": self._global}
        return shape | {"code": self.code} if self.code else shape

    @property
    def headers(self) -> dict[str, str]:
        """The headers that name Discord as the sender, and tell the time to wait and its scope."""
        return self.told


@dataclass(slots=True)
class _Window:
    ends: datetime
    used: int = 0


@dataclass(eq=False)
class Limits:
    """The limits of one bot. `scale` shortens every window; `windows` are those that may still run.

    Unless they are `enforced`, they only tell of themselves, in headers.
    """

    clock: Clock
    enforced: bool = False
    scale: float = 0.02
    windows: OrderedDict[tuple[str, str], _Window] = field(default_factory=OrderedDict[tuple[str, str], _Window])

    def admit(self, call: Call) -> dict[str, str]:
        """Count a request and return the headers of its answer. Raises LimitedError."""
        now = self.clock.now()
        if self.enforced and not call.template.startswith(_FREE_OF_GLOBAL):
            self._spend(_GLOBAL, "", now)
        bucket = self._bucket(call, now)
        if bucket is None:
            return {}
        key = _resource(call)
        try:
            window = self._spend(bucket, key, now)
            self._check_old_edit(call, key, now)
        except LimitedError as error:
            error.told |= _headers(bucket, self._window(bucket, key, now), now)
            raise
        return _headers(bucket, window, now)

    def _bucket(self, call: Call, now: datetime) -> Bucket | None:
        if (call.method, call.template) != ("DELETE", _MESSAGE):
            return _BUCKETS.get((call.method, call.template))
        age = _age(call, now)
        return next(bucket for oldest, bucket in _DELETIONS if age >= oldest)

    def _check_old_edit(self, call: Call, key: str, now: datetime) -> None:
        if self.enforced and (call.method, call.template) == ("PATCH", _MESSAGE) and _age(call, now) >= OLD_EDIT:
            self._spend(_OLD_EDITS, key, now)

    def _window(self, bucket: Bucket, key: str, now: datetime) -> _Window:
        found = self.windows.get((bucket.name, key))
        if found is None or found.ends <= now:
            self._forget_ended(now)
            found = self.windows[bucket.name, key] = _Window(now + timedelta(seconds=bucket.seconds * self.scale))
        return found

    def _forget_ended(self, now: datetime) -> None:
        """Drop windows from the oldest on, as far as they have ended; the longest holds up the others for its time."""
        while self.windows and next(iter(self.windows.values())).ends <= now:
            self.windows.popitem(last=False)

    def _spend(self, bucket: Bucket, key: str, now: datetime) -> _Window:
        window = self._window(bucket, key, now)
        if window.used >= bucket.requests:
            if not self.enforced:
                return window
            raise LimitedError(_seconds(window, now), bucket.scope, bucket.message, bucket.code)
        window.used += 1
        return window


def _resource(call: Call) -> str:
    """Return the top-level resource of a path: a channel, a guild, or a webhook with its token."""
    names = ("channel_id", "guild_id", "webhook_id", "webhook_token")
    return ":".join(call.values[name] for name in names if name in call.values)


def _age(call: Call, now: datetime) -> timedelta:
    """Tell by its id how old the message of a call is."""
    return max(now - born_at(call.id("message_id")), timedelta(0))


def _seconds(window: _Window, now: datetime) -> float:
    """Return how long a window still lasts, in milliseconds rounded up: who waits that long is not too early."""
    return math.ceil((window.ends - now).total_seconds() * 1000) / 1000


def _headers(bucket: Bucket, window: _Window, now: datetime) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(bucket.requests),
        "X-RateLimit-Remaining": str(bucket.requests - window.used),
        "X-RateLimit-Reset": f"{window.ends.timestamp():.3f}",
        "X-RateLimit-Reset-After": f"{_seconds(window, now):.3f}",
        "X-RateLimit-Bucket": bucket.hash,
    }
