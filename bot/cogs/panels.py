"""`/settings` and `/context`: what holds in a place, and what its last answer was made of. Only the asker sees them."""

from collections.abc import Iterator
from typing import Final

import discord
from discord import app_commands

from bot.chat.calls import CallRecord, CallState, Receipt
from bot.chat.choices import Choice, ChoiceName, Level
from bot.chat.choosing import Choosing, Holding, Resolved
from bot.chat.places import Place, PlaceKind
from bot.chat.ports.calls import Calls
from bot.chat.ports.conversations import Conversations
from bot.chat.profiles import OWN
from bot.chat.turns import Change
from bot.cogs import texts
from bot.cogs.commands import Commands
from bot.config import AccessSettings, Current
from bot.intake.message import place_of

_LONGEST: Final = 2_000
"""Characters of a message (Discord's documentation, "Create Message")."""


class Panels(Commands):
    """The commands `/settings` and `/context`."""

    def __init__(
        self, access: Current[AccessSettings], *, choosing: Choosing, conversations: Conversations, calls: Calls
    ) -> None:
        super().__init__(access)
        self._choosing = choosing
        self._conversations = conversations
        self._calls = calls

    @app_commands.command(description=texts.SETTINGS_DOES)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def settings(self, interaction: discord.Interaction) -> None:
        """Show what holds here, and where each of it comes from."""
        place, conversation_id = await self._place(interaction)
        resolved = self._choosing.resolve(place, conversation_id)
        choices = self._choosing.all_of(place, conversation_id)
        await _show(interaction, list(_settings(place, resolved, list(choices))))

    @app_commands.command(description=texts.CONTEXT_DOES)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def context(self, interaction: discord.Interaction) -> None:
        """Show what the last answer of the conversation was made of."""
        place, conversation_id = await self._place(interaction)
        call = None if conversation_id is None else await self._calls.latest(conversation_id)
        if call is None:
            await _show(interaction, [texts.NO_ANSWER_YET])
            return
        await _show(interaction, list(_context(call, self._choosing.resolve(place, conversation_id))))

    async def _place(self, interaction: discord.Interaction) -> tuple[Place, int | None]:
        assert interaction.channel is not None  # noqa: S101 -- Discord names the channel of every command
        place = place_of(interaction.channel, interaction.guild_id)
        return place, await self._conversations.open_in(place.id)


async def _show(interaction: discord.Interaction, lines: list[str]) -> None:
    """Show as many lines as one message holds, and say so where there are more."""
    text = "\n".join(lines)
    if len(text) > _LONGEST:
        text = text[: _LONGEST - len(texts.TOO_MUCH_TO_SHOW) - 1].rpartition("\n")[0] + "\n" + texts.TOO_MUCH_TO_SHOW
    await interaction.response.send_message(text, ephemeral=True)


def _settings(place: Place, resolved: Resolved, choices: list[tuple[Level, Choice]]) -> Iterator[str]:
    first, *others = resolved.profile.models
    yield texts.SETTINGS_HEAD
    source = texts.FROM_PERSONA if resolved.by_persona else _source(place, resolved.model)
    yield texts.SETTING.format(
        name=texts.SETTING_MODEL, value=f"**{resolved.model.name}** (`{first.name}`)", source=source
    )
    if others:
        yield texts.SETTING_FALLBACKS.format(models=", ".join(f"`{one.name}`" for one in others))
    persona = texts.IS_WRITTEN if resolved.persona.name == OWN else resolved.persona.name
    yield texts.SETTING.format(
        name=texts.SETTING_PERSONA, value=f"**{persona}**", source=_source(place, resolved.persona)
    )
    yield texts.SETTING_PROMPT.format(budget=f"{resolved.profile.budget:,}", reply=f"{resolved.profile.reply_tokens:,}")
    if choices:
        yield ""
        yield texts.ALL_CHOICES
        for level, choice in choices:
            written = choice.key.name is ChoiceName.SYSTEM_PROMPT
            yield texts.CHOICE_LINE.format(
                name=texts.CHOICE_NAMES[choice.key.name],
                value=texts.IS_WRITTEN if written else f"**{choice.value}**",
                source=_source(place, Holding(choice.value, level, choice)),
                passed_over=texts.PASSED_OVER if choice in resolved.passed_over else "",
            )
    yield ""
    yield texts.HOW_TO_CHOOSE


def where(place: Place, level: Level) -> str:
    """Return the words for what a choice at a level holds for, seen from a place."""
    return texts.WHERE_DM if place.kind is PlaceKind.DM and level is Level.CHANNEL else texts.WHERE[level]


def _source(place: Place, holding: Holding) -> str:
    choice = holding.choice
    if choice is None:
        return texts.FROM_CONFIGURATION
    return texts.FROM_CHOICE.format(where=where(place, holding.level), person=f"<@{choice.by}>", when=_ago(choice.at))


def _context(call: CallRecord, resolved: Resolved) -> Iterator[str]:
    end, chosen = call.end, resolved.model.name
    yield texts.CONTEXT_HEAD.format(when=_ago(call.started_at))
    if end is None:
        yield texts.CONTEXT_OPEN if call.state is CallState.OPEN else texts.CONTEXT_LOST
        return
    if not end.model:
        yield texts.CONTEXT_NO_MODEL.format(chosen=chosen)
    else:
        yield texts.CONTEXT_MODEL.format(model=f"`{end.model}`", chosen=chosen)
    if (receipt := end.receipt) is not None:
        files = texts.CONTEXT_FILES.format(tokens=f"{receipt.media_tokens:,}") if receipt.media_tokens else ""
        yield texts.CONTEXT_PROMPT.format(
            tokens=f"{receipt.tokens:,}",
            budget=f"{resolved.profile.budget:,}",
            system=f"{receipt.system_tokens:,}",
            turns=f"{receipt.turn_tokens:,}",
            question=f"{receipt.question_tokens:,}",
            files=files,
        )
        yield from _shortened(receipt)
    if (usage := end.usage) is not None and usage.prompt:
        seconds = f"{max(0, (call.ended_at or call.started_at) - call.started_at) / 1000:.1f}"
        thoughts = texts.CONTEXT_THOUGHTS.format(reasoning=f"{usage.reasoning:,}") if usage.reasoning else ""
        yield (texts.CONTEXT_ESTIMATED if end.estimated else texts.CONTEXT_USAGE).format(
            prompt=f"{usage.prompt:,}",
            cached=f"{usage.cached:,}",
            completion=f"{usage.completion:,}",
            thoughts=thoughts,
            seconds=seconds,
        )
    if end.reason:
        yield texts.CONTEXT_REASON.format(reason=discord.utils.escape_markdown(end.reason))


def _ago(milliseconds: int) -> str:
    """Return a time as Discord shows it to each reader, such as "2 hours ago"."""
    return f"<t:{milliseconds // 1000}:R>"


def _shortened(receipt: Receipt) -> Iterator[str]:
    """Yield what a prompt lacks, and why it is another one than the prompt before."""
    if receipt.dropped:
        yield texts.CONTEXT_DROPPED.format(dropped=receipt.dropped)
    if receipt.broken_by:
        yield texts.CONTEXT_BROKEN.format(cause=texts.BREAKS[Change(receipt.broken_by)])
    if receipt.cut:
        yield texts.CONTEXT_CUT.format(cut=f"{receipt.cut:,}")
