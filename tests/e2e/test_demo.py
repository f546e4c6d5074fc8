"""`parley demo` as a newcomer types it: what it prints, what it leaves behind, and how it ends."""

import asyncio
import json
import signal
import socket
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest

from bot.store.sqlite.lock import locked
from tests.e2e.process import Start, ended, fork, spawn
from tests.e2e.show import BARE, SECONDS, Show, demo

INTERRUPTED = """
import os, signal, sys

left = {times}

def look(event, arguments):
    global left
    if event == {event!r} and (not {name!r} or arguments[0] == {name!r}):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGINT)

sys.addaudithook(look)
"""
"""Has Python press Ctrl-C by itself at an audit event; as `sitecustomize.py` it is there before the command."""


def interrupted_at(folder: Path, event: str, name: str = "", times: int = 1) -> dict[str, str]:
    """The environment of a command that is interrupted when an audit event comes for the n-th time, for a module of that name."""
    hooks = folder / "hooks"
    hooks.mkdir(exist_ok=True)
    (hooks / "sitecustomize.py").write_text(INTERRUPTED.format(event=event, name=name, times=times))
    return {"PYTHONPATH": str(hooks)}


def left_in(folder: Path) -> list[str]:
    """The names in a folder."""
    return [path.name for path in folder.iterdir()]


def databases_in(folder: Path) -> list[Path]:
    """The databases of demos whose temporary files are in a folder."""
    return list(folder.glob("parley-demo-*/demo.db"))


async def status(url: str) -> int:
    """The status code of the page."""
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        await response.read()
        return response.status


async def test_the_page_is_there_and_nothing_stays(tmp_path: Path) -> None:
    """The demo prints the page's address, serves the page, and removes its files at the end."""
    async with demo(tmp_path, "--no-browser", start=spawn) as show:
        assert await status(show.url) == 200
        assert "demo model, which is no language model" in show.printed
        assert "/model and /persona choose who answers, among 2 models and 3 personas" in show.printed
        assert left_in(tmp_path)
    assert left_in(tmp_path) == []


async def page_is_up(show: Show, folder: Path) -> None:
    """The moment at which the bot's libraries begin to be imported, if not later: there is nothing to wait for."""


async def database_is_open(show: Show, folder: Path) -> None:
    """Wait until the bot has opened its database."""
    async with asyncio.timeout(SECONDS):
        while not databases_in(folder):  # noqa: ASYNC110 -- another process writes it
            await asyncio.sleep(0.02)


async def bot_is_there(show: Show, folder: Path) -> None:
    """Wait until the page says that the bot is connected."""
    async with (
        asyncio.timeout(SECONDS),
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{show.url}socket") as socket,
    ):
        while not (await socket.receive_json()).get("online"):
            pass


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    ("moment", "start"),
    [(page_is_up, spawn), (database_is_open, fork), (bot_is_there, fork)],
    ids=["import", "start", "there"],
)
async def test_it_ends_in_order_at_any_time(
    tmp_path: Path, moment: Callable[[Show, Path], Awaitable[None]], start: Start, number: signal.Signals
) -> None:
    """A signal while the bot is imported, while it starts and when it is there ends the demo in order, and leaves no file."""
    patient = {"PARLEY_SHUTDOWN__GRACE_SECONDS": "600"}  # which nothing here is to wait for
    async with demo(tmp_path, "--no-browser", start=start, **patient) as show:
        await moment(show, tmp_path)
        assert await show.ends(number) == (0, "")
    assert left_in(tmp_path) == []


@pytest.mark.parametrize(
    ("event", "name", "times"),
    [
        ("import", "bot.cli.commands", 1),
        ("import", "aiohttp", 1),
        ("tempfile.mkdtemp", "", 1),
        ("socket.bind", "", 1),
        ("socket.bind", "", 3),
    ],
    ids=["command line", "imports", "folder", "sandbox", "page"],
)
async def test_ctrl_c_before_the_page_is_up(tmp_path: Path, event: str, name: str, times: int) -> None:
    """Ctrl-C at any moment before the page is up ends the demo without a traceback."""
    environ = {**BARE, **interrupted_at(tmp_path, event, name, times)}
    process = await spawn("demo", environ, tmp_path, "--no-browser", "--port", "0")
    _, err = await asyncio.wait_for(process.communicate(), SECONDS)
    assert (process.returncode, err.decode()) == (0, "")


async def test_a_busy_port_is_left_alone_and_said(tmp_path: Path) -> None:
    """The demo takes another port when the given one is busy, and says so."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with demo(tmp_path, "--no-browser", "--port", str(port)) as show:
            assert show.port != port
            assert f"Port {port} is busy" in show.printed
            assert await status(show.url) == 200


async def test_the_port_asked_for_is_taken(tmp_path: Path) -> None:
    """The demo serves its page on the port that --port names."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with demo(tmp_path, "--no-browser", "--port", str(port)) as show:
        assert show.port == port
        assert "busy" not in show.printed


@pytest.mark.skipif(sys.platform == "win32", reason="a browser by BROWSER is Unix's")
async def test_the_browser_opens_the_page(tmp_path: Path) -> None:
    """The demo opens its page in the browser that BROWSER names."""
    opened = tmp_path / "opened"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" > {opened}.part && mv {opened}.part {opened}\n')
    browser.chmod(0o700)
    async with demo(tmp_path, BROWSER=f"{browser} %s") as show:
        async with asyncio.timeout(SECONDS):
            while not opened.exists():  # noqa: ASYNC110 -- another process writes it
                await asyncio.sleep(0.02)
        assert opened.read_text() == show.url
        assert "in your browser" in show.printed


async def test_without_a_browser_it_only_prints(tmp_path: Path) -> None:
    """Without a browser the demo only prints the page's address."""
    async with demo(tmp_path) as show:
        assert "in your browser" not in show.printed
        assert await status(show.url) == 200


async def test_data_stays_and_can_be_used_again(tmp_path: Path) -> None:
    """With --data the database stays in that folder, and the next demo uses it again."""
    for _ in range(2):
        async with demo(tmp_path, "--no-browser", "--data", "kept") as show:
            assert f"kept in {tmp_path / 'kept' / 'demo.db'}" in show.printed
            async with asyncio.timeout(SECONDS):
                while not version_of(tmp_path / "kept" / "demo.db"):  # noqa: ASYNC110 -- another process writes it
                    await asyncio.sleep(0.02)


def version_of(path: Path) -> int:
    """The version of a database; 0 for one that is not there yet, or not whole."""
    if not path.exists():
        return 0
    with closing(sqlite3.connect(path)) as database:
        return int(database.execute("PRAGMA user_version").fetchone()[0])


async def test_data_in_use_or_of_no_use(tmp_path: Path) -> None:
    """A --data that is a file, or that another demo uses, is said to be so, with exit code 3."""
    (tmp_path / "file").write_text("x")
    for arguments in (("--no-browser",), ("--tour",)):
        code, printed = await ended("demo", BARE, tmp_path, "--data", "file", *arguments)
        assert (code, printed) == (3, "parley: --data file is a file: name a folder\n")
    (tmp_path / "kept").mkdir()
    with locked(tmp_path / "kept" / "demo.db"):
        code, printed = await ended("demo", BARE, tmp_path, "--data", "kept", "--no-browser")
    assert code == 3
    assert "in use by another Parley" in printed
    assert "http://" not in printed


async def test_nonsense_is_refused(tmp_path: Path) -> None:
    """A port that is none, --tour with --config and an unknown setting are named, with exit code 2."""
    for port in ("70000", "-1", "x"):
        code, printed = await ended("demo", BARE, tmp_path, "--port", port)
        assert code == 2
        assert f"{port} is no port" in printed
    code, printed = await ended("demo", BARE, tmp_path, "--tour", "--config", "my.toml")
    assert code == 2
    assert "leave --config out" in printed
    (tmp_path / "config.toml").write_text('[chat]\nsistem_prompt = "Arr."\n')
    code, printed = await ended("demo", BARE, tmp_path, "--no-browser", "--port", "0")
    assert code == 2
    assert "chat.sistem_prompt" in printed


async def test_a_prompt_that_leaves_no_room_is_said(tmp_path: Path) -> None:
    """A system prompt that is too long ends the demo with exit code 2 before its page is up."""
    code, printed = await ended(
        "demo", {**BARE, "PARLEY_CHAT__SYSTEM_PROMPT": "word " * 9000}, tmp_path, "--no-browser", "--port", "0"
    )
    assert code == 2
    assert "chat.system_prompt needs" in printed


async def test_what_is_set_up_is_said(tmp_path: Path) -> None:
    """The demo says which model answers, and which settings it leaves out, without any secret."""
    (tmp_path / ".env").write_text("OPENAI_BASE_URL=http://me:hush@127.0.0.1:9/v1\n")
    (tmp_path / "config.toml").write_text('[model]\nname = "llama"\n[access]\nallow_guilds = [1]\n')
    async with demo(tmp_path, "--no-browser", DISCORD_TOKEN="hush") as show:
        assert "Answers come from llama at 127.0.0.1." in show.printed
        assert "[access]" in show.printed
        assert "hush" not in show.printed


@pytest.mark.long
async def test_the_tour(tmp_path: Path) -> None:
    """The tour plays its story to the end, names its database and its export, and leaves both."""
    code, printed = await ended("demo", {**BARE, "TMPDIR": str(tmp_path)}, tmp_path, "--tour", start=spawn)
    assert code == 0, printed
    assert "\x1b" not in printed
    assert "Parley  Alice's cat is called Ada." in printed
    assert "Parley  Nobody told me" in printed
    assert "where /model and /persona choose who answers" in printed
    assert printed.index("Nobody told me") < printed.rindex("cat is called Ada.")
    left = {line.split()[0]: Path(line.split()[1]) for line in printed.splitlines() if f"  {tmp_path}" in line}
    assert set(left) == {"database", "export"}
    with sqlite3.connect(left["database"]) as database:
        assert database.execute("SELECT count(*) FROM questions").fetchone()[0] == 6
    database.close()
    exported = json.loads(left["export"].read_text(encoding="utf-8"))
    assert exported["format"] == "parley"
    assert "called Ada" in left["export"].with_suffix(".md").read_text(encoding="utf-8")


@pytest.mark.long
async def test_the_tour_into_a_folder_twice(tmp_path: Path) -> None:
    """A second tour into the same folder runs to its end and adds an export."""
    for number in (1, 2):
        code, printed = await ended("demo", BARE, tmp_path, "--tour", "--data", "kept")
        assert code == 0, printed
        assert "Traceback" not in printed
        assert str(tmp_path / "kept" / "demo.db") in printed
        assert len(list((tmp_path / "kept").glob("parley-*.json"))) == number


@pytest.mark.parametrize("arguments", [("--tour",), ("--no-browser", "--port", "0")])
async def test_whoever_stops_reading_sees_no_traceback(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """A demo whose standard output is closed ends with exit code 0 and prints no error."""
    process = await spawn("demo", {**BARE, "TMPDIR": str(tmp_path)}, tmp_path, *arguments)
    assert process.stdout is not None
    process.stdout._transport.close()  # type: ignore[attr-defined]  # noqa: SLF001 -- there is no other way
    assert process.stderr is not None
    err = await asyncio.wait_for(process.stderr.read(), SECONDS)
    assert (await process.wait(), err.decode()) == (0, "")


@pytest.mark.parametrize("line", ["Parley's tour", "somebody mentions", "started again", "cat called now?"])
async def test_the_tour_can_be_left_at_any_time(tmp_path: Path, line: str) -> None:
    """Ctrl-C in the middle of the tour ends it without a traceback."""
    show = Show(await fork("demo", {**BARE, "TMPDIR": str(tmp_path)}, tmp_path, "--tour"))
    try:
        await show.prints(line)
    finally:
        end = await show.ends()
    assert end == (0, "")
    assert "What is left of it" not in show.printed


async def test_ctrl_c_before_the_tour_begins(tmp_path: Path) -> None:
    """Ctrl-C while the tour's libraries are imported ends it without a traceback."""
    environ = {**BARE, "TMPDIR": str(tmp_path), **interrupted_at(tmp_path, "import", "bot.app")}
    assert await ended("demo", environ, tmp_path, "--tour", start=spawn) == (0, "")
