"""Values as people write them: with marks, blanks, quotes, prefixes and paths that belong elsewhere."""

import json
from pathlib import Path

import pytest

from bot.config import draft, load
from bot.errors import ConfigError
from tests.config.conftest import SECRETS, written

MARK = "\ufeff"


def test_a_byte_order_mark_before_a_file_is_read_over(folder: Path) -> None:
    """A TOML file and a `.env` that an editor on Windows saved are read like any other."""
    path = written(folder, f"{MARK}[history]\r\nmax_tokens = 4321\r\n")
    (folder / ".env").write_text(f"{MARK}DISCORD_TOKEN=t\r\nOPENAI_API_KEY=k\r\n", encoding="utf-8")

    loaded = load(path)

    assert loaded.history.max_tokens == 4321
    assert (loaded.discord.token.get_secret_value(), loaded.model.api_key.get_secret_value()) == ("t", "k")


@pytest.mark.parametrize(
    ("name", "value", "path", "expected"),
    [
        ("PARLEY_MODEL__NAME", '"llama3.2"', ("model", "name"), "llama3.2"),
        ("PARLEY_MODEL__NAME", " 'llama3.2'\r", ("model", "name"), "llama3.2"),
        ("PARLEY_MODEL__DIALECT", "'compatible'", ("model", "dialect"), "compatible"),
        ("PARLEY_HISTORY__PATH", '"/data/parley.db"', ("history", "path"), Path("/data/parley.db")),
        ("PARLEY_HISTORY__MAX_TOKENS", "'4000'", ("history", "max_tokens"), 4000),
        ("PARLEY_HISTORY__MAX_TOKENS", '"4000"', ("history", "max_tokens"), 4000),
        ("PARLEY_MODEL__SILENCE_SECONDS", '" 2.5 "', ("model", "silence_seconds"), 2.5),
        ("PARLEY_ACCESS__DMS", '"false"', ("access", "dms"), False),
        ("PARLEY_ACCESS__ALLOW_GUILDS", "'[1, 2]'", ("access", "allow_guilds"), {1, 2}),
        ("PARLEY_ACCESS__ALLOW_GUILDS", '"1,2"', ("access", "allow_guilds"), {1, 2}),
        ("PARLEY_MODEL__EXTRA", "'{\"top_p\": 0.5}'", ("model", "extra"), {"top_p": 0.5}),
        ("PARLEY_MODEL__EXTRA", '"{\\"top_p\\": 0.5}"', ("model", "extra"), {"top_p": 0.5}),
        ("PARLEY_CHAT__SYSTEM_PROMPT", "'Say \"Arr\".'", ("chat", "system_prompt"), 'Say "Arr".'),
        ("PARLEY_CHAT__SYSTEM_PROMPT", 'Say "Arr"', ("chat", "system_prompt"), 'Say "Arr"'),
        ("PARLEY_CHAT__SYSTEM_PROMPT", '"Yes" or "no"', ("chat", "system_prompt"), '"Yes" or "no"'),
        ("PARLEY_CHAT__SYSTEM_PROMPT", "'Yes' or 'no'", ("chat", "system_prompt"), "'Yes' or 'no'"),
        ("PARLEY_CHAT__SYSTEM_PROMPT", '"', ("chat", "system_prompt"), '"'),
    ],
)  # rows of a table # fmt: skip
def test_quotes_that_docker_keeps_around_a_value_are_taken_away(
    folder: Path, name: str, value: str, path: tuple[str, str], expected: object
) -> None:
    """A pair of quotes around the value of a variable does not belong to the value, whatever the kind of the setting."""
    loaded = load(None, {**SECRETS, name: value})

    assert getattr(getattr(loaded, path[0]), path[1]) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("123", {123}), ('"123, 456"', {123, 456}), ("['1', 2]", {1, 2}), ("[]", set[int]())]
)
def test_ids_in_a_file_need_no_brackets(folder: Path, value: str, expected: set[int]) -> None:
    """A list of ids in the file may be one number or a text of numbers, as in a variable."""
    assert load(written(folder, f"[access]\nallow_guilds = {value}\n"), SECRETS).access.allow_guilds == expected


TOKENS = ["abc", " abc\r\n", '"abc"', "'abc'", "Bot abc", "bot  abc ", '"Bot abc"', 'Bot "abc"', '"abc', ' " abc " ']


@pytest.mark.parametrize("text", TOKENS)
def test_a_token_is_what_is_left_without_quotes_and_bot(folder: Path, text: str) -> None:
    """A token loses blanks, quotes and the word `Bot` around it, from the environment and from the file."""
    path = written(folder, f"[discord]\ntoken = {json.dumps(text)}\n")

    for loaded in (load(None, {**SECRETS, "DISCORD_TOKEN": text}), load(path, {"OPENAI_API_KEY": "k"})):
        assert loaded.discord.token.get_secret_value() == "abc"


@pytest.mark.parametrize("text", [*(text.replace("ot ", "earer ") for text in TOKENS), "BEARER abc"])
def test_a_key_is_what_is_left_without_quotes_and_bearer(folder: Path, text: str) -> None:
    """A key loses blanks, quotes and the word `Bearer` around it."""
    assert load(None, {**SECRETS, "OPENAI_API_KEY": text}).model.api_key.get_secret_value() == "abc"


@pytest.mark.parametrize("token", ["Bot", "Botabc", "Bot.abc"])
def test_only_the_word_bot_is_taken_from_a_token(folder: Path, token: str) -> None:
    """A token that begins like the word, or is only the word, stays as it is."""
    assert load(None, {**SECRETS, "DISCORD_TOKEN": token}).discord.token.get_secret_value() == token


@pytest.mark.parametrize("token", ["Bot a b", "Bearer abc", "Bot Bot abc"])
def test_another_word_before_a_token_is_refused(folder: Path, token: str) -> None:
    """A token with a blank in it is refused, whatever word stands before it."""
    with pytest.raises(ConfigError, match="copy it anew"):
        load(None, {**SECRETS, "DISCORD_TOKEN": token})


def test_a_token_of_quotes_alone_is_missing(folder: Path) -> None:
    """A token with nothing between its quotes is reported as missing."""
    with pytest.raises(ConfigError, match=r"discord\.token is missing"):
        load(written(folder, "[discord]\ntoken = '\"\"'\n"), {"OPENAI_API_KEY": "k"})


ADDRESS = "http://localhost:8080/v1"


@pytest.mark.parametrize(
    "url", [f" {ADDRESS} ", f"{ADDRESS}/", f"{ADDRESS}//", f'"{ADDRESS}"', f"'{ADDRESS}/'", f"\t{ADDRESS}\r\n"]
)
def test_an_address_loses_what_stands_around_it(folder: Path, url: str) -> None:
    """An address loses blanks, quotes and slashes around it, without a note."""
    path = written(folder, f"[model]\nbase_url = {json.dumps(url)}\n")
    found = draft(path, {"DISCORD_TOKEN": "t"})
    assert (found.settings().model.base_url, found.notes) == (ADDRESS, [])

    loaded = load(None, {"DISCORD_TOKEN": "t", "OPENAI_BASE_URL": url, "PARLEY_DISCORD__API_BASE": url})
    assert loaded.model.base_url == loaded.discord.api_base == ADDRESS


@pytest.mark.parametrize("path", ["/chat/completions", "/models", "/completions", "/responses", "/Chat/Completions"])
@pytest.mark.parametrize("end", ["", "/", " "])
def test_a_path_that_was_pasted_with_an_address_is_left_out(
    folder: Path, path: str, end: str, caplog: pytest.LogCaptureFixture
) -> None:
    """An address that ends in what the client adds itself works without it, and one line says so."""
    loaded = load(None, {"DISCORD_TOKEN": "t", "OPENAI_BASE_URL": f"{ADDRESS}{path}{end}"})

    assert loaded.model.base_url == ADDRESS
    (line,) = caplog.messages
    assert line.startswith(f"model.base_url (OPENAI_BASE_URL) ends in {path.lower()}: ")
    assert "localhost" not in line


def test_a_query_behind_a_pasted_path_stays(folder: Path) -> None:
    """An address keeps its query when the path before it is left out."""
    loaded = load(None, {"DISCORD_TOKEN": "t", "OPENAI_BASE_URL": f"{ADDRESS}/chat/completions/?version=1"})
    assert loaded.model.base_url == f"{ADDRESS}?version=1"


@pytest.mark.parametrize(
    ("url", "base", "pasted"),
    [
        ("http://models", "http://models", 0),
        ("http://responses/", "http://responses", 0),
        ("http://completions/", "http://completions", 0),
        ("http://chat/completions", "http://chat", 1),
        ("http://models?x=1", "http://models?x=1", 0),
        ("http://models/models?x=/models", "http://models?x=/models", 1),
    ],
)
def test_a_host_that_is_called_like_a_path_stays(folder: Path, url: str, base: str, pasted: int) -> None:
    """An address loses a pasted path only, never its host, whatever that is called."""
    found = draft(None, {"DISCORD_TOKEN": "t", "OPENAI_BASE_URL": url})
    assert (found.settings().model.base_url, len(found.notes)) == (base, pasted)


def test_openais_own_address_needs_a_key_with_a_pasted_path_too(folder: Path) -> None:
    """OpenAI's server is known by its address whatever was pasted with it."""
    with pytest.raises(ConfigError, match=r"model\.api_key is missing"):
        load(None, {"DISCORD_TOKEN": "t", "OPENAI_BASE_URL": ' "https://api.openai.com/v1/chat/completions"'})


def test_white_space_around_a_models_name_does_not_count(folder: Path) -> None:
    """The name of a model loses the white space around it in a file too."""
    assert load(written(folder, "[model]\nname = ' llama3.2 '\n"), SECRETS).model.name == "llama3.2"
