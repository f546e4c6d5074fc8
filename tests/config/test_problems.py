"""The problems of a configuration: all of them at once, by path, without a secret."""

import json
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.config import load
from bot.config.names import variable
from bot.config.settings import ModelSettings
from bot.errors import ConfigError
from tests.config.conftest import KEYS, SECRETS, SECTIONS, written

MARKER = "hush-7f3a91"


def problems(path: Path | None, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the problems of a configuration."""
    with pytest.raises(ConfigError) as raised:
        load(path, environ)
    assert raised.value.exit_code == 2
    assert str(raised.value) == "\n".join(raised.value.problems)
    return raised.value.problems


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


@pytest.mark.parametrize(
    "url",
    ["localhost:8080", "localhost:11434/v1", "ftp://x.example", "https://", "http://[::1", "//x", "api.example/v1",
     "http://x.example:port/v1", "http://x.example:99999/v1", "http://two words/v1", "http://line\nbreak/v1"],
)  # rows of a table # fmt: skip
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


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_file_in_another_encoding_is_reported(folder: Path, encoding: str) -> None:
    """A file in another encoding than UTF-8 is a problem that says so."""
    path = folder / "some.toml"
    path.write_bytes("[chat]\nsystem_prompt = 'Grüße'".encode(encoding))

    assert problems(path, SECRETS) == (f"{path} is not UTF-8 text: save it in that encoding",)


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


NUMBERS = [
    ("model", "context_tokens", "100,000,000"),
    ("model", "max_reply_tokens", "100,000,000"),
    ("model", "first_token_seconds", "86,400"),
    ("model", "silence_seconds", "86,400"),
    ("model", "answer_seconds", "86,400"),
    ("transcription", "max_seconds", "86,400"),
    ("transcription", "wait_seconds", "86,400"),
    ("discord", "look_up_seconds", "60"),
    ("history", "max_tokens", "100,000,000"),
    ("history", "ambient", "50"),
    ("chat", "burst_seconds", "30"),
    ("answers", "max_messages", "20"),
    ("files", "max_bytes", "524,288,000"),
    ("files", "per_question", "40"),
    ("files", "share", "1"),
    ("files", "pages", "2,000"),
    ("files", "seconds", "600"),
    ("limits", "user_per_minute", "100,000"),
    ("limits", "place_per_minute", "100,000"),
    ("limits", "place_queue", "10,000"),
    ("limits", "model_requests", "1,000"),
    ("limits", "user_requests", "1,000"),
    ("limits", "tokens_per_day", "1,000,000,000,000"),
    ("recovery", "answer_within_seconds", "31,536,000"),
    ("recovery", "look_back_seconds", "31,536,000"),
    ("shutdown", "grace_seconds", "86,400"),
]
"""Each setting that is a number, with the most that it may be."""


def test_every_number_has_an_upper_bound() -> None:
    """Each setting whose default is a number is in the table of bounds."""
    numbers = {
        (section, key)
        for section, model in SECTIONS.items()
        for key, field in model.model_fields.items()
        if isinstance(field.default, int | float) and not isinstance(field.default, bool)
    }
    assert numbers == {(section, key) for section, key, _ in NUMBERS}


@pytest.mark.parametrize(("section", "key", "most"), NUMBERS)
def test_a_number_that_is_too_large_is_reported_with_the_most_that_may_be(
    folder: Path, section: str, key: str, most: str
) -> None:
    """A number over its upper bound is a problem that says the bound, from the file and from the environment."""
    name = variable(f"{section}.{key}")
    for path, environ in [
        (written(folder, f"[{section}]\n{key} = 1{'0' * 18}\n"), SECRETS),
        (None, {**SECRETS, name: "100000000000000000000"}),
        (None, {**SECRETS, name: "1_000_000_000_000_000"}),
    ]:
        assert problems(path, environ) == (f"{section}.{key}: must be {most} at most",)
    if key != "max_reply_tokens":
        assert load(None, {**SECRETS, name: most.replace(",", "")})


@pytest.mark.parametrize(("section", "key", "most"), NUMBERS)
@pytest.mark.parametrize("value", ["inf", "nan", "-1", "1e400", "-inf", "9" * 400])
def test_a_number_that_is_none_is_reported(folder: Path, section: str, key: str, most: str, value: str) -> None:
    """Infinity, what is no number, what is negative and what no computer holds are problems with the path of the key."""
    (found,) = problems(written(folder, f"[{section}]\n{key} = {value}\n"), SECRETS)
    assert found.startswith(f"{section}.{key}: ")
    assert problems(None, {**SECRETS, variable(f"{section}.{key}"): value})


@pytest.mark.parametrize("value", ["100000000000000000000", "0", "-5", "9" * 5000, "12x", "[1.5]"])
def test_an_id_that_is_none_is_reported(folder: Path, value: str) -> None:
    """A number that Discord gives to nobody is a problem of its list."""
    assert any(
        problem.startswith("access.allow_users: ")
        for problem in problems(None, {**SECRETS, "PARLEY_ACCESS__ALLOW_USERS": value})
    )


@pytest.mark.parametrize("value", ["[123,]", ",123", "[true]", "true", "12x", '{"1": 2}', "1.5", "null"])
def test_ids_that_are_no_list_are_reported_with_an_example(folder: Path, value: str) -> None:
    """A value that holds no list of ids is a problem that shows how one is written, and not the value."""
    assert problems(None, {**SECRETS, "PARLEY_ACCESS__ALLOW_GUILDS": value}) == (
        'access.allow_guilds: must be a list of Discord ids, such as [123, 456] or "123, 456"',
    )


@pytest.mark.parametrize(
    ("extra", "key"),
    [
        ("since = 2026-01-01", "extra.since"),
        ("since = 07:32:00", "extra.since"),
        ("since = 1979-05-27T07:32:00Z", "extra.since"),
        ("top_p = nan", "extra.top_p"),
        ("top_p = inf", "extra.top_p"),
        ("a = { b = [1, { c = -inf }] }", "extra.a.b.c"),
        ("stop = ['x', [2026-01-01]]", "extra.stop"),
    ],
)
def test_a_parameter_that_is_no_json_is_reported_by_its_name(folder: Path, extra: str, key: str) -> None:
    """A value of `model.extra` that JSON cannot hold is a problem that names its key and not the value."""
    path = written(folder, f"[model.extra]\ngood = 1\n{extra}\n")
    assert problems(path, SECRETS) == (
        f"model.extra: the value of {key} is no JSON (JSON has no dates, nan or inf): write a number or a text",
    )


@pytest.mark.parametrize(
    ("extra", "key"),
    [
        ('{"top_p": NaN}', "extra.top_p"),
        ('{"top_p": [1, -Infinity]}', "extra.top_p"),
        ('{"stop": "\\ud800"}', "extra.stop"),
        ('{"\\ud800": 1}', "extra"),
    ],
)
def test_a_parameter_of_the_environment_that_cannot_be_sent_is_reported(folder: Path, extra: str, key: str) -> None:
    """A variable that Python reads as JSON but no request can hold is a problem that names the key."""
    (found,) = problems(None, {**SECRETS, "PARLEY_MODEL__EXTRA": extra})
    assert found.startswith(f"model.extra: the value of {key} is no JSON")


def test_a_parameter_that_is_nested_too_deeply_is_refused() -> None:
    """A table that no encoder can walk through is refused, as are tables within it that no parser reads."""
    extra: dict[str, object] = {}
    for _ in range(5_000):
        extra = {"a": extra}
    with pytest.raises(ValidationError, match=r"the value of extra is no JSON"):
        ModelSettings(extra=extra)


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
        variable(f"{section}.{key}"): value if isinstance(value, str) else json.dumps(value)
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


def test_an_underscore_too_few_is_named_and_foreign_names_are_not() -> None:
    """A variable of ours with an underscore too few is a problem; other variables that begin alike are none."""
    with pytest.raises(ConfigError) as caught:
        load(None, {**SECRETS, "PARLEY_HISTORY_PATH": "x.db", "PARLEY_SPECS": "elsewhere", "PARLEY": "1"})
    assert list(caught.value.problems) == ["PARLEY_HISTORY_PATH is not a setting: config.example.toml lists them all"]


@pytest.mark.parametrize(
    ("variable", "value", "problem"),
    [
        ("PARLEY_CHAT__SYSTEM_PROMPT", f"{MARKER}\udcff", "chat.system_prompt: holds half a character or NUL: write it as UTF-8"),
        ("PARLEY_CHAT__SYSTEM_PROMPT", f"{MARKER}\0", "chat.system_prompt: holds half a character or NUL: write it as UTF-8"),
        ("PARLEY_MODEL__NAME", f"{MARKER}\nx", "model.name: must be one line without control characters"),
        ("PARLEY_MODEL__NAME", f"{MARKER}\x1b[31m", "model.name: must be one line without control characters"),
        ("PARLEY_HISTORY__PATH", f"{MARKER}\0", "history.path: must be the path of a file, such as parley.db"),
        ("PARLEY_DISCORD__API_BASE", f"http://x.example#{MARKER}",
         "discord.api_base: must hold no user, password, query or fragment"),
    ],
)  # rows of a table # fmt: skip
def test_a_text_that_no_request_or_file_can_hold_is_reported(
    folder: Path, variable: str, value: str, problem: str
) -> None:
    """A text with half a character or a control character where none may be is a problem of its key, without the text."""
    assert problems(None, {**SECRETS, variable: value}) == (problem,)


def test_an_unknown_name_forges_no_line(folder: Path) -> None:
    """A name that is no setting is shown on one line, whatever it holds."""
    path = written(folder, '[limits]\n"x\\n\\u001b[31my" = 1\n')

    assert problems(path, SECRETS) == ("limits.x\\n\\x1b[31my is not a setting: config.example.toml lists them all",)


def test_tokens_of_a_day_that_allow_no_answer_are_reported(folder: Path) -> None:
    """A budget of a day that is smaller than what one answer may use is a problem that names both settings."""
    (found,) = problems(written(folder, "[limits]\ntokens_per_day = 1000\n"), SECRETS)
    assert "limits.tokens_per_day allows no answer" in found
    assert load(None, {**SECRETS, "PARLEY_LIMITS__TOKENS_PER_DAY": "12000"})


def test_a_switch_that_is_none_is_one_problem() -> None:
    """A value that is neither a switch nor "auto" is named once, with what it may be."""
    with pytest.raises(ConfigError) as raised:
        load(None, {"DISCORD_TOKEN": "t", "OPENAI_API_KEY": "k", "PARLEY_MODEL__VISION": "maybe"})
    assert [line for line in raised.value.problems if "vision" in line] == [
        'model.vision: must be true, false or "auto"'
    ]
    assert len(raised.value.problems) == 1
