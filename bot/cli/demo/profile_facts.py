"""The profile of a request in words: the persona, the model and the budget, each with the source of its value."""

from collections.abc import Iterator
from typing import Final

from bot.chat.calls import CallRecord
from bot.chat.choosing import Holding, Resolved
from bot.chat.places import Place
from bot.chat.profiles import OWN, ModelRef, Profile
from bot.chat.turns import Change
from bot.cogs import texts
from bot.cogs.panels import where
from bot.config import Settings
from bot.sandbox.page import Fact

_BY_FALLBACK: Final = "in place of “{first}”, which could not answer"
_OF_BUDGET: Final = f"{texts.FROM_CONFIGURATION} (history.max_tokens)"
_FROM_CONTEXT: Final = "as much as the model's context leaves beside an answer"


def answering(profile: Profile, asked: str, call: CallRecord | None) -> ModelRef:
    """Return the model of a profile that a request went to: by the end of its call, else by the name that was asked."""
    end = call.end if call is not None and call.end is not None and call.end.model else None
    named = [ref for ref in profile.models if ref.name == (asked if end is None else end.model)]
    same = [ref for ref in named if end is None or ref.provider == end.provider]
    return (same or named or profile.models)[0]


def facts_of(resolved: Resolved, ref: ModelRef, place: Place, settings: Settings) -> Iterator[Fact]:
    """Yield the facts about the profile of a request in a place, which the model `ref` answered."""
    profile = resolved.profile
    persona = texts.IS_WRITTEN if resolved.persona.name == OWN else resolved.persona.name
    yield Fact(texts.SETTING_PERSONA, persona, _source(place, resolved.persona))
    source = texts.FROM_PERSONA if resolved.by_persona else _source(place, resolved.model)
    yield Fact(texts.SETTING_MODEL, resolved.model.name, source, profile.models[0].name)
    if ref is not profile.models[0]:
        yield Fact("Answered by", _name_of(ref, settings), _BY_FALLBACK.format(first=resolved.model.name), ref.name)
    budget = profile.asking(ref).budget
    yield Fact("Budget", f"{budget:,} tokens", _OF_BUDGET if budget == settings.history.max_tokens else _FROM_CONTEXT)


def broken_prefix(call: CallRecord | None) -> Iterator[Fact]:
    """Yield the fact that a request's prompt was another one than before, if its receipt says so."""
    receipt = call.end.receipt if call is not None and call.end is not None else None
    if receipt is not None and receipt.broken_by:
        yield Fact("Prefix", "broken", texts.BREAKS[Change(receipt.broken_by)])


def _source(place: Place, holding: Holding) -> str:
    if holding.choice is None:
        return texts.FROM_CONFIGURATION
    person = f"<@{holding.choice.by}>"
    return texts.FROM_CHOICE.format(where=where(place, holding.level), person=person, when="").rstrip()


def _name_of(ref: ModelRef, settings: Settings) -> str:
    """Return the name of a model among the settings."""
    return next(name for name in settings.model_names if settings.model_of(name).name == ref.name)
