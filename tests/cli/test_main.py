"""The command line as scripts and people meet it: what it prints, where, and how it ends."""

import asyncio
import os
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pytest

from bot.cli.commands import COMMANDS
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
    """If a command were missing from the help, nobody would find it."""
    done = await parley(tmp_path, "--help")

    assert done.returncode == 0
    for name, purpose in COMMANDS.items():
        assert name in done.stdout
        assert purpose in " ".join(done.stdout.split())
    assert done.stderr == ""


@pytest.mark.parametrize("command", COMMANDS)
async def test_each_command_has_help_of_its_own(tmp_path: Path, command: str) -> None:
    """If a command had no help, its options would have to be read in the code."""
    done = await parley(tmp_path, command, "--help")

    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: parley {command} ")
    assert "--config" in done.stdout


async def test_the_version_is_that_of_the_package(tmp_path: Path) -> None:
    """If the version were wrong, every report of a problem would name the wrong release."""
    done = await parley(tmp_path, "--version")

    assert (done.returncode, done.stdout) == (0, f"parley {version('parley-bot')}\n")


@pytest.mark.parametrize("arguments", [["fly"], [], ["run", "--fast"], ["run", "--config"]])
async def test_what_it_does_not_know_is_refused_with_code_2(tmp_path: Path, arguments: list[str]) -> None:
    """If a mistyped command ended in a traceback or in success, scripts would go on as if the bot had run."""
    done = await parley(tmp_path, *arguments)

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("usage: parley")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["run", "check"])
async def test_every_problem_of_the_configuration_is_printed(tmp_path: Path, command: str) -> None:
    """If problems were printed one at a time or to standard output, operators and scripts would miss some."""
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
    """If a wrong path ended like a crash, a service manager would restart for ever what its operator must mend."""
    (tmp_path / "file").write_text("x")

    done = await parley(
        tmp_path, "run", DISCORD_TOKEN="hush", OPENAI_API_KEY="hush", PARLEY_HISTORY__PATH="file/parley.db"
    )  # rows of a table # fmt: skip

    assert done.returncode == 3
    assert done.stderr.splitlines()[-1].startswith("parley: file/parley.db")
    assert "Traceback" not in done.stderr
    assert "hush" not in done.stderr
