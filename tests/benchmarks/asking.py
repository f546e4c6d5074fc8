"""How a subject is asked: one mention after another, or a crowd at once; and what one mention took."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median, quantiles
from typing import Final

from bot.sandbox.clock import monotonic
from bot.sandbox.discord.world.channels import Channel
from bot.sandbox.model.vocabularies import O200K
from tests.benchmarks.subjects import Subject

PATIENCE: Final = 60
_MESSAGES: Final = "/channels/{channel_id}/messages"
_BESIDE: Final = {("POST", "/channels/{channel_id}/typing"), ("PATCH", "/channels/{channel_id}/messages/{message_id}")}
"""Calls that hold up no request: the typing indicator, which a slow machine needs, and edits of the answer before."""
_LOGGED_SECONDS: Final = 0.02
"""After what is seen of a call, until the call itself is in the sandbox's log."""
_IDLE_SECONDS: Final = 0.5
_IDLE_SHARE: Final = 0.02
"""A subject that takes less than this share of a core for so long is idle."""
_QUESTION: Final = "@Parley question {:07d}: what does the lighthouse keeper see at night?"
_PROSE: Final = "The keeper looks out over the dark water and counts the lights of the ships that pass the long reef. "


@dataclass(frozen=True, slots=True)
class Pace:
    """How the model answers."""

    name: str
    tokens: int
    first_seconds: float = 0.0
    tokens_per_second: float | None = None

    @property
    def reply(self) -> str:
        """The answer that it gives to everything."""
        return "".join(piece for piece, _ in O200K.parts(_PROSE * self.tokens)[: self.tokens]).strip()


INSTANT: Final = Pace("20 tokens at once", 20)
PACED: Final = Pace("120 tokens at 200/s after 50 ms", 120, 0.05, 200)
SLOW: Final = Pace("120 tokens at 50/s after 50 ms", 120, 0.05, 50)
LONG: Final = Pace("4,000 tokens at once", 4_000)


@dataclass(frozen=True, slots=True)
class Sample:
    """One mention, in seconds: to its model request, from the first token to the first message, from the last to the whole text.

    `rest_before` and `rest` are REST calls before the model request and in all, `messages` what the request held, `parts` what
    the answer takes on Discord, `seconds` how long the model wrote.
    """

    to_request: float
    to_create: float
    to_text: float
    rest_before: int
    rest: int
    messages: int
    parts: int
    seconds: float

    @property
    def rest_too_many(self) -> float:
        """REST calls above one, one a second and one a part."""
        return self.rest - (1 + self.seconds + self.parts)


@dataclass(frozen=True, slots=True)
class Series:
    """A series of measurements: a subject, asked in one set of its channels, after a reset if its history is to be empty."""

    label: str
    subject: Subject
    use: str
    empty: bool = False


@dataclass(slots=True)
class Timing:
    """The samples of a series and what they cost, in CPU seconds of the subject and of the sandbox."""

    label: str
    samples: list[Sample]
    cpu: float = 0.0
    sandbox_cpu: float = 0.0

    @property
    def p50(self) -> float:
        """Milliseconds from a mention to its model request: the median."""
        return median(sample.to_request for sample in self.samples) * 1000

    @property
    def p95(self) -> float:
        """The same that 95 % stay under."""
        times = [sample.to_request for sample in self.samples]
        return (quantiles(times, n=20)[-1] if len(times) > 1 else times[0]) * 1000

    @property
    def text_p50(self) -> float:
        """Milliseconds from the model's last token to the whole text on Discord: the median."""
        return median(sample.to_text for sample in self.samples) * 1000

    @property
    def whole_p50(self) -> float:
        """Milliseconds from a mention to the whole text on Discord: the median."""
        return median(one.to_request + one.seconds + one.to_text for one in self.samples) * 1000

    @property
    def create_p50(self) -> float:
        """Milliseconds from the model's first token to the request that creates the first message: the median."""
        return median(sample.to_create for sample in self.samples) * 1000

    @property
    def rest_before(self) -> int:
        """The REST calls between mention and model request, all together."""
        return sum(sample.rest_before for sample in self.samples)

    @property
    def messages(self) -> str:
        """How many messages a request held: the fewest and the most."""
        sizes = [sample.messages for sample in self.samples]
        return f"{min(sizes)}" if min(sizes) == max(sizes) else f"{min(sizes)}-{max(sizes)}"

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds of the subject a mention."""
        return self.cpu / len(self.samples) * 1000

    @property
    def sandbox_cpu_ms(self) -> float:
        """CPU milliseconds of the measuring process a mention."""
        return self.sandbox_cpu / len(self.samples) * 1000


async def in_rounds(
    series: Sequence[Series], pace: Pace, rounds: int, warm_up: int, pause_seconds: float = 0.0
) -> list[Timing]:
    """Ask every series in turn (A B C A B C …), each channel once a round; the first `warm_up` rounds do not count."""
    timings = [Timing(one.label, []) for one in series]
    for one in series:
        paced(one.subject, pace)
    for number in range(warm_up + rounds):
        for one, timing in zip(series, timings, strict=True):
            if number:
                await asyncio.sleep(pause_seconds)
            measured = await _round(one, pace, number)
            if number >= warm_up:
                timing.samples += measured.samples
                timing.cpu += measured.cpu
                timing.sandbox_cpu += measured.sandbox_cpu
    return timings


async def _round(series: Series, pace: Pace, number: int) -> Timing:
    subject = series.subject
    channels = subject.channels[series.use]
    if series.empty:
        for channel in channels:
            await subject.asker.runs("reset", channel)
    cpu, own = subject.cpu_seconds(), time.process_time()
    samples = [await _ask(subject, channel, pace.reply, number) for channel in channels]
    return Timing(series.label, samples, subject.cpu_seconds() - cpu, time.process_time() - own)


async def _ask(subject: Subject, channel: Channel, reply: str, number: int) -> Sample:
    """Ask once and wait for the whole answer.

    The clock starts when the event is queued for the gateway's socket, which takes it in the loop's next step.
    """
    box, arrivals = subject.box, subject.arrivals
    asked, called = len(arrivals), len(box.discord.calls)
    await subject.asker.says(channel, _QUESTION.format(number))
    written = monotonic()
    await box.until(lambda: shows(subject, channel, reply), PATIENCE)
    shown = monotonic()
    request, received = arrivals[asked], arrivals.times[asked]
    await asyncio.sleep(_LOGGED_SECONDS)
    calls = box.discord.calls[called:]
    before = [call for call in calls if written <= call.at < received and (call.method, call.template) not in _BESIDE]
    creates = [call.at for call in calls if (call.method, call.template) == ("POST", _MESSAGES)]
    began, ended = request.first_chunk_at or received, request.ended_at or shown
    return Sample(
        to_request=received - written,
        to_create=creates[0] - began,
        to_text=shown - ended,
        rest_before=len(before),
        rest=len(calls),
        messages=len(request.messages),
        parts=len(creates),
        seconds=ended - began,
    )


def paced(subject: Subject, pace: Pace) -> None:
    """Let the subject's model answer at this pace from now on."""
    subject.box.model.pace(first_seconds=pace.first_seconds, tokens_per_second=pace.tokens_per_second)
    reply = pace.reply
    subject.box.model.answers(lambda _: reply)


def shows(subject: Subject, channel: Channel, reply: str) -> bool:
    """Whether the newest messages in the channel, since a person's, are the whole reply."""
    said = subject.box.discord.messages(channel)
    first = next((at for at in range(len(said), 0, -1) if not said[at - 1].author.bot), 0)
    text = "".join(one.content for one in said[first:])
    return "".join(text.split()) == "".join(reply.split())


@dataclass(frozen=True, slots=True)
class Crowd:
    """The effect of many mentions at once on a subject. `megabytes` are resident after the first crowd, times in seconds.

    `sandbox_cpu` is what the measuring process spent: both servers, and whoever asks and waits.
    """

    label: str
    mentions: int
    megabytes: float
    seconds: float
    cpu: float
    sandbox_cpu: float

    def __add__(self, later: "Crowd") -> "Crowd":
        """Return the effect of both."""
        return replace(
            self,
            mentions=self.mentions + later.mentions,
            seconds=self.seconds + later.seconds,
            cpu=self.cpu + later.cpu,
            sandbox_cpu=self.sandbox_cpu + later.sandbox_cpu,
        )

    @property
    def per_second(self) -> float:
        """Mentions a second."""
        return self.mentions / self.seconds

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds of the subject a mention."""
        return self.cpu / self.mentions * 1000

    @property
    def sandbox_cpu_ms(self) -> float:
        """CPU milliseconds of the measuring process a mention."""
        return self.sandbox_cpu / self.mentions * 1000


async def crowds(subjects: Sequence[Subject], uses: Sequence[str], waves: int) -> list[Crowd]:
    """Ask the crowds of the subjects in turn (A B C A B C …), each time in the channels of another use.

    A mention of each before them does not count: it loads what is loaded once, the sandbox's tokenizer for instance.
    """
    for subject in subjects:
        await _at_once(subject, subject.channels[uses[0]][:1], waves)
    found = [await crowd(subject, uses[0], waves) for subject in subjects]
    for use in uses[1:]:
        found = [before + await crowd(subject, use, waves) for before, subject in zip(found, subjects, strict=True)]
    return found


async def crowd(subject: Subject, use: str, waves: int) -> Crowd:
    """Ask in all channels at once, `waves` times, each when all answers to the one before are there.

    The CPU of what the subject put off until then counts, too: the bot takes buttons from the answers before.
    """
    channels = subject.channels[use]
    cpu, own, start = subject.cpu_seconds(), time.process_time(), monotonic()
    for number in range(waves):
        await _at_once(subject, channels, number)
    seconds = monotonic() - start
    await _idle(subject)
    return Crowd(
        subject.kind.name,
        waves * len(channels),
        subject.resident_mb(),
        seconds,
        subject.cpu_seconds() - cpu,
        time.process_time() - own,
    )


async def _idle(subject: Subject) -> None:
    """Wait until the subject is idle, so that it does not slow down the next one."""
    spent, before = subject.cpu_seconds(), 0.0
    while spent - before > _IDLE_SHARE * _IDLE_SECONDS:
        await asyncio.sleep(_IDLE_SECONDS)
        spent, before = subject.cpu_seconds(), spent


async def _at_once(subject: Subject, channels: Sequence[Channel], number: int) -> None:
    paced(subject, INSTANT)
    reply = INSTANT.reply
    for channel in channels:
        await subject.asker.says(channel, _QUESTION.format(number))
    for channel in channels:
        await subject.box.until(lambda channel=channel: shows(subject, channel, reply), PATIENCE)
