"""The domain with stand-ins for everything around it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from bot.chat.admission import Admission
from bot.chat.answering import Answering
from bot.chat.attempt_ends import AttemptEnds
from bot.chat.auto_threads import AutoThreads
from bot.chat.branching import Branching
from bot.chat.breaker import Breaker
from bot.chat.budget import TokenBudget
from bot.chat.caller import Caller
from bot.chat.calls import CallRecord
from bot.chat.changing import Changing
from bot.chat.choosing import Choosing
from bot.chat.content import Text
from bot.chat.footers import Footers
from bot.chat.lanes import Lanes
from bot.chat.late_writes import LateWrites
from bot.chat.learnt import ServerIdentity
from bot.chat.model_limits import LearntLimits, learnt_limits
from bot.chat.opting_out import OptingOut
from bot.chat.places import Place
from bot.chat.ports.attempts import NewAttempt
from bot.chat.ports.model import Model
from bot.chat.ports.store import Store
from bot.chat.preparing import Preparing
from bot.chat.profiles import ModelRef, Profile, Profiles
from bot.chat.provider import Provider
from bot.chat.recovery import Recovery
from bot.chat.service import ChatService
from bot.chat.showing import Showing
from bot.chat.slots import Slots, learnt_slots
from bot.chat.tokens import Count
from bot.chat.turns import AnswerState, Asked, Record
from bot.chat.writing import Writing
from bot.config import (
    AccessSettings,
    AnswerSettings,
    ChatSettings,
    Current,
    DiscordSettings,
    LimitSettings,
    RecoverySettings,
)
from tests.contracts.stories import ALICE, GENERAL, begin_after, end, position_of
from tests.fakes.alerts import MemoryAlerts
from tests.fakes.display import MemoryDisplay
from tests.fakes.intake import MemoryIntake
from tests.fakes.model import ScriptedModel
from tests.fakes.profiles import OneProfile
from tests.fakes.state import State
from tests.fakes.store import memory_store
from tests.fakes.surroundings import Categories, Locks, Members, OpenedThreads, Starts

NOW = 10_000_000
PATIENCE_SECONDS = 30
PROVIDER = "default"
PROFILE = Profile("default", "Be kind.", (ModelRef(PROVIDER, "m"),), 1000, 100)


@dataclass(kw_only=True, eq=False)
class House:
    """The domain with stand-ins for everything around it; each service is built when it is first asked for.

    Its model is a script, or one that it is `served_by`. The `others` answer in its place, each on a server of its own.
    """

    state: State = field(default_factory=State)
    store: Store = None  # pyright: ignore[reportAssignmentType] -- by default one in memory, over the state
    model: ScriptedModel = field(default_factory=ScriptedModel)
    served_by: Model | None = None
    others: Sequence[ScriptedModel] = ()
    display: MemoryDisplay = field(default_factory=MemoryDisplay)
    profile: Profile = PROFILE
    prompt_tokens: int = 1000
    count: Count = len
    user_per_minute: int = 0
    model_requests: int = 32
    pauses: tuple[float, ...] = (0.0,)
    discord_pauses: tuple[float, ...] = ()
    write_pauses: tuple[float, ...] = ()
    first_pause_seconds: float = 0
    last_edit_seconds: float = 5
    line_seconds: float = 3600
    burst_seconds: float = 0

    def __post_init__(self) -> None:
        self.store = self.store or memory_store(self.state)
        self.now = NOW
        self.access = Current(AccessSettings())
        self.answers = Current(AnswerSettings())
        self.chat_settings = Current(ChatSettings(burst_seconds=self.burst_seconds))
        self.discord = Current(DiscordSettings())
        self.limits = Current(LimitSettings(user_per_minute=self.user_per_minute))
        self.recovery_settings = Current(RecoverySettings())
        self.intake = MemoryIntake()
        self.roles = Members()
        self.locks = Locks()
        self.threads = OpenedThreads()
        self.starts = Starts()
        self.alerts = MemoryAlerts()
        self.lanes = Lanes(self.limits)
        self.late_writes = LateWrites(self.write_pauses)

    def clock(self) -> int:
        """The time in this house."""
        return self.now

    # ------------------------------------------------------------------------------------ models

    @cached_property
    def providers(self) -> dict[str, Provider]:
        """The servers of the models, by name."""
        served_by = self.served_by or self.model
        first = self._provider(PROVIDER, "http://127.0.0.1", served_by, self.model.reachable)
        others = (
            self._provider(f"other {number}", f"http://other{number}", other, other.reachable)
            for number, other in enumerate(self.others, start=1)
        )
        return {one.name: one for one in (first, *others)}

    def _provider(self, name: str, url: str, model: Model, reachable: Callable[[], Awaitable[bool]]) -> Provider:
        facts, server = self.store.facts, ServerIdentity(url)
        requests = Current(LimitSettings(model_requests=self.model_requests, user_requests=self.model_requests))
        slots = Slots(requests, learnt_slots(facts, server, self.clock))
        return Provider(name, model, slots, learnt_limits(facts, server, self.clock), Breaker(reachable, self.pauses))

    @property
    def breaker(self) -> Breaker:
        """The breaker of the first server."""
        return self.providers[PROVIDER].breaker

    @property
    def slots(self) -> Slots:
        """The slots of the first server."""
        return self.providers[PROVIDER].slots

    @property
    def learnt(self) -> LearntLimits:
        """The learnt limits of the first server's models."""
        return self.providers[PROVIDER].limits

    @cached_property
    def profiles(self) -> Current[Profiles]:
        """The profile, which all models may answer."""
        others = (ModelRef(name, f"m at {name}") for name in self.providers if name != PROVIDER)
        models = (*self.profile.models, *others)
        return Current[Profiles](OneProfile(replace(self.profile, budget=self.prompt_tokens, models=models)))

    # ------------------------------------------------------------------------------------ services

    @cached_property
    def budget(self) -> TokenBudget:
        """The tokens of the day."""
        return TokenBudget(self.store.calls, self.limits, self.clock)

    @cached_property
    def choosing(self) -> Choosing:
        """The choices of people, of which there are none at first."""
        return Choosing(choices=self.store.choices, categories=Categories(), profiles=self.profiles, clock=self.clock)

    @cached_property
    def opting_out(self) -> OptingOut:
        """The opt-outs of people, of which there are none at first."""
        return OptingOut(
            opt_outs=self.store.opt_outs,
            changes=self.store.changes,
            late_writes=self.late_writes,
            clock=self.clock,
            count=self.count,
        )

    @cached_property
    def branching(self) -> Branching:
        """Where threads go on from."""
        return Branching(conversations=self.store.conversations, beginnings=self.starts, clock=self.clock)

    @cached_property
    def showing(self) -> Showing:
        """The answers on the display."""
        return Showing(
            self.store,
            self.display,
            clock=self.clock,
            footers=Footers(self.store.calls, self.answers),
            answers=self.answers,
            threads=AutoThreads(self.store.questions, self.threads, self.discord),
            row_seconds=3600.0,
            pauses=self.discord_pauses,
        )

    @cached_property
    def caller(self) -> Caller:
        """The requests to the models."""
        return Caller(
            attempts=self.store.attempts,
            calls=self.store.calls,
            conversations=self.store.conversations,
            providers=self.providers,
            budget=self.budget,
            clock=self.clock,
            count=self.count,
            alerts=self.alerts,
            blobs=self.store.blobs,
            first_pause_seconds=self.first_pause_seconds,
        )

    @cached_property
    def preparing(self) -> Preparing:
        """The preparation of attempts."""
        return Preparing(
            intake=self.intake,
            choosing=self.choosing,
            branching=self.branching,
            caller=self.caller,
            clock=self.clock,
            count=self.count,
            opted_out=self.opting_out,
        )

    @cached_property
    def ends(self) -> AttemptEnds:
        """The ends of attempts."""
        return AttemptEnds(
            questions=self.store.questions,
            attempts=self.store.attempts,
            caller=self.caller,
            showing=self.showing,
            clock=self.clock,
            count=self.count,
            late_writes=self.late_writes,
        )

    @cached_property
    def writing(self) -> Writing:
        """The way of attempts from their beginning to their end."""
        return Writing(self.caller, self.showing, self.ends, last_edit_seconds=self.last_edit_seconds)

    @cached_property
    def answering(self) -> Answering:
        """The attempts at questions."""
        store = self.store
        return Answering(
            questions=store.questions,
            attempts=store.attempts,
            changes=store.changes,
            admission=Admission(questions=store.questions, intake=self.intake, roles=self.roles, access=self.access),
            hindrances=self.locks,
            preparing=self.preparing,
            writing=self.writing,
            ends=self.ends,
            showing=self.showing,
            lanes=self.lanes,
            late_writes=self.late_writes,
            clock=self.clock,
            recovery=self.recovery_settings,
        )

    @cached_property
    def changing(self) -> Changing:
        """The changes that follow edits and deletions."""
        return Changing(
            changes=self.store.changes,
            questions=self.store.questions,
            answering=self.answering,
            preparing=self.preparing,
            showing=self.showing,
            lanes=self.lanes,
            clock=self.clock,
            count=self.count,
            answers=self.answers,
        )

    @cached_property
    def chat(self) -> ChatService:
        """The actions of people."""
        return ChatService(
            questions=self.store.questions,
            attempts=self.store.attempts,
            conversations=self.store.conversations,
            branching=self.branching,
            answering=self.answering,
            writing=self.writing,
            showing=self.showing,
            lanes=self.lanes,
            budget=self.budget,
            clock=self.clock,
            limits=self.limits,
            chat=self.chat_settings,
            line_seconds=self.line_seconds,
        )

    @cached_property
    def recovery(self) -> Recovery:
        """The recovery of all that a crash left."""
        return Recovery(
            questions=self.store.questions,
            attempts=self.store.attempts,
            calls=self.store.calls,
            answering=self.answering,
            ends=self.ends,
            showing=self.showing,
            lanes=self.lanes,
            clock=self.clock,
        )

    # ------------------------------------------------------------------------------------ what happens in it

    async def hear(self, key: int, text: str = "hello", *, place: Place = GENERAL, at: int = NOW) -> bool:
        """Receive a mention; its answer is queued."""
        self.intake.at_hand[key] = text
        return await self.chat.mention(asked(key, text, place=place, at=at))

    async def settle(self) -> None:
        """Let every queued answer come to its end. Some wait for threads, in which files are counted."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self._is_at_work:  # noqa: ASYNC110 -- nothing tells of it
                await asyncio.sleep(0)

    @property
    def _is_at_work(self) -> bool:
        late = self.showing.late.waiting or self.showing.rows.leaving
        return bool(self.lanes.busy or self.lanes.postponed or late)

    async def answered(self, key: int, text: str = "hello", *, place: Place = GENERAL) -> None:
        """Receive a mention and let its answer come to its end."""
        await self.hear(key, text, place=place)
        await self.settle()

    async def restart(self) -> None:
        """Take up what a crash left, to the end."""
        await self.recovery.start()
        await self.settle()

    def record(self, key: int) -> Record:
        """A question as it is stored."""
        return self.state.by_key(key)

    def answer(self, key: int) -> tuple[AnswerState, str]:
        """State and text of the newest attempt at a question, as they are stored."""
        newest = self.record(key).newest
        assert newest is not None
        return newest.state, newest.text

    def calls(self, key: int) -> list[CallRecord]:
        """The calls of a question, in order."""
        position = self.record(key).question.position
        return [call for call in self.state.calls if call.position == position]

    def sent(self, request: int = -1) -> list[tuple[str, str]]:
        """The prompt of the last request, as role and text."""
        return [(message.role, message.text) for message in self.model.requests[request].prompt]

    # ------------------------------------------------------------------------------------ what a crash left

    async def claimed(self, key: int, at: int = NOW) -> int:
        """A question that was claimed and no more; returns its position."""
        return await position_of(self.store, asked(key, at=at))

    async def begun(self, key: int, *messages: int, at: int = NOW) -> int:
        """A question with an attempt in writing, shown in these messages."""
        position = await self.claimed(key, at)
        beginning = NewAttempt(position, 1, "default", 1100, contents=(Text("Alice: hello"),), tokens=12)
        assert await self.store.attempts.begin(beginning) is not None
        for number, message_id in enumerate(messages, start=1):
            await self.store.displays.sent(position, number, message_id)
        return position

    async def ended(
        self, position: int, text: str, state: AnswerState = AnswerState.DONE, reason: str = "stop", sibling: int = 1
    ) -> None:
        """End an attempt in the store alone."""
        await end(self.store, position, sibling, text, state, reason=reason)

    async def followed(self, position: int, after: int = 1, *, continues: bool = False) -> None:
        """Another attempt in writing."""
        assert await begin_after(self.store, position, after, continues=continues) is not None


def asked(key: int, text: str = "hello", *, place: Place = GENERAL, at: int = NOW) -> Asked:
    """A mention."""
    return Asked(key, place, ALICE, text, at)


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop turn until something is so."""
    for _ in range(10_000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never was so")
