"""Changes of the configuration file are taken over while the bot runs, whole or not at all."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.config import DEFAULT, Current, Settings, Source, follow
from bot.config.reload import NEEDS_RESTART, Looks, changed_keys
from bot.errors import ConfigError
from tests.config.conftest import chain_of

SECRETS = {"DISCORD_TOKEN": "token-one", "OPENAI_API_KEY": "key-one"}
LOOK_SECONDS = 0.02
BEFORE = '[chat]\nsystem_prompt = "Be brief."\n'


@dataclass
class Running:
    """A bot's settings that follow a file."""

    file: Path
    source: Source
    current: Current[Settings]
    caplog: pytest.LogCaptureFixture

    @property
    def prompt(self) -> str:
        """The system prompt in force."""
        return self.current.value.chat.system_prompt

    @property
    def lines(self) -> list[str]:
        """Everything that was logged."""
        return [record.getMessage() for record in self.caplog.records if record.name == "bot.config.reload"]

    async def until(self, found: Callable[[], object]) -> None:
        """Wait for what happens."""
        async with asyncio.timeout(20):
            while not found():  # noqa: ASYNC110 -- nothing tells of it
                await asyncio.sleep(LOOK_SECONDS)

    async def says(self, words: str) -> str:
        """Wait for a line with these words."""
        await self.until(lambda: any(words in line for line in self.lines))
        return next(line for line in self.lines if words in line)


@asynccontextmanager
async def following(
    folder: Path,
    caplog: pytest.LogCaptureFixture,
    text: str | None = BEFORE,
    apply: Callable[[Settings], Awaitable[None]] | None = None,
    environ: dict[str, str] | None = None,
) -> AsyncGenerator[Running]:
    """Follow a file with this text, or one that does not exist."""
    caplog.set_level(logging.INFO)
    file = folder / "config.toml"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    environ = SECRETS if environ is None else environ
    source = Source(file, environ)
    current = Current(source.read() if text is not None else Source(None, environ).read())

    async def take(settings: Settings) -> None:
        current.value = settings

    task = asyncio.create_task(follow(source, current, apply or take, LOOK_SECONDS))
    try:
        yield Running(file, source, current, caplog)
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_a_changed_key_is_taken_over_and_named_without_its_value(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A changed file is in force a moment later, and one line of the log names its changed keys without a value."""
    async with following(tmp_path, caplog) as bot:
        bot.file.write_text('[chat]\nsystem_prompt = "Be kind."\n[limits]\nplace_queue = 3\n', encoding="utf-8")
        await bot.until(lambda: bot.prompt == "Be kind.")
        assert bot.current.value.limits.place_queue == 3
        await bot.says("has changed")
    assert bot.lines == ["the configuration has changed: chat.system_prompt, limits.place_queue"]


async def test_a_token_waits_for_a_restart(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A changed token stays as it is until the next start, which a line says; what changed beside it is in force."""
    async with following(tmp_path, caplog, environ={"OPENAI_API_KEY": "key"}, text=_with_token("one")) as bot:
        bot.file.write_text(_with_token("two") + '[chat]\nsystem_prompt = "Be kind."\n', encoding="utf-8")
        line = await bot.says("only read when I start")
        assert bot.current.value.discord.token.get_secret_value() == "one"
        assert bot.prompt == "Be kind."
    assert line == "changed in the configuration, but only read when I start: discord.token"
    assert "two" not in caplog.text


async def test_a_file_that_is_wrong_changes_nothing_and_says_every_problem_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A file with two problems leaves the settings as they were, and both are logged once; mended, it is taken over."""
    async with following(tmp_path, caplog) as bot:
        bot.file.write_text(
            '[chat]\nsystem_prompt = "Be kind."\n[limits]\nplace_queue = 0\nodd = 1\n', encoding="utf-8"
        )
        await bot.says("limits.odd")
        await asyncio.sleep(5 * LOOK_SECONDS)
        assert bot.prompt == "Be brief."
        assert len(bot.lines) == 2
        bot.file.write_text('[chat]\nsystem_prompt = "Be kind."\n', encoding="utf-8")
        await bot.until(lambda: bot.prompt == "Be kind.")


async def test_settings_that_do_not_fit_together_are_refused_as_a_whole(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Settings that the bot cannot apply leave all settings as they were, and the problem is logged."""

    async def refuse(_: Settings) -> None:
        raise ConfigError(["chat.system_prompt is too long"])

    async with following(tmp_path, caplog, apply=refuse) as bot:
        bot.file.write_text('[chat]\nsystem_prompt = "Be kind."\n', encoding="utf-8")
        assert "is not taken over" in await bot.says("too long")
        assert bot.prompt == "Be brief."


async def test_an_unforeseen_error_leaves_the_settings_and_later_changes_are_taken_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """An error that nobody foresaw is logged by its name alone; the file is followed on."""
    applied: list[Settings] = []

    async def break_once(settings: Settings) -> None:
        applied.append(settings)
        if len(applied) == 1:
            raise RuntimeError("holds a value")

    async with following(tmp_path, caplog, apply=break_once) as bot:
        bot.file.write_text('[chat]\nsystem_prompt = "Be kind."\n', encoding="utf-8")
        assert "(RuntimeError)" in await bot.says("not taken over")
        bot.file.write_text('[chat]\nsystem_prompt = "Be kinder."\n', encoding="utf-8")
        await bot.says("has changed")
        assert "holds a value" not in caplog.text


@pytest.mark.parametrize("kind", ["a folder", "no text", "no TOML"])
async def test_what_cannot_be_read_in_the_place_of_the_file_changes_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    """A folder, bytes that are no text and half a file in the place of the configuration each leave the settings as they were."""
    async with following(tmp_path, caplog) as bot:
        if kind == "a folder":
            bot.file.unlink()
            bot.file.mkdir()
        else:
            bot.file.write_bytes(b"\xff\xfe[chat" if kind == "no text" else b'[chat]\nsystem_prompt = "Be')
        await bot.says("not taken over")
        assert bot.prompt == "Be brief."


async def test_a_file_that_is_gone_leaves_the_settings(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A file that is removed leaves the settings as they were, and a line says so once; a new file is taken over."""
    async with following(tmp_path, caplog) as bot:
        bot.file.unlink()
        await bot.says("is gone")
        assert bot.prompt == "Be brief."
        bot.file.write_text('[chat]\nsystem_prompt = "Be kind."\n', encoding="utf-8")
        await bot.until(lambda: bot.prompt == "Be kind.")
    assert sum("is gone" in line for line in bot.lines) == 1


def test_a_file_that_is_still_being_written_is_not_read() -> None:
    """A file that differs at every look is read when it stays the same, and not again until it changes."""
    looks = Looks(((1, 10, 1),))
    assert [
        looks.is_due((stamp,)) for stamp in ((1, 10, 1), (2, 0, 1), (3, 5, 1), (4, 9, 1), (4, 9, 1), (4, 9, 1))
    ] == [
        False,
        False,
        False,
        False,
        True,
        False,
    ]


async def test_asked_for_it_is_read_at_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """When it is asked for, the configuration is read without a change of the file, and a line says that nothing has changed."""
    async with following(tmp_path, caplog) as bot:
        bot.source.asked.set()
        await bot.says("nothing has changed")


async def test_a_file_that_appears_later_is_taken_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A file that did not exist at the start is taken over when it appears."""
    async with following(tmp_path, caplog, text=None) as bot:
        bot.file.write_text(BEFORE, encoding="utf-8")
        await bot.until(lambda: bot.prompt == "Be brief.")


def test_the_keys_that_need_a_restart_are_settings() -> None:
    """Each key that is said to wait for a restart is a setting."""
    known = {f"{name}.{key}" for name, section in Settings() for key, _ in section}
    assert known >= NEEDS_RESTART


def test_the_same_settings_differ_in_nothing() -> None:
    """Settings that were read twice from the same sources differ in no key, secrets included."""
    one, two = Source(None, SECRETS).read(), Source(None, dict(SECRETS)).read()
    assert changed_keys(one, two) == []


def _with_token(token: str) -> str:
    return f'[discord]\ntoken = "{token}"\n'


async def test_tables_of_models_are_taken_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A changed table of a further model is in force with the fallbacks that name it; one line names the changed tables."""
    table = '[models.local]\nname = "one"\nbase_url = "http://localhost:1/v1"\n'
    async with following(tmp_path, caplog, text=table) as bot:
        changed = table.replace("one", "two") + '[models.more]\n[model]\nfallbacks = ["more", "local"]\n'
        bot.file.write_text(changed, encoding="utf-8")
        await bot.until(lambda: bot.current.value.model.fallbacks)
        assert bot.current.value.models["local"].name == "two"
        assert chain_of(bot.current.value, DEFAULT) == (DEFAULT, "more", "local")
        await bot.says("has changed: model.fallbacks, models.local, models.more")


async def test_a_changed_file_of_a_system_prompt_is_taken_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The files of system prompts are followed too, also one that is named later and one that appears after it was named."""
    (tmp_path / "prompt.md").write_text("Be brief.", encoding="utf-8")
    async with following(tmp_path, caplog, text='[chat]\nsystem_prompt_file = "prompt.md"\n') as bot:
        (tmp_path / "prompt.md").write_text("Be kind, in every way.", encoding="utf-8")
        await bot.until(lambda: bot.prompt == "Be kind, in every way.")
        await bot.says("has changed: chat.system_prompt")
        bot.file.write_text('[personas.pirate]\nsystem_prompt_file = "pirate.md"\n', encoding="utf-8")
        await bot.says("personas.pirate.system_prompt_file cannot be read")
        (tmp_path / "pirate.md").write_text("Arr.", encoding="utf-8")
        await bot.until(lambda: "pirate" in bot.current.value.personas)
        assert bot.current.value.personas["pirate"].system_prompt == "Arr."
        await bot.says("has changed: personas.pirate, chat.system_prompt")
