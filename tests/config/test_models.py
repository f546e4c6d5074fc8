"""Several models: tables beside `[model]`, keys in variables of their own, and fallbacks."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import DEFAULT, load
from bot.config.models import chain, leads_back
from bot.config.settings import Settings
from bot.errors import ConfigError
from tests.config.conftest import SECRETS, chain_of, written
from tests.config.test_problems import problems

TABLES = """
[model]
fallbacks = ["clever", "local"]
first_token_seconds = 9
[models.clever]
name = "gpt-5.5"
reasoning_effort = "low"
extra = { top_p = 0.5 }
[models.local]
name = "llama3.2"
base_url = "http://localhost:11434/v1"
context_tokens = 4096
max_reply_tokens = 1000
silence_seconds = 5
"""


def loaded(folder: Path, text: str, **variables: str) -> Settings:
    """The settings of a TOML file and of these variables beside the secrets."""
    return load(written(folder, text), {**SECRETS, **variables})


def test_a_model_without_a_server_is_asked_at_that_of_the_simple_one(folder: Path) -> None:
    """A table without an address shares address, key and waits with `[model]`; one with an address shares the waits only."""
    settings = loaded(folder, TABLES)
    clever, local = settings.model_of("clever"), settings.model_of("local")
    assert (clever.base_url, clever.api_key) == (settings.model.base_url, settings.model.api_key)
    assert local.api_key.get_secret_value() == ""
    assert (clever.first_token_seconds, local.first_token_seconds) == (9, 9)
    assert (clever.silence_seconds, local.silence_seconds) == (60, 5)
    assert settings.model_names == (DEFAULT, "clever", "local")
    assert chain_of(settings, DEFAULT) == (DEFAULT, "clever", "local")
    assert chain_of(settings, "local") == ("local",)


def test_the_largest_answer_of_all_that_may_answer_counts_for_the_bill(folder: Path) -> None:
    """The most that a question may use is that of the model with the longest answer among the fallbacks."""
    text = '[model]\nfallbacks = "wordy"\nmax_reply_tokens = 1000\n[models.wordy]\nmax_reply_tokens = 9000\n'
    assert loaded(folder, text).answer_tokens == 17_000


def test_a_model_thinks_as_long_as_is_set(folder: Path) -> None:
    """The effort goes with each request where it is set; `extra` wins; only the default model gets one by itself."""
    settings = loaded(folder, TABLES)
    assert settings.model.parameters == {"reasoning_effort": "none"}
    assert settings.model_of("clever").parameters == {"reasoning_effort": "low", "top_p": 0.5}
    assert settings.model_of("local").parameters == {}
    assert loaded(folder, "", PARLEY_MODEL__NAME="gpt-5.5").model.parameters == {}
    assert loaded(folder, "", PARLEY_MODEL__DIALECT="compatible").model.parameters == {}
    assert loaded(folder, "", PARLEY_MODEL__REASONING_EFFORT="default").model.parameters == {}
    own = loaded(folder, "", PARLEY_MODEL__EXTRA='{"reasoning_effort": "high"}')
    assert own.model.parameters == {"reasoning_effort": "high"}


def test_a_key_is_read_from_the_variable_that_is_named(folder: Path) -> None:
    """`api_key_env` names the variable that holds a model's key, with or without quotes around it."""
    text = '[model]\napi_key_env = "FIRST"\n[models.b]\nbase_url = "https://b.example/v1"\napi_key_env = "SECOND"\n'
    settings = load(written(folder, text), {"DISCORD_TOKEN": "t", "FIRST": "k1", "SECOND": "'k2'"})
    assert settings.model.api_key.get_secret_value() == "k1"
    assert settings.model_of("b").api_key.get_secret_value() == "k2"


def test_a_key_may_stand_in_the_env_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable that `api_key_env` names may be set in `.env` as well."""
    (folder / ".env").write_text("DISCORD_TOKEN=t\nFIRST=k1\n")
    assert load(written(folder, '[model]\napi_key_env = "FIRST"\n')).model.api_key.get_secret_value() == "k1"


def test_a_table_may_stand_in_the_environment(folder: Path) -> None:
    """A variable holds a whole table of a model as JSON, and fallbacks are names with commas between them."""
    table = '{"name": "llama3.2", "base_url": "http://localhost:1/v1"}'
    settings = loaded(folder, "", PARLEY_MODELS__LOCAL=table, PARLEY_MODEL__FALLBACKS="local,")
    assert settings.model_of("local").name == "llama3.2"
    assert chain_of(settings, DEFAULT) == (DEFAULT, "local")


def test_every_problem_of_every_model_is_said_at_once(folder: Path) -> None:
    """All that is wrong with the tables of models is said in one go, by path and without a value."""
    text = """
[model]
fallbacks = ["hush-1", "a"]
api_key = "hush-2"
api_key_env = "hush-3"
[models.default]
name = "hush-4"
[models.a]
fallbacks = ["b"]
api_key_env = "hush-5"
temperature = 1
[models.b]
fallbacks = ["a", 5]
[models.c]
base_url = "https://api.openai.com/v1"
max_reply_tokens = "hush-6"
[models."hush 7"]
name = "x"
"""
    found = problems(written(folder, text), {"DISCORD_TOKEN": "t"})
    assert sorted(line.split(":")[0] for line in found) == sorted(
        [
            "model.api_key_env is set beside model.api_key",
            "models.a.api_key_env names a variable that is not set",
            "models.default",
            "model.fallbacks names a model, number 1 of them, that no table [models.…] describes",
            "models.a.fallbacks leads back to models.a itself",
            "models.b.fallbacks leads back to models.b itself",
            "models.c.api_key is missing",
            "models.a.temperature is not a setting",
            "models.b.fallbacks",
            "models.c.max_reply_tokens",
            "models.hush 7",
        ]
    )
    assert not any(f"hush-{number}" in line for line in found for number in range(1, 7))


@pytest.mark.parametrize(
    "text", ["models = 5", "[models]\nlocal = 5", '[models]\nlocal = "llama"', "[models.a.b]\nc = 1"]
)
def test_a_value_in_the_place_of_a_model_is_reported(folder: Path, text: str) -> None:
    """A value where a table of a model belongs is a problem with its path."""
    assert all(line.startswith("models") for line in problems(written(folder, text), SECRETS))


def test_a_model_without_room_for_a_prompt_is_reported(folder: Path) -> None:
    """Two sizes of a model that leave no room for a prompt are one problem that names both."""
    (found,) = problems(written(folder, "[models.a]\ncontext_tokens = 4000\nmax_reply_tokens = 3900\n"), SECRETS)
    assert "models.a.context_tokens less max_reply_tokens" in found


@given(st.dictionaries(st.sampled_from("abcd"), st.lists(st.sampled_from("abcdx"), max_size=3)))
def test_a_chain_names_each_model_once_and_ends(fallbacks: dict[str, list[str]]) -> None:
    """A chain begins with its model, holds no model twice and no unknown one; without a cycle no model leads back to itself."""
    for name, others in fallbacks.items():
        found = chain(name, fallbacks)
        assert found[0] == name
        assert len(set(found)) == len(found)
        assert set(found) <= fallbacks.keys()
        assert leads_back(name, fallbacks) == any(name in chain(other, fallbacks) for other in others)


def test_a_day_has_room_for_an_answer_of_each_model(folder: Path) -> None:
    """The tokens of a day allow an answer of every model that may be chosen, also of one that reads more than the simple one."""
    text = "[model]\ncontext_tokens = 1000\nmax_reply_tokens = 300\n[models.large]\nname = 'gpt-5.5'\n[limits]\ntokens_per_day = "
    assert loaded(folder, f"{text}12000").answer_tokens == 12_000
    with pytest.raises(ConfigError, match="allows no answer: one may use up to 12000 tokens"):
        loaded(folder, f"{text}11999")
