"""The models and personas that the settings describe."""

from bot.chat import tokens
from bot.chat.profiles import ModelOption, Persona, Profiles
from bot.config import DEFAULT, Settings
from bot.errors import ConfigError
from bot.llm.servers import models_of


def profiles_of(settings: Settings) -> Profiles:
    """Return the models and personas that the settings describe.

    Raises ConfigError when the system prompt of a persona leaves no room for a question to its model, or to the default one.
    """
    prompt = settings.chat.system_prompt
    personas = {
        DEFAULT: Persona(DEFAULT, prompt),
        **{
            name: Persona(name, one.system_prompt or prompt, one.description, one.model or None, one.extra)
            for name, one in settings.personas.items()
        },
    }
    models = {
        name: ModelOption(
            refs,
            refs[0].budget or settings.prompt_tokens,
            refs[0].reply_tokens or settings.model.max_reply_tokens,
            refs[0].answer_seconds or settings.model.answer_seconds,
        )
        for name, refs in models_of(settings).items()
    }
    profiles = Profiles(models, personas, count=tokens.count, files_share=settings.files.share)
    problems = [
        _too_long(persona, profiles.needed(persona), models[persona.model or DEFAULT].budget)
        for persona in personas.values()
        if profiles.of(persona.model or DEFAULT, persona, direct=False) is None
    ]
    if problems:
        raise ConfigError(problems)
    return profiles


def _too_long(persona: Persona, needed: int, budget: int) -> str:
    path = "chat" if persona.name == DEFAULT else f"personas.{persona.name}"
    return (
        f"{path}.system_prompt needs {needed} tokens with a question, but {budget} is the budget: "
        "shorten it, or raise history.max_tokens"
    )
