"""The domain with stand-ins for everything around it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.chat.admission import Admission
from bot.chat.answering import Answering
from bot.chat.auto_threads import AutoThreads
from bot.chat.branching import Branching
from bot.chat.breaker import Breaker
from bot.chat.budget import TokenBudget
from bot.chat.caller import Caller
from bot.chat.calls import CallEnd, CallRecord, Receipt, Usage
from bot.chat.changing import Changing
from bot.chat.choosing import Choosing
from bot.chat.content import Text
from bot.chat.footers import Footers
from bot.chat.lanes import Lanes
from bot.chat.late_writes import LateWrites
from bot.chat.learnt import ServerIdentity
from bot.chat.model_limits import learnt_limits
from bot.chat.opting_out import OptingOut
from bot.chat.places import Place, PlaceKind
from bot.chat.ports.attempts import FinishedAttempt, NewAttempt, StartedAttempt
from bot.chat.ports.intake import MessageDeleted, Rendered, Sourced
from bot.chat.ports.model import Model
from bot.chat.ports.questions import Claim
from bot.chat.ports.store import Store
from bot.chat.profiles import ModelOption, ModelRef, Persona, Profile, Profiles
from bot.chat.provider import Provider
from bot.chat.recovery import Recovery
from bot.chat.service import ChatService
from bot.chat.showing import Showing
from bot.chat.slots import LearntSlots, Slots, learnt_slots
from bot.chat.tokens import Count
from bot.chat.turns import Answer, AnswerState, Asked, Author, Question, Record, TurnedDown
from bot.config import (
    DEFAULT,
    AccessSettings,
    AnswerSettings,
    ChatSettings,
    Current,
    DiscordSettings,
    LimitSettings,
    RecoverySettings,
)
from bot.errors import StoreError
from tests.fakes.alerts import MemoryAlerts
from tests.fakes.attempts import MemoryAttempts
from tests.fakes.display import MemoryDisplay
from tests.fakes.model import ScriptedModel
from tests.fakes.questions import MemoryQuestions
from tests.fakes.state import State
from tests.fakes.store import memory_store
from tests.fakes.surroundings import Categories, Locks, Members, OpenedThreads, Starts

GENERAL = Place(1, PlaceKind.CHANNEL, "general", guild_id=9)
ALICE = Author(11, "Alice")
NOW = 10_000_000
PROVIDER = "default"
PROFILE = Profile("default", "Be kind.", (ModelRef(PROVIDER, "m"),), 1000, 100)
END = CallEnd("stop", PROVIDER, "m", Receipt(0, 0, 0, 7, 20, 5), Usage(32, 16, 8, 4, 2))


class Notes:
    """An intake that renders a question as what was said, or as `Alice: again` after a restart.

    `broken` questions fail, `deleted` ones are gone, and of `unstored` ones something cannot be stored, once. `files` are what
    else a question holds, with its remarks. It says when it is `rendering`, and waits for the `gate` where that is closed.
    """

    def __init__(self) -> None:
        self.at_hand: dict[int, str] = {}
        self.files: dict[int, Rendered] = {}
        self.broken: set[int] = set()
        self.unstored: set[int] = set()
        self.deleted: set[int] = set()
        self.rendering = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def render(self, question: Question, *, files: bool = True) -> Rendered:
        """See the port."""
        if not files:
            text = Text(f"Alice: {self.at_hand.pop(question.key, 'again')}")
            return Rendered((text,), unread=question.key in self.files)
        self.rendering.set()
        await self.gate.wait()
        if question.key in self.broken:
            raise RuntimeError("unreadable")
        if question.key in self.unstored:
            self.unstored.remove(question.key)
            raise StoreError("disk full")
        if question.key in self.deleted:
            raise MessageDeleted("gone")
        text = Text(f"Alice: {self.at_hand.pop(question.key, 'again')}")
        more = self.files.pop(question.key, Rendered(()))
        joined = (Sourced(Text(f"\nAlice: {one.text}"), ALICE.id, one.message_id) for one in question.joined)
        return replace(more, contents=(text, *joined, *more.contents))

    def was_deleted(self, message_id: int) -> bool:
        """See the port."""
        return message_id in self.deleted

    async def text_of(self, question: Question) -> str | None:
        """See the port."""
        return self.at_hand.get(question.key)


class OneProfile(Profiles):
    """One profile, whatever is chosen; it has another system text in direct messages."""

    def __init__(self, profile: Profile) -> None:
        option = ModelOption(profile.models, profile.budget, profile.reply_tokens)
        super().__init__({DEFAULT: option}, {DEFAULT: Persona(DEFAULT, profile.system)}, count=len)
        self.profile = profile

    def of(self, model: str, persona: Persona, *, direct: bool) -> Profile | None:
        """See the class."""
        return replace(self.profile, system="Be kind, you two.") if direct else self.profile


class House:
    """The domain with everything around it. Its model is a script, or one that it is `served_by`.

    The `others` answer in its place, each on a server of its own.
    """

    def __init__(
        self,
        *,
        prompt_tokens: int = 1000,
        user_per_minute: int = 0,
        model: ScriptedModel | None = None,
        state: State | None = None,
        store: Store | None = None,
        display: MemoryDisplay | None = None,
        last_edit_seconds: float = 5,
        model_requests: int = 32,
        pauses: tuple[float, ...] = (0.0,),
        discord_pauses: tuple[float, ...] = (),
        write_pauses: tuple[float, ...] = (),
        first_pause_seconds: float = 0,
        served_by: Model | None = None,
        profile: Profile = PROFILE,
        count: Count = len,
        others: Sequence[ScriptedModel] = (),
        line_seconds: float = 3600,
        burst_seconds: float = 0,
    ) -> None:
        self.state = state or State()
        self.store = store or memory_store(self.state)
        self.model = model or ScriptedModel()
        self.display = display or MemoryDisplay()
        self.intake = Notes()
        self.roles = Members()
        self.locks = Locks()
        self.access = Current(AccessSettings())
        self.answers = Current(AnswerSettings())
        self.chat_settings = Current(ChatSettings(burst_seconds=burst_seconds))
        self.limits = Current(LimitSettings(user_per_minute=user_per_minute))
        self.recovery_settings = Current(RecoverySettings())
        self.lanes = Lanes(self.limits)
        self.now = NOW
        self.alerts = MemoryAlerts()
        self.breaker = Breaker(self.model.reachable, pauses)
        store, clock = self.store, self.clock
        self.learnt = learnt_limits(store.facts, ServerIdentity("http://127.0.0.1"), clock)
        requests = Current(LimitSettings(model_requests=model_requests, user_requests=model_requests))
        self.slots = Slots(requests, learnt_slots(store.facts, ServerIdentity("http://127.0.0.1"), clock))
        self.budget = TokenBudget(store.calls, self.limits, clock)
        self.providers = {
            PROVIDER: Provider(PROVIDER, served_by or self.model, self.slots, self.learnt, self.breaker),
            **{
                f"other {number}": Provider(
                    f"other {number}",
                    other,
                    Slots(requests, self._learnt_slots(number)),
                    learnt_limits(store.facts, ServerIdentity(f"http://other{number}"), clock),
                    Breaker(other.reachable, pauses),
                )
                for number, other in enumerate(others, start=1)
            },
        }
        refs = [ModelRef(name, f"m at {name}") for name in list(self.providers)[1:]]
        profile = replace(profile, budget=prompt_tokens, models=(*profile.models, *refs))
        self.threads = OpenedThreads()
        self.discord = Current(DiscordSettings())
        self.showing = Showing(
            store,
            self.display,
            clock=clock,
            footers=Footers(store.calls, self.answers),
            answers=self.answers,
            threads=AutoThreads(store.questions, self.threads, self.discord),
            pauses=discord_pauses,
        )
        self.caller = Caller(
            attempts=store.attempts,
            calls=store.calls,
            conversations=store.conversations,
            providers=self.providers,
            budget=self.budget,
            clock=clock,
            count=count,
            alerts=self.alerts,
            blobs=store.blobs,
            first_pause_seconds=first_pause_seconds,
        )
        self.categories = Categories()
        self.profiles = Current[Profiles](OneProfile(profile))
        self.choosing = Choosing(choices=store.choices, categories=self.categories, profiles=self.profiles, clock=clock)
        self.late_writes = LateWrites(write_pauses)
        self.opting_out = OptingOut(
            opt_outs=store.opt_outs, changes=store.changes, late_writes=self.late_writes, clock=clock, count=count
        )
        self.starts = Starts()
        self.branching = Branching(conversations=store.conversations, beginnings=self.starts, clock=clock)
        self.answering = Answering(
            questions=store.questions,
            attempts=store.attempts,
            intake=self.intake,
            caller=self.caller,
            showing=self.showing,
            choosing=self.choosing,
            branching=self.branching,
            clock=clock,
            count=count,
            admission=Admission(questions=store.questions, intake=self.intake, roles=self.roles, access=self.access),
            hindrances=self.locks,
            recovery=self.recovery_settings,
            last_edit_seconds=last_edit_seconds,
            late_writes=self.late_writes,
            changes=store.changes,
            lanes=self.lanes,
            opted_out=self.opting_out,
        )
        self.changing = Changing(
            changes=store.changes,
            questions=store.questions,
            answering=self.answering,
            showing=self.showing,
            lanes=self.lanes,
            clock=clock,
            count=count,
            answers=self.answers,
        )
        self.chat = ChatService(
            questions=store.questions,
            attempts=store.attempts,
            conversations=store.conversations,
            branching=self.branching,
            answering=self.answering,
            showing=self.showing,
            lanes=self.lanes,
            budget=self.budget,
            clock=clock,
            limits=self.limits,
            chat=self.chat_settings,
            line_seconds=line_seconds,
        )
        self.recovery = Recovery(
            questions=store.questions,
            attempts=store.attempts,
            calls=store.calls,
            answering=self.answering,
            showing=self.showing,
            lanes=self.lanes,
            clock=clock,
        )

    def _learnt_slots(self, number: int) -> LearntSlots:
        return learnt_slots(self.store.facts, ServerIdentity(f"http://other{number}"), self.clock)

    def clock(self) -> int:
        """The time in this house."""
        return self.now

    async def hear(self, key: int, text: str = "hello", *, place: Place = GENERAL, at: int = NOW) -> bool:
        """Receive a mention; its answer is queued."""
        self.intake.at_hand[key] = text
        return await self.chat.mention(asked(key, text, place=place, at=at))

    async def settle(self, turns: int = 2000) -> None:
        """Let every queued answer come to its end, within so many turns of the loop."""
        for _ in range(turns):
            late = self.showing.late.waiting or self.showing.rows.leaving
            if not self.lanes.busy and not self.lanes.postponed and not late:
                return
            await asyncio.sleep(0)
        raise AssertionError("an answer never ended")

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
        claim = await self.store.questions.claim(asked(key, at=at))
        assert claim is not None
        return claim.question.position

    async def writing(self, key: int, *messages: int, at: int = NOW) -> int:
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
        answer = Answer(position, sibling, state, text, len(text), reason, finished_at=2)
        await self.store.attempts.end(FinishedAttempt(answer, END))

    async def followed(self, position: int, after: int = 1, *, continues: bool = False) -> None:
        """Another attempt in writing."""
        beginning = NewAttempt(position, 3, "default", 1100, after=after, continues=after * continues)
        assert await self.store.attempts.begin(beginning) is not None


class BrokenQuestions(MemoryQuestions):
    """Questions whose claim meets a full disk."""

    async def claim(self, asked: Asked, *, per_minute: int = 0, turned_down: TurnedDown | None = None) -> Claim | None:
        """See the port."""
        raise StoreError("disk full")


class BrokenAttempts(MemoryAttempts):
    """Attempts that meet a full disk at one step."""

    def __init__(self, state: State, at: str) -> None:
        super().__init__(state)
        self._at = at

    async def begin(self, beginning: NewAttempt) -> StartedAttempt | None:
        """See the port."""
        if self._at == "begin":
            raise StoreError("disk full")
        return await super().begin(beginning)

    async def end(self, ending: FinishedAttempt) -> None:
        """See the port."""
        if self._at == "end":
            raise StoreError("disk full")
        await super().end(ending)


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
