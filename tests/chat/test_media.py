"""Files of a question: counted, cut to their share of the budget, and named where they are left out."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.chat.content import Blob, Content, Media, MediaKind, PromptMessage, Role, Text
from bot.chat.cutting import CUT_MARK
from bot.chat.image_tokens import Sight
from bot.chat.media import BETWEEN, MOST_BYTES, NOT_SENT, images_in, named, prepared, recounted, shared_out
from bot.chat.ports.intake import Rendered, Sourced
from bot.chat.texts import NO_ROOM, PART_READ
from bot.chat.tokens import PIECE
from bot.chat.turns import Exchange
from tests.chat.house import PROFILE

PICTURE = Media(MediaKind.IMAGE, "cat.png", 0, hash=b"1" * 32, media_type="image/png", size=9, width=200, height=200)
BLOB = Blob(PICTURE.hash, "image/png", b"bytes", 200, 200)
NOTES = Media(MediaKind.FILE, "notes.txt", 0, "It rains.")
SIGHT = Sight("gpt-5.5")
GPT = replace(PROFILE, models=(replace(PROFILE.models[0], name="gpt-5.5"),))


def test_a_question_with_files_is_counted() -> None:
    """An image has the tokens of its model's rule, a text those of its words and of the break before it."""
    found = prepared(Rendered((Text("look"), PICTURE, NOTES), (BLOB,), ("Cut.",)), GPT, SIGHT, len)
    text, picture, notes = found.contents
    assert text == Text("look")
    assert picture == replace(PICTURE, tokens=49)
    assert notes == replace(NOTES, tokens=len(BETWEEN) + len("It rains."))
    assert found.tokens == len("look") + 49 + 11
    assert (found.blobs, found.remarks) == ((BLOB,), ("Cut.",))


def test_a_file_holds_only_what_can_be_stored() -> None:
    """NUL and halves of characters in a file or its name become replacement characters."""
    strange = Media(MediaKind.FILE, "a\0.txt", 0, "x\ud800y")
    (found,) = prepared(Rendered((strange,)), GPT, SIGHT, len).contents
    assert isinstance(found, Media)
    assert (found.name, found.text) == ("a\ufffd.txt", "x\ufffdy")


def test_what_does_not_fit_into_the_share_is_cut_or_left_out() -> None:
    """Files beyond their share of the budget are cut in the middle or named, and the asker is told; no bytes are kept of them."""
    long = Media(MediaKind.FILE, "long.txt", 0, "word " * 200)
    large = replace(PICTURE, name="large.png", width=900, height=900)
    found = prepared(Rendered((Text("look"), long, Sourced(large, 7, 8)), (BLOB,)), GPT, SIGHT, len)
    text, cut, line = found.contents
    assert text == Text("look")
    assert isinstance(cut, Media)
    assert CUT_MARK.partition("{")[0] in cut.text
    assert cut.tokens == len(BETWEEN + cut.text) <= 500
    assert line == Sourced(named(large, NOT_SENT), 7, 8)
    assert found.remarks == (PART_READ.format(name="long.txt"), NO_ROOM.format(name="large.png"))
    assert found.blobs == ()
    assert found.tokens == sum(map(len, ("look", BETWEEN, cut.text, named(large, NOT_SENT).text)))


def test_pictures_that_are_not_seen_take_nothing_of_the_share() -> None:
    """Where the model sees nothing, a picture of any size leaves the share to the other files; it is kept with its bytes."""
    large = replace(PICTURE, name="large.png", width=900, height=900)
    found = prepared(Rendered((Text("look"), large, NOTES), (BLOB,)), GPT, Sight("gpt-5.5", sees=False), len)
    assert found.contents[1:] == (replace(large, tokens=841), replace(NOTES, tokens=11))
    assert (found.blobs, found.remarks) == ((BLOB,), ())


def test_a_picture_of_a_model_that_counts_it_high_needs_a_large_budget() -> None:
    """gpt-4o-mini bills 25,501 tokens for a small picture, so one is named at the default budget, and sent at 60,000 tokens."""
    sight = Sight("gpt-4o-mini")
    found = prepared(Rendered((Text("look"), PICTURE), (BLOB,)), replace(GPT, budget=8_000), sight, len)
    assert found.contents[1:] == (named(PICTURE, NOT_SENT),)
    assert found.remarks == (NO_ROOM.format(name="cat.png"),)
    found = prepared(Rendered((Text("look"), PICTURE), (BLOB,)), replace(GPT, budget=60_000), sight, len)
    assert found.contents[1:] == (replace(PICTURE, tokens=25_501),)


def test_pictures_are_counted_anew_for_the_model_that_is_asked() -> None:
    """An exchange with a picture has the tokens of the model's own rule; one without stays as it is."""
    plain_one = Exchange(1, _message([Text("hello")]), (), 5)
    other = Exchange(2, _message([Text("look"), replace(PICTURE, tokens=49), NOTES]), (), 4 + 49 + 11)
    same, counted = recounted([plain_one, other], "gpt-4o-mini")
    assert same is plain_one
    assert counted.question.contents[1:] == (replace(PICTURE, tokens=25_501), NOTES)
    assert counted.tokens == 4 + 25_501 + 11
    assert recounted([other], "gpt-5.5")[0] is other


def test_long_texts_are_counted_in_pieces() -> None:
    """Of no text more than 2,000 characters are counted at once: the tokenizer holds Python's lock meanwhile."""
    sizes: list[int] = []

    def count(text: str) -> int:
        sizes.append(len(text))
        return len(text)

    long = replace(NOTES, text="x" * 5_000)
    found = prepared(Rendered((Text("y" * 5_000), long)), replace(GPT, budget=20_000), SIGHT, count)
    assert max(sizes) == PIECE
    assert found.tokens == 5_000 + len(BETWEEN) + 5_000


def test_pictures_with_too_many_bytes_are_left_out() -> None:
    """A question's pictures have at most as many bytes as a request may have."""
    pictures = [replace(PICTURE, name=f"{n}.png", tokens=1, size=MOST_BYTES // 2) for n in range(3)]
    found = shared_out(pictures, 1000, len)
    assert found.contents == (*pictures[:2], named(pictures[2], NOT_SENT))


def test_the_images_of_a_prompt_are_found() -> None:
    """A prompt's images are known by their hashes."""
    found = prepared(Rendered((Text("look"), PICTURE, NOTES), (BLOB,)), GPT, SIGHT, len)
    message = [one for one in found.contents if not isinstance(one, Sourced)]
    assert images_in([_message(message)]) == [PICTURE.hash]


def _message(contents: list[Content]) -> PromptMessage:
    return PromptMessage(Role.USER, tuple(contents))


FILES = st.lists(
    st.builds(Media, st.sampled_from(MediaKind), st.just("a"), st.integers(0, 900), st.text("x", max_size=900)),
    max_size=6,
)


@given(FILES, st.integers(0, 1000))
def test_files_never_have_more_than_their_share(files: list[Media], room: int) -> None:
    """Whatever a question holds, its files have at most the room that there is, and each is there or named."""
    counted = [replace(one, tokens=len(BETWEEN + one.text)) if one.kind != "image" else one for one in files]
    found = shared_out(counted, room, len)
    assert sum(one.tokens for one in found.contents if isinstance(one, Media)) <= room
    assert len(found.contents) == len(files)
    assert len(found.remarks) >= sum(isinstance(one, Text) for one in found.contents)
