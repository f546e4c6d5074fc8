"""`/export`: sends the conversations of a place as a file to a person who may read the place's message history."""

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

import discord
from discord import app_commands

from bot.chat.places import Conversation, Place
from bot.chat.ports.clock import Clock
from bot.chat.ports.history import History
from bot.cogs import texts
from bot.cogs.commands import Commands
from bot.cogs.private_replies import say_privately
from bot.cogs.user_permissions import may_read_history
from bot.config import AccessSettings, Current
from bot.export import FORMATS
from bot.export.compression import compressed
from bot.export.writer import export_chunks
from bot.intake.message import place_of

_MOST_FILES: Final = 10


class Export(Commands):
    """The `/export` command."""

    def __init__(self, access: Current[AccessSettings], history: History, clock: Clock) -> None:
        super().__init__(access)
        self._history = history
        self._clock = clock

    @app_commands.command(description=texts.EXPORT_DOES)
    @app_commands.describe(
        format=texts.EXPORT_FORMAT,
        scope=texts.EXPORT_SCOPE,
    )
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def export(
        self,
        interaction: discord.Interaction,
        format: Literal["markdown", "json", "messages"] = "markdown",  # noqa: A002 -- the option's name on Discord
        scope: Literal["conversation", "place"] = "conversation",
    ) -> None:
        """Write the export to a temporary file and send it to the asker, visible to them only."""
        if interaction.channel is None or not may_read_history(interaction):
            await say_privately(interaction, texts.NOT_A_READER)
            return
        await interaction.response.defer(ephemeral=True, thinking=True)
        place = place_of(interaction.channel, interaction.guild_id)
        conversations = await self._history.conversations(place.id)
        if scope == "conversation":
            conversations = [conversation for conversation in conversations if conversation.closed_at is None]
        if not conversations:
            await say_privately(interaction, texts.NOTHING_TO_EXPORT)
            return
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="parley-export-"))
        try:
            file = await self._write(folder, place, conversations, format)
            files = await asyncio.to_thread(compressed, file, interaction.filesize_limit, _MOST_FILES)
            if files:
                await interaction.followup.send(files=[discord.File(path) for path in files], ephemeral=True)
            else:
                await say_privately(interaction, texts.TOO_LARGE)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _write(self, folder: Path, place: Place, conversations: Sequence[Conversation], format_name: str) -> Path:
        export_format = FORMATS[format_name]()
        path = folder / f"parley-{place.id}.{export_format.extension}"
        with path.open("w", encoding="utf-8", newline="\n") as file:
            async for text in export_chunks(self._history, place, conversations, export_format, self._clock()):
                await asyncio.to_thread(file.write, text)
        return path
