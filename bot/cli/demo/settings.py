"""The settings of the demo: the user's own, except those that lead out of the sandbox."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bot.config import Draft, Settings
from bot.sandbox import Sandbox
from bot.sandbox.model.demo import BRIEF_NAME, HEARING_NAME, NAME

_MODELS: Final[Mapping[str, Mapping[str, object]]] = {"brief": {"name": BRIEF_NAME}}
_PERSONAS: Final[Mapping[str, Mapping[str, object]]] = {
    "captain": {
        "description": "Ends each answer with “Ahoy!”",
        "system_prompt": 'Be a captain. End each answer with "Ahoy!"',
    },
    "hurried": {
        "description": "Has no time, and brings the model “brief” along",
        "system_prompt": "You are in a hurry. Answer in one sentence.",
        "model": "brief",
    },
}
"""Another model and two personas for the demo. Their prompts fit into the smallest budget."""


def in_sandbox(found: Draft, box: Sandbox, database: Path) -> Settings:
    """Return settings for a bot in the sandbox, with the built-in model unless one is configured. Raises ConfigError.

    `access` is cleared, because it holds ids of another Discord and would only shut out the sandbox's people. The grace time is
    0, because nobody waits for answers at the end. Beside the built-in model stand another one and two personas to choose, unless
    the user describes models or personas.
    """
    found.replace("discord", token=box.discord.token, api_base=box.discord.api_base)
    found.replace("access")
    found.replace("shutdown", grace_seconds=0)
    found.put("history", "path", database)
    if not found.names_a_model:
        found.replace("model", name=NAME, base_url=box.model.base_url, api_key=box.model.key, dialect="openai")
        found.replace("transcription", model=HEARING_NAME)
        if not found.sets("models") and not found.sets("personas"):
            found.replace("models", **_MODELS)
            found.replace("personas", **_PERSONAS)
    settings = found.settings()
    found.log_notes()
    return settings


def answering(settings: Settings, box: Sandbox) -> str:
    """Return a sentence that names the model which answers where nothing was chosen."""
    if settings.model.base_url == box.model.base_url:
        return (
            "Answers come from the built-in demo model, which is no language model; "
            "set OPENAI_API_KEY or OPENAI_BASE_URL to have a real one answer."
        )
    return f"Answers come from {settings.model.name} at {urlsplit(settings.model.base_url).hostname}."


def choosable(settings: Settings) -> str:
    """Return a sentence about the models and personas that people can choose."""
    models = f"{len(settings.models) + 1} models" if settings.models else "1 model"
    personas = f"{len(settings.personas) + 1} personas" if settings.personas else "1 persona and those that you write"
    return f"/model and /persona choose who answers, among {models} and {personas}; Alice may choose for everybody."
