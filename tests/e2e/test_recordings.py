"""Recordings and lost files, with the whole bot: who is asked for transcripts, and what is said where nobody can be."""

from bot.sandbox.model.tokens import message_text
from tests.chat.test_recordings import OPUS
from tests.e2e.conftest import Town
from tests.e2e.task import running


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
