"""The way of a mention, and what people do with conversations, on stand-ins for the ports."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

import pytest

from bot.chat import service, writing
from bot.chat.lanes import Lanes
from bot.chat.ports import Begun, Claim, Delta, Finish, Left, Outcome, Request
from bot.chat.service import ChatRules, ChatService
from bot.chat.turns import AnswerState, Asked, Author, Place, PlaceKind, Usage
from bot.errors import (
    DisplayError,
    DisplayRefused,
    ModelBusy,
    ModelContextExceeded,
    ModelCutOff,
    ModelError,
    ModelKeyRejected,
    ModelSilent,
    StoreError,
)
from tests.fakes import MemoryDisplay, MemoryStore, ScriptedModel

GENERAL = Place(1, PlaceKind.CHANNEL, "general", guild_id=9)
ALICE = Author(11, "Alice")
NOW = 10_000_000


class House:
    """A service with everything around it."""

    def __init__(
        self,
        *,
        prompt_tokens: int = 1000,
        user_per_minute: int = 0,
        model: ScriptedModel | None = None,
        store: MemoryStore | None = None,
        last_edit_seconds: float = 5,
    ) -> None:
        self.store = store or MemoryStore()
        self.model = model or ScriptedModel()
        self.display = MemoryDisplay()
        self.lanes = Lanes()
        rules = ChatRules(
            system="Be kind.",
            prompt_tokens=prompt_tokens,
            count=len,
            user_per_minute=user_per_minute,
            last_edit_seconds=last_edit_seconds,
        )
        self.chat = ChatService(
            store=self.store, model=self.model, display=self.display, clock=lambda: NOW, lanes=self.lanes, rules=rules
        )

    async def hear(self, message_id: int, text: str = "hello") -> None:
        """Receive a mention; its answer is queued."""
        await self.chat.mention(asked(message_id, text), said(text))

    async def settle(self) -> None:
        """Let every queued answer come to its end."""
        for _ in range(1000):
            if not self.lanes.busy:
                return
            await asyncio.sleep(0)
        raise AssertionError("an answer never ended")

    def answer(self, message_id: int) -> tuple[AnswerState, str]:
        """How the newest attempt at a question stands in the store."""
        position = next(p for p, q in self.store.questions.items() if q.message_id == message_id)
        newest = self.store.answers[position][-1]
        return newest.state, newest.text


class BrokenStore(MemoryStore):
    """A store whose disk is full at one step."""

    def __init__(self, at: str) -> None:
        super().__init__()
        self._at = at

    def _check(self, step: str) -> None:
        if step == self._at:
            raise StoreError("disk full")

    async def claim(self, asked: Asked, *, per_minute: int = 0, refused: bool = False) -> Claim | None:
        """See the port."""
        self._check("claim")
        return await super().claim(asked, per_minute=per_minute, refused=refused)

    async def begin(self, position: int, prompt: str, tokens: int, *, model: str, at: int) -> Begun:
        """See the port."""
        self._check("begin")
        return await super().begin(position, prompt, tokens, model=model, at=at)

    async def finish(self, position: int, sibling: int, outcome: Outcome, *, at: int) -> None:
        """See the port."""
        self._check("finish")
        await super().finish(position, sibling, outcome, at=at)


class EndlessModel(ScriptedModel):
    """A model that says what it was told to and then never ends."""

    def __init__(self, script: list[list[str | ModelError | Finish]]) -> None:
        super().__init__(script)
        self.silent = asyncio.Event()

    async def stream(self, request: Request) -> AsyncGenerator[Delta | Finish, None]:
        """See the port."""
        async with aclosing(super().stream(request)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Finish):
                    self.silent.set()
                    await asyncio.Event().wait()
                yield piece


def asked(message_id: int, text: str = "hello", at: int = NOW) -> Asked:
    """A mention."""
    return Asked(message_id, GENERAL, ALICE, text, at)


def said(text: str) -> Callable[[], Awaitable[str]]:
    """A rendering that was not hard."""

    async def render() -> str:
        return f"Alice: {text}"

    return render


def stored(_: Left) -> Callable[[], Awaitable[str]]:
    """What recovery renders."""
    return said("again")


async def test_a_mention_is_answered_from_the_history() -> None:
    """The bot would answer nothing, or without memory."""
    house = House()
    await house.hear(100, "my name is Ann")
    await house.hear(200, "who am I?")
    await house.settle()
    assert [(m.role, m.content) for m in house.model.requests[1].messages] == [
        ("system", "Be kind."),
        ("user", "Alice: my name is Ann"),
        ("assistant", "answer 1"),
        ("user", "Alice: who am I?"),
    ]
    assert house.display.finished == {100: ("answer 1", ""), 200: ("answer 2", "")}
    assert house.answer(200) == (AnswerState.DONE, "answer 2")


async def test_a_mention_that_comes_twice_is_answered_once() -> None:
    """A replayed gateway event would cost twice and be answered twice."""
    house = House()
    await house.hear(100)
    await house.hear(100)
    await house.settle()
    assert len(house.model.requests) == 1


async def test_the_answer_is_shown_while_it_grows() -> None:
    """People would look at nothing until the whole answer is there."""
    house = House()
    house.model.script = [["one ", "two ", "three", Finish("stop", Usage(5, 0, 3))]]
    await house.hear(100)
    await house.settle()
    assert house.display.seen[100] == ["one ", "one two ", "one two three"]
    assert house.store.answers[1][0].usage == Usage(5, 0, 3)
    assert house.store.answers[1][0].shown_at == NOW


async def test_an_emoji_cut_in_two_by_the_stream_is_whole_again() -> None:
    """Servers that cut emoji into halves would leave question marks in every answer."""
    house = House()
    house.model.script = [["a \ud83d", "\ude00 b \ud83d", " c"]]
    await house.hear(100)
    await house.settle()
    assert house.display.finished[100] == ("a \U0001f600 b \ufffd c", "")


async def test_too_many_questions_get_one_notice() -> None:
    """One person could flood a channel, with our notices on top."""
    house = House(user_per_minute=2)
    for message_id in (100, 200, 300, 400):
        await house.hear(message_id)
    await house.settle()
    assert len(house.model.requests) == 2
    assert house.display.notices == [(300, service.TOO_MANY)]


async def test_what_cannot_be_answered_is_turned_down_once() -> None:
    """An empty mention would be met with silence, or with two hints."""
    house = House()
    await house.chat.turn_down(asked(100), "ask something")
    await house.chat.turn_down(asked(100), "ask something")
    assert house.display.notices == [(100, "ask something")]
    await house.hear(200)
    await house.settle()
    assert len(house.model.requests[0].messages) == 2


@pytest.mark.parametrize("error", [ModelBusy("…"), ModelKeyRejected("…"), ModelSilent("…")])
async def test_an_error_before_any_text_is_said_in_our_words(error: ModelBusy) -> None:
    """People would see nothing, or a provider's words."""
    house = House()
    house.model.script = [[error]]
    await house.hear(100)
    await house.settle()
    assert house.display.notices == [(100, error.public)]
    assert house.answer(100) == (AnswerState.FAILED, "")
    assert house.store.answers[1][0].shown_at == NOW


async def test_an_error_after_text_keeps_the_text() -> None:
    """A connection that breaks near the end would take a long answer with it."""
    house = House()
    house.model.script = [["half an", ModelCutOff("…")]]
    await house.hear(100)
    await house.settle()
    assert house.display.finished[100] == ("half an", ModelCutOff.public)
    assert house.answer(100) == (AnswerState.INTERRUPTED, "half an")
    await house.hear(200)
    await house.settle()
    assert "half an" in [m.content for m in house.model.requests[1].messages]


@pytest.mark.parametrize(
    ("pieces", "text", "note"),
    [
        (["long", Finish("length", None)], "long", writing.CUT_BY_LENGTH),
        (["bad", Finish("content_filter", None)], "bad", writing.FILTERED),
    ],
)
async def test_odd_ends_are_remarked(pieces: list[str | Finish], text: str, note: str) -> None:
    """A cut answer would pass for a whole one."""
    house = House()
    house.model.script = [[*pieces]]
    await house.hear(100)
    await house.settle()
    assert house.display.finished[100] == (text, note)
    assert house.answer(100) == (AnswerState.DONE, text)


@pytest.mark.parametrize(
    ("pieces", "notice"),
    [
        (["  \n", Finish("stop", None)], ModelSilent.public),
        ([Finish("stop", None)], ModelSilent.public),
        ([Finish("content_filter", None)], writing.FILTERED),
    ],
)
async def test_an_empty_answer_is_said_to_be_empty(pieces: list[str | Finish], notice: str) -> None:
    """The asker would wait for ever for an answer of white space."""
    house = House()
    house.model.script = [[*pieces]]
    await house.hear(100)
    await house.settle()
    assert house.display.notices == [(100, notice)]
    assert house.answer(100) == (AnswerState.FAILED, "")


async def test_a_context_smaller_than_the_budget_is_met_with_one_more_trim() -> None:
    """A local model with a small context would answer nothing once a conversation is long."""
    house = House(prompt_tokens=400)
    for message_id in (100, 200, 300, 400):
        await house.hear(message_id, "x" * 50)
    await house.settle()
    house.model.script = [[ModelContextExceeded("…")], ["fits"]]
    await house.hear(500, "y" * 50)
    await house.settle()
    before, after = house.model.requests[-2:]
    assert len(after.messages) < len(before.messages)
    assert after.messages[-1] == before.messages[-1]
    assert house.answer(500) == (AnswerState.DONE, "fits")
    assert house.store.all_conversations[1].window_from > 1


async def test_a_context_that_is_exceeded_twice_is_said() -> None:
    """A request that can never fit would be repeated for ever."""
    house = House()
    house.model.script = [[ModelContextExceeded("…")], [ModelContextExceeded("…")]]
    await house.hear(100)
    await house.settle()
    assert house.display.notices == [(100, ModelContextExceeded.public)]
    assert len(house.model.requests) == 2


async def test_a_context_that_is_exceeded_in_the_middle_is_not_begun_again() -> None:
    """The beginning of an answer would stand there twice."""
    house = House()
    house.model.script = [["half", ModelContextExceeded("…")]]
    await house.hear(100)
    await house.settle()
    assert house.display.finished[100] == ("half", ModelCutOff.public)
    assert len(house.model.requests) == 1


async def test_a_question_larger_than_the_budget_is_cut_and_stays_cut() -> None:
    """A very long question would be refused by the model instead of answered."""
    house = House(prompt_tokens=200)
    await house.hear(100, "x" * 5000)
    await house.settle()
    sent = house.model.requests[0].messages[-1].content
    assert "left out here" in sent
    assert house.store.questions[1].prompt == sent


async def test_an_unforeseen_failure_ends_in_a_friendly_line() -> None:
    """A defect of ours would leave the asker without a word and the channel without the bot."""
    house = House()

    async def render() -> str:
        return "a" * 10

    house.model.script = [["text", Finish("stop", None)]]
    house.model.script[0].insert(0, None)  # pyright: ignore[reportArgumentType] -- a piece that is none
    await house.chat.mention(asked(100), render)
    await house.settle()
    assert house.display.notices == [(100, ModelError.public)]
    await house.hear(200)
    await house.settle()
    assert house.answer(200)[0] is AnswerState.DONE


async def test_a_display_that_refuses_loses_nothing() -> None:
    """A channel deleted in mid-answer would take the answer out of the history."""
    house = House()
    house.display.error = DisplayError("refused")
    await house.hear(100)
    await house.settle()
    assert house.answer(100) == (AnswerState.DONE, "answer 1")
    assert house.store.answers[1][0].shown_at is None
    await house.chat.turn_down(asked(300), "no")
    house.model.script = [[ModelBusy("…")]]
    await house.hear(200)
    await house.settle()
    assert house.answer(200) == (AnswerState.FAILED, "")


async def test_shutdown_stores_what_was_written() -> None:
    """Stopping the bot would lose the answer that it was writing."""
    model = EndlessModel([["so far"]])
    house = House(model=model)
    await house.hear(100)
    await model.silent.wait()
    await house.lanes.drain(0)
    assert house.answer(100) == (AnswerState.INTERRUPTED, "so far")
    assert house.display.finished[100] == ("so far", writing.STOPPED)


async def test_reset_and_undo_go_to_the_store() -> None:
    """The commands would do nothing."""
    house = House()
    assert await house.chat.reset(GENERAL, 11) is None
    await house.hear(100)
    await house.settle()
    fresh = await house.chat.reset(GENERAL, 11)
    assert fresh is not None
    assert await house.chat.opened_by(fresh.opened.id) == 11
    assert await house.chat.undo(fresh.opened.id)
    assert not await house.chat.undo(fresh.opened.id)


async def test_a_half_written_answer_is_ended_after_a_crash() -> None:
    """After a crash half an answer would stand there as if it were whole."""
    house = House()
    claim = await house.store.claim(asked(100))
    assert claim is not None
    await house.store.begin(1, "Alice: hello", 5, model="m", at=1)
    await house.store.add_part(1, 1, 0, 101)
    await house.chat.recover(stored)
    await house.settle()
    assert house.answer(100) == (AnswerState.INTERRUPTED, "part 101")
    assert house.display.finished[100] == ("part 101", writing.STOPPED)
    assert house.model.requests == []


async def test_an_answer_that_had_not_begun_to_show_is_said_to_have_failed() -> None:
    """After a crash the asker would wait for an answer that nobody writes."""
    house = House()
    await house.store.claim(asked(100))
    await house.store.begin(1, "Alice: hello", 5, model="m", at=1)
    await house.chat.recover(stored)
    await house.settle()
    assert house.display.notices == [(100, writing.STOPPED_EARLY)]
    assert house.answer(100) == (AnswerState.FAILED, "")


@pytest.mark.parametrize(
    ("outcome", "finished", "notices"),
    [
        (Outcome(AnswerState.DONE, "whole", 1), {100: ("whole", "")}, []),
        (Outcome(AnswerState.INTERRUPTED, "half", 1), {100: ("half", ModelCutOff.public)}, []),
        (Outcome(AnswerState.FAILED, "", 0), {}, [(100, ModelError.public)]),
    ],
)
async def test_an_answer_that_ended_but_was_not_shown_gets_its_last_edit(
    outcome: Outcome, finished: dict[int, tuple[str, str]], notices: list[tuple[int, str]]
) -> None:
    """A crash between the store and the last edit would leave Discord behind for ever."""
    house = House()
    await house.store.claim(asked(100))
    await house.store.begin(1, "Alice: hello", 5, model="m", at=1)
    await house.store.finish(1, 1, outcome, at=2)
    await house.chat.recover(stored)
    await house.settle()
    assert house.display.finished == finished
    assert house.display.notices == notices
    assert house.store.answers[1][0].shown_at == NOW
    assert list(await house.store.left_open()) == []


async def test_a_young_question_that_was_never_begun_is_answered() -> None:
    """A crash right after a mention arrived would leave it without an answer."""
    house = House()
    await house.store.claim(asked(100))
    await house.chat.recover(stored)
    await house.settle()
    assert house.display.finished == {100: ("answer 1", "")}
    assert house.model.requests[0].messages[-1].content == "Alice: again"


async def test_an_old_question_is_closed_with_one_line() -> None:
    """After a day of downtime the bot would answer what nobody remembers asking."""
    house = House()
    await house.store.claim(asked(100, at=NOW - 901_000))
    await house.chat.recover(stored)
    await house.settle()
    assert house.display.notices == [(100, service.TOO_OLD)]
    assert house.model.requests == []
    await house.chat.recover(stored)
    await house.settle()
    assert len(house.display.notices) == 1


async def test_an_old_failure_is_not_brought_up_again() -> None:
    """A channel that was closed to the bot for a month would be greeted with last month's excuses."""
    house = House()
    await house.store.claim(asked(100, at=NOW - 901_000))
    await house.store.begin(1, "Alice: hello", 5, model="m", at=1)
    await house.store.finish(1, 1, Outcome(AnswerState.FAILED, "", 0), at=2)
    await house.chat.recover(stored)
    await house.settle()
    assert house.display.notices == []
    assert list(await house.store.left_open()) == []


async def test_what_discord_refuses_for_good_is_tried_once() -> None:
    """Each start would try again what can never be shown, for as long as the bot lives."""
    house = House()
    house.display.error = DisplayRefused("no")
    await house.store.claim(asked(100))
    await house.store.begin(1, "Alice: hello", 5, model="m", at=1)
    await house.store.add_part(1, 1, 0, 101)
    await house.chat.recover(stored)
    await house.settle()
    assert house.answer(100)[0] is AnswerState.FAILED
    assert list(await house.store.left_open()) == []


async def test_a_store_that_fails_is_said() -> None:
    """With a full disk the bot would be silent, and nobody would know why."""
    house = House(store=BrokenStore(at="claim"))
    await house.hear(100)
    assert house.display.notices == [(100, ModelError.public)]
    house = House(store=BrokenStore(at="begin"))
    await house.hear(100)
    await house.settle()
    assert house.display.notices == [(100, ModelError.public)]
    assert list(await house.store.left_open()) == []


async def test_an_answer_that_cannot_be_stored_is_still_shown() -> None:
    """With a full disk the answer that was paid for would be thrown away."""
    house = House(store=BrokenStore(at="finish"))
    await house.hear(100)
    await house.settle()
    assert house.display.finished[100] == ("answer 1", service.NOT_KEPT)


async def test_half_the_budget_that_leaves_no_room_is_said_as_what_it_is() -> None:
    """A long system prompt would turn a clear message into an unforeseen error."""
    house = House(prompt_tokens=60)
    house.model.script = [[ModelContextExceeded("…")]]
    await house.hear(100, "x" * 30)
    await house.settle()
    assert house.display.notices == [(100, ModelContextExceeded.public)]


async def test_a_large_answer_is_counted_without_holding_up_the_others() -> None:
    """Counting one long answer would make every other channel wait."""
    house = House()
    house.model.script = [["x" * 20_000]]
    await house.hear(100)
    await asyncio.wait_for(house.lanes.drain(10), 10)
    assert house.store.answers[1][0].tokens == 20_000


async def test_a_stop_that_cannot_even_make_the_last_edit_is_a_stop() -> None:
    """A Discord that does not answer would turn every stop into a traceback."""
    model = EndlessModel([["so far"]])
    house = House(model=model, last_edit_seconds=0.01)
    house.display.hangs = True
    await house.hear(100)
    await model.silent.wait()
    await house.lanes.drain(0)
    assert house.answer(100) == (AnswerState.INTERRUPTED, "so far")


async def test_recovery_goes_on_where_discord_refuses() -> None:
    """One deleted channel would keep the bot from starting."""
    house = House()
    house.display.error = DisplayError("refused")
    await house.store.claim(asked(100))
    await house.store.begin(1, "Alice: hello", 5, model="m", at=1)
    await house.store.add_part(1, 1, 0, 101)
    await house.store.claim(asked(200, at=0))
    await house.chat.recover(stored)
    await house.settle()
    assert house.model.requests == []
