"""The whole Discord in the hands of whoever sets a scene: guilds, people, faults, and what a channel shows."""

from collections.abc import Sequence

from bot.sandbox.discord.gateway import events
from bot.sandbox.discord.gateway.gateway import Gateway
from bot.sandbox.discord.gateway.opcodes import Op
from bot.sandbox.discord.rest.calls import Call
from bot.sandbox.discord.rest.rules import archiving, posts
from bot.sandbox.discord.rest.rules.commands import Commands
from bot.sandbox.discord.rest.rules.interactions import Interactions
from bot.sandbox.discord.world.application import Application
from bot.sandbox.discord.world.channels import Channel
from bot.sandbox.discord.world.guilds import Guild, Role
from bot.sandbox.discord.world.messages import Message
from bot.sandbox.discord.world.permissions import EVERYONE
from bot.sandbox.discord.world.team import Team
from bot.sandbox.discord.world.users import User
from bot.sandbox.discord.world.world import World
from bot.sandbox.driver.file_server import FileServer
from bot.sandbox.driver.orders import Orders
from bot.sandbox.driver.person import Person
from bot.sandbox.driver.server import Server
from bot.sandbox.driver.surroundings import PATIENCE, RefusedError, Surroundings
from bot.sandbox.wire import Json

MIN_BULK, MAX_BULK = 2, 100
"""How many messages one bulk deletion takes (Discord's documentation, Message, "Bulk Delete Messages")."""


class DiscordDriver(Orders):
    """`box.discord`: sets up the world and looks at it."""

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings.discord)
        self._around = surroundings
        self.files = FileServer(surroundings.discord.downloads, surroundings.discord.world.links)
        self._servers: dict[int, Server] = {}
        self._people: dict[str, Person] = {}

    @property
    def world(self) -> World:
        """Everything that exists."""
        return self._around.discord.world

    @property
    def application(self) -> Application:
        """The bot's application, with its settings."""
        return self.world.application

    @property
    def commands(self) -> Commands:
        """The application's registered commands."""
        return self._around.discord.commands

    @property
    def interactions(self) -> Interactions:
        """All interactions, with the settings `response_seconds` and `token_seconds`."""
        return self._around.discord.interactions

    @property
    def api_base(self) -> str:
        """The REST base, with `/api/v10`."""
        return self._around.discord.api_base

    @property
    def gateway(self) -> Gateway:
        """The gateway, with its settings."""
        return self._around.discord.gateway

    @property
    def gateway_url(self) -> str:
        """The gateway's address."""
        return self.gateway.url

    @property
    def token(self) -> str:
        """The one bot token that is accepted."""
        return self.application.token

    @property
    def calls(self) -> list[Call]:
        """Every REST call so far, in the order they were answered. It grows for as long as the sandbox lives."""
        return self._around.discord.router.calls

    @property
    def routes(self) -> list[tuple[str, str]]:
        """Every REST route that is served: method and template, as the documentation writes it."""
        return self._around.discord.router.served

    def guild(self, name: str, *, with_bot: bool = True) -> Server:
        """Make a guild that everyone is a member of, the bot too unless told otherwise."""
        owner = self.application.owner
        guild = Guild(self.world.ids.next(), name, owner)
        guild.roles[guild.id] = Role(guild.id, "@everyone", EVERYONE)
        server = Server(self.world, guild)
        self.world.guilds[guild.id] = guild
        self._servers[guild.id] = server
        server.admits(owner)
        for person in self._people.values():
            server.admits(person.user)
        if with_bot:
            server.admits(self.world.bot)
        return server

    def user(self, name: str) -> Person:
        """Return the person of that name, made at the first call and a member of every guild."""
        if name not in self._people:
            user = User(self.world.ids.next(), name)
            self.world.users[user.id] = user
            self._people[name] = Person(user, self._around)
            for server in self._servers.values():
                server.admits(user)
        return self._people[name]

    @property
    def owner(self) -> Person:
        """The person who owns the application, or the team that owns it. `dm()` is where the bot writes to them."""
        team = self.application.team
        return Person(self.application.owner if team is None else team.owner, self._around)

    def gives_to_team(self, name: str, owner: Person, *members: Person) -> None:
        """Give the application to a team."""
        users = tuple(member.user for member in members)
        self.application.team = Team(self.world.ids.next(), name, owner.user, users)

    def other_bot(self, name: str) -> Person:
        """Make another application's bot, a member of every guild; it says what it is told to."""
        person = self.user(name)
        person.user.bot = True
        return person

    def messages(self, channel: Channel, *, seen_by: Person | None = None) -> list[Message]:
        """Return what a person would see in a channel, oldest first; ephemeral messages only with `seen_by`."""
        return self.world.messages(channel, seen_by=seen_by.user if seen_by else None)

    async def drops_gateway(self, code: int = 4000) -> None:
        """Close the bot's gateway connections; their sessions can be resumed, except after 4007 and 4009."""
        await self.gateway.drop(code)

    def freezes_gateway(self) -> None:
        """Let the bot's connections die unnoticed: no event and no acknowledgement comes on them any more."""
        self.gateway.freeze()

    def invalidates_sessions(self, *, resumable: bool) -> None:
        """Tell the bot that its sessions are invalid; it may resume them, or must identify anew."""
        self.gateway.invalidate(resumable=resumable)

    def asks_to_reconnect(self) -> None:
        """Tell the bot to connect again and resume."""
        self.gateway.say(Op.RECONNECT)

    def repeats(self, message: Message, event: str = "MESSAGE_CREATE") -> None:
        """Send the event of a message once more, as it was then. Raises RefusedError if no session got it."""
        if not self.gateway.repeat(event, message.id):
            raise RefusedError(f"no session was sent {event} for {message.id}")

    async def asks_for_heartbeat(self, timeout: float = PATIENCE) -> None:
        """Ask the bot for a heartbeat and wait until it came. Raises TookTooLongError."""
        before = self.gateway.heartbeats
        self.gateway.say(Op.HEARTBEAT)
        await self._around.until(lambda: self.gateway.heartbeats > before, timeout)

    def takes_down(self, server: Server) -> None:
        """Begin an outage of a guild: nothing happens there, and REST answers with errors."""
        events.outage_began(self.world, server.guild)
        server.guild.unavailable = True

    def brings_back(self, server: Server) -> None:
        """End the outage of a guild."""
        server.guild.unavailable = False
        events.outage_ended(self.world, server.guild)

    def invites_bot(self, server: Server) -> None:
        """Let the bot join a guild that was made without it."""
        server.admits(self.world.bot)

    def removes_bot(self, server: Server) -> None:
        """Take the bot out of a guild, with its managed role."""
        guild = server.guild
        guild.unavailable = False
        guild.members.pop(self.world.bot.id, None)
        if managed := guild.managed_role(self.world.bot):
            del guild.roles[managed.id]
        events.bot_removed(self.world, guild)

    def deletes_channel(self, channel: Channel) -> None:
        """Delete a channel or thread, with everything in it."""
        for thread in [one for one in self.world.channels.values() if one.parent is channel and one.thread]:
            self._forget(thread)
        self._forget(channel)
        events.channel_deleted(self.world, channel)

    def renames(self, channel: Channel, name: str) -> None:
        """Rename a channel or thread."""
        channel.name = name
        events.channel_updated(self.world, channel)

    def archives(self, thread: Channel, *, locked: bool = False) -> None:
        """Archive a thread, as a moderator would."""
        if thread.thread is not None:
            thread.thread.locked = locked
            archiving.turn(self.world, thread, thread.thread, archived=True)
        events.channel_updated(self.world, thread)

    def locks(self, thread: Channel) -> None:
        """Lock a thread that stays active."""
        if thread.thread is not None:
            thread.thread.locked = True
        events.channel_updated(self.world, thread)

    def deletes(self, message: Message) -> None:
        """Delete any message, as a moderator would. Raises RefusedError for one that is gone."""
        if message.deleted:
            raise RefusedError("that message is gone already")
        posts.delete(self.world, message)

    def deletes_many(self, messages: Sequence[Message]) -> None:
        """Delete 2 to 100 messages of one channel at once, as a moderator's bot would. Raises RefusedError."""
        if not MIN_BULK <= len(messages) <= MAX_BULK or len({one.channel.id for one in messages}) > 1:
            raise RefusedError(f"{MIN_BULK} to {MAX_BULK} messages of one channel can be deleted at once")
        if any(one.deleted for one in messages):
            raise RefusedError("one of these messages is gone already")
        posts.delete_many(self.world, messages[0].channel, messages)

    def unfurls(self, message: Message, embeds: list[Json]) -> None:
        """Let the embeds of a message's links appear."""
        posts.unfurl(self.world, message, embeds)

    def _forget(self, channel: Channel) -> None:
        self.world.channels.pop(channel.id, None)
        for message in self.world.history.pop(channel.id, {}).values():
            message.deleted = True
