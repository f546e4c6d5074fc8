"""Files in questions, with the whole bot: pictures are sent to the model, voice messages are heard, what is left out is said."""

import struct
import zlib

from bot.sandbox import File
from bot.sandbox.model.images import images_in
from bot.sandbox.model.tokens import message_text
from tests.chat.test_recordings import OPUS
from tests.e2e.conftest import Town
from tests.e2e.task import running


def picture(width: int, height: int) -> bytes:
    """A PNG in one colour."""
    rows = zlib.compress((b"\0" + b"\x20\x60\xa0" * width) * height)
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b""))
    parts = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


async def test_a_picture_is_shown_to_the_model_and_still_seen_after_a_restart(town: Town) -> None:
    """The model is sent the picture with its question, and the same bytes with the next one after a restart."""
    file = File("../kitten.txt", picture(64, 48), content_type="text/plain")
    async with running(town.box, town.folder):
        asked = await town.alice.says(town.general, "@Parley what is this?", attachments=[file])
        await town.box.bot.answers(asked)
    async with running(town.box, town.folder):
        await town.box.bot.answers(await town.alice.says(town.general, "@Parley and now?"))
    first, second = (images_in(request.messages) for request in town.box.model.requests)
    assert [image.size for image in first] == [(64, 48)]
    assert first == second


async def test_a_voice_message_is_heard(town: Town) -> None:
    """A voice message is transcribed; its words are sent to the model, and stand under the answer in small print."""
    town.box.model.audio.hears("Do the lamps burn?", seconds=7)
    direct = await town.alice.dm()
    async with running(town.box, town.folder, PARLEY_TRANSCRIPTION__MODEL="gpt-transcribe"):
        shown = await town.box.bot.answers(await town.alice.sends_voice(direct, 7, sound=OPUS))
    assert "Do the lamps burn?" in message_text(town.box.model.requests[0].messages[-1])
    assert "Do the lamps burn?" in shown.text
    [request] = town.box.model.audio.requests
    assert (request.data, request.model) == (OPUS, "gpt-transcribe")


async def test_a_voice_message_without_a_transcriber_is_left_out(town: Town) -> None:
    """Where no transcription is set up, as elsewhere than at OpenAI, the answer says so."""
    direct = await town.alice.dm()
    async with running(town.box, town.folder):
        shown = await town.box.bot.answers(await town.alice.sends_voice(direct, 7, sound=OPUS))
    assert "no transcription is set up" in shown.text
    assert town.box.model.audio.requests == []


async def test_a_transcriber_of_another_server_has_its_own_key(town: Town) -> None:
    """`transcription.base_url` is asked with its own key; where it fails, that is said and the question is answered."""
    town.box.model.audio.fails(400)
    direct = await town.alice.dm()
    elsewhere = town.box.model.base_url.replace("127.0.0.1", "localhost")
    own = {"MODEL": "whisper-1", "BASE_URL": elsewhere, "API_KEY": town.box.model.key or ""}
    settings = {f"PARLEY_TRANSCRIPTION__{name}": value for name, value in own.items()}
    async with running(town.box, town.folder, **settings):
        shown = await town.box.bot.answers(await town.alice.sends_voice(direct, 7, sound=OPUS))
    assert "could not be transcribed" in shown.text
    [request] = town.box.model.audio.requests
    assert request.headers["Host"].startswith("localhost:")


async def test_expired_links_and_lost_files_do_not_keep_an_answer(town: Town) -> None:
    """A file whose link has expired is fetched by a fresh one; one that is gone is left out, and said."""
    async with running(town.box, town.folder):
        town.box.discord.files.loses(times=1)
        asked = await town.alice.says(town.general, "@Parley read it", attachments={"a.txt": b"Lamps of the north"})
        await town.box.bot.answers(asked)
        town.box.discord.files.loses(times=2)
        lost = await town.alice.says(town.general, "@Parley read it", attachments={"b.txt": b"Lamps of the south"})
        shown = await town.box.bot.answers(lost)
    texts = [message_text(request.messages[-1]) for request in town.box.model.requests]
    assert "Lamps of the north" in texts[0]
    assert "Lamps of the south" not in texts[1]
    assert "b.txt was left out" in shown.text
