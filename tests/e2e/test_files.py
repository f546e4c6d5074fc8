"""Files that people send, through the whole bot: the model is shown them, and people are told what it is not shown."""

from base64 import b64decode
from typing import Any

from bot.chat.texts import AWAY
from bot.files.kinds import Kind, kind_of
from bot.sandbox.model.tokens import message_text
from tests.chat.test_recordings import OPUS
from tests.e2e.conftest import Town
from tests.e2e.task import running
from tests.files import samples


def picture_in(message: dict[str, Any]) -> bytes:
    """The bytes of the picture in a message, as the model got them."""
    (url,) = (part["image_url"]["url"] for part in message["content"] if part["type"] == "image_url")
    return b64decode(url.partition(",")[2])


async def test_a_photo_is_seen_again_after_a_restart(town: Town) -> None:
    """A photo reaches the model upright and small; a follow-up question after a restart sends the same bytes again."""
    box = town.box
    data = samples.saved(samples.photo(1600, 1200), "JPEG")
    async with running(box, town.folder):
        question = await town.alice.says(town.general, "@Parley what is this?", attachments={"IMG_1.txt": data})
        answer = await box.bot.answers(question)
        assert "-#" not in answer.text
    async with running(box, town.folder):
        await box.bot.answers(await town.alice.says(town.general, "@Parley and behind it?"))

    first, second = box.model.requests
    photo = picture_in(first.messages[-1])
    assert kind_of(photo) is Kind.JPEG
    assert len(photo) < len(data)
    assert second.messages[: len(first.messages)] == first.messages
    assert [download.filename for download in box.discord.files.downloads] == ["IMG_1.txt"]


async def test_what_was_not_read_is_said_under_the_answer(town: Town) -> None:
    """A question with ten files of all kinds is answered, and one line of small print says what was left out."""
    box = town.box
    files = {
        "report.pdf": samples.long_pdf(60),
        "broken.png": samples.saved(samples.photo(64, 64), "PNG")[:500],
        "song.flac": b"fLaC" + bytes(100),
        "a.txt": b"a",
        "b.txt": b"b",
        "c.txt": b"c",
    }
    async with running(box, town.folder):
        question = await town.alice.says(town.general, "@Parley read", attachments=files)
        answer = await box.bot.answers(question)

    assert answer.text.splitlines()[-1] == (
        "-# Read 40 of 60 pages of report.pdf. broken.png was left out: it is damaged or incomplete. "
        "song.flac was left out: no transcription is set up. "
        "I read 5 files of a question, so these were left out: c.txt."
    )
    asked = box.model.requests[-1].question
    assert "[attached file, which you cannot read: broken.png]" in asked
    assert "--- page 40 ---\nagain" in asked


async def test_a_file_server_that_is_down_costs_no_answer(town: Town) -> None:
    """While Discord's file server is down, a question is answered without its file, and says so."""
    box = town.box
    box.discord.files.fails(503, times=None)
    async with running(box, town.folder):
        question = await town.alice.says(town.general, "@Parley read", attachments={"a.txt": b"x"})
        answer = await box.bot.answers(question)

    assert answer.text.splitlines()[-1] == "-# a.txt was left out: Discord did not hand it over."


async def test_a_question_that_is_too_late_fetches_no_file(town: Town) -> None:
    """A question that was missed for too long fetches no file; its Retry fetches it, and the model is shown it."""
    box = town.box
    async with running(box, town.folder):
        await box.bot.answers(await town.alice.says(town.general, "@Parley one"))
    question = await town.alice.says(town.general, "@Parley read", attachments={"a.txt": b"It rains."})
    async with running(box, town.folder, PARLEY_RECOVERY__ANSWER_WITHIN_SECONDS="0"):
        closed = await box.bot.answers(question, containing=AWAY)
    assert box.discord.files.downloads == []
    async with running(box, town.folder):
        await town.alice.presses(closed.messages[0], "Retry")
        answer = await box.bot.answers(question)
    assert "It rains." in message_text(box.model.requests[-1].messages[-1])
    assert "-#" not in answer.text


async def test_a_voice_message_is_heard(town: Town) -> None:
    """A voice message is transcribed; its words are sent to the model, and stand under the answer in small print."""
    box = town.box
    box.model.audio.hears("Do the lamps burn?", seconds=7)
    direct = await town.alice.dm()
    async with running(box, town.folder, PARLEY_TRANSCRIPTION__MODEL="gpt-transcribe"):
        answer = await box.bot.answers(await town.alice.sends_voice(direct, 7, sound=OPUS))

    assert message_text(box.model.requests[0].messages[-1]).endswith("[voice message, transcribed]\nDo the lamps burn?")
    assert answer.text.splitlines()[-1] == "-# Heard: Do the lamps burn?"
    [request] = box.model.audio.requests
    assert (request.data, request.model) == (OPUS, "gpt-transcribe")


async def test_an_export_names_a_picture_without_a_word(town: Town) -> None:
    """The export of a question that is only a picture names the picture, and holds no words to the model."""
    box = town.box
    direct = await town.alice.dm()
    data = samples.saved(samples.photo(64, 64), "PNG")
    async with running(box, town.folder):
        await box.bot.answers(await town.alice.says(direct, attachments={"lamp.png": data}))
        response = await town.alice.runs("export", direct, format="markdown")
    (text,) = (content.decode() for content in response.files.values())
    question = text.partition("\n### ")[2].partition("\n### ")[0]

    assert "\n> [attached file: lamp.png]\n" in question
    assert "*With it: image lamp.png (`" in question
    assert "you" not in question


async def test_ten_questions_with_bad_files_hold_up_no_other(town: Town) -> None:
    """Ten questions with links that hang, and a plain one, are asked at once: the plain one is answered while the others wait.

    Then each of the ten is answered without its files, and says so.
    """
    box = town.box
    rooms = [town.home.channel(f"room-{number}") for number in range(10)]
    box.discord.files.hangs(times=None)
    async with running(box, town.folder, PARLEY_FILES__SECONDS="5"):
        files = {"a.png": b"x", "b.txt": b"y", "c.pdf": b"z"}
        asked = [await town.alice.says(room, "@Parley look", attachments=files) for room in rooms]
        await box.bot.answers(await town.bob.says(town.general, "@Parley hello"))
        assert len(box.model.requests) == 1
        answers = [await box.bot.answers(question) for question in asked]

    left_out = " ".join(f"{name} was left out: it was not fetched and read in 5 seconds." for name in files)
    assert {answer.text.splitlines()[-1] for answer in answers} == {f"-# {left_out}"}


async def test_a_crowd_of_hostile_files_is_answered(town: Town) -> None:
    """Files that were made to break their readers each cost a sentence; the question is answered."""
    box = town.box
    hostile = {
        "drawing.svg": b"<!---->" * 1_000 + b"x",
        "crowd.docx": samples.directory(b"word/document.xml", *[b"a"] * 20_000),
        "bomb.xlsx": samples.bomb(samples.xlsx({"A": [[1]]})),
        "huge.png": samples.png_of_size(60_000, 60_000),
        "loop.pdf": samples.looping_pdf(),
        "half.jpg": samples.saved(samples.photo(300, 300), "JPEG")[:900],
        "link.docx": samples.docx("", "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"),
    }
    async with running(box, town.folder, PARLEY_FILES__PER_QUESTION="10"):
        answer = await box.bot.answers(await town.alice.says(town.general, "@Parley look", attachments=hostile))

    assert answer.text.splitlines()[-1] == (
        "-# crowd.docx was left out: it is too large when it is unpacked. "
        "bomb.xlsx was left out: it is too large when it is unpacked. "
        "huge.png was left out: it is too large when it is unpacked. "
        "loop.pdf was left out: it is damaged or incomplete. half.jpg was left out: it is damaged or incomplete. "
        "link.docx was left out: it refers to things outside of itself."
    )
    assert "[file: drawing.svg]" in message_text(box.model.requests[0].messages[-1])
