"""`/thread` and "Branch from here": move the talk into a new thread. The place that it comes from stays as it is.

A thread that is opened on a message of its channel needs no record: it goes on from that message, whatever happens in between.
Discord has no threads in threads, so a branch of a thread is a thread of the same channel, on a message of ours there. Where it
goes on from is stored before the thread is opened, so that a crash leaves no thread that does not know it. Only a branch of a
private thread is opened before that is stored; nobody is in it by then.
"""

import logging
from collections import OrderedDict
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.places import Place, PlaceKind
from bot.chat.service import ChatService
from bot.cogs import texts
from bot.cogs.acknowledgement import acknowledge_if_slow
from bot.cogs.commands import Commands
from bot.cogs.private_replies import say_privately
from bot.cogs.user_permissions import may_open_threads
from bot.config import AccessSettings, Current, DiscordSettings
from bot.config.settings import CHANNELS
from bot.gateway.bot_permissions import lacks_for_threads
from bot.gateway.client import ParleyClient
from bot.gateway.thread_opening import UNNAMED, Refusal, ThreadOpening, ThreadRefused, refused, takes_threads
from bot.intake.beginnings import WRITTEN
from bot.intake.message import place_of

log = logging.getLogger(__name__)

_MOST_KNOWN: Final = 1_000
"""Messages of threads of which it is remembered that a branch begins there."""


_CANNOT: Final = "lack Create Public Threads or Send Messages in Threads"


class _RefusedError(Exception):
    """A sentence for the person who cannot have the thread."""


class Threads(Commands):
    """The `/thread` command, and what the menu of a message opens."""

    def __init__(
        self,
        access: Current[AccessSettings],
        client: ParleyClient,
        chat: ChatService,
        opening: ThreadOpening,
        settings: Current[DiscordSettings],
    ) -> None:
        super().__init__(access)
        self._client = client
        self._discord = settings
        self._chat = chat
        self._opening = opening
        self._at_work: set[int] = set()
        self._branches: OrderedDict[tuple[int, int], int] = OrderedDict()

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Log the channels of each server in which the bot writes, and cannot open the threads that it shall."""
        if self._discord.value.auto_thread != CHANNELS:
            return
        for guild in self._client.guilds:
            found = [one for one in guild.text_channels if one.permissions_for(guild.me).send_messages]
            if names := [f"#{one.name}" for one in found if not takes_threads(one)]:
                log.warning("discord.auto_thread: in %s (%s) I %s: %s", guild.name, guild.id, _CANNOT, ", ".join(names))

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """Forget a branch whose thread was deleted, so that there can be another."""
        for key in [key for key, thread_id in self._branches.items() if thread_id == payload.thread_id]:
            del self._branches[key]

    async def cog_unload(self) -> None:
        """End all work."""
        await self._opening.close()

    @app_commands.command(description=texts.THREAD_DOES)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def thread(self, interaction: discord.Interaction) -> None:
        """Open a thread that goes on from the last turn here."""
        try:
            with self._once(interaction.channel_id or 0):
                if isinstance(channel := _demand(interaction), discord.Thread):
                    await self._branch(interaction, channel, interaction.id)
                else:
                    await self._open_here(interaction, channel)
        except _RefusedError as refusal:
            await say_privately(interaction, str(refusal))

    async def _open_here(self, interaction: discord.Interaction, channel: discord.TextChannel) -> None:
        """Answer with a message that everybody sees, and open the thread on it."""
        nobody = discord.AllowedMentions.none()
        text = texts.THREAD_OPENED.format(person=interaction.user.mention)
        await interaction.response.send_message(text, allowed_mentions=nobody)
        message = await interaction.original_response()
        try:
            await self._opening.on_message(channel.id, message.id)
        except Exception as error:
            with suppress(discord.HTTPException):
                await interaction.delete_original_response()
            if isinstance(error, ThreadRefused):
                raise _RefusedError(texts.NO_THREAD[error.refusal]) from error
            raise

    async def branch_from(self, interaction: discord.Interaction, message: discord.Message) -> None:
        """Open a thread that goes on from a message."""
        try:
            with self._once(message.id):
                channel = _demand(interaction)
                if isinstance(channel, discord.Thread):
                    await self._branch(interaction, channel, _written(message))
                else:
                    work = self._open_on(channel.id, _written(message))
                    await acknowledge_if_slow(interaction, work, private=True)
                    await say_privately(interaction, texts.GOES_ON.format(thread=message.id))
        except _RefusedError as refusal:
            await say_privately(interaction, str(refusal))

    async def _open_on(self, channel_id: int, message_id: int) -> None:
        try:
            await self._opening.on_message(channel_id, message_id)
        except ThreadRefused as error:
            raise _RefusedError(texts.NO_THREAD[error.refusal].format(thread=message_id)) from error

    async def _branch(self, interaction: discord.Interaction, source: discord.Thread, message_id: int) -> None:
        """Open a thread beside a thread, which goes on from a message of that; a private one for a private one."""
        key = (message_id, interaction.user.id if source.is_private() else 0)  # nobody else is in a private branch
        if (known := self._branches.get(key)) is not None:
            raise _RefusedError(texts.NO_THREAD[Refusal.EXISTS].format(thread=known))
        channel = source.parent
        if not isinstance(channel, discord.TextChannel):
            raise _RefusedError(texts.NOT_IN_POSTS)
        opened = self._branch_privately if source.is_private() else self._branch_openly
        thread_id = await acknowledge_if_slow(
            interaction, opened(interaction, source, channel, message_id), private=True
        )
        self._branches[key] = thread_id
        while len(self._branches) > _MOST_KNOWN:
            self._branches.popitem(last=False)
        await say_privately(interaction, texts.GOES_ON.format(thread=thread_id))

    async def _branch_openly(
        self,
        interaction: discord.Interaction,
        source: discord.Thread,
        channel: discord.TextChannel,
        message_id: int,
    ) -> int:
        text = texts.BRANCH_OPENED.format(person=interaction.user.mention, thread=source.id)
        try:
            starter = await channel.send(text, allowed_mentions=discord.AllowedMentions.none())
        except discord.Forbidden as error:
            raise _RefusedError(texts.NO_THREAD[Refusal.FORBIDDEN]) from error
        try:
            if not await self._store(interaction, source, channel, starter.id, message_id):
                raise _RefusedError(texts.NOTHING_BEFORE)  # noqa: TRY301 -- the line is taken back like after any failure
            await self._open_on(channel.id, starter.id)
        except Exception:
            with suppress(discord.HTTPException):
                await starter.delete()
            raise
        return starter.id

    async def _branch_privately(
        self,
        interaction: discord.Interaction,
        source: discord.Thread,
        channel: discord.TextChannel,
        message_id: int,
    ) -> int:
        try:
            thread = await channel.create_thread(name=UNNAMED, type=discord.ChannelType.private_thread)
        except discord.HTTPException as error:
            raise _RefusedError(texts.NO_THREAD[refused(error).refusal]) from error
        try:
            if not await self._store(interaction, source, channel, thread.id, message_id):
                raise _RefusedError(texts.NOTHING_BEFORE)  # noqa: TRY301 -- the thread is closed like after any failure
            await thread.add_user(interaction.user)
        except Exception:
            with suppress(discord.HTTPException):
                await thread.edit(archived=True)  # to delete it, we would need the right to manage threads
            raise
        return thread.id

    async def _store(
        self,
        interaction: discord.Interaction,
        source: discord.Thread,
        channel: discord.TextChannel,
        thread_id: int,
        message_id: int,
    ) -> bool:
        place = Place(thread_id, PlaceKind.THREAD, UNNAMED, interaction.guild_id, channel.id)
        written_at = int(discord.utils.snowflake_time(message_id).timestamp() * 1000)
        origin = place_of(source, interaction.guild_id)
        return await self._chat.branch(place, origin, message_id, written_at=written_at)

    @contextmanager
    def _once(self, key: int) -> Generator[None]:
        """Refuse a second press while the first is carried out. Raises _RefusedError."""
        if key in self._at_work:
            raise _RefusedError(texts.THREAD_COMES)
        self._at_work.add(key)
        try:
            yield
        finally:
            self._at_work.discard(key)


def _written(message: discord.Message) -> int:
    """Return the id of a message that somebody wrote. Raises _RefusedError for one of Discord's own."""
    if message.type not in WRITTEN:
        raise _RefusedError(texts.NO_THREAD[Refusal.NO_MESSAGE])
    return message.id


def _demand(interaction: discord.Interaction) -> discord.TextChannel | discord.Thread:
    """Return where the person is, if both they and the bot may open a thread there now. Raises _RefusedError."""
    channel = interaction.channel
    if not isinstance(channel, discord.TextChannel | discord.Thread):
        raise _RefusedError(texts.NO_THREAD[Refusal.NOT_HERE])
    if not may_open_threads(interaction):
        raise _RefusedError(texts.NOT_A_THREAD_OPENER)
    private = isinstance(channel, discord.Thread) and channel.is_private()
    if (permission := lacks_for_threads(interaction.app_permissions, private=private)) is not None:
        raise _RefusedError(texts.LACKS.format(permission=permission))
    return channel
