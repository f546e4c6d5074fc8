"""The sources of settings: each can set every key, and one outweighs the other."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.config import load
from bot.config.names import NAMED, variable
from tests.config.conftest import KEYS, SECRETS, written


def test_two_secrets_are_enough(folder: Path) -> None:
    """The configuration is whole with the token and the key alone."""
    loaded = load(None, SECRETS)

    assert loaded.discord.token.get_secret_value() == "t"
    assert loaded.model.api_key.get_secret_value() == "k"
    assert loaded.history.path == Path("parley.db")
    assert loaded.is_openai


def test_the_environment_beats_dotenv_beats_toml_beats_the_default(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment outweighs `.env`, which outweighs the TOML file, which outweighs the default."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    seen = [load(None).history.max_tokens]
    (folder / "config.toml").write_text("[history]\nmax_tokens = 1001\n")
    seen.append(load(None).history.max_tokens)
    (folder / ".env").write_text("PARLEY_HISTORY__MAX_TOKENS=1002\n")
    seen.append(load(None).history.max_tokens)
    monkeypatch.setenv("PARLEY_HISTORY__MAX_TOKENS", "1003")
    seen.append(load(None).history.max_tokens)

    assert seen == [8000, 1001, 1002, 1003]


def test_the_environment_beats_dotenv_under_either_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable of the environment outweighs one in `.env`, be either spelt the precise or the well-known way."""
    (folder / ".env").write_text("PARLEY_DISCORD__TOKEN=old\nOPENAI_API_KEY=from-dotenv\n")
    monkeypatch.setenv("DISCORD_TOKEN", "new")

    loaded = load(None)

    assert loaded.discord.token.get_secret_value() == "new"
    assert loaded.model.api_key.get_secret_value() == "from-dotenv"


@pytest.mark.parametrize(("name", "path"), NAMED.items())
def test_the_precise_name_beats_the_well_known_one(folder: Path, name: str, path: tuple[str, str]) -> None:
    """The precise name outweighs the well-known one, which other programs read too."""
    precise = variable(f"{path[0]}.{path[1]}")

    loaded = load(None, {**SECRETS, name: "https://one.example", precise: "https://two.example"})

    value = getattr(getattr(loaded, path[0]), path[1])
    assert (value.get_secret_value() if isinstance(value, SecretStr) else value) == "https://two.example"


@pytest.mark.parametrize("nothing", ["", " ", "\r\n", '""', "''", '" "'])
@pytest.mark.parametrize("name", ["DISCORD_TOKEN", "PARLEY_DISCORD__TOKEN"])
def test_an_empty_variable_counts_as_unset(folder: Path, name: str, nothing: str) -> None:
    """A variable that holds nothing leaves the file's value as it is, under either name."""
    path = written(folder, '[discord]\ntoken = "from-toml"')

    assert load(path, {name: nothing, "OPENAI_API_KEY": "k"}).discord.token.get_secret_value() == "from-toml"


@pytest.mark.parametrize("nothing", ["", '""'])
def test_settings_that_are_all_set_to_nothing_are_the_defaults(folder: Path, nothing: str) -> None:
    """A compose file that passes on every variable, set or not, changes no setting."""
    empty = {variable(f"{section}.{key}"): nothing for section, key in KEYS}

    assert load(None, {**empty, **SECRETS, "OPENAI_BASE_URL": nothing}) == load(None, SECRETS)


def test_an_empty_system_prompt_is_set_in_the_file(folder: Path) -> None:
    """A file can set a text to nothing."""
    assert load(written(folder, '[chat]\nsystem_prompt = ""\n'), SECRETS).chat.system_prompt == ""


def test_an_unknown_variable_that_is_set_to_nothing_is_no_problem(folder: Path) -> None:
    """A variable of an earlier release that a compose file still passes on, without a value, stops no start."""
    assert load(None, {**SECRETS, "PARLEY_ANSWERS__MAX_PARTS": "", "PARLEY_NO__SUCH": ""}) == load(None, SECRETS)


@pytest.mark.parametrize(
    ("variable", "value", "key", "expected"),
    [
        ("PARLEY_ACCESS__ALLOW_GUILDS", "[123456789012345678, 2]", ("access", "allow_guilds"), {123456789012345678, 2}),
        ("PARLEY_ACCESS__DENY_USERS", '["123456789012345678"]', ("access", "deny_users"), {123456789012345678}),
        ("PARLEY_ACCESS__DMS", "false", ("access", "dms"), False),
        ("parley_access__dms", "False", ("access", "dms"), False),
        ("PARLEY_MODEL__EXTRA", '{"temperature": 0.5, "stop": ["x"]}', ("model", "extra"), {"temperature": 0.5, "stop": ["x"]}),
        ("PARLEY_MODEL__NAME", "123", ("model", "name"), "123"),
        ("PARLEY_MODEL__DIALECT", "compatible", ("model", "dialect"), "compatible"),
        ("PARLEY_MODEL__VISION", "False", ("model", "vision"), False),
        ("PARLEY_MODEL__VISION", "auto", ("model", "vision"), "auto"),
        ("PARLEY_MODEL__SILENCE_SECONDS", "2.5", ("model", "silence_seconds"), 2.5),
        ("PARLEY_CHAT__SYSTEM_PROMPT", '{"be": "kind"}', ("chat", "system_prompt"), '{"be": "kind"}'),
        ("PARLEY_ACCESS__ALLOW_ROLES", "123456789012345678", ("access", "allow_roles"), {123456789012345678}),
        ("PARLEY_ACCESS__DENY_GUILDS", "1, 2 3;4\n", ("access", "deny_guilds"), {1, 2, 3, 4}),
        ("PARLEY_HISTORY__PATH", "some/where.db", ("history", "path"), Path("some/where.db")),
        ("PARLEY_DISCORD__API_BASE", "http://127.0.0.1:9/api/v10/", ("discord", "api_base"), "http://127.0.0.1:9/api/v10"),
    ],
)  # rows of a table # fmt: skip
def test_the_environment_can_hold_every_kind_of_value(
    folder: Path, variable: str, value: str, key: tuple[str, str], expected: object
) -> None:
    """The environment holds lists, switches, tables, numbers, texts and paths."""
    loaded = load(None, {**SECRETS, variable: value})

    assert getattr(getattr(loaded, key[0]), key[1]) == expected


def test_dotenv_values_are_taken_as_they_stand(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A value in `.env` keeps its dollar signs and braces; a name without a value sets nothing."""
    (folder / ".env").write_text("DISCORD_TOKEN='a$HOME${X}b'\nOPENAI_API_KEY=k\nPARLEY_MODEL__NAME\n")

    loaded = load(None)

    assert loaded.discord.token.get_secret_value() == "a$HOME${X}b"
    assert loaded.model.name == "gpt-5.4-mini"


def test_other_programs_variables_are_none_of_our_business(folder: Path) -> None:
    """The configuration ignores variables of other programs."""
    assert load(None, {**SECRETS, "PATH": "/bin", "OPENAI_ORG_ID": "x", "MY_PARLEY_X__Y": "z"}).history.max_tokens


def test_a_relative_path_is_taken_from_the_working_directory(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path in a file leads from the working directory, not from the file."""
    (folder / "there").mkdir()
    (folder / "there" / "my.toml").write_text('[history]\npath = "x.db"\n')

    loaded = load(Path("there/my.toml"), SECRETS)

    assert loaded.history.path == Path("x.db")
    assert loaded.history.path.absolute() == folder / "x.db"
