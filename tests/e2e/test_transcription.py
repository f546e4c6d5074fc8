"""Recordings are transcribed within their limits, and every request for a transcript is in the ledger."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.chat.budget import TokenBudget
from bot.chat.calls import CallRecord, CallState, Purpose, Usage
from bot.chat.learnt import ServerIdentity
from bot.chat.ports.alerts import Alert
from bot.chat.ports.store import Store
from bot.chat.slots import Slots, learnt_slots
from bot.chat.texts import (
    NO_SPEECH,
    NOT_TRANSCRIBED,
    RECORDING_TOO_LARGE,
    RECORDING_TOO_LONG,
    TRANSCRIPTION_BUSY,
    TRANSCRIPTION_DOWN,
    TRANSCRIPTION_REFUSED,
    TRANSCRIPTION_SPENT,
)
from bot.chat.transcribing import MOST_BYTES, Transcribing
from bot.chat.turns import Question
from bot.config import Current, LimitSettings, TranscriptionSettings
from bot.errors import NotTranscribed
from bot.llm.client import connected
from bot.sandbox import NoUsage, Outcome, Sandbox
from bot.store.sqlite.store import opened
from tests.chat.test_recordings import OPUS, WEBM
from tests.contracts.stories import asked
from tests.fakes.alerts import MemoryAlerts
from tests.fakes.state import State
from tests.fakes.store import memory_store
from tests.llm.asking import server_at
from tests.truth.watch import Watch

NAME = "voice-message.ogg"


@dataclass
class Desk:
    """A transcriber on the sandbox's endpoint, with the ledger of a store, for one question."""

    transcribing: Transcribing
    store: Store
    question: Question
    alerts: MemoryAlerts

    async def hears(self, data: bytes = OPUS) -> str:
        """The transcript of a recording."""
        return await self.transcribing.transcribe(data, NAME, self.question)

    async def refuses(self, data: bytes = OPUS) -> str:
        """The sentence that people read about a recording that is left out."""
        with pytest.raises(NotTranscribed) as caught:
            await self.hears(data)
        return caught.value.public

    async def call(self) -> CallRecord:
        """The newest call of the question."""
        found = await self.store.calls.newest(self.question.position)
        assert found is not None
        return found


@pytest.fixture
async def box(watch: Watch) -> AsyncGenerator[Sandbox]:
    """A sandbox whose model accepts any key; what it is asked is held against OpenAI's document."""
    async with watch.sandbox() as sandbox:
        sandbox.model.key = None
        yield sandbox


@asynccontextmanager
async def desk(
    box: Sandbox,
    *,
    store: Store | None = None,
    settings: Mapping[str, float] = {},
    tokens_per_day: int = 0,
) -> AsyncGenerator[Desk]:
    """Open a desk; its store is in memory unless one is given."""
    store, alerts = store or memory_store(State()), MemoryAlerts()
    limits = Current(LimitSettings(model_requests=1, tokens_per_day=tokens_per_day))
    claim = await store.questions.claim(asked(7))
    assert claim is not None
    async with connected(server_at(box.model.base_url)) as client:
        transcribing = Transcribing(
            transcriber=client,
            provider="default",
            model="gpt-transcribe",
            slots=Slots(limits, learnt_slots(store.facts, ServerIdentity("http://127.0.0.1"), lambda: 5)),
            calls=store.calls,
            budget=TokenBudget(store.calls, limits, lambda: 5),
            alerts=alerts,
            clock=lambda: 5,
            settings=Current(TranscriptionSettings.model_validate(settings)),
            first_pause_seconds=0,
        )
        yield Desk(transcribing, store, claim.question, alerts)


@pytest.fixture(params=["sqlite", "memory"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Store]:
    """Each store."""
    async with AsyncExitStack() as stack:
        path = tmp_path / "history.db"
        yield await stack.enter_async_context(opened(path)) if request.param == "sqlite" else memory_store(State())


async def test_a_transcript_is_a_call_of_its_question(box: Sandbox, store: Store) -> None:
    """The recording comes back as text; its call has its purpose, the question, the asker and the reported usage."""
    box.model.audio.hears(" Hello\0 there. ", seconds=7)
    async with desk(box, store=store) as one:
        assert await one.hears() == "Hello\N{REPLACEMENT CHARACTER} there."
        call = await one.call()
    assert (call.purpose, call.position, call.sibling, call.step) == (
        Purpose.TRANSCRIPTION,
        one.question.position,
        0,
        1,
    )
    assert (call.state, call.person_id, call.started_at, call.ended_at, call.reserved) == (
        CallState.CLOSED,
        11,
        5,
        5,
        105,
    )
    assert call.end is not None
    assert (call.end.reason, call.end.provider, call.end.model) == ("stop", "default", "gpt-transcribe")
    assert (call.end.usage, call.end.estimated, call.end.receipt) == (Usage(prompt=70, completion=5), False, None)
    [request] = box.model.audio.requests
    assert (request.filename, request.data) == ("recording.ogg", OPUS)


@pytest.mark.parametrize(
    ("answer", "data", "usage"),
    [
        ('{"text": "Hi", "usage": {"type": "duration", "seconds": 8.01}}', OPUS, Usage(prompt=81)),
        ('{"text": "Hi"}', OPUS, Usage(prompt=70)),
        ('{"text": "Hi"}', WEBM, None),
    ],
)
async def test_a_server_without_tokens_is_charged_by_the_second(
    box: Sandbox, answer: str, data: bytes, usage: Usage | None
) -> None:
    """Seconds of the server's, else of the file's, cost ten tokens each; where nobody knows them, the reserve counts."""
    box.model.audio.answers_raw(answer)
    async with desk(box) as one:
        assert await one.hears(data) == "Hi"
        end = (await one.call()).end
    assert end is not None
    assert (end.usage, end.estimated) == (usage, usage is not None)


async def test_the_ledger_is_open_before_the_request(box: Sandbox, store: Store) -> None:
    """The call's row is open while the server works; when the wait is cancelled, it is closed as stopped and charged."""
    box.model.audio.stalls()
    async with desk(box, store=store) as one:
        task = asyncio.create_task(one.hears())
        await box.until(lambda: box.model.audio.requests)
        assert (await one.call()).state is CallState.OPEN
        task.cancel()
        await asyncio.wait([task])
        call = await one.call()
    assert task.cancelled()
    assert (call.state, call.end and call.end.reason) == (CallState.CLOSED, "stopped")
    assert (call.end and call.end.usage, call.end and call.end.estimated) == (Usage(prompt=70), True)


async def test_a_recording_has_its_time(box: Sandbox) -> None:
    """A server that says nothing is left after `wait_seconds`; the call has timed out, and may be billed."""
    box.model.audio.stalls()
    async with desk(box, settings={"wait_seconds": 0.2}) as one:
        assert await one.refuses() == TRANSCRIPTION_DOWN.format(name=NAME)
        call = await one.call()
    assert (call.step, call.end and call.end.reason, call.end and call.end.usage) == (1, "timed_out", Usage(prompt=70))


async def test_a_failure_that_may_pass_is_tried_once_more(box: Sandbox) -> None:
    """An error of the server's is tried once more; each request has its row, and the refused one costs nothing."""
    box.model.audio.fails(503)
    async with desk(box) as one:
        assert await one.hears()
        assert (await one.call()).step == 2
        spending = await one.store.calls.spending(since=0, until=9)
    assert [request.outcome for request in box.model.audio.requests] == [Outcome.REFUSED, Outcome.ANSWERED]
    usage = (await one.call()).end
    assert usage is not None
    assert usage.usage is not None
    assert spending.settled == usage.usage.prompt + usage.usage.completion


@pytest.mark.parametrize(
    ("status", "code", "public", "requests"),
    [
        (500, None, TRANSCRIPTION_DOWN, 2),
        (429, "rate_limit_exceeded", TRANSCRIPTION_BUSY, 2),
        (401, "invalid_api_key", TRANSCRIPTION_REFUSED, 1),
        (429, "insufficient_quota", TRANSCRIPTION_REFUSED, 1),
        (404, "model_not_found", TRANSCRIPTION_REFUSED, 1),
        (400, None, NOT_TRANSCRIBED, 1),
    ],
)
async def test_people_read_why_a_recording_is_left_out(
    *, box: Sandbox, status: int, code: str | None, public: str, requests: int
) -> None:
    """Each kind of error has a sentence that names the recording, and none of the provider's words."""
    box.model.audio.fails(status, code=code, message="our secret words", headers={"retry-after": "0"}, times=None)
    async with desk(box) as one:
        assert await one.refuses() == public.format(name=NAME)
        assert (await one.call()).end is not None
        assert (Alert.KEY_REJECTED in one.alerts.told) is (status == 401)
    assert len(box.model.audio.requests) == requests


async def test_a_pause_that_is_too_long_is_not_waited_for(box: Sandbox) -> None:
    """A server that wants to be left alone for a minute is not asked again."""
    box.model.audio.fails(429, code="rate_limit_exceeded", headers={"retry-after": "60"})
    async with desk(box) as one:
        assert await one.refuses() == TRANSCRIPTION_BUSY.format(name=NAME)
    assert len(box.model.audio.requests) == 1


async def test_silence_is_said(box: Sandbox) -> None:
    """A recording without speech is left out, and said."""
    box.model.audio.hears(" \n")
    async with desk(box) as one:
        assert await one.refuses() == NO_SPEECH.format(name=NAME)


async def test_what_cannot_be_transcribed_is_not_sent(box: Sandbox) -> None:
    """A file of no known format, one of more than 25 MB and one that is too long cost nothing: no row and no request."""
    async with desk(box, settings={"max_seconds": 6}) as one:
        assert await one.refuses(b"hello") == NOT_TRANSCRIBED.format(name=NAME)
        assert await one.refuses(WEBM + bytes(MOST_BYTES)) == RECORDING_TOO_LARGE.format(name=NAME)
        assert await one.refuses() == RECORDING_TOO_LONG.format(name=NAME, most="10 seconds")
        assert await one.store.calls.newest(one.question.position) is None
    assert box.model.audio.requests == []


async def test_the_largest_recording_is_taken(box: Sandbox) -> None:
    """A recording of exactly the most bytes fits into the request that OpenAI takes."""
    async with desk(box) as one:
        assert await one.hears(WEBM + bytes(MOST_BYTES - len(WEBM)))


async def test_a_transcript_counts_in_the_tokens_of_the_day(box: Sandbox) -> None:
    """A recording whose reserve passes the tokens of the day is not sent; its row is closed and costs nothing."""
    async with desk(box, tokens_per_day=100) as one:
        assert await one.refuses() == TRANSCRIPTION_SPENT.format(name=NAME)
        end = (await one.call()).end
    assert end is not None
    assert (end.reason, end.usage) == ("tokens_spent", Usage())
    assert box.model.audio.requests == []


async def test_recordings_take_a_slot_each(box: Sandbox) -> None:
    """With one slot, the second recording is sent when the first is done."""
    box.model.speaks(NoUsage())
    box.model.audio.delays(0.05)
    async with desk(box) as one:
        first, second = asyncio.create_task(one.hears()), asyncio.create_task(one.hears())
        await box.until(lambda: box.model.audio.requests)
        await asyncio.gather(first, second)
    early, late = box.model.audio.requests
    assert early.ended_at is not None
    assert early.ended_at <= late.at
