"""Files in the window of any conversation: counted, shed before turns and the oldest first, and only at a trim."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.content import Content, Media, MediaKind, PromptMessage, Role, Text, plain
from bot.chat.cutting import CUT_MARK
from bot.chat.media import MOST_BYTES, NOT_SENT, SHED, UNSEEN, media_in, named
from bot.chat.profiles import ModelRef, Profile
from bot.chat.texts import NO_ROOM, PART_READ
from bot.chat.tokens import MESSAGE_OVERHEAD, REPLY_PRIMER
from bot.chat.turns import Exchange
from bot.chat.window import Context, Window, fit, low_water

PROFILE = Profile("default", "You are kind.", (ModelRef("default", "m"),), 1000, 100)


def picture(name: str, tokens: int, size: int = 1000) -> Media:
    """An image that costs so many tokens."""
    return Media(
        MediaKind.IMAGE, name, tokens, hash=name.encode(), media_type="image/png", size=size, width=9, height=9
    )


def document(name: str, length: int) -> Media:
    """A text of this length; a character is a token."""
    return Media(MediaKind.FILE, name, length + 2, text="t" * length)


def asked(position: int, *files: Media, length: int = 20) -> Exchange:
    """A question with files."""
    text = f"q{position} ".ljust(length, "x")
    contents: tuple[Content, ...] = (Text(text), *files)
    return Exchange(position, PromptMessage(Role.USER, contents), (), len(text) + sum(one.tokens for one in files))


def answered(exchange: Exchange, length: int = 20) -> Exchange:
    """A question with its answer."""
    text = f"a{exchange.position} ".ljust(length, "x")
    return replace(exchange, answer=(plain(Role.ASSISTANT, text),), tokens=exchange.tokens + len(text))


def cost(prompt: Sequence[PromptMessage]) -> int:
    """The tokens of a prompt, counted anew from what is sent."""
    tokens = REPLY_PRIMER
    for message in prompt:
        tokens += MESSAGE_OVERHEAD + len(message.text) + sum(one.tokens for one in media_in(message))
    return tokens


def lines_in(message: PromptMessage) -> int:
    """How many files the message only names."""
    return message.text.count(SHED) + message.text.count(NOT_SENT) + message.text.count(UNSEEN)


class Place:
    """A conversation as it goes on, with both anchors stored after each request, as the service does."""

    def __init__(self, budget: int, *, images: bool = True) -> None:
        self.budget = budget
        self.images = images
        self.window_from = self.files_from = 0
        self.exchanges: list[Exchange] = []

    def ask(self, *files: Media, length: int = 20) -> Window:
        """The window for one more question; its answer is there when the next is asked."""
        self.exchanges = [one if one.answer else answered(one) for one in self.exchanges]
        self.exchanges.append(asked(len(self.exchanges) + 1, *files, length=length))
        window = self.again()
        self.window_from, self.files_from = window.receipt.window_from, window.receipt.files_from
        return window

    def again(self) -> Window:
        """The window for the newest question once more, as after a restart."""
        read = [one for one in self.exchanges if one.position >= self.window_from]
        context = Context(PROFILE, self.window_from, read, files_from=self.files_from, images=self.images)
        return fit(context, self.budget, len)


FILES = st.lists(
    st.one_of(
        st.builds(
            picture, st.sampled_from(["cat", "dog"]), st.integers(50, 900), st.sampled_from([1000, MOST_BYTES // 3])
        ),
        st.builds(document, st.sampled_from(["notes", "code"]), st.integers(1, 700)),
    ),
    max_size=3,
)
QUESTIONS = st.lists(st.tuples(FILES, st.integers(5, 300)), min_size=1, max_size=25)
BUDGETS = st.integers(500, 4000)


@given(QUESTIONS, BUDGETS, st.booleans())
@settings(deadline=None)
def test_a_prompt_with_files_is_never_over_budget(
    questions: list[tuple[list[Media], int]], budget: int, images: bool
) -> None:
    """A prompt costs what its receipt says, files included, at most the budget, and its images have at most so many bytes."""
    place = Place(budget, images=images)
    for files, length in questions:
        window = place.ask(*files, length=length)
        assert window.receipt.tokens == cost(window.prompt) <= budget
        sent = [one for message in window.prompt for one in media_in(message)]
        assert window.receipt.media_tokens == sum(one.tokens for one in sent)
        assert sum(one.size for one in sent) <= MOST_BYTES


@given(QUESTIONS, BUDGETS, st.booleans())
@settings(deadline=None)
def test_between_two_trims_each_prompt_begins_with_the_one_before(
    questions: list[tuple[list[Media], int]], budget: int, images: bool
) -> None:
    """Unless an anchor moves, a prompt is the one before, then its answer, then the new question; also after a restart.

    A question that was cut is the exception: the trim that follows leaves it out.
    """
    place = Place(budget, images=images)
    (files, length), *others = questions
    before = place.ask(*files, length=length)
    for files, length in others:
        anchors = place.window_from, place.files_from
        window = place.ask(*files, length=length)
        assert place.again().prompt == window.prompt
        moved = (window.receipt.window_from, window.receipt.files_from)
        if moved == anchors:
            assert not window.receipt.dropped
            assert window.prompt[: len(before.prompt)] == before.prompt
        else:
            assert moved[0] >= anchors[0]
            assert moved[1] >= anchors[1]
        before = window


@given(QUESTIONS, BUDGETS)
@settings(deadline=None)
def test_files_are_shed_before_turns_and_the_oldest_first(
    questions: list[tuple[list[Media], int]], budget: int
) -> None:
    """Where a trim leaves turns out, no earlier file is left; else the files that are left are the newest ones."""
    place = Place(budget)
    for files, length in questions:
        anchor = place.window_from
        window = place.ask(*files, length=length)
        *earlier, _ = [message for message in window.prompt if message.role is Role.USER]
        if window.receipt.window_from != anchor:
            assert not any(media_in(message) for message in earlier)
        for message in earlier:
            position = int(message.text[1:].split()[0])
            shown, lines = bool(media_in(message)), lines_in(message)
            assert not shown or position >= window.receipt.files_from
            assert not (lines and SHED in message.text) or position < window.receipt.files_from


def test_a_picture_is_shed_when_the_window_is_full() -> None:
    """The oldest picture gives room first; a line says what was there, and the turns stay."""
    place = Place(1000)
    place.ask(picture("cat.png", 400))
    place.ask(picture("dog.png", 400))
    window = place.ask(length=200)
    first, second, _ = [message for message in window.prompt if message.role is Role.USER]
    assert first.contents == (Text("q1 ".ljust(20, "x")), named(picture("cat.png", 400), SHED))
    assert first.text.endswith("[image cat.png, no longer shown]")
    assert second.contents[1:] == (picture("dog.png", 400),)
    assert (window.receipt.window_from, window.receipt.files_from) == (0, 2)
    assert window.receipt.tokens <= low_water(1000)


def test_no_more_is_shed_than_is_needed() -> None:
    """A trim ends as soon as the window is down to its low-water mark."""
    place = Place(4000)
    for number in range(8):
        assert place.ask(picture(f"{number}.png", 400)).receipt.files_from == 0
    window = place.ask(length=700)
    shown = [media_in(message)[0].name for message in window.prompt if media_in(message)]
    assert shown == [f"{number}.png" for number in range(8)][-len(shown) :]
    assert 0 < len(shown) < 8
    assert low_water(4000) - 420 < window.receipt.tokens <= low_water(4000)


def test_too_many_bytes_are_shed_like_too_many_tokens() -> None:
    """Pictures that together have too many bytes for a request are shed, although there is room for their tokens."""
    place = Place(4000)
    windows = [place.ask(picture(f"{number}.png", 50, MOST_BYTES // 3 + 1)) for number in range(3)]
    window = windows[-1]
    assert [len(media_in(message)) for message in window.prompt if message.role is Role.USER] == [0, 0, 1]
    assert window.receipt.dropped == 0


@pytest.mark.parametrize("length", [20, 600])
def test_files_that_do_not_fit_with_their_question_are_cut_or_named(length: int) -> None:
    """A question that is too large with its files keeps its own words first; of its files the asker is told."""
    files = (document("notes.txt", 900), picture("cat.png", 500))
    window = Place(700).ask(*files, length=length)
    question = window.prompt[-1]
    assert question.text.startswith("q1 ")
    assert window.receipt.tokens == cost(window.prompt) <= 700
    assert NO_ROOM.format(name="cat.png") in window.remarks
    assert named(files[1], NOT_SENT).text in question.text
    if length == 20:
        (notes,) = media_in(question)
        assert PART_READ.format(name="notes.txt") in window.remarks
        assert CUT_MARK.partition("{")[0] in notes.text
        assert window.receipt.cut == 900 - notes.text.count("t") + CUT_MARK.count("t")
    else:
        assert not media_in(question)


def test_a_model_that_sees_nothing_is_told_of_pictures_alone() -> None:
    """Where images are not sent, each has a line in its place, which costs what a line costs; texts of files stay."""
    notes = document("notes.txt", 50)
    place = Place(1000, images=False)
    place.ask(picture("cat.png", 900), notes)
    window = place.ask(picture("dog.png", 900))
    first, second = [message for message in window.prompt if message.role is Role.USER]
    assert first.contents[1:] == (named(picture("cat.png", 900), UNSEEN), notes)
    assert second.contents[1:] == (named(picture("dog.png", 900), UNSEEN),)
    assert window.receipt.tokens == cost(window.prompt)
    assert window.receipt.files_from == 0


def test_the_files_of_an_old_question_are_sent_with_a_retry_of_it() -> None:
    """An attempt at a question before the anchor of files sends that question's own files."""
    exchanges = [answered(asked(1, picture("cat.png", 50))), asked(2, picture("dog.png", 50))]
    window = fit(Context(PROFILE, 0, exchanges, files_from=9), 1000, len)
    assert [len(media_in(message)) for message in window.prompt] == [0, 0, 0, 1]
    assert window.receipt.files_from == 9


def test_what_has_no_files_is_sent_as_it_is() -> None:
    """A model that sees no images gets the names of pictures; turns without files stay as they are."""
    place = Place(4000, images=False)
    place.ask(picture("cat", 300))
    window = place.ask()
    assert [lines_in(message) for message in window.prompt if message.role is Role.USER] == [1, 0]
    place.ask()
    assert place.again().prompt[: len(window.prompt)] == window.prompt
