"""The whole bot takes over a changed configuration while it answers."""

import asyncio
import signal
from pathlib import Path

import pytest

from bot.errors import ModelKeyRejected
from bot.sandbox import Sandbox
from tests.chat.test_recordings import OPUS
from tests.e2e import process, task

BEFORE = '[chat]\nsystem_prompt = "You are brief."\n'
AFTER = '[chat]\nsystem_prompt = "You are kind."\n[limits]\nuser_per_minute = 100\n'


def systems(box: Sandbox) -> list[str]:
    """The system texts of all requests, in order."""
    return [str(request.messages[0]["content"]) for request in box.model.requests]


@pytest.mark.parametrize("fallbacks", ["[]", '["spare"]'])
async def test_a_question_that_waits_for_a_dead_server_is_asked_at_its_new_address(
    tmp_path: Path, fallbacks: str
) -> None:
    """A question waits for a server that is gone, alone or with its fallback; with its address mended, it is answered there."""
    file = tmp_path / "config.toml"
    async with Sandbox() as gone:
        dead = gone.model.base_url
    async with Sandbox() as box, Sandbox() as mended:
        mended.model.answers(lambda _: "from the new address")

        def write(url: str) -> None:
            server = f'name = "gpt-5.4"\napi_key = "{mended.model.key}"\nbase_url = "{{}}"\n'.format
            spare = dead.replace("127.0.0.1", "localhost")
            file.write_text(
                f"[models.lost]\nfallbacks = {fallbacks}\n{server(url)}[models.spare]\n{server(spare)}",
                encoding="utf-8",
            )

        write(dead)
        async with task.running(box, tmp_path) as bot:
            alice, _ = box.discord.user("Alice"), box.discord.guild("Home")
            dm = await alice.dm()
            await alice.runs("model", dm, name="lost")
            asked = await alice.says(dm, "hello")
            await bot.logs("cannot be reached: questions wait for it")
            write(mended.model.base_url)
            bot.source.asked.set()
            await box.bot.answers(asked, containing="from the new address")


async def test_a_transcription_is_set_up_and_moved_while_the_bot_runs(tmp_path: Path) -> None:
    """Recordings are transcribed from the next question on where `[transcription]` is set up, at another server, or off again."""
    file = tmp_path / "config.toml"
    file.write_text(BEFORE, encoding="utf-8")
    async with Sandbox() as box, Sandbox() as other, task.running(box, tmp_path) as bot:
        alice, _ = box.discord.user("Alice"), box.discord.guild("Home")
        dm = await alice.dm()

        async def answered(text: str) -> None:
            file.write_text(f"[transcription]\n{text}", encoding="utf-8")
            bot.source.asked.set()
            await bot.logs("the configuration has changed: transcription.")
            bot.lines.clear()
            await box.bot.answers(await alice.sends_voice(dm, 7, sound=OPUS))

        await answered('model = "whisper-1"\n')
        assert (len(box.model.audio.requests), len(other.model.audio.requests)) == (1, 0)
        await answered(f'model = "whisper-1"\nbase_url = "{other.model.base_url}"\napi_key = "{other.model.key}"\n')
        assert (len(box.model.audio.requests), len(other.model.audio.requests)) == (1, 1)
        await answered('model = "off"\n')
        assert (len(box.model.audio.requests), len(other.model.audio.requests)) == (1, 1)


@pytest.mark.unmeasured
async def test_a_change_under_load_loses_no_question_and_no_connection(tmp_path: Path) -> None:
    """While eight channels are answered, a changed system prompt is in force from a next question on, in the same session."""
    file = tmp_path / "config.toml"
    file.write_text(BEFORE, encoding="utf-8")
    async with Sandbox() as box, task.running(box, tmp_path) as bot:
        box.model.pace(first_seconds=0.02, tokens_per_second=300)
        alice, home = box.discord.user("Alice"), box.discord.guild("Home")

        async def ask(number: int, times: int) -> None:
            channel = home.channel(f"room-{number}")
            for asked in range(times):
                question = await alice.says(channel, f"@Parley number {number} {asked}, please")
                await box.bot.answers(question)

        asking = asyncio.gather(*(ask(number, 4) for number in range(8)))
        await box.until(lambda: len(box.model.requests) > 4)
        file.write_text(AFTER, encoding="utf-8")
        bot.source.asked.set()
        await bot.logs("the configuration has changed: chat.system_prompt, limits.user_per_minute")
        await asking
        await ask(9, 1)
        assert "You are brief." in systems(box)[0]
        assert "You are kind." in systems(box)[-1]
        assert len(box.model.requests) == 33
        assert (box.discord.gateway.begun, box.discord.gateway.resumed) == (1, 0)


async def test_a_system_prompt_without_room_for_a_question_is_refused(tmp_path: Path) -> None:
    """A system prompt that leaves no room for a question is not taken over, and the old one stays in force."""
    file = tmp_path / "config.toml"
    file.write_text(BEFORE, encoding="utf-8")
    async with Sandbox() as box, task.running(box, tmp_path) as bot:
        file.write_text(BEFORE.replace("brief", "brief " * 20_000), encoding="utf-8")
        bot.source.asked.set()
        await bot.logs("is not taken over: chat.system_prompt needs")
        alice = box.discord.user("Alice")
        await box.bot.answers(await alice.says(box.discord.guild("Home").channel("general"), "@Parley hello"))
        assert len(systems(box)[-1]) < 1_000


async def test_sighup_has_the_configuration_read_again(tmp_path: Path) -> None:
    """SIGHUP does not end `parley run`: it reads the configuration again, and says so."""
    file = tmp_path / "config.toml"
    file.write_text(BEFORE, encoding="utf-8")
    async with Sandbox() as box, process.running(box, tmp_path) as bot:
        bot.process.send_signal(signal.SIGHUP)
        await bot.logs("the configuration was read again: nothing has changed")
        file.write_text(AFTER, encoding="utf-8")
        await bot.logs("the configuration has changed: chat.system_prompt, limits.user_per_minute")


async def test_a_changed_server_and_key_are_used_from_the_next_question_on(tmp_path: Path) -> None:
    """A rotated key, another server and a new model are used without a restart, while a question of before goes on."""
    file = tmp_path / "config.toml"

    def write(box: Sandbox, key: str) -> None:
        server = f'base_url = "{box.model.base_url}"\napi_key = "{key}"\n'
        file.write_text(f'[models.other]\nname = "gpt-5.4"\n{server}', encoding="utf-8")

    async with Sandbox() as box, Sandbox() as spare, Sandbox() as third:
        for one, words in ((box, "first"), (spare, "second"), (third, "third")):
            one.model.answers(lambda _, words=words: f"from the {words}")
        write(spare, "sk-revoked")
        async with task.running(box, tmp_path) as bot:
            alice, general = box.discord.user("Alice"), box.discord.guild("Home").channel("general")
            dm = await alice.dm()
            await alice.runs("model", dm, name="other")
            refused = await alice.says(dm, "hello")
            await box.bot.answers(refused, containing=ModelKeyRejected.public)
            spare.model.pace(first_seconds=0.01, tokens_per_second=10)
            write(spare, spare.model.key or "")
            bot.source.asked.set()
            await bot.logs("the configuration has changed: models.other")
            slow = await alice.says(dm, "and now?")
            await box.until(lambda: spare.model.requests)
            write(third, third.model.key or "")
            bot.source.asked.set()
            await box.until(lambda: bot.log.count("the configuration has changed: models.other") == 2)
            await box.bot.answers(slow, containing="from the second")
            await box.bot.answers(await alice.says(dm, "and then?"), containing="from the third")
            await box.bot.answers(await alice.says(general, "@Parley hello"), containing="from the first")
            assert (box.discord.gateway.begun, box.discord.gateway.resumed) == (1, 0)
