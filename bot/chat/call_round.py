"""`CallRound` is the state of one round of calls: their content, their deadline, and how the newest request stands."""

from dataclasses import dataclass, field, replace
from typing import Final

from bot.chat.calls import Call, CallEnd, Receipt, Usage
from bot.chat.ports.model import Delta, Finish, ModelEvent, Spent, Withdrawn
from bot.chat.profiles import Profile
from bot.chat.window import Context
from bot.errors import ModelError, ModelRejected, ModelTimedOut

_ADAPTATIONS: Final = 32
"""Requests of one round that are repeated in another form. More would mean that the server refuses whatever it is sent: a window
that is halved down to its question needs about twenty."""


@dataclass(slots=True)
class CallRound:
    """The calls of one round: their content, their deadline, and the state of the newest request.

    `key` is the question's, for the log. After the time `until`, in milliseconds, a provider that is down is not waited for.
    `call_id` is the row of the newest request, None when the next request needs a new row. `root_id` is the root conversation,
    which shares one cached prefix with its branches.
    """

    key: int
    call: Call
    context: Context
    root_id: int
    until: int
    call_id: int | None
    model: str = ""
    provider: str = ""
    receipt: Receipt | None = None
    reply_tokens: int = 0
    """The longest answer that the newest request allowed."""
    usage: Usage | None = None
    remarks: tuple[str, ...] = ()
    """Sentences for the asker about the question's files that the newest request leaves out."""
    has_images: bool = False
    """Whether the newest request holds images."""
    without_images: bool = False
    """Whether the server refused an earlier request to its model that held images."""
    heard: bool = False
    """Whether the newest request has brought any event but its usage."""
    written: bool = False
    """Whether any request of the round has brought text that was not withdrawn."""
    adaptations: int = 0
    """How many requests of the round were refused and repeated in another form."""
    tries: int = 0
    """Requests of the round that may have reached the server and failed."""
    waits: int = 0
    """How often the round has waited for a server that is away."""
    paused: float = 0.0
    """Seconds of the pauses between the tries."""
    recoveries: int | None = None
    """The breaker's `recoveries` at the first failure."""
    one_of_several: bool = False
    """Whether the profile has more models than the one that is asked now."""
    has_next: bool = False
    """Whether another model is asked where this one cannot answer."""
    kept: Profile | None = None
    """The profile with the preferred model alone, while another one answers in its place."""
    stale: bool = False
    """Whether people may have changed the window since it was read, because the round has waited."""
    _billed: bool = field(default=False, init=False)

    def sent(self, provider: str, model: str, receipt: Receipt, reply_tokens: int) -> None:
        """Record that a request is being sent."""
        self.provider, self.model, self.receipt, self.reply_tokens = provider, model, receipt, reply_tokens
        self.usage, self.heard, self._billed = None, False, True

    def repeats(self) -> None:
        """Reset the state of the request, because another one will follow."""
        self.call_id = self.receipt = self.usage = None
        self._billed = False
        self.stale = True

    def asks(self, profile: Profile, *, has_next: bool, kept: Profile | None) -> None:
        """Let the model of this profile be asked next. What others were asked before does not count against it."""
        self.context = replace(self.context, profile=profile)
        self.one_of_several, self.has_next, self.kept = True, has_next, kept
        self.moves()

    def moves(self) -> None:
        """Forget how often other servers were asked, and how they refused, because another one is asked next."""
        self.tries = self.adaptations = 0
        self.without_images = False
        self.paused = 0.0
        self.recoveries = None

    def may_adapt(self) -> bool:
        """Record that a refused request is to be repeated in another form. Return False if that was done too often."""
        self.adaptations += 1
        return self.adaptations <= _ADAPTATIONS

    def may_leave_out_images(self, error: ModelRejected) -> bool:
        """Return whether a refused request may be repeated without its images, and record that if the refusal was not learnt.

        A server that refuses images in unknown words, or one image for its form, would refuse every later prompt with it.
        """
        if not self.has_images or self.heard or not self.may_adapt():
            return False
        if error.refused.images:
            return error.adapted
        self.without_images = type(error) is ModelRejected
        return self.without_images

    def hear(self, event: ModelEvent) -> None:
        """Record an event of the newest request."""
        self.heard = self.heard or not isinstance(event, Spent)
        if isinstance(event, Delta):
            self.written = True
        elif isinstance(event, Withdrawn):
            self.written = False
        elif isinstance(event, Finish | Spent):
            self.usage = event.usage

    def refused(self, error: ModelError) -> None:
        """Record that the newest request failed.

        It counts as billed only after an event or a timeout: a server bills nothing for an error response or a failed connection.
        """
        self._billed = self.heard or isinstance(error, ModelTimedOut)

    def end(self, reason: str, completion: int = 0) -> CallEnd:
        """Return the end of the newest request.

        When a billed request reported no usage, the usage is our own count, with `completion` tokens of text.
        """
        if self.receipt is None or not (self._billed or self.usage):
            return CallEnd(reason, self.provider, self.model, self.receipt)
        usage = self.usage or Usage(prompt=self.receipt.tokens, completion=completion)
        return CallEnd(reason, self.provider, self.model, self.receipt, usage, estimated=self.usage is None)
