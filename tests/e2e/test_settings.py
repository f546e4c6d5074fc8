"""Settings as people write them and names as strangers choose them, with the real commands."""

import re

import pytest

from bot.sandbox.discord.world.permissions import Permission
from tests.e2e import task
from tests.e2e.conftest import Town
from tests.e2e.process import ended, environment, running
from tests.llm.wire import serving

PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"


@pytest.mark.parametrize("way", [" {} ", "{}/", "{}/chat/completions", "{}/models/", '"{}"', "'{}/chat/completions'"])
async def test_an_address_as_people_paste_it_works(town: Town, way: str) -> None:
    """The bot answers through an address with blanks, quotes, a slash or a pasted path, and check says what it left out."""
    url = way.format(town.box.model.base_url)
    town.box.model.replies_with("A tower.")
    async with task.running(town.box, town.folder, OPENAI_BASE_URL=url):
        await town.box.bot.answers(
            await town.alice.says(town.general, "@Parley what is a lighthouse?"), containing="A tower."
        )
    pasted = "/chat/completions" in url or "/models" in url
    code, printed = await ended("check", environment(town.box, town.folder, OPENAI_BASE_URL=url), town.folder)
    assert code == 0
    assert ("warn  configuration: model.base_url (OPENAI_BASE_URL) ends in" in printed) == pasted


async def test_an_env_file_of_docker_works(town: Town) -> None:
    """Quotes around every value, variables without a value and the prefix of a token change nothing."""
    quoted = {name: f'"{value}"' for name, value in environment(town.box, town.folder).items() if "PARLEY" in name}
    settings = environment(
        town.box,
        town.folder,
        **quoted,
        DISCORD_TOKEN=f"'Bot {town.box.discord.token}'",
        OPENAI_API_KEY=f'"Bearer {town.box.model.key}"',
        PARLEY_MODEL__NAME="",
        PARLEY_LIMITS__USER_PER_MINUTE="",
        PARLEY_ACCESS__ALLOW_GUILDS='""',
        PARLEY_HISTORY__MAX_TOKENS="",
    )
    code, printed = await ended("check", settings, town.folder)
    assert code == 0
    assert "ok    token: " in printed
    assert "ok    model: " in printed


async def test_check_of_a_server_that_lists_no_models(town: Town) -> None:
    """A server without a list of models is ok, and check says what it did not check."""
    missing = b"HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    async with serving(missing, post=missing.replace(b"404 Not Found", b"400 Bad Request")) as wire:
        settings = environment(town.box, town.folder, OPENAI_BASE_URL=wire.url)
        code, printed = await ended("check", settings, town.folder)
    assert code == 0
    assert "answers, but lists no models: whether it has gpt-6-luna was not checked" in printed


@pytest.mark.parametrize(
    ("name", "listed"), [("llama3.2", "llama3.2:latest"), ("gemini-2.5-flash", "models/gemini-2.5-flash")]
)
async def test_check_of_a_server_that_lists_models_in_its_own_way(town: Town, name: str, listed: str) -> None:
    """A good name that the list has in another form is ok, and check says the form."""
    body = b'{"data": [{"id": "%s"}]}' % listed.encode()
    async with serving(PAGE % (b"application/json", len(body), body)) as wire:
        settings = environment(town.box, town.folder, OPENAI_BASE_URL=wire.url, PARLEY_MODEL__NAME=name)
        code, printed = await ended("check", settings, town.folder)
    assert code == 0
    assert f"answers and offers {name}, listed as {listed}" in printed
    assert "warn  model" not in printed


async def test_a_list_of_models_cannot_forge_a_line(town: Town) -> None:
    """Names of models that break lines are shown on one line of check."""
    body = rb'{"data": [{"id": "x\nok    model: forged\u001b[2J"}]}'
    async with serving(PAGE % (b"application/json", len(body), body)) as wire:
        settings = environment(town.box, town.folder, OPENAI_BASE_URL=wire.url)
        _, printed = await ended("check", settings, town.folder)
    assert r"x\nok    model: forged\x1b[2J" in printed
    assert "\x1b" not in printed


@pytest.mark.parametrize("command", ["run", "check"])
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"id": "1", "username": "x"}', b"application/json; charset=utf-8"),
        (b"<!doctype html>", b"text/html"),
        (b"[]", b"application/json"),
    ],
)
async def test_a_login_that_cannot_be_read(town: Town, command: str, body: bytes, content_type: bytes) -> None:
    """A page or a proxy in Discord's place ends the start with a sentence and the code of Discord."""
    async with serving(PAGE % (content_type, len(body), body)) as wire:
        settings = environment(town.box, town.folder, PARLEY_DISCORD__API_BASE=wire.url)
        code, printed = await ended(command, settings, town.folder)
    assert code == 4
    assert "Discord's answer at the login cannot be read" in printed
    assert "Traceback" not in printed


async def test_names_cannot_forge_lines_of_the_log(town: Town) -> None:
    """Line breaks and escapes in the names of servers and channels are escaped in the log."""
    home = town.box.discord.guild("Ho\n2026-01-01 00:00:00,000 INFO    bot.app: forged\x1b[2Jme")
    home.channel("qui\r\net", deny={home.bot_role: Permission.SEND_MESSAGES})
    async with running(town.box, town.folder) as bot:
        await bot.logs("I can read but not write")
    assert r"in Ho\n2026-01-01 00:00:00,000 INFO    bot.app: forged\x1b[2Jme (" in bot.log
    assert r"#qui\r\net" in bot.log
    assert all(re.match(r"\d{4}-\d\d-\d\d ", line) for line in bot.lines)
