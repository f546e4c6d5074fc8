"""The command line as scripts and people meet it: what it prints, where, and how it ends."""

import asyncio
import os
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pytest

from bot.cli.commands import COMMANDS
from tests.e2e.process import ended, spawn
from tests.forked import Forked


@dataclass(frozen=True)
class Done:
    """A command that has ended: its exit code, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


async def parley(folder: Path, *arguments: str, **environ: str) -> Done:
    """Run `python -m bot` in `folder`, with nothing else in its environment."""
    process = await Forked.started("bot", arguments, {"PATH": os.environ["PATH"], **environ}, folder)
    out, err = await asyncio.wait_for(process.communicate(), 60)
    return Done(await process.wait(), out.decode(), err.decode())


async def test_help_lists_every_command(tmp_path: Path) -> None:
    """The help lists every command with its purpose."""
    done = await parley(tmp_path, "--help")

    assert done.returncode == 0
    for name, purpose in COMMANDS.items():
        assert name in done.stdout
        assert purpose in " ".join(done.stdout.split())
    assert done.stderr == ""


@pytest.mark.parametrize("command", COMMANDS)
async def test_each_command_has_help_of_its_own(tmp_path: Path, command: str) -> None:
    """Each command has a help of its own, with its usage and options."""
    done = await parley(tmp_path, command, "--help")

    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: parley {command} ")
    assert "--config" in done.stdout


async def test_the_version_is_that_of_the_package(tmp_path: Path) -> None:
    """`--version` prints the version of the installed package."""
    done = await parley(tmp_path, "--version")

    assert (done.returncode, done.stdout) == (0, f"parley {version('parley-bot')}\n")


@pytest.mark.parametrize("arguments", [["fly"], [], ["run", "--fast"], ["run", "--config"]])
async def test_what_it_does_not_know_is_refused_with_code_2(tmp_path: Path, arguments: list[str]) -> None:
    """Unknown or missing arguments end with code 2 and the usage on standard error."""
    done = await parley(tmp_path, *arguments)

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("usage: parley")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["run", "check"])
async def test_every_problem_of_the_configuration_is_printed(tmp_path: Path, command: str) -> None:
    """Every problem of the configuration is printed on standard error, without any value."""
    (tmp_path / "my.toml").write_text('[model]\nnaem = "hush"\n[history]\nmax_tokens = "hush"\n')

    done = await parley(tmp_path, command, "--config", "my.toml", PARLEY_LIMITS__USERS="hush", OPENAI_API_KEY="hush")

    assert done.returncode == 2
    assert done.stdout == ""
    title, *problems = done.stderr.splitlines()
    assert title == "parley: the configuration cannot be used:"
    assert [problem.split()[:2] for problem in problems] == [
        ["-", "PARLEY_LIMITS__USERS"], ["-", "model.naem"], ["-", "history.max_tokens:"], ["-", "discord.token"]
    ]  # rows of a table # fmt: skip
    assert "hush" not in done.stderr


async def test_a_database_that_cannot_be_used_ends_with_code_3(tmp_path: Path) -> None:
    """A database that cannot be used ends with code 3 and one line that names its path."""
    (tmp_path / "file").write_text("x")

    done = await parley(
        tmp_path, "run", DISCORD_TOKEN="hush", OPENAI_API_KEY="hush", PARLEY_HISTORY__PATH="file/parley.db"
    )  # rows of a table # fmt: skip

    assert done.returncode == 3
    assert done.stderr.splitlines()[-1].startswith("parley: file/parley.db")
    assert "Traceback" not in done.stderr
    assert "hush" not in done.stderr


async def test_names_that_the_output_cannot_encode_are_escaped(tmp_path: Path) -> None:
    """A command prints characters that the encoding of its output lacks as escapes, and goes on."""
    settings = {"DISCORD_TOKEN": "t", "OPENAI_API_KEY": "k", "PARLEY_DISCORD__API_BASE": "http://127.0.0.1:9/api/v10"}
    settings |= {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "PARLEY_HISTORY__PATH": "\u732b.db"}

    code, printed = await ended(
        "check", {"PATH": os.environ["PATH"], "PYTHONIOENCODING": "ascii", **settings}, tmp_path, start=spawn
    )

    assert code == 4
    assert "ok    database: \\u732b.db will be made at the first start" in printed
    assert "UnicodeEncodeError" not in printed
