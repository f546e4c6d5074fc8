"""The profiles that the settings describe."""

from typing import Final

from bot.chat import speakers, tokens
from bot.chat.profiles import ModelRef, Profile, Profiles
from bot.chat.tokens import MESSAGE_OVERHEAD, REPLY_PRIMER
from bot.config import Settings
from bot.errors import ConfigError

ANSWERS: Final = "default"
"""The name of the server whose model answers."""
_PROFILE: Final = "default"
"""The name of the only profile."""
_QUESTION_TOKENS: Final = 100


def profiles_of(settings: Settings) -> Profiles:
    """Return the profiles that the settings describe.

    Raises ConfigError when the system prompt leaves no room for a question.
    """
    prompt = settings.chat.system_prompt
    shared = f"{prompt}\n\n{speakers.NOTE}".strip()
    others = 2 * MESSAGE_OVERHEAD + REPLY_PRIMER + _QUESTION_TOKENS
    needed = others + len(shared.encode())  # a token is a byte at least, so a short prompt fits without being counted
    if needed > settings.prompt_tokens:
        needed = others + tokens.count(shared)
    if needed > settings.prompt_tokens:
        problem = (
            f"chat.system_prompt needs {needed} tokens with a question, but {settings.prompt_tokens} is the budget: "
            "shorten it, or raise history.max_tokens"
        )
        raise ConfigError([problem])

    def profile(system: str) -> Profile:
        models = (ModelRef(ANSWERS, settings.model.name),)
        return Profile(
            name=_PROFILE,
            system=system,
            models=models,
            budget=settings.prompt_tokens,
            reply_tokens=settings.model.max_reply_tokens,
            answer_seconds=settings.model.answer_seconds,
        )

    return Profiles(shared=profile(shared), direct=profile(prompt.strip()))
