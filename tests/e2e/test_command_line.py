"""`parley run` and `parley check` as somebody types them: what they print and how they end."""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.sandbox import Dialect, LlamaCpp
from tests.e2e import task
from tests.e2e.conftest import Town
from tests.e2e.process import ended, environment, fork, running, spawn

BARE = {"PATH": os.environ["PATH"]}


async def test_run_without_anything_set(tmp_path: Path) -> None:
    """`run` without settings names what is missing, without a traceback, and ends with exit code 2."""
    code, printed = await ended("run", BARE, tmp_path, start=spawn)
    assert code == 2
    assert "DISCORD_TOKEN" in printed
    assert "OPENAI_API_KEY" in printed
    assert "Traceback" not in printed


async def test_every_problem_is_named_at_once_and_no_value(tmp_path: Path) -> None:
    """All problems of the configuration are named by their keys in one run, without any value."""
    (tmp_path / "config.toml").write_text('[model]\nnaem = "x"\ncontext_tokens = "hunter2"\n[discord]\ntoken = 5\n')
    code, printed = await ended("run", {**BARE, "PARLEY_HISTORY__PTAH": "hunter2"}, tmp_path)
    assert code == 2
    for path in ("model.naem", "model.context_tokens", "discord.token", "PARLEY_HISTORY__PTAH"):
        assert path in printed
    assert "hunter2" not in printed


async def test_a_missing_config_file_is_said(tmp_path: Path) -> None:
    """A path in --config that does not exist is named, and the bot does not start."""
    code, printed = await ended("run", BARE, tmp_path, "--config", "nowhere.toml")
    assert code == 2
    assert "nowhere.toml cannot be read" in printed


@pytest.mark.parametrize("command", ["run", "check"])
async def test_a_wrong_token(town: Town, command: str) -> None:
    """A token that Discord refuses is said to be refused, without its value, and ends with exit code 4."""
    settings = environment(town.box, town.folder, DISCORD_TOKEN="hunter2")
    code, printed = await ended(command, settings, town.folder)
    assert code == 4
    assert "Discord refuses the token" in printed
    assert "hunter2" not in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize("command", ["run", "check"])
async def test_an_unreachable_discord(town: Town, command: str) -> None:
    """A Discord that cannot be reached is said to be so, without a traceback, and ends with exit code 4."""
    settings = environment(town.box, town.folder, PARLEY_DISCORD__API_BASE="http://127.0.0.1:9/api/v10")
    code, printed = await ended(command, settings, town.folder)
    assert code == 4
    assert "cannot be reached" in printed
    assert "Traceback" not in printed


def _foreign(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE shopping (item TEXT)")
    database.close()


def _newer(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute(f"PRAGMA application_id = {0x50_41_52_4C}")
        database.execute("PRAGMA user_version = 999")
    database.close()


def _rubbish(path: Path) -> None:
    path.write_bytes(b"this is no database at all" * 100)


def _folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("command", ["run", "check"])
@pytest.mark.parametrize(
    ("make", "said"),
    [(_foreign, "another program"), (_newer, "newer Parley"), (_rubbish, "not a database"), (_folder, "cannot be")],
)
async def test_a_database_that_cannot_be_used(town: Town, command: str, make: object, said: str) -> None:
    """A database of another program or version, or a path that is no database, is left alone and named, with exit code 3."""
    path = town.folder / "history.db"
    assert callable(make)
    make(path)
    before = path.read_bytes() if path.is_file() else b""
    code, printed = await ended(command, environment(town.box, town.folder), town.folder)
    assert code == 3
    assert said in printed
    assert "Traceback" not in printed
    assert before == (path.read_bytes() if path.is_file() else b"")


@pytest.mark.parametrize("command", ["run", "check"])
async def test_a_folder_that_does_not_exist(town: Town, command: str) -> None:
    """A missing folder of the database is named, with exit code 3."""
    settings = environment(town.box, town.folder, PARLEY_HISTORY__PATH="no/such/folder/history.db")
    code, printed = await ended(command, settings, town.folder)
    assert code == 3
    assert "no/such/folder" in printed


async def test_a_database_that_another_bot_uses(town: Town) -> None:
    """`run` ends with exit code 3 while another bot uses the database; `check` works beside it."""
    async with task.running(town.box, town.folder):
        code, printed = await ended("run", environment(town.box, town.folder), town.folder)
        assert code == 3
        assert "in use by another Parley" in printed
        code, printed = await ended("check", environment(town.box, town.folder), town.folder)
        assert code == 0


async def test_a_database_that_another_program_locks(town: Town) -> None:
    """`run` ends with exit code 3 and says that the database is locked, once it has waited for the lock."""
    database = sqlite3.connect(town.folder / "history.db", isolation_level=None)
    database.execute("BEGIN EXCLUSIVE")
    code, printed = await ended("run", environment(town.box, town.folder), town.folder)
    database.close()
    assert code == 3
    assert "locked" in printed


async def test_a_start_can_be_stopped(town: Town) -> None:
    """SIGTERM ends a start in order while Discord does not answer."""
    asked = asyncio.Event()

    closed = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1000):
            asked.set()
        writer.close()
        await writer.wait_closed()
        closed.set()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    settings = environment(town.box, town.folder, PARLEY_DISCORD__API_BASE=f"http://127.0.0.1:{port}/api/v10")
    process = await fork("run", settings, town.folder)
    await asked.wait()
    process.terminate()
    _, printed = await asyncio.wait_for(process.communicate(), 60)
    await closed.wait()
    server.close()
    await server.wait_closed()
    assert process.returncode == 0
    assert b"Traceback" not in printed


async def test_check_finds_what_run_would_refuse(town: Town) -> None:
    """`check` and `run` refuse a system prompt that is too long, before they open the database or call Discord."""
    settings = environment(town.box, town.folder, PARLEY_CHAT__SYSTEM_PROMPT="word " * 9000)
    for command in ("check", "run"):
        code, printed = await ended(command, settings, town.folder)
        assert code == 2
        assert "chat.system_prompt needs" in printed
    assert not (town.folder / "history.db").exists()
    assert town.box.discord.calls == []


@pytest.mark.parametrize("link_to", [Path.symlink_to, Path.hardlink_to])
async def test_a_link_to_the_database_is_the_database(town: Town, link_to: Callable[[Path, Path], None]) -> None:
    """A link to a database in use is recognised as that database."""
    link = town.folder / "link.db"
    async with task.running(town.box, town.folder):
        link_to(link, town.folder / "history.db")
        code, printed = await ended(
            "run", environment(town.box, town.folder, PARLEY_HISTORY__PATH=str(link)), town.folder
        )
    assert code == 3
    assert "in use by another Parley" in printed


async def test_a_damaged_database_is_found(town: Town) -> None:
    """`check --deep` and `run` find a page that was overwritten, with exit code 3; before that `check --deep` says ok."""
    database, settings = town.folder / "history.db", environment(town.box, town.folder)
    async with task.running(town.box, town.folder):
        pass
    code, printed = await ended("check", settings, town.folder, "--deep")
    assert (code, "every page, index and reference is sound" in printed) == (0, True)
    with closing(sqlite3.connect(database)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'questions'").fetchone()
    content = bytearray(database.read_bytes())
    content[(page - 1) * 4096 : page * 4096] = bytes(4096)
    database.write_bytes(content)
    for command in (("check", "--deep"), ("run",)):
        code, printed = await ended(command[0], settings, town.folder, *command[1:])
        assert code == 3
        assert "restore a copy of it" in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize("replaced", [True, False])
async def test_a_database_that_is_taken_away_stops_the_bot(town: Town, *, replaced: bool) -> None:
    """A database that is deleted or replaced under the bot ends it with a word and exit code 3."""
    database = town.folder / "history.db"
    async with running(town.box, town.folder) as bot:
        await town.box.bot.answers(await town.alice.says(town.general, "@Parley hello"))
        if replaced:
            (town.folder / "other.db").write_bytes(database.read_bytes())
            (town.folder / "other.db").replace(database)
        else:
            database.unlink()
        assert await bot.process.wait() == 3
    assert ("was replaced" if replaced else "was deleted") in bot.log
    assert "Traceback" not in bot.log


async def test_check_of_a_page_that_is_no_api(town: Town) -> None:
    """`check` reports an address that is no model server as a failure, without a traceback, and ends with exit code 5."""
    settings = environment(town.box, town.folder, OPENAI_BASE_URL=town.box.model.base_url.replace("/v1", "/nonsense"))
    code, printed = await ended("check", settings, town.folder)
    assert code == 5
    assert "FAIL  model:" in printed
    assert "Traceback" not in printed


async def test_check_says_what_is_well(town: Town) -> None:
    """`check` lists what works, warns of a public bot, and creates no database."""
    code, printed = await ended("check", environment(town.box, town.folder), town.folder, start=spawn)
    assert code == 0
    for name in ("configuration", "database", "token", "intents", "invite", "model"):
        assert f"ok    {name}:" in printed
    assert "warn  public:" in printed
    assert not (town.folder / "history.db").exists()


async def test_check_goes_on_after_a_failure(town: Town) -> None:
    """`check` goes on after a failure, lists them all, and ends with the exit code of the first of them."""
    settings = environment(town.box, town.folder, OPENAI_API_KEY="hunter2", PARLEY_HISTORY__PATH="no/folder/x.db")
    code, printed = await ended("check", settings, town.folder)
    assert code == 3
    assert "FAIL  database:" in printed
    assert "ok    token:" in printed
    assert "FAIL  model:" in printed
    assert "hunter2" not in printed


@pytest.mark.parametrize(("model", "code"), [("gpt-5.4-mini", 0), ("gpt-nonesuch", 0)])
async def test_check_warns_of_a_model_that_is_not_offered(town: Town, model: str, code: int) -> None:
    """`check` warns when the server does not list the configured model."""
    settings = environment(town.box, town.folder, PARLEY_MODEL__NAME=model)
    found, printed = await ended("check", settings, town.folder)
    assert found == code
    assert ("does not list gpt-nonesuch" in printed) == (model == "gpt-nonesuch")


async def test_check_of_an_unreachable_model(town: Town) -> None:
    """`check` says that a model server cannot be reached, and ends with exit code 5."""
    settings = environment(town.box, town.folder, OPENAI_BASE_URL="http://127.0.0.1:9/v1")
    code, printed = await ended("check", settings, town.folder)
    assert code == 5
    assert "cannot be reached" in printed


async def test_check_shows_no_credentials_of_the_address(town: Town) -> None:
    """A password or a key in the server's address is sent to it, and stands in no line that check prints."""
    address = town.box.model.base_url.replace("://", "://me:hunter2@") + "?key=hunter3"
    settings = environment(town.box, town.folder, OPENAI_BASE_URL=address) | {"OPENAI_API_KEY": ""}
    code, printed = await ended("check", settings, town.folder)
    assert (code, "FAIL  model: the model's server refuses the API key" in printed) == (5, True)
    town.box.model.key = None
    code, printed_then = await ended("check", settings, town.folder)
    assert (code, f"ok    model: {town.box.model.base_url} answers" in printed_then) == (0, True)
    code, printed_last = await ended("check", settings | {"OPENAI_API_KEY": "hunter4"}, town.folder)
    assert (code, "FAIL" in printed_last or "model: base_url holds" in printed_last) == (2, True)
    assert "hunter" not in printed + printed_then + printed_last


async def test_check_prints_the_providers_own_words(town: Town) -> None:
    """`check` prints the model server's own words below its advice, without the key."""
    town.box.model.speaks(LlamaCpp(loading=True))
    code, printed = await ended("check", environment(town.box, town.folder), town.folder)
    assert code == 5
    assert "look into its log; its words: Loading model" in printed
    town.box.model.speaks(Dialect())
    code, printed = await ended("check", environment(town.box, town.folder, OPENAI_API_KEY="hunter2"), town.folder)
    assert code == 5
    assert "check OPENAI_API_KEY and OPENAI_BASE_URL; its words: Incorrect API key provided: […]. You can" in printed


async def test_the_files_are_the_owners_alone(town: Town) -> None:
    """The database and the files beside it can be read and written by their owner alone."""
    async with task.running(town.box, town.folder):
        await town.box.bot.answers(await town.alice.says(town.general, "@Parley hello"))
        modes = {path.name: path.stat().st_mode & 0o777 for path in town.folder.iterdir()}
    assert modes
    assert set(modes.values()) == {0o600}, modes


async def test_logs_hold_no_text_and_no_secret(town: Town) -> None:
    """The log holds neither messages, answers, the token nor the key, also where a server's error repeats them."""
    async with running(town.box, town.folder, start=spawn) as bot:
        town.box.model.replies_with("the answer is xyzzy")
        await town.box.bot.answers(await town.alice.says(town.general, "@Parley plugh"))
        town.box.model.fails(
            400, message="Cannot read 'plugh' of the answer is xyzzy, nor take the key " + str(town.box.model.key)
        )
        await town.box.bot.answers(await town.alice.says(town.general, "@Parley again"), containing="refuses this")
        await bot.logs("its words: Cannot read […] of […], nor take the key […]")
    for secret in ("xyzzy", "plugh", town.box.discord.token, town.box.model.key or "-"):
        assert secret not in bot.log
