"""The settings of the demo: the user's own, except those that lead out of the sandbox."""

from pathlib import Path
from urllib.parse import urlsplit

from bot.config import Draft, Settings
from bot.sandbox import Sandbox
from bot.sandbox.model.demo import HEARING_NAME, NAME


def in_sandbox(found: Draft, box: Sandbox, database: Path) -> Settings:
    """Return settings for a bot in the sandbox, with the built-in model unless one is configured. Raises ConfigError.

    `access` is cleared, because it holds ids of another Discord and would only shut out the sandbox's people. The grace time is
    0, because nobody waits for answers at the end.
    """
    found.replace("discord", token=box.discord.token, api_base=box.discord.api_base)
    found.replace("access")
    found.replace("shutdown", grace_seconds=0)
    found.put("history", "path", database)
    if not found.names_a_model:
        found.replace("model", name=NAME, base_url=box.model.base_url, api_key=box.model.key, dialect="openai")
        found.replace("transcription", model=HEARING_NAME)
    settings = found.settings()
    found.log_notes()
    return settings


def answering(settings: Settings, box: Sandbox) -> str:
    """Return a sentence that names the model which answers."""
    if settings.model.base_url == box.model.base_url:
        return (
            "Answers come from the built-in demo model, which is no language model; "
            "set OPENAI_API_KEY or OPENAI_BASE_URL to have a real one answer."
        )
    return f"Answers come from {settings.model.name} at {urlsplit(settings.model.base_url).hostname}."
