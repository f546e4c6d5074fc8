"""The window of any conversation fits its budget, holds whole exchanges, and has a prefix that providers can cache."""

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat import tokens
from bot.chat.content import PromptMessage, Role, Text, ToolCall, ToolResult, plain
from bot.chat.cutting import cut_middle
from bot.chat.profiles import ModelRef, Profile
from bot.chat.tokens import MESSAGE_OVERHEAD, REPLY_PRIMER, Count
from bot.chat.turns import Exchange
from bot.chat.window import GO_ON, Context, Window, fit, low_water

PROFILE = Profile("default", "You are kind.", (ModelRef("default", "m"),), 1000, 100)
MARK = re.compile(r"\n\[… (\d+) characters left out here …\]\n")
WORDS = "lorem ipsum dolor sit amet, consectetur adipiscing elit. Grüße aus 東京 👋 "

Sizes = tuple[int, int | None]
"""The length of a question and of its answer; None where it got none."""


def exchange(position: int, sizes: Sizes, count: Count = len, letters: str = "x") -> Exchange:
    """An exchange of texts that name their position, counted as the service counts them."""
    prompt = _text(f"q{position} ", sizes[0], letters)
    text = _text(f"a{position} ", sizes[1], letters) if sizes[1] else ""
    answer = (plain(Role.ASSISTANT, text),) if text else ()
    return Exchange(position, plain(Role.USER, prompt), answer, count(prompt) + count(text))


def _text(start: str, size: int, letters: str) -> str:
    return (start + letters * (size // len(letters) + 1))[: max(size, len(start))]


def asked(one: Exchange, count: Count = len) -> Exchange:
    """The exchange before it has an answer."""
    return replace(one, answer=(), tokens=count(one.question.text))


def context(exchanges: Sequence[Exchange], window_from: int = 0, so_far: str = "", count: Count = len) -> Context:
    """The messages that may be sent for the last of these exchanges."""
    return Context(PROFILE, window_from, [*exchanges[:-1], asked(exchanges[-1], count)], so_far)


def cost(prompt: Sequence[PromptMessage], count: Count = len) -> int:
    """The tokens of a prompt, counted anew from what is sent."""
    return sum(count(message.text) + MESSAGE_OVERHEAD for message in prompt) + REPLY_PRIMER


def positions(window: Window) -> list[int]:
    """The exchanges that the window holds."""
    return [int(message.text[1:].split()[0]) for message in window.prompt if message.role == "user"]


SIZES = st.tuples(st.integers(3, 600), st.none() | st.integers(0, 600))
BUDGETS = st.integers(150, 4000)


@st.composite
def conversations(draw: st.DrawFn) -> list[Exchange]:
    """Up to twelve exchanges with growing positions; other places' turns leave gaps between them."""
    drawn = draw(st.lists(st.tuples(SIZES, st.integers(1, 3)), min_size=1, max_size=12))
    position = 0
    made: list[Exchange] = []
    for sizes, gap in drawn:
        position += gap
        made.append(exchange(position, sizes))
    return made


@given(conversations(), BUDGETS, st.integers(0, 20))
@settings(max_examples=200)
def test_a_prompt_is_never_over_budget_and_its_receipt_is_true(
    exchanges: list[Exchange], budget: int, window_from: int
) -> None:
    """A prompt costs what its receipt says, at most the budget."""
    window = fit(context(exchanges, window_from), budget, len)

    assert window.receipt.tokens == cost(window.prompt) <= budget
    assert window.receipt.system_tokens == cost(window.prompt[:1])
    assert window.receipt.question_tokens == cost(window.prompt[-1:]) - REPLY_PRIMER


@given(st.lists(SIZES, min_size=1, max_size=8), st.integers(80, 400))
@settings(max_examples=50, deadline=None)
def test_a_prompt_is_never_over_budget_in_real_tokens(sizes: list[Sizes], budget: int) -> None:
    """The budget holds in the tokens of a real vocabulary too."""
    exchanges = [exchange(n, size, tokens.count, WORDS) for n, size in enumerate(sizes, start=1)]

    window = fit(context(exchanges, count=tokens.count), budget, tokens.count)

    assert window.receipt.tokens == cost(window.prompt, tokens.count) <= budget


@given(conversations(), BUDGETS, st.integers(0, 20))
@settings(max_examples=200)
def test_the_newest_question_is_always_sent_last(exchanges: list[Exchange], budget: int, window_from: int) -> None:
    """The newest question ends the prompt: whole, or with a mark where as many characters are missing as the receipt says."""
    question = exchanges[-1].question.text

    window = fit(context(exchanges, window_from), budget, len)

    assert window.prompt[-1].role is Role.USER
    sent = window.prompt[-1].text
    if (mark := MARK.search(sent)) is None:
        assert (sent, window.receipt.cut) == (question, 0)
    else:
        assert question.startswith(sent[: mark.start()])
        assert question.endswith(sent[mark.end() :])
        assert len(sent) - len(mark[0]) + int(mark[1]) == len(question)
        assert window.receipt.cut == int(mark[1])


@given(conversations(), BUDGETS, st.integers(0, 20))
@settings(max_examples=200)
def test_every_answer_follows_its_question(exchanges: list[Exchange], budget: int, window_from: int) -> None:
    """A prompt is the system text, then whole exchanges in order, then the question."""
    window = fit(context(exchanges, window_from), budget, len)

    assert window.prompt[0] == plain(Role.SYSTEM, PROFILE.system)
    answers = {one.position for one in exchanges[:-1] if one.answer}
    expected: list[str] = []
    for position in positions(window):
        expected += [f"q{position}", *([f"a{position}"] if position in answers else [])]
    assert [message.text.split()[0] for message in window.prompt[1:]] == expected
    assert [m.role for m in window.prompt[1:]] == ["user" if w.startswith("q") else "assistant" for w in expected]


@given(conversations(), BUDGETS, st.integers(0, 20))
@settings(max_examples=200)
def test_the_window_is_the_end_of_the_conversation_without_gaps(
    exchanges: list[Exchange], budget: int, window_from: int
) -> None:
    """The window has the newest exchanges and no gap; the receipt counts those that were left out."""
    window = fit(context(exchanges, window_from), budget, len)

    held = positions(window)
    assert held == [one.position for one in exchanges][-len(held) :]
    assert window.receipt.dropped == len(exchanges) - len(held)
    assert all(position >= window_from for position in held[:-1])


@given(conversations(), BUDGETS)
@settings(max_examples=200)
def test_a_trim_goes_down_to_the_low_water_mark_and_no_further(exchanges: list[Exchange], budget: int) -> None:
    """A trim moves the anchor to the first exchange with which the window is at most the low-water mark."""
    window = fit(context(exchanges), budget, len)

    low, receipt = low_water(budget), window.receipt
    if not receipt.dropped:
        assert receipt.window_from == 0
        return
    held = positions(window)
    assert receipt.window_from == held[0]
    assert receipt.tokens <= low or held == [exchanges[-1].position]
    last_dropped = exchanges[receipt.dropped - 1]
    said = [last_dropped.question, *last_dropped.answer]
    assert receipt.tokens + sum(len(message.text) + MESSAGE_OVERHEAD for message in said) > low


@pytest.mark.parametrize(
    ("budget", "low"), [(8000, 4000), (2400, 1200), (2000, 1200), (1500, 1200), (1000, 800), (200, 160)]
)
def test_a_small_window_keeps_more_of_itself(budget: int, low: int) -> None:
    """The low-water mark is half of the budget, at least 1,200 tokens, at most four fifths."""
    assert low_water(budget) == low


class Place:
    """A conversation as it goes on, with the anchor stored after each request, as the service does."""

    def __init__(self, budget: int, count: Count = len) -> None:
        self.budget = budget
        self.count = count
        self.window_from = 0
        self.exchanges: list[Exchange] = []

    def ask(self, sizes: Sizes, letters: str = "x") -> Window:
        """The window for one more question; its answer is there when the next is asked."""
        self.exchanges.append(exchange(len(self.exchanges) + 1, sizes, self.count, letters))
        window = self.again()
        self.window_from = window.receipt.window_from
        return window

    def again(self) -> Window:
        """The window for the newest question once more."""
        read = [one for one in self.exchanges if one.position >= self.window_from]
        return fit(context(read, self.window_from, count=self.count), self.budget, self.count)


@given(st.lists(SIZES, min_size=2, max_size=40), BUDGETS)
@settings(max_examples=200, deadline=None)
def test_between_two_trims_each_prompt_begins_with_the_one_before(sizes: list[Sizes], budget: int) -> None:
    """Unless the anchor moves, a prompt is the one before, then its answer, then the new question."""
    place = Place(budget)
    before = place.ask(sizes[0])

    for size in sizes[1:]:
        anchor = place.window_from
        window = place.ask(size)
        if window.receipt.window_from == anchor:
            assert not window.receipt.dropped
            assert window.prompt[: len(before.prompt)] == before.prompt
        else:
            assert window.receipt.window_from > anchor
            assert window.receipt.tokens <= low_water(budget) or len(window.prompt) == 2
        before = window


@given(st.lists(SIZES, min_size=2, max_size=12), st.integers(80, 400))
@settings(max_examples=30, deadline=None)
def test_the_prefix_is_as_stable_in_real_tokens(sizes: list[Sizes], budget: int) -> None:
    """The prefix is stable when a real vocabulary counts."""
    place = Place(budget, tokens.count)
    before = place.ask(sizes[0], WORDS)

    for size in sizes[1:]:
        anchor = place.window_from
        window = place.ask(size, WORDS)
        assert window.receipt.window_from > anchor or window.prompt[: len(before.prompt)] == before.prompt
        before = window


@given(st.lists(SIZES, min_size=1, max_size=12), BUDGETS)
@settings(max_examples=200)
def test_the_same_prompt_comes_out_when_it_is_made_again(sizes: list[Sizes], budget: int) -> None:
    """Made from what was stored, the window of an attempt after a crash is the one that was sent before."""
    place = Place(budget)
    window = [place.ask(size) for size in sizes][-1]

    again = place.again()

    assert again.prompt == window.prompt
    assert again.receipt == replace(window.receipt, dropped=0)


@pytest.mark.parametrize(("count", "letters"), [(len, "x"), (tokens.count, WORDS)], ids=["characters", "tokens"])
def test_a_question_larger_than_the_budget_is_cut_in_the_middle(count: Count, letters: str) -> None:
    """A huge question fills the budget with one mark in its middle, the same each time."""
    place = Place(300, count)

    window = place.ask((20_000, 10), letters)

    assert len(MARK.findall(window.prompt[-1].text)) == 1
    assert 290 <= window.receipt.tokens <= 300
    assert place.again() == window


def test_a_cut_leaves_the_other_contents_of_a_question() -> None:
    """Only the text of a question is cut; what else it consists of is sent."""
    result = ToolResult("ref", "rain")
    question = PromptMessage(Role.USER, (Text("x" * 500), result))

    window = fit(Context(PROFILE, 0, [Exchange(1, question, (), 500)]), 300, len)

    text, other = window.prompt[-1].contents
    assert isinstance(text, Text)
    assert len(text.text) < 300
    assert other is result


def test_the_rounds_of_an_answer_stay_together() -> None:
    """An answer of several messages is sent or left out as a whole, so that no tool result is without its call."""
    rounds = (
        PromptMessage(Role.ASSISTANT, (ToolCall("ref", "weather", "{}"),)),
        PromptMessage(Role.TOOL, (ToolResult("ref", "rain"),)),
        plain(Role.ASSISTANT, "It rains."),
    )
    first = Exchange(1, plain(Role.USER, "q1 " + "x" * 100), rounds, 150)
    second = exchange(2, (100, None))

    assert fit(context([first, second]), 1000, len).prompt[2:5] == rounds
    trimmed = fit(context([first, second]), 250, len)
    assert [message.role for message in trimmed.prompt] == ["system", "user"]
    assert trimmed.receipt.dropped == 1


@given(st.integers(1, 5000), st.integers(40, 500))
@settings(max_examples=200)
def test_as_little_as_possible_is_cut(size: int, room: int) -> None:
    """A text that is cut fills the room that there is."""
    text = "".join(chr(0x4E00 + n) for n in range(size))
    shortened, cut = cut_middle(text, room, len)

    assert (shortened, cut) == (text, 0) if len(text) <= room else len(shortened) == room
    assert (cut > 0) == (len(text) > room)


def test_a_text_that_fits_is_not_cut() -> None:
    """A text of exactly the tokens that there are stays whole."""
    assert cut_middle("x" * 50, 50, len) == ("x" * 50, 0)


def test_a_conversation_that_fits_exactly_is_not_trimmed() -> None:
    """The budget is used to its last token."""
    exchanges = [exchange(1, (50, 50)), exchange(2, (50, 50)), exchange(3, (50, None))]
    needed = len(PROFILE.system) + 5 * 50 + 6 * MESSAGE_OVERHEAD + REPLY_PRIMER

    dropped = [fit(context(exchanges), needed - less, len).receipt.dropped for less in (0, 1)]
    assert dropped == [0, 1]


def test_what_lies_before_the_anchor_is_not_sent() -> None:
    """Exchanges before the anchor are left out although there is room."""
    window = fit(context([exchange(1, (5, 5)), exchange(2, (5, 5)), exchange(3, (5, None))], 2), 500, len)

    assert (positions(window), window.receipt.window_from, window.receipt.dropped) == ([2, 3], 2, 1)


def test_an_empty_system_text_is_not_sent() -> None:
    """Without a system text the prompt begins with the conversation."""
    bare = Context(replace(PROFILE, system=""), 0, [asked(exchange(1, (5, None)))])

    window = fit(bare, 500, len)

    assert [message.role for message in window.prompt] == ["user"]
    assert window.receipt.tokens == cost(window.prompt)


def test_a_window_without_a_question_is_an_error_of_the_caller() -> None:
    """A window needs a question."""
    with pytest.raises(ValueError, match="needs a question"):
        fit(Context(PROFILE, 0, []), 500, len)


def test_a_system_prompt_that_leaves_no_room_is_reported() -> None:
    """A system text that fills the budget is named as the reason."""
    full = Context(replace(PROFILE, system="x" * 480), 0, [asked(exchange(1, (100, None)))])
    with pytest.raises(ValueError, match="no room for a question"):
        fit(full, 500, len)


def test_only_the_end_of_a_long_answer_is_sent_to_go_on_from() -> None:
    """An answer that goes on is sent behind its question, only its end where it is more than half of the budget."""
    window = fit(context([exchange(1, (50, None))], so_far="x" * 900 + "the end"), 1000, len)
    *_, question, so_far, go_on = window.prompt
    assert question.text.startswith("q1")
    assert (so_far.role, go_on) == (Role.ASSISTANT, plain(Role.USER, GO_ON))
    assert so_far.text.endswith("the end")
    assert len(so_far.text) <= 500
    assert window.receipt.tokens == cost(window.prompt)
