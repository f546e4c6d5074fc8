"""The servers of models and the models that the settings describe, as the client and the domain take them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bot.chat.profiles import ModelRef
from bot.config import ModelSettings, Settings, chain, is_openai
from bot.llm.catalog import card_of
from bot.llm.server import Server

TRANSCRIPTS: Final = "[transcription]"
"""The name of the server that transcribes, where that is another one. No table of a model can have it."""


def servers_of(settings: Settings) -> Mapping[str, tuple[Server, tuple[str, ...]]]:
    """Return the servers of models that the settings describe, by provider, each with the names of the models used there.

    A provider is called by the first model that is asked there; models of one address, key and dialect share it. A server that
    only transcribes is `TRANSCRIPTS`, without models.
    """
    found: dict[Server, tuple[str, list[ModelSettings]]] = {}
    for name in settings.model_names:
        model = settings.model_of(name)
        found.setdefault(_server_of(model), (name, []))[1].append(model)
    servers = {
        provider: (
            replace(
                server,
                models=[[m.name, m.parameters, m.context_tokens, m.max_reply_tokens] for m in models],
                vision={m.name: m.vision for m in reversed(models) if m.vision != "auto"},
            ),
            tuple(dict.fromkeys(model.name for model in models)),
        )
        for server, (provider, models) in found.items()
    }
    transcriber = _transcriber(settings)
    return {**servers, TRANSCRIPTS: (transcriber, ())} if transcriber else servers


def _transcriber(settings: Settings) -> Server | None:
    """Return the server that transcribes; None where it is that of `[model]`, or none."""
    section, address = settings.transcription, settings.transcription.address
    if not section.base_url or settings.transcription_model is None:
        return None
    return Server(
        base_url=address.url,
        api_key=section.api_key.get_secret_value(),
        credentials=address.credentials,
        query=address.query,
        speaks_openai=is_openai(address.url),
    )


def _server_of(model: ModelSettings) -> Server:
    address = model.address
    return Server(
        base_url=address.url,
        api_key=model.api_key.get_secret_value(),
        credentials=address.credentials,
        query=address.query,
        speaks_openai=model.speaks_openai,
        first_token_seconds=model.first_token_seconds,
        silence_seconds=model.silence_seconds,
    )


def models_of(settings: Settings) -> Mapping[str, tuple[ModelRef, ...]]:
    """Return the models of the settings by their names there: each with those behind it that answer in its place."""
    servers = [provider for provider, (_, served) in servers_of(settings).items() if served]
    providers = {_server_of(settings.model_of(provider)): provider for provider in servers}
    models = {name: settings.model_of(name) for name in settings.model_names}
    refs = {
        name: ModelRef(
            provider=providers[_server_of(model)],
            name=model.name,
            parameters=model.parameters,
            budget=_budget(settings.history.max_tokens, model),
            reply_tokens=model.max_reply_tokens,
            answer_seconds=model.answer_seconds,
        )
        for name, model in models.items()
    }
    fallbacks = {name: model.fallbacks for name, model in models.items()}
    return {name: tuple(refs[one] for one in chain(name, fallbacks)) for name in models}


def _budget(wanted: int, model: ModelSettings) -> int:
    """Return the most tokens of a prompt: what is wanted, or less where the model's context leaves less beside an answer.

    The catalogue tells the context where it matters and is not configured.
    """
    room = model.context_tokens - model.max_reply_tokens
    if wanted > room and "context_tokens" not in model.model_fields_set:
        room = card_of(model).context - model.max_reply_tokens
    return min(wanted, room)
