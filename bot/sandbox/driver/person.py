"""A person: what somebody with a Discord client can do, within their permissions."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from bot.sandbox.discord.forms.messages import MAX_TYPED, AllowedMentions, MessageForm, ReplyTo, Upload
from bot.sandbox.discord.forms.threads import ThreadForm
from bot.sandbox.discord.gateway import events
from bot.sandbox.discord.rest.rules import archiving, posts, reactions, system_messages, threads
from bot.sandbox.discord.rest.rules.posts import Circumstance
from bot.sandbox.discord.world.access import permissions_in, send_permission
from bot.sandbox.discord.world.channels import FORUMS, VOICES, Channel, Kind
from bot.sandbox.discord.world.errors import ApiError
from bot.sandbox.discord.world.guilds import Role
from bot.sandbox.discord.world.media import FLAT, Poll, Recording, Sticker
from bot.sandbox.discord.world.messages import Message, MessageFlag
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.users import User
from bot.sandbox.discord.world.world import World
from bot.sandbox.driver.files import VOICE_TYPE, Files, uploads
from bot.sandbox.driver.interacting import Interacting
from bot.sandbox.driver.server import Server
from bot.sandbox.driver.surroundings import RefusedError, Surroundings
from bot.sandbox.driver.texts import typed

MAX_STICKERS, MAX_ANSWERS = 3, 10
"""The most stickers of a message and answers of a poll (Discord's documentation, "Create Message", "Poll Create Request")."""


@contextmanager
def as_refusal() -> Generator[None]:
    """Say what Discord would refuse to a client as a RefusedError."""
    try:
        yield
    except ApiError as error:
        raise RefusedError(error.message) from error


class Person(Interacting):
    """A human user. Whatever is done here reaches the bot as gateway events only."""

    def __init__(self, user: User, surroundings: Surroundings) -> None:
        super().__init__(user, surroundings)
        self._spoke: dict[int, datetime] = {}

    @property
    def id(self) -> int:
        """The user's id."""
        return self.user.id

    @property
    def name(self) -> str:
        """The shown name."""
        return self.user.name

    @property
    def mention(self) -> str:
        """The text that mentions this person."""
        return self.user.mention

    @property
    def _world(self) -> World:
        return self._around.discord.world

    def joins(self, server: Server, roles: list[Role] | None = None) -> None:
        """Become a member of a guild, or get other roles there."""
        server.admits(self.user, roles)

    async def says(
        self,
        channel: Channel,
        text: str = "",
        *,
        reply_to: Message | None = None,
        ping: bool = True,
        attachments: Files | None = None,
    ) -> Message:
        """Post a message; `@Name` becomes a mention. `ping` is the switch beside a reply. Raises RefusedError.

        `attachments` are bytes by name, or a sequence of `File`, which can be named alike and say what is not true.
        """
        return self._post(channel, self._written(channel, text, attachments), reply_to, ping=ping)

    def _post(
        self,
        channel: Channel,
        written: MessageForm,
        reply_to: Message | None = None,
        *,
        ping: bool = True,
        flags: MessageFlag = MessageFlag.NONE,
    ) -> Message:
        self._demand_writing(channel)
        self._demand_pace(channel)
        form = replace(
            written,
            allowed_mentions=AllowedMentions(replied_user=ping),
            reply_to=None if reply_to is None else ReplyTo(reply_to.id),
            nonce=str(self._world.ids.next()),
        )
        with as_refusal():
            return posts.post(self._world, channel, self.user, form, Circumstance(flags=flags))

    async def sends_sticker(
        self, channel: Channel, *names: str, text: str = "", reply_to: Message | None = None, ping: bool = True
    ) -> Message:
        """Post up to three stickers, with a text or without. Raises RefusedError."""
        if not 1 <= len(names) <= MAX_STICKERS:
            raise RefusedError(f"a message has 1 to {MAX_STICKERS} stickers, not {len(names)}")
        stickers = tuple(Sticker(self._world.ids.next(), name) for name in names)
        form = replace(self._written(channel, text, None), stickers=stickers)
        return self._post(channel, form, reply_to, ping=ping)

    async def posts_poll(
        self, channel: Channel, question: str, answers: Sequence[str], *, hours: int = 24, several: bool = False
    ) -> Message:
        """Post a poll; `several`: people may choose more than one answer. A poll takes no mention. Raises RefusedError."""
        self._demand(channel, Permission.SEND_POLLS if channel.guild else Permission.SEND_MESSAGES)
        if not 1 <= len(answers) <= MAX_ANSWERS:
            raise RefusedError(f"a poll has 1 to {MAX_ANSWERS} answers, not {len(answers)}")
        poll = Poll(question, tuple(answers), self._world.clock.now() + timedelta(hours=hours), several)
        return self._post(channel, MessageForm(content="", poll=poll))

    async def votes(self, message: Message, *numbers: int) -> None:
        """Choose answers of a poll by their numbers, from 1, in place of those chosen before; none takes the vote back.

        The bot is told of votes only with an intent for polls, which this gateway does not know. Raises RefusedError.
        """
        self._demand_seen(message)
        poll = message.poll
        if poll is None or poll.ended or not {*numbers} <= {*range(1, len(poll.answers) + 1)}:
            raise RefusedError(f"there are no answers {numbers} to choose")
        if len(numbers) > 1 and not poll.several:
            raise RefusedError("this poll takes one answer")
        for voters in poll.votes.values():
            voters.discard(self.user.id)
        for number in numbers:
            poll.votes.setdefault(number, set()).add(self.user.id)

    async def sends_voice(
        self,
        channel: Channel,
        seconds: float = 3.0,
        *,
        sound: bytes = b"OggS",
        waveform: str = FLAT,
        reply_to: Message | None = None,
        ping: bool = True,
    ) -> Message:
        """Post a voice message: one sound file and no text. `waveform` is its loudness as base64. Raises RefusedError."""
        if channel.guild:
            self._demand(channel, Permission.SEND_VOICE_MESSAGES)
        upload = Upload(0, "voice-message.ogg", sound, Recording(seconds, waveform), VOICE_TYPE)
        form = MessageForm(content="", uploads=[upload])
        return self._post(channel, form, reply_to, ping=ping, flags=MessageFlag.IS_VOICE_MESSAGE)

    async def edits(self, message: Message, text: str) -> Message:
        """Edit one's own message. Raises RefusedError."""
        self._demand_seen(message)
        self._demand_own(message)
        if message.channel.thread is not None and message.channel.thread.archived:
            raise RefusedError(f"{message.channel.name} is archived")
        form = MessageForm(content=self._typed(message.channel, text))
        with as_refusal():
            posts.edit(self._world, message, form)
        return message

    async def deletes(self, message: Message) -> None:
        """Delete one's own message, or another's with the right to. Raises RefusedError."""
        self._demand_seen(message)
        if message.author is not self.user:
            self._demand(message.channel, Permission.MANAGE_MESSAGES)
        posts.delete(self._world, message)

    async def forwards(self, message: Message, *, to: Channel) -> Message:
        """Forward a message that one can see to another channel. Raises RefusedError."""
        self._demand(message.channel, Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY)
        self._demand(to, send_permission(to))
        return posts.forward(self._world, to, self.user, message)

    async def pins(self, message: Message) -> None:
        """Pin a message. Raises RefusedError."""
        self._demand_seen(message)
        if message.channel.guild is not None:
            self._demand(message.channel, Permission.PIN_MESSAGES)
        system_messages.pin(self._world, message, self.user)

    async def unpins(self, message: Message) -> None:
        """Unpin a message. Raises RefusedError."""
        self._demand_seen(message)
        if message.channel.guild is not None:
            self._demand(message.channel, Permission.PIN_MESSAGES)
        system_messages.unpin(self._world, message)

    async def boosts(self, server: Server) -> None:
        """Boost a guild once. Raises RefusedError."""
        if (member := server.guild.members.get(self.id)) is None:
            raise RefusedError(f"{self.name} is no member of {server.name}")
        system_messages.boost(self._world, server.guild, member)

    async def crossposts(self, message: Message) -> list[Message]:
        """Publish a message of an announcement channel; returns its copies in the channels that follow. Raises RefusedError."""
        channel = message.channel
        if channel.kind is not Kind.ANNOUNCEMENT or message.flags & MessageFlag.CROSSPOSTED:
            raise RefusedError("only a new message of an announcement channel can be published")
        own = message.author is self.user
        self._demand(channel, Permission.SEND_MESSAGES if own else Permission.MANAGE_MESSAGES)
        return system_messages.publish(self._world, message)

    async def follows(self, news: Channel, *, into: Channel) -> None:
        """Have what is published in an announcement channel appear in another one. Raises RefusedError."""
        self._demand(news, Permission.VIEW_CHANNEL)
        self._demand(into, Permission.MANAGE_WEBHOOKS)
        if news.kind is not Kind.ANNOUNCEMENT:
            raise RefusedError(f"{news.name} is no announcement channel")
        system_messages.follow(self._world, news, into, self.user)

    async def reacts(self, message: Message, emoji: str) -> None:
        """Put an emoji under a message. Raises RefusedError."""
        self._demand(message.channel, Permission.ADD_REACTIONS | Permission.READ_MESSAGE_HISTORY)
        reactions.react(self._world, message, self.user, emoji)

    async def unreacts(self, message: Message, emoji: str) -> None:
        """Take one's own emoji away again. Raises RefusedError."""
        self._demand_seen(message)
        reactions.unreact(self._world, message, self.user, emoji)

    async def types(self, channel: Channel) -> None:
        """Start to type. Raises RefusedError."""
        self._demand_writing(channel)
        events.typing_started(self._world, channel, self.user)

    async def opens_thread(self, at: Message | Channel, name: str, *, private: bool = False) -> Channel:
        """Open a thread on a message or in a channel."""
        form = ThreadForm(name)
        if isinstance(at, Message):
            self._demand(at.channel, Permission.CREATE_PUBLIC_THREADS)
            return threads.open_from_message(self._world, at, self.user, form)
        if private:
            self._demand(at, Permission.CREATE_PRIVATE_THREADS)
            return threads.open_in_channel(self._world, at, self.user, form, Kind.PRIVATE_THREAD)
        self._demand(at, Permission.CREATE_PUBLIC_THREADS)
        return threads.open_in_channel(self._world, at, self.user, form, Kind.PUBLIC_THREAD)

    async def opens_post(
        self,
        forum: Channel,
        title: str,
        text: str,
        *,
        tags: Sequence[str] = (),
        attachments: Files | None = None,
    ) -> Channel:
        """Open a post in a forum; its first message has the id of the thread that is returned. Raises RefusedError."""
        self._demand(forum, Permission.SEND_MESSAGES)
        known = {tag.name: tag.id for tag in forum.tags}
        if forum.kind not in FORUMS or not set(tags) <= known.keys():
            raise RefusedError(f"{forum.name} is no forum with the tags {list(tags)}; it has {list(known)}")
        form = ThreadForm(title, tags=[known[name] for name in tags])
        moderates = bool(permissions_in(forum, self.user) & Permission.MANAGE_THREADS)
        first = self._written(forum, text, attachments)
        with as_refusal():
            return threads.open_post(self._world, forum, self.user, form, first, moderates=moderates)[0]

    async def archives(self, thread: Channel) -> None:
        """Archive a thread that is one's own, or as a moderator."""
        self._turn(thread, archived=True)

    async def reopens(self, thread: Channel) -> None:
        """Open an archived thread; a locked one only as a moderator."""
        self._turn(thread, archived=False)

    async def locks(self, thread: Channel, *, locked: bool = True) -> None:
        """Lock a thread, or unlock it, as a moderator."""
        self._demand(thread, Permission.MANAGE_THREADS)
        if thread.thread is not None:
            thread.thread.locked = locked
            events.channel_updated(self._world, thread)

    async def adds_bot(self, thread: Channel) -> None:
        """Add the bot to a thread. Raises RefusedError."""
        self._demand(thread, Permission.VIEW_CHANNEL)
        if thread.thread is not None and thread.thread.archived:
            raise RefusedError(f"{thread.name} is archived")
        threads.add_member(self._world, thread, self._world.bot, self.user)

    async def leaves(self, thread: Channel) -> None:
        """Leave a thread."""
        threads.remove_member(self._world, thread, self.user, self.user)

    async def dm(self) -> Channel:
        """Open the direct messages with the bot."""
        return self._world.direct(self.user)

    def _written(self, channel: Channel, text: str, attachments: Files | None) -> MessageForm:
        return MessageForm(content=self._typed(channel, text), uploads=uploads(attachments))

    def _typed(self, channel: Channel, text: str) -> str:
        content = typed(self._world, channel, text)
        if len(content) > MAX_TYPED:
            raise RefusedError(f"a message has at most {MAX_TYPED} characters, not {len(content)}")
        return content.strip()

    def opens_dms(self, *, to_strangers: bool = True) -> None:
        """Open the direct messages, or close them for everybody who is no friend: a bot among them."""
        self.user.takes_messages = to_strangers

    def _turn(self, thread: Channel, *, archived: bool) -> None:
        if (state := thread.thread) is None:
            raise RefusedError(f"{thread.name} is no thread")
        if state.locked or (archived and state.owner is not self.user):
            self._demand(thread, Permission.MANAGE_THREADS)
        self._demand(thread, Permission.SEND_MESSAGES_IN_THREADS)
        opened = state.archived and not archived
        archiving.turn(self._world, thread, state, archived=archived)
        archiving.announce(self._world, thread, state, opened=opened)

    def _demand_writing(self, channel: Channel) -> None:
        """Ask for what writing here takes; a voice channel's text is for those who may enter it."""
        self._demand(channel, send_permission(channel))
        if channel.base.kind in VOICES:
            self._demand(channel, Permission.CONNECT)
        if channel.thread is not None and channel.thread.locked:
            self._demand(channel, Permission.MANAGE_THREADS)

    def _demand_pace(self, channel: Channel) -> None:
        """Hold somebody to a channel's slow mode."""
        if not channel.slowmode or permissions_in(channel, self.user) & Permission.BYPASS_SLOWMODE:
            return
        now = self._world.clock.now()
        last = self._spoke.get(channel.id)
        if last is not None and (now - last).total_seconds() < channel.slowmode:
            raise RefusedError(f"{self.name} has to wait: slow mode of {channel.slowmode} s in {channel.name}")
        self._spoke[channel.id] = now

    def _demand(self, channel: Channel, needed: Permission) -> None:
        if channel.guild is not None and channel.guild.unavailable:
            raise RefusedError(f"{channel.guild.name} is unavailable")
        rights = permissions_in(channel, self.user)
        if missing := needed & ~rights:
            raise RefusedError(f"{self.name} lacks {missing.name} in {channel.name or 'this conversation'}")

    def _demand_own(self, message: Message) -> None:
        if message.author is not self.user:
            raise RefusedError(f"{self.name} may only edit their own messages")
