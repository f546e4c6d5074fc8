"""The window keeps its promises for any conversation: never too large, never torn, and a prefix that providers can cache."""

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat import tokens
from bot.chat.tokens import MESSAGE_OVERHEAD, REPLY_PRIMER, Count
from bot.chat.turns import Exchange
from bot.chat.window import Budget, ChatMessage, Window, continuation, cut_middle, fit

SYSTEM = "You are kind."
MARK = re.compile(r"\n\[… (\d+) characters left out here …\]\n")
WORDS = "lorem ipsum dolor sit amet, consectetur adipiscing elit. Grüße aus 東京 👋 "

Sizes = tuple[int, int | None]
"""How long a question is, and its answer; None where it got none."""


def exchange(position: int, sizes: Sizes, count: Count = len, letters: str = "x") -> Exchange:
    """An exchange of texts that name their position, counted as the service counts them."""
    prompt = _text(f"q{position} ", sizes[0], letters)
    text = _text(f"a{position} ", sizes[1], letters) if sizes[1] else ""
    return Exchange(position, prompt, count(prompt), text, count(text))


def _text(start: str, size: int, letters: str) -> str:
    return (start + letters * (size // len(letters) + 1))[: max(size, len(start))]


def cost(messages: Sequence[ChatMessage], count: Count = len) -> int:
    """What a request costs, counted anew from what is sent."""
    return sum(count(message.content) + MESSAGE_OVERHEAD for message in messages) + REPLY_PRIMER


def positions(window: Window) -> list[int]:
    """Which exchanges the window holds."""
    return [int(message.content[1:].split()[0]) for message in window.messages if message.role == "user"]


SIZES = st.tuples(st.integers(3, 600), st.none() | st.integers(0, 600))
BUDGETS = st.integers(150, 1500)
LOW_WATERS = st.sampled_from([0.1, 0.5, 0.9])


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


@given(conversations(), BUDGETS, LOW_WATERS, st.integers(0, 20))
@settings(max_examples=200)
def test_a_request_is_never_over_budget(exchanges: list[Exchange], budget: int, low_water: float, anchor: int) -> None:
    """If a request could pass the budget, the operator would pay more than agreed, or the model would refuse it."""
    window = fit(SYSTEM, anchor, exchanges, Budget(budget, len, low_water))

    assert window.tokens == cost(window.messages)
    assert window.tokens <= budget


@given(st.lists(SIZES, min_size=1, max_size=8), st.integers(80, 400))
@settings(max_examples=50, deadline=None)
def test_a_request_is_never_over_budget_in_real_tokens(sizes: list[Sizes], budget: int) -> None:
    """If the promise held only for a simple count, real conversations would still pass the budget."""
    exchanges = [exchange(n, size, tokens.count, WORDS) for n, size in enumerate(sizes, start=1)]

    window = fit(SYSTEM, 0, exchanges, Budget(budget, tokens.count))

    assert window.tokens == cost(window.messages, tokens.count)
    assert window.tokens <= budget


@given(conversations(), BUDGETS, LOW_WATERS, st.integers(0, 20))
@settings(max_examples=200)
def test_the_newest_question_is_always_sent_last(
    exchanges: list[Exchange], budget: int, low_water: float, anchor: int
) -> None:
    """If the newest question were trimmed away, its asker would get an answer to something else."""
    asked = exchanges[-1].prompt

    window = fit(SYSTEM, anchor, exchanges, Budget(budget, len, low_water))

    assert window.messages[-1] == ChatMessage("user", window.newest.prompt)
    sent = window.messages[-1].content
    if (mark := MARK.search(sent)) is None:
        assert sent == asked
        assert window.newest.prompt == exchanges[-1].prompt
    else:
        assert asked.startswith(sent[: mark.start()])
        assert asked.endswith(sent[mark.end() :])
        assert len(sent) - len(mark[0]) + int(mark[1]) == len(asked)
        assert window.newest.prompt_tokens == len(sent)


@given(conversations(), BUDGETS, st.integers(0, 20))
@settings(max_examples=200)
def test_every_answer_follows_its_question(exchanges: list[Exchange], budget: int, anchor: int) -> None:
    """If an answer were sent without its question, the model would take up what nobody in its view had asked."""
    window = fit(SYSTEM, anchor, exchanges, Budget(budget, len))

    assert window.messages[0] == ChatMessage("system", SYSTEM)
    answers = {e.position for e in exchanges[:-1] if e.answer}
    expected: list[str] = []
    for position in positions(window):
        expected += [f"q{position}", *([f"a{position}"] if position in answers else [])]
    assert [message.content.split()[0] for message in window.messages[1:]] == expected
    assert [m.role for m in window.messages[1:]] == ["user" if w.startswith("q") else "assistant" for w in expected]


@given(conversations(), BUDGETS, st.integers(0, 20))
@settings(max_examples=200)
def test_the_window_is_the_end_of_the_conversation_without_gaps(
    exchanges: list[Exchange], budget: int, anchor: int
) -> None:
    """If a turn in the middle were left out, the user could not tell what the model knows, nor why."""
    window = fit(SYSTEM, anchor, exchanges, Budget(budget, len))

    held = positions(window)
    assert held == [e.position for e in exchanges][-len(held) :]
    assert window.dropped == len(exchanges) - len(held)
    assert all(position >= anchor for position in held[:-1])


@given(conversations(), BUDGETS, LOW_WATERS)
@settings(max_examples=200)
def test_a_trim_goes_down_to_the_low_water_mark_and_no_further(
    exchanges: list[Exchange], budget: int, low_water: float
) -> None:
    """If a trim took too little, trims and with them uncached prompts would be frequent; if too much, the bot would forget."""
    window = fit(SYSTEM, 0, exchanges, Budget(budget, len, low_water))

    low = int(budget * low_water)
    if not window.dropped:
        assert window.anchor == 0
        return
    held = positions(window)
    assert window.anchor == held[0]
    assert window.tokens <= low or held == [exchanges[-1].position]
    last_dropped = exchanges[window.dropped - 1]
    pair = [last_dropped.prompt, last_dropped.answer]
    assert window.tokens + sum(len(text) + MESSAGE_OVERHEAD for text in pair if text) > low


class Place:
    """A conversation as it goes on, with the anchor and the cut stored after each request, as the service does."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.anchor = 0
        self.exchanges: list[Exchange] = []

    def ask(self, sizes: Sizes, letters: str = "x") -> Window:
        """The request for one more question; its answer is there when the next is asked."""
        said = exchange(len(self.exchanges) + 1, sizes, self.budget.count, letters)
        read = [e for e in self.exchanges if e.position >= self.anchor]
        window = fit(SYSTEM, self.anchor, [*read, replace(said, answer="", answer_tokens=0)], self.budget)
        self.anchor = window.anchor
        self.exchanges.append(replace(said, prompt=window.newest.prompt, prompt_tokens=window.newest.prompt_tokens))
        return window


@given(st.lists(SIZES, min_size=2, max_size=40), BUDGETS, LOW_WATERS)
@settings(max_examples=200, deadline=None)
def test_between_two_trims_each_request_begins_with_the_one_before(
    sizes: list[Sizes], budget: int, low_water: float
) -> None:
    """If a request changed anything before its end, the provider would bill the operator the whole prompt anew each time."""
    place = Place(Budget(budget, len, low_water))
    before = place.ask(sizes[0])

    for size in sizes[1:]:
        anchor = place.anchor
        window = place.ask(size)
        if window.anchor == anchor:
            assert not window.dropped
            assert window.messages[: len(before.messages)] == before.messages
        else:
            assert window.anchor > anchor
            assert window.tokens <= int(budget * low_water) or len(window.messages) == 2
        before = window


@given(st.lists(SIZES, min_size=2, max_size=12), st.integers(80, 400))
@settings(max_examples=30, deadline=None)
def test_the_prefix_is_as_stable_in_real_tokens(sizes: list[Sizes], budget: int) -> None:
    """If the promise held only for a simple count, nobody's real conversations would be cached."""
    place = Place(Budget(budget, tokens.count))
    before = place.ask(sizes[0], WORDS)

    for size in sizes[1:]:
        anchor = place.anchor
        window = place.ask(size, WORDS)
        assert window.anchor > anchor or window.messages[: len(before.messages)] == before.messages
        before = window


@given(st.lists(SIZES, min_size=1, max_size=12), BUDGETS, LOW_WATERS)
@settings(max_examples=200)
def test_the_same_request_comes_out_when_it_is_made_again(sizes: list[Sizes], budget: int, low_water: float) -> None:
    """If what was stored led to another request, an attempt after a crash would see another conversation, cut once more."""
    place = Place(Budget(budget, len, low_water))
    window = [place.ask(size) for size in sizes][-1]
    read = [e for e in place.exchanges if e.position >= place.anchor]

    again = fit(SYSTEM, place.anchor, read, place.budget)

    assert (again.messages, again.anchor, again.tokens) == (window.messages, window.anchor, window.tokens)
    assert again.newest.prompt == read[-1].prompt


@pytest.mark.parametrize(("count", "letters"), [(len, "x"), (tokens.count, WORDS)], ids=["characters", "tokens"])
def test_a_question_larger_than_the_budget_is_cut_in_the_middle_once(count: Count, letters: str) -> None:
    """If a huge question were refused, or cut anew each time, whoever pastes a log would get an error or pay for it again."""
    place = Place(Budget(300, count))

    window = place.ask((20_000, 10), letters)
    again = fit(SYSTEM, place.anchor, place.exchanges, place.budget)

    cut = window.messages[-1].content
    assert len(MARK.findall(cut)) == 1
    assert 290 <= window.tokens <= 300
    assert again.messages[-1].content == cut


@given(st.integers(1, 5000), st.integers(40, 500))
@settings(max_examples=200)
def test_as_little_as_possible_is_cut(size: int, room: int) -> None:
    """If more were cut than needed, the model would miss parts of a question that it had room for."""
    text = "".join(chr(0x4E00 + n) for n in range(size))
    shortened = cut_middle(text, room, len)

    assert shortened == text if len(text) <= room else len(shortened) == room


def test_a_conversation_that_fits_exactly_is_not_trimmed() -> None:
    """If the last token of the budget were never used, or one too many, the operator's figure would not mean what it says."""
    exchanges = [exchange(1, (50, 50)), exchange(2, (50, 50)), exchange(3, (50, None))]
    needed = len(SYSTEM) + 5 * 50 + 6 * MESSAGE_OVERHEAD + REPLY_PRIMER

    assert [fit(SYSTEM, 0, exchanges, Budget(needed - less, len)).dropped for less in (0, 1)] == [0, 2]


def test_an_answer_of_the_newest_question_is_left_out() -> None:
    """If an earlier attempt were sent along, Retry would make the model comment on its own answer."""
    window = fit(SYSTEM, 0, [exchange(1, (5, 5))], Budget(500, len))

    assert [message.role for message in window.messages] == ["system", "user"]


def test_what_lies_before_the_anchor_is_not_sent() -> None:
    """If turns before the anchor came back, the prefix would change and all of it be billed again."""
    window = fit(SYSTEM, 2, [exchange(1, (5, 5)), exchange(2, (5, 5)), exchange(3, (5, None))], Budget(500, len))

    assert (positions(window), window.anchor, window.dropped) == ([2, 3], 2, 1)


def test_a_window_without_a_question_is_an_error_of_the_caller() -> None:
    """If an empty window were sent, the model would answer nobody, at the operator's cost."""
    with pytest.raises(ValueError, match="needs a question"):
        fit(SYSTEM, 0, [], Budget(500, len))


def test_a_system_prompt_that_leaves_no_room_is_reported() -> None:
    """If an oversized system prompt went unnoticed, the operator would see refusals of the provider instead of the reason."""
    with pytest.raises(ValueError, match="no room for a question"):
        fit("x" * 480, 0, [exchange(1, (100, None))], Budget(500, len))


def test_only_the_end_of_a_long_answer_is_sent_to_go_on_from() -> None:
    """An answer near the whole budget could never go on: the question itself would no longer fit."""
    tail = continuation("x" * 900 + "the end", Budget(1000, len))
    assert tail.messages[0].content.endswith("the end")
    assert len(tail.messages[0].content) <= 500
    assert tail.tokens == sum(len(one.content) + 4 for one in tail.messages)
    assert continuation("", Budget(1000, len)).messages == ()
