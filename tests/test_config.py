"""The configuration: where a value comes from, and how everything wrong with it is said at once, without a secret."""

import json
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr

from bot.config import NAMED, PREFIX, RENAMED, Settings, load
from bot.errors import ConfigError

SECRETS = {"DISCORD_TOKEN": "t", "OPENAI_API_KEY": "k"}


MARKER = "hush-7f3a91"


SECTIONS = {name: cast("type[BaseModel]", field.annotation) for name, field in Settings.model_fields.items()}


KEYS = [(section, key) for section, model in SECTIONS.items() for key in model.model_fields]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, and an environment without a setting of ours."""
    monkeypatch.chdir(tmp_path)
    for name in [*NAMED, *(f"{PREFIX}{section}__{key}".upper() for section, key in KEYS)]:
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def problems(path: Path | None, environ: Mapping[str, str]) -> tuple[str, ...]:
    """What is wrong with a configuration."""
    with pytest.raises(ConfigError) as raised:
        load(path, environ)
    assert raised.value.exit_code == 2
    assert str(raised.value) == "\n".join(raised.value.problems)
    return raised.value.problems


def written(folder: Path, text: str) -> Path:
    """A TOML file."""
    path = folder / "some.toml"
    path.write_text(text, encoding="utf-8")
    return path


# ------------------------------------------------------------------------------------------ where values come from


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
    precise = f"PARLEY_{path[0]}__{path[1]}".upper()

    loaded = load(None, {**SECRETS, name: "https://one.example", precise: "https://two.example"})

    value = getattr(getattr(loaded, path[0]), path[1])
    assert (value.get_secret_value() if isinstance(value, SecretStr) else value) == "https://two.example"


def test_an_empty_well_known_variable_counts_as_unset(folder: Path) -> None:
    """An empty well-known variable leaves the file's value as it is."""
    path = written(folder, '[discord]\ntoken = "from-toml"')

    assert load(path, {"DISCORD_TOKEN": "", "OPENAI_API_KEY": "k"}).discord.token.get_secret_value() == "from-toml"


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
        ("PARLEY_MODEL__SILENCE_SECONDS", "2.5", ("model", "silence_seconds"), 2.5),
        ("PARLEY_CHAT__SYSTEM_PROMPT", '{"be": "kind"}', ("chat", "system_prompt"), '{"be": "kind"}'),
        ("PARLEY_CHAT__SYSTEM_PROMPT", "", ("chat", "system_prompt"), ""),
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


@pytest.mark.parametrize(
    "url", ["http://localhost:8080/v1", "https://llm.example/v1", "https://api.openai.com.evil.example"]
)
def test_no_key_is_needed_elsewhere(folder: Path, url: str) -> None:
    """A model on another server than OpenAI's needs no key."""
    loaded = load(None, {"DISCORD_TOKEN": "t", "OPENAI_BASE_URL": url})

    assert not loaded.is_openai
    assert loaded.model.api_key.get_secret_value() == ""


@pytest.mark.parametrize(
    ("history", "context", "reply", "prompt"),
    [(8000, 128_000, 4000, 8000), (8000, 4096, 1000, 3096), (200, 512, 312, 200)],
)
def test_the_budget_is_what_fits_into_the_model(
    folder: Path, history: int, context: int, reply: int, prompt: int
) -> None:
    """The budget of a prompt is the history's, within the room that the model has beside its answer."""
    sizes = {
        "PARLEY_HISTORY__MAX_TOKENS": str(history),
        "PARLEY_MODEL__CONTEXT_TOKENS": str(context),
        "PARLEY_MODEL__MAX_REPLY_TOKENS": str(reply),
    }
    assert load(None, {**SECRETS, **sizes}).prompt_tokens == prompt


# ------------------------------------------------------------------------------------------ what can be wrong


def test_everything_wrong_is_said_at_once_by_path(folder: Path) -> None:
    """A wrong configuration names the path of everything that is wrong, once each."""
    path = written(
        folder,
        '[model]\nname = 5\ndialekt = "auto"\nmax_reply_tokens = 1\nbase_url = "api.example"\n[histroy]\npath = "x"\n'
        '[access]\nallow_guilds = [1, "no id"]\ndms = "perhaps"\n[discord]\napi_base = "http://[::1"\n',
    )

    found = problems(path, {"PARLEY_HISTORY__MAX_TOKEN": "5", "PARLEY_LIMITS__USER_PER_MINUTE": "many"})

    named = [re.split(r":? ", problem)[0] for problem in found]
    assert sorted(named) == sorted(
        ["model.name", "model.dialekt", "model.max_reply_tokens", "model.base_url", "histroy", "access.allow_guilds",
         "access.dms", "discord.api_base", "PARLEY_HISTORY__MAX_TOKEN", "limits.user_per_minute", "discord.token"]
    )  # rows of a table # fmt: skip


def test_a_key_of_an_earlier_release_names_the_new_one(folder: Path) -> None:
    """A key that has another name by now is a problem that says which, in a file and in the environment."""
    path = written(folder, "[answers]\nmax_parts = 3\n")

    assert problems(path, {**SECRETS, "PARLEY_ANSWERS__MAX_PARTS": "3"}) == (
        "PARLEY_ANSWERS__MAX_PARTS is now called PARLEY_ANSWERS__MAX_MESSAGES: rename it",
        "answers.max_parts is now called answers.max_messages: rename it",
    )


def test_a_key_under_its_new_name_is_a_setting(folder: Path) -> None:
    """A renamed key sets the same thing under its new name."""
    assert load(written(folder, "[answers]\nmax_messages = 3\n"), SECRETS).answers.max_messages == 3
    assert load(None, {**SECRETS, "PARLEY_ANSWERS__MAX_MESSAGES": "2"}).answers.max_messages == 2
    paths = {f"{section}.{key}" for section, key in KEYS}
    assert set(RENAMED.values()) <= paths
    assert paths.isdisjoint(RENAMED)


def test_missing_secrets_are_reported_with_what_to_set(folder: Path) -> None:
    """A problem names each missing secret with the variable to set."""
    token, key = problems(None, {})

    assert token.startswith("discord.token is missing: set DISCORD_TOKEN")
    assert key.startswith("model.api_key is missing: set OPENAI_API_KEY")


@pytest.mark.parametrize("blank", ["", "  ", "\n"])
def test_a_blank_secret_is_missing(folder: Path, blank: str) -> None:
    """A secret of nothing but white space counts as missing."""
    found = problems(None, {"PARLEY_DISCORD__TOKEN": blank, "PARLEY_MODEL__API_KEY": blank})

    assert [problem.split()[0] for problem in found] == ["discord.token", "model.api_key"]


@pytest.mark.parametrize("toml", ["discord = 5", "discord = []", "discord = 'x'\n[model]\nname = 'm'"])
def test_a_value_in_the_place_of_a_section_is_reported(folder: Path, toml: str) -> None:
    """A value where a section belongs is a problem with the section's name."""
    assert any(problem.startswith("discord: ") for problem in problems(written(folder, toml), SECRETS))


def test_sizes_that_leave_no_room_for_a_prompt_are_reported(folder: Path) -> None:
    """Two sizes that leave no room for a prompt are one problem that names both."""
    (found,) = problems(
        None, {**SECRETS, "PARLEY_MODEL__CONTEXT_TOKENS": "4000", "PARLEY_MODEL__MAX_REPLY_TOKENS": "3900"}
    )

    assert found.startswith("model.context_tokens less model.max_reply_tokens")


@pytest.mark.parametrize("url", ["", "localhost:8080", "ftp://x.example", "https://", "http://[::1", "//x"])
def test_an_address_that_is_no_url_is_reported(folder: Path, url: str) -> None:
    """An address that is no whole URL is a problem with the path of its key."""
    found = problems(None, {**SECRETS, "PARLEY_MODEL__BASE_URL": url, "PARLEY_DISCORD__API_BASE": url})

    assert found == tuple(
        f"{key}: must be a whole URL that begins with http:// or https://"
        for key in ("discord.api_base", "model.base_url")
    )


def test_a_broken_address_is_not_reported_as_a_missing_key_too(folder: Path) -> None:
    """A broken address of a model is one problem, not a missing key as well."""
    (found,) = problems(None, {"DISCORD_TOKEN": "t", "OPENAI_BASE_URL": "http://[::1"})

    assert found.startswith("model.base_url: ")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[model", ""),
        ("a = 1\nb = ", ""),
        ("a = 1\nb = oops\n", " near line 2"),
        ("[a]\nx = 1\n[a]\n", " near line 3"),
        (f'"at line {MARKER}," = 1\n["at line {MARKER},"]\n', " near line 2"),
        (f"x = {'9' * 5000}", ""),
        (f"x = {'[' * 5000}", ""),
    ],
)
def test_broken_toml_is_reported_with_its_line(folder: Path, text: str, line: str) -> None:
    """A file that is no TOML is a problem with its line, where that is known, and none of its text."""
    path = written(folder, text)

    assert problems(path, SECRETS) == (
        f"{path} is not valid TOML{line}: compare it with config.example.toml",
    )  # rows of a table # fmt: skip


def test_a_file_that_is_not_text_is_reported(folder: Path) -> None:
    """A file in another encoding than UTF-8 counts as no TOML."""
    path = folder / "latin.toml"
    path.write_bytes("[chat]\nsystem_prompt = 'Grüße'".encode("latin-1"))

    assert problems(path, SECRETS) == (f"{path} is not valid TOML: compare it with config.example.toml",)


@pytest.mark.parametrize("name", ["missing.toml", "."])
def test_a_file_that_cannot_be_read_is_reported(folder: Path, name: str) -> None:
    """A file that is named but cannot be read is a problem; the defaults do not stand in for it."""
    (found,) = problems(folder / name, SECRETS)

    assert found.startswith(f"{folder / name} cannot be read (")


def test_an_unreadable_dotenv_is_reported_beside_the_rest(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `.env` that cannot be read is a problem beside the others, which shows none of its text."""
    (folder / ".env").write_bytes(b"DISCORD_TOKEN=\xff\xfe" + MARKER.encode())

    with pytest.raises(ConfigError) as raised:
        load(None)

    first, *rest = raised.value.problems
    assert first.startswith(".env cannot be read (UnicodeDecodeError)")
    assert [problem.split()[0] for problem in rest] == ["discord.token", "model.api_key"]
    assert MARKER not in str(raised.value)


@pytest.mark.parametrize("value", ["9" * 5000, "[" * 100_000, "{", "'x'"])
def test_a_monstrous_value_is_reported_like_any_other(folder: Path, value: str) -> None:
    """A value of the environment that no parser takes is a problem with the path of its key."""
    (found,) = problems(None, {**SECRETS, "PARLEY_HISTORY__MAX_TOKENS": value})

    assert found.startswith("history.max_tokens: ")


VALUES = st.sampled_from(
    [
        MARKER,
        [MARKER],
        [[MARKER]],
        {"x": MARKER},
        {"x": {"y": MARKER}},
        [{"x": MARKER}],
        f"http://{MARKER}:x:y",
        f"5{MARKER}",
    ]
)


NAMES = st.sampled_from([*KEYS, ("discord", "tokken"), ("nowhere", "x"), ("model", "x-y")])


@given(st.dictionaries(NAMES, VALUES), st.dictionaries(NAMES, VALUES), st.sampled_from(["", "\n[", "\n= ", "\nx = "]))
@settings(max_examples=200, deadline=None)
def test_no_value_ever_appears_in_a_message(
    in_toml: dict[tuple[str, str], object], in_environment: dict[tuple[str, str], object], slip: str
) -> None:
    """A message about the configuration holds no value, wherever it was found and whatever is wrong."""
    environ = {
        f"PARLEY_{section}__{key}".upper(): value if isinstance(value, str) else json.dumps(value)
        for (section, key), value in in_environment.items()
    }
    with tempfile.TemporaryDirectory() as place:
        path = written(Path(place), _toml(in_toml) + (f"{slip}{MARKER}" if slip else ""))
        try:
            loaded = load(path, environ)
        except ConfigError as error:
            seen = [*error.problems, str(error), repr(error)]
        else:
            seen = [repr(loaded.discord.token), repr(loaded.model.api_key)]

    assert not [text for text in seen if MARKER in text]


def _toml(values: Mapping[tuple[str, str], object]) -> str:
    lines: list[str] = []
    for section in dict.fromkeys(section for section, _ in values):
        lines.append(f"[{section}]")
        lines += [f"{key} = {_literal(value)}" for (name, key), value in values.items() if name == section]
    return "\n".join(lines)


def _literal(value: object) -> str:
    if isinstance(value, dict):
        inner = cast("dict[str, object]", value)
        return "{" + ", ".join(f"{key} = {_literal(item)}" for key, item in inner.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_literal(item) for item in cast("list[object]", value)) + "]"
    return json.dumps(value)


def test_settings_cannot_be_changed(folder: Path) -> None:
    """Settings stay as they were read."""
    loaded = load(None, SECRETS)

    with pytest.raises(ValueError, match="frozen"):
        loaded.history.max_tokens = 5


def test_every_key_has_a_description() -> None:
    """Every key has a description."""
    for model in SECTIONS.values():
        assert all(field.description for field in model.model_fields.values())
