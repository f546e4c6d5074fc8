"""The settings: their defaults, their bounds, and what follows from them."""

from pathlib import Path

import pytest

from bot.config import Settings, load
from bot.config.settings import HistorySettings
from bot.errors import ConfigError
from tests.config.conftest import SECRETS, SECTIONS, written


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


@pytest.mark.parametrize(
    ("environ", "model"),
    [
        ({}, "gpt-transcribe"),
        ({"OPENAI_BASE_URL": "http://localhost:8080/v1"}, None),
        ({"OPENAI_BASE_URL": "http://localhost:8080/v1", "PARLEY_TRANSCRIPTION__MODEL": " whisper-1 "}, "whisper-1"),
        ({"PARLEY_TRANSCRIPTION__MODEL": "off"}, None),
        (
            {
                "OPENAI_BASE_URL": "http://localhost:8080/v1",
                "PARLEY_TRANSCRIPTION__BASE_URL": "https://api.openai.com/v1/audio/transcriptions",
                "PARLEY_TRANSCRIPTION__API_KEY": "sk-2",
            },
            "gpt-transcribe",
        ),
        ({"PARLEY_TRANSCRIPTION__BASE_URL": " ", "PARLEY_TRANSCRIPTION__MODEL": "auto"}, "gpt-transcribe"),
    ],
)
def test_recordings_are_transcribed_by_openai_unless_told_otherwise(
    folder: Path, environ: dict[str, str], model: str | None
) -> None:
    """`auto` is gpt-transcribe at OpenAI's own server and nothing elsewhere; a name is that model, and `off` is none."""
    assert load(None, {**SECRETS, **environ}).transcription_model == model


def test_a_path_that_was_pasted_with_the_transcribers_address_does_not_count(folder: Path) -> None:
    """The endpoint's own path is taken off the address, and the credentials in it are kept apart."""
    url = "http://u:p@localhost:9000/v1/audio/transcriptions"
    loaded = load(None, {**SECRETS, "PARLEY_TRANSCRIPTION__BASE_URL": url, "PARLEY_TRANSCRIPTION__MODEL": "whisper-1"})
    assert loaded.transcription.address.url == "http://localhost:9000/v1"
    assert loaded.transcription.address.credentials == "u:p"


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ('api_key = "k"', "api_key is set without base_url"),
        ('base_url = "http://u:p@x/v1"\nmodel = "w"\napi_key = "k"', "remove one of them"),
        ('base_url = "http://x/v1"', "set model to one that this server has"),
        ('base_url = "x"\nmodel = "w"', "must be a whole URL"),
        ('model = " "', "transcription.model"),
    ],
)
def test_a_transcriber_that_cannot_be_asked_is_refused(folder: Path, lines: str, words: str) -> None:
    """The configuration refuses a key without its server, two ways to log in, and a server without a model."""
    with pytest.raises(ConfigError) as raised:
        load(written(folder, f"[transcription]\n{lines}\n"), SECRETS)
    assert words in str(raised.value)


@pytest.mark.parametrize("path", ["", "/", ":memory:", "."])
def test_a_history_that_is_no_file_is_refused(folder: Path, path: str) -> None:
    """The configuration refuses a history that is no file: a folder, nothing, SQLite's memory."""
    with pytest.raises(ConfigError, match="history\\.path: must be the path of a file"):
        load(written(folder, f"[history]\npath = '{path}'\n"), SECRETS)


@pytest.mark.parametrize("name", ["DISCORD_TOKEN", "OPENAI_API_KEY"])
@pytest.mark.parametrize("secret", ["sk-…", "two words", "line\nbreak"])
def test_a_secret_that_cannot_be_one_is_refused(name: str, secret: str) -> None:
    """The configuration refuses a secret with a character that no token or key has, and advises to copy it anew."""
    with pytest.raises(ConfigError, match="copy it anew"):
        load(None, {**SECRETS, name: secret})


def test_white_space_around_a_secret_does_not_count() -> None:
    """A secret loses the white space around it."""
    assert load(None, {**SECRETS, "OPENAI_API_KEY": " sk-x\n"}).model.api_key.get_secret_value() == "sk-x"


def test_settings_cannot_be_changed(folder: Path) -> None:
    """Settings stay as they were read."""
    loaded = load(None, SECRETS)

    with pytest.raises(ValueError, match="frozen"):
        loaded.history.max_tokens = 5


def test_every_key_has_a_description() -> None:
    """Every key has a description."""
    for model in SECTIONS.values():
        assert all(field.description for field in model.model_fields.values())


@pytest.mark.parametrize("proxy", ["http://proxy.example:3128", " http://me:hush@10.0.0.1:8080/ "])
def test_a_proxy_for_discord_is_an_address(folder: Path, proxy: str) -> None:
    """A proxy is taken with a user and a password before its host."""
    assert load(None, {**SECRETS, "PARLEY_DISCORD__PROXY": proxy}).discord.proxy == proxy.strip().rstrip("/")


@pytest.mark.parametrize(
    "proxy", ["socks5://hush:1", "https://hush:1", "hush:3128", "http://hush/path", "http://hush:x"]
)
def test_a_proxy_that_cannot_be_used_is_reported(folder: Path, proxy: str) -> None:
    """A proxy of another kind, or with a path, is a problem that does not show it."""
    with pytest.raises(ConfigError, match=r"discord\.proxy: must be like http://host:port") as raised:
        load(None, {**SECRETS, "PARLEY_DISCORD__PROXY": proxy})
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize("name", ["Europe/Berlin", " UTC ", ""])
def test_a_time_zone_is_one_that_there_is(folder: Path, name: str) -> None:
    """A time zone is taken by its name; without one it is the machine's."""
    zone = load(None, {**SECRETS, "PARLEY_CHAT__TIMEZONE": name}).chat.zone
    assert (zone.key if zone else "") == name.strip()


@pytest.mark.parametrize(
    "name", ["Europe/Nowhere", "Europe", "../etc/passwd", "/etc/localtime", "a\0b", "5", "é" * 300]
)
def test_a_time_zone_that_is_none_is_reported(folder: Path, name: str) -> None:
    """A time zone that does not exist is a problem that does not show it."""
    with pytest.raises(ConfigError, match=r"chat\.timezone: is no time zone") as raised:
        load(None, {**SECRETS, "PARLEY_CHAT__TIMEZONE": name})
    assert name not in str(raised.value).replace("Europe/Berlin", "")


def test_a_place_that_is_not_named_has_the_number_of_all() -> None:
    """The nearest number holds: the thread's, its channel's, that of all places."""
    history = HistorySettings(ambient=3, ambient_places={1: 5, 2: 0})
    assert [history.ambient_in(*one) for one in ((1,), (2,), (3,), (4, 1), (2, 1))] == [5, 0, 3, 5, 0]
    assert [HistorySettings().needs_content, history.needs_content] == [False, True]
    assert not HistorySettings(ambient_places={1: 0}).needs_content
    assert HistorySettings(ambient_places={1: 1}).needs_content


def test_the_content_of_messages_is_needed_for_either() -> None:
    """The message content intent is needed for places without a mention, and for what was said before."""
    assert not Settings().needs_content
    assert Settings.model_validate({"history": {"ambient": 1}}).needs_content
    assert Settings.model_validate({"discord": {"follow_threads": True}}).needs_content


def test_numbers_of_single_places_are_read(folder: Path) -> None:
    """Numbers of messages for single places are read from the file and from the environment, up to the most."""
    assert load(None, {**SECRETS, "PARLEY_HISTORY__AMBIENT_PLACES": '{"12": 10}'}).history.ambient_places == {12: 10}
    path = written(folder, "[history.ambient_places]\n12 = 10\n")
    assert load(path, SECRETS).history.ambient_places == {12: 10}
    with pytest.raises(ConfigError, match=r"history\.ambient_places: must be 50 at most"):
        load(written(folder, "[history.ambient_places]\n12 = 51\n"), SECRETS)
