"""Builds the intake: the parts that read messages, their surroundings, their files and their recordings."""

from collections.abc import Callable

from bot.chat import tokens
from bot.chat.budget import TokenBudget
from bot.chat.choosing import Choosing
from bot.chat.image_tokens import Sight
from bot.chat.sight import sight_of
from bot.chat.transcribing import Transcribing
from bot.chat.turns import Question
from bot.config import DEFAULT, Current, Settings
from bot.intake.ambient import Ambient
from bot.intake.consent import Consent
from bot.intake.downloads import Downloads
from bot.intake.links import Links
from bot.intake.media import MediaReader
from bot.intake.rendering import DiscordIntake
from bot.intake.surroundings import Surroundings
from bot.llm.servers import TRANSCRIPTS
from bot.resources import Resources


def intake_of(
    current: Current[Settings], resources: Resources, budget: TokenBudget, choosing: Choosing, consent: Consent
) -> DiscordIntake:
    """Return the intake of the bot."""
    media = _media(current, resources, budget, choosing)
    around = _surroundings(current, resources, consent)
    return DiscordIntake(resources.client, current.part(lambda settings: settings.chat), media, around=around)


def look_up_seconds(current: Current[Settings]) -> Current[float]:
    """Return the longest time of a look-up on Discord, by the newest settings."""
    return current.part(lambda settings: settings.discord.look_up_seconds)


def _surroundings(current: Current[Settings], resources: Resources, consent: Consent) -> Surroundings:
    client, questions = resources.client, resources.store.questions
    access = current.part(lambda settings: settings.access)
    ambient = Ambient(client, questions, current, tokens.count, lambda: current.value.prompt_tokens, consent=consent)
    links = Links(client, access, consent)
    return Surroundings(client, questions, links, ambient, consent, seconds=look_up_seconds(current))


def _media(current: Current[Settings], resources: Resources, budget: TokenBudget, choosing: Choosing) -> MediaReader:
    async def sight(question: Question) -> Sight:
        await choosing.look_up(question.place)
        profile = choosing.resolve(question.place, question.conversation_id).profile
        return await sight_of(profile, resources.providers.by_name)

    return MediaReader(
        resources.client,
        settings=current.part(lambda settings: settings.files),
        prompt_tokens=lambda: current.value.prompt_tokens,
        downloads=Downloads(current.value.discord.api_base, current.value.discord.proxy),
        count=tokens.count,
        sight=sight,
        transcriber=_transcribing(current, resources, budget),
    )


def _transcribing(
    current: Current[Settings], resources: Resources, budget: TokenBudget
) -> Callable[[], Transcribing | None]:
    """Return a function that tells what transcribes recordings by the newest settings; None where no model is set up for it."""
    settings = current.part(lambda settings: settings.transcription)

    def newest() -> Transcribing | None:
        if (model := current.value.transcription_model) is None:
            return None
        name = TRANSCRIPTS if settings.value.base_url else DEFAULT
        return Transcribing(
            transcriber=resources.providers.transcribers[name],
            provider=name,
            model=model,
            slots=resources.providers.by_name[name].slots,
            calls=resources.store.calls,
            budget=budget,
            alerts=resources.alerts,
            clock=resources.clock,
            settings=settings,
        )

    return newest
