"""Personas in the configuration, and system prompts that stand in files of their own."""

import os
from pathlib import Path

import pytest

from bot.config import PersonaSettings, Settings, Source, load
from bot.errors import ConfigError
from tests.config.conftest import SECRETS, written

PIRATE = """
[models.clever]
name = "gpt-5.5"

[personas.pirate]
description = " Talks like a pirate "
system_prompt = "You are a pirate."
model = "clever"
extra = { temperature = 0.9 }

[access]
models = { clever = [1, 2] }
"""


def problems(folder: Path, text: str, **variables: str) -> list[str]:
    """The problems of a configuration."""
    with pytest.raises(ConfigError) as caught:
        load(written(folder, text), {**SECRETS, **variables})
    return list(caught.value.problems)


def unreadable(path: str, why: str) -> str:
    """The problem of a file that cannot be read."""
    return f"{path}.system_prompt_file cannot be read ({why}): its path begins at the folder of the configuration file"


def test_a_persona_is_read(folder: Path) -> None:
    """A persona has a description, a system prompt, a model and parameters; a model may be kept to roles."""
    settings = load(written(folder, PIRATE), SECRETS)
    assert settings.personas == {
        "pirate": PersonaSettings(
            description="Talks like a pirate",
            system_prompt="You are a pirate.",
            model="clever",
            extra={"temperature": 0.9},
        )
    }
    assert settings.access.models == {"clever": frozenset({1, 2})}


def test_a_persona_is_set_by_a_variable(folder: Path) -> None:
    """A whole persona is one variable, and so are the roles of models."""
    variables = {
        "PARLEY_PERSONAS__PIRATE": '{"system_prompt": "Arr."}',
        "PARLEY_ACCESS__MODELS": '{"default": "1, 2"}',
    }
    settings = load(None, {**SECRETS, **variables})
    assert settings.personas["pirate"].system_prompt == "Arr."
    assert settings.access.models == {"default": frozenset({1, 2})}


def test_system_prompts_are_read_from_files(folder: Path) -> None:
    """A path begins at the folder of the configuration file; the byte order mark and blanks at the ends are left out."""
    (folder / "texts").mkdir()
    (folder / "texts" / "pirate.md").write_bytes(b"\xef\xbb\xbfYou are a pirate.\nArr.\n\n")
    (folder / "prompt.md").write_text("Be brief.", encoding="utf-8")
    path = written(
        folder,
        '[chat]\nsystem_prompt_file = "prompt.md"\n[personas.pirate]\nsystem_prompt_file = "texts/pirate.md"\n',
    )
    settings = load(path, SECRETS)
    assert settings.chat.system_prompt == "Be brief."
    assert settings.personas["pirate"].system_prompt == "You are a pirate.\nArr."


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            '[personas.default]\nsystem_prompt = "x"',
            "personas.default: this name stands for chat.system_prompt, so choose another",
        ),
        ('[personas.p]\nmodel = "sk-hidden"', "personas.p.model names a model that no table [models.…] describes"),
        (
            '[personas.p]\nsystem_prompt = "x"\nsystem_prompt_file = "p.md"',
            "personas.p.system_prompt_file is set beside personas.p.system_prompt: set one of the two",
        ),
        ('[chat]\nsystem_prompt_file = "none.md"', unreadable("chat", "No such file or directory")),
        ('[personas.p]\nsystem_prompt_file = "folder"', unreadable("personas.p", "Is a directory")),
        ('[personas.p]\nsystem_prompt_file = "pipe"', unreadable("personas.p", "Is a pipe")),
        ('[personas.p]\nsystem_prompt_file = "latin.md"', unreadable("personas.p", "no UTF-8 text of up to 1 MB")),
        ('[personas.p]\nsystem_prompt_file = "long.md"', unreadable("personas.p", "no UTF-8 text of up to 1 MB")),
        (
            "[personas.p]\nextra = { when = 2026-01-01 }",
            "personas.p.extra: the value of extra.when is no JSON (JSON has no dates, nan or inf): write a number or a text",
        ),
        ('[personas.p]\ncolour = "red"', "personas.p.colour is not a setting: config.example.toml lists them all"),
        (
            f'[personas.p]\ndescription = "{"x" * 101}"',
            "personas.p.description: String should have at most 100 characters",
        ),
        ('[personas.p]\nmodel = ["clever"]', "personas.p.model: Input should be a valid string"),
        ("[access]\nmodels = { clever = [1] }", "access.models names a model that no table [models.…] describes"),
    ],
)
def test_a_wrong_persona_is_named(folder: Path, text: str, problem: str) -> None:
    """Each problem names the key and what to do, and no value."""
    (folder / "folder").mkdir()
    os.mkfifo(folder / "pipe")
    (folder / "latin.md").write_bytes("für alle".encode("latin-1"))
    (folder / "long.md").write_text("x" * 1_000_001, encoding="utf-8")
    assert problems(folder, text) == [problem]


@pytest.mark.parametrize("text", ["personas = 3", "personas = { p = 3 }", "chat = 3", "[personas.p]\nmodel = 3"])
def test_what_is_no_table_is_reported(folder: Path, text: str) -> None:
    """Another value in place of a table is a problem like any other."""
    assert problems(folder, text)


@pytest.mark.parametrize("name", ['"a\\u0000b"', '"pipe"'])
def test_a_path_that_is_no_file_is_a_problem_of_each_reading(folder: Path, name: str) -> None:
    """A path that no file can have, and a pipe, are reported at the start and at each later reading."""
    os.mkfifo(folder / "pipe")
    source = Source(written(folder, f"[personas.p]\nsystem_prompt_file = {name}"), SECRETS)
    for _ in range(2):
        with pytest.raises(ConfigError, match=r"personas.p.system_prompt_file cannot be read"):
            source.read()


def test_there_are_no_personas_by_default() -> None:
    """Nothing can be chosen that is not configured."""
    assert Settings().personas == {}
