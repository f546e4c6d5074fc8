"""`/export`: sends the conversations of a place as a file to a person who may read the place's message history."""

import asyncio
import errno
import logging
from typing import Final, Literal

import discord
from discord import app_commands

from bot.chat.places import Place
from bot.chat.ports.clock import Clock
from bot.chat.ports.store import Store
from bot.cogs import texts
from bot.cogs.commands import Commands
from bot.cogs.private_replies import say_privately
from bot.cogs.user_permissions import may_read_history
from bot.cogs.work_slots import NoSlotError, WorkSlots
from bot.config import AccessSettings, Current
from bot.export import FORMATS
from bot.export.files import Pictures
from bot.export.package import Package, PackageFull, PackageLimits, messages
from bot.export.temporary_folder import TemporaryFolder
from bot.export.writer import export_chunks
from bot.intake.message import place_of

log = logging.getLogger(__name__)

_LONGEST_SECONDS: Final = 600.0
"""With the wait for a slot this is less than the 15 minutes for which Discord takes responses to an interaction."""
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class Export(Commands):
    """The `/export` command."""

    def __init__(
        self,
        access: Current[AccessSettings],
        store: Store,
        folder: TemporaryFolder,
        slots: WorkSlots,
        clock: Clock,
    ) -> None:
        super().__init__(access)
        self._folder = folder
        self._slots = slots
        self._history = store.history
        self._blobs = store.blobs
        self._choices = store.choices
        self._clock = clock

    @app_commands.command(description=texts.EXPORT_DOES)
    @app_commands.describe(
        format=texts.EXPORT_FORMAT,
        scope=texts.EXPORT_SCOPE,
        files=texts.EXPORT_FILES,
    )
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def export(
        self,
        interaction: discord.Interaction,
        format: Literal["markdown", "json", "messages"] = "markdown",  # noqa: A002 -- the option's name on Discord
        scope: Literal["conversation", "place"] = "conversation",
        files: bool = False,  # noqa: FBT001, FBT002 -- discord.py makes an option of it
    ) -> None:
        """Send the export to the asker, visible to them only, as soon as a slot is free."""
        if interaction.channel is None or not may_read_history(interaction):
            await say_privately(interaction, texts.NOT_A_READER)
            return
        await interaction.response.defer(ephemeral=True, thinking=True)
        place = place_of(interaction.channel, interaction.guild_id)
        try:
            async with self._slots.taken(interaction.user.id), asyncio.timeout(_LONGEST_SECONDS):
                await self._send(interaction, place, format, only_open=scope == "conversation", with_files=files)
        except NoSlotError as refused:
            await say_privately(interaction, refused.public)
        except PackageFull:
            await say_privately(interaction, texts.TOO_LARGE)
        except TimeoutError:
            await say_privately(interaction, texts.TOO_SLOW)
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            log.warning("there is no room for an export (%s): %s", error.strerror, error.filename)
            await say_privately(interaction, texts.NO_ROOM)

    async def _send(
        self, interaction: discord.Interaction, place: Place, format_name: str, *, only_open: bool, with_files: bool
    ) -> None:
        conversations = await self._history.conversations(place.id)
        if only_open:
            conversations = [conversation for conversation in conversations if conversation.closed_at is None]
        if not conversations:
            await say_privately(interaction, texts.NOTHING_TO_EXPORT)
            return
        export_format = FORMATS[format_name]()
        name = f"parley-{place.id}.{export_format.extension}"
        package = Package(name, self._folder, PackageLimits(interaction.filesize_limit))
        try:
            pictures = Pictures()
            chunks = export_chunks(
                self._history,
                place,
                conversations,
                export_format,
                self._clock(),
                choices=await self._choices.all(),
                pictures=pictures,
            )
            async for text in chunks:
                await asyncio.to_thread(package.write, text)
            if with_files:
                await self._attach(package, pictures)
            uploads = await asyncio.to_thread(package.uploads)
            for message in messages(uploads):
                files = [discord.File(upload.source, upload.name) for upload in message]
                await interaction.followup.send(files=files, ephemeral=True)
        finally:
            await asyncio.to_thread(package.close)

    async def _attach(self, package: Package, pictures: Pictures) -> None:
        """Add the pictures to the export, one at a time, so that no more than one is in memory."""
        for hashed, name in pictures.names.items():
            for data in (await self._blobs.read([hashed])).values():
                await asyncio.to_thread(package.attach, name, data)
