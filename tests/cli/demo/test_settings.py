"""The demo's settings: the user's own, except for those that lead out of the sandbox."""

from pathlib import Path

import pytest

from bot.cli.demo.settings import answering, choosable, in_sandbox
from bot.config import draft
from bot.errors import ConfigError
from bot.llm.configured import profiles_of
from bot.sandbox import Sandbox
from bot.sandbox.model.demo import BRIEF_NAME, NAME
from tests.cli.demo.conftest import demo

DATABASE = Path("demo.db")


async def test_the_users_character_speaks_and_their_discord_does_not(folder: Path) -> None:
    """The demo takes the user's prompt and budget, and the sandbox's Discord, access, database and model."""
    (folder / "config.toml").write_text(
        '[chat]\nsystem_prompt = "Arr."\n[discord]\ntoken = "mine"\n[access]\nallow_guilds = [1]\ndms = false\n'
        '[history]\npath = "mine.db"\nmax_tokens = 900\n[shutdown]\ngrace_seconds = 60\n[model]\nname = "gpt-9"\n'
    )
    async with Sandbox() as box:
        settings = in_sandbox(draft(None, {}), box, DATABASE)
        assert (settings.chat.system_prompt, settings.history.max_tokens) == ("Arr.", 900)
        assert settings.discord.api_base == box.discord.api_base
        assert settings.discord.token.get_secret_value() == box.discord.token
        assert settings.access.dms
        assert not settings.access.allow_guilds
        assert settings.history.path == DATABASE
        assert settings.shutdown.grace_seconds == 0
        assert (settings.model.name, settings.model.base_url) == (NAME, box.model.base_url)
        assert "no language model" in answering(settings, box)


@pytest.mark.parametrize("secret", ["sk-hush", ""])
async def test_a_model_that_was_set_up_answers(folder: Path, secret: str) -> None:
    """A model that the user has set up answers, and is announced without its key, or the password that takes its place."""
    password = "" if secret else "user:hush@"
    environ = {"OPENAI_API_KEY": secret, "OPENAI_BASE_URL": f"http://{password}127.0.0.1:9/v1"}
    async with Sandbox() as box:
        settings = in_sandbox(draft(None, {**environ, "PARLEY_MODEL__NAME": "llama"}), box, DATABASE)
        assert settings.model.api_key.get_secret_value() == secret
        said = answering(settings, box)
        assert said == "Answers come from llama at 127.0.0.1."


async def test_a_mistake_of_the_user_is_named(folder: Path) -> None:
    """An unknown setting of the user's is an error that names it."""
    (folder / "config.toml").write_text('[chat]\nsistem_prompt = "Arr."\n')
    async with Sandbox() as box:
        with pytest.raises(ConfigError, match=r"chat\.sistem_prompt"):
            in_sandbox(draft(None, {}), box, DATABASE)


async def test_there_is_something_to_choose(folder: Path) -> None:
    """Beside the built-in model stand another one and two personas, which fit into the smallest budget."""
    (folder / "config.toml").write_text('[chat]\nsystem_prompt = ""\n[history]\nmax_tokens = 200\n')
    async with Sandbox() as box:
        settings = in_sandbox(draft(None, {}), box, DATABASE)
        assert settings.model_of("brief").name == BRIEF_NAME
        assert settings.model_of("brief").base_url == box.model.base_url
        profiles = profiles_of(settings)
        assert [one.name for one in profiles.personas.values() if one.description] == ["captain", "hurried"]
        assert profiles.personas["hurried"].model == "brief"
        assert "2 models and 3 personas" in choosable(settings)


@pytest.mark.parametrize("table", ['[models.mine]\nname = "m"\n', '[personas.mine]\nsystem_prompt = "Arr."\n'])
async def test_the_users_own_choices_stand_alone(folder: Path, table: str) -> None:
    """Where the user describes models or personas, the demo adds none."""
    (folder / "config.toml").write_text(table)
    async with Sandbox() as box:
        settings = in_sandbox(draft(None, {}), box, DATABASE)
        assert [*settings.models, *settings.personas] == ["mine"]


async def test_a_model_that_was_set_up_stands_alone(folder: Path) -> None:
    """Beside a model that the user has set up, the demo adds neither models nor personas, and people can write a persona."""
    async with Sandbox() as box:
        settings = in_sandbox(draft(None, {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}), box, DATABASE)
        assert not settings.models
        assert not settings.personas
        assert "1 model and 1 persona and those that you write" in choosable(settings)


async def test_another_model_is_really_asked(folder: Path) -> None:
    """A bot with another model set up asks that one, and not the demo model."""
    async with Sandbox() as elsewhere:
        environ = {
            "OPENAI_BASE_URL": elsewhere.model.base_url,
            "OPENAI_API_KEY": elsewhere.model.key or "",
            "PARLEY_MODEL__DIALECT": "openai",
        }
        elsewhere.model.replies_with("I am another.")
        async with demo(folder, environ) as on:
            question = await on.server.alice.says(on.server.general, "@Parley who are you?")
            await on.box.bot.answers(question, containing="I am another.", timeout=20)
            assert not on.box.model.requests
            assert len(elsewhere.model.requests) == 1
