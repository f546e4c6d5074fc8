"""A guild in the hands of the one who set it up: channels, roles, members, permissions."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.sandbox.discord.gateway import events
from bot.sandbox.discord.rest.rules import system_messages
from bot.sandbox.discord.world.channels import Channel, ChannelFlag, Kind, Overwrite, Tag
from bot.sandbox.discord.world.guilds import Guild, Member, Role, Timeout
from bot.sandbox.discord.world.keywords import KeywordRule
from bot.sandbox.discord.world.messages import Message, MessageType
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.users import User
from bot.sandbox.discord.world.world import World
from bot.sandbox.driver.surroundings import RefusedError
from bot.sandbox.driver.webhook import Webhook

Grants = Mapping[Role | User, Permission]


class Server:
    """A guild; "server" is what Discord calls it towards people."""

    def __init__(self, world: World, guild: Guild) -> None:
        self._world = world
        self.guild = guild

    @property
    def id(self) -> int:
        """The guild's id."""
        return self.guild.id

    @property
    def name(self) -> str:
        """The guild's name."""
        return self.guild.name

    @property
    def everyone(self) -> Role:
        """The role of all members."""
        return self.guild.everyone

    @property
    def bot_role(self) -> Role:
        """The managed role of the bot. Raises RefusedError while the bot is no member."""
        role = self.guild.managed_role(self._world.bot)
        if role is None:
            raise RefusedError(f"the bot is no member of {self.guild.name}")
        return role

    def category(self, name: str) -> Channel:
        """Make a category."""
        return self.channel(name, kind=Kind.CATEGORY)

    def channel(
        self,
        name: str,
        *,
        kind: Kind = Kind.TEXT,
        category: Channel | None = None,
        topic: str | None = None,
        nsfw: bool = False,
        slowmode: int = 0,
        tags: Sequence[str] = (),
        requires_tag: bool = False,
        allow: Grants | None = None,
        deny: Grants | None = None,
    ) -> Channel:
        """Make a channel; `allow` and `deny` are its overwrites, by role or user. Tags are for a forum's posts."""
        position = len(self._world.channels_of(self.guild))
        channel = Channel(self._world.ids.next(), kind, name, self.guild, category, position, topic)
        channel.nsfw, channel.slowmode = nsfw, slowmode
        channel.tags = [Tag(self._world.ids.next(), name) for name in tags]
        channel.flags = ChannelFlag.REQUIRE_TAG if requires_tag else ChannelFlag.NONE
        self._overwrite(channel, allow or {}, deny or {})
        self._world.channels[channel.id] = channel
        events.channel_created(self._world, channel)
        return channel

    def permits(self, channel: Channel, *, allow: Grants | None = None, deny: Grants | None = None) -> None:
        """Change a channel's overwrites for the roles and users named; a category takes the synced ones along."""
        before = dict(channel.overwrites)
        within = [one for one in self._world.channels_of(self.guild) if one.parent is channel]
        for one in [channel, *(one for one in within if one.overwrites == before)]:
            self._overwrite(one, allow or {}, deny or {})
            events.channel_updated(self._world, one)

    def changes(
        self,
        channel: Channel,
        *,
        topic: str | None = None,
        nsfw: bool | None = None,
        slowmode: int | None = None,
    ) -> None:
        """Change what is given of a channel."""
        channel.topic = channel.topic if topic is None else topic
        channel.nsfw = channel.nsfw if nsfw is None else nsfw
        channel.slowmode = channel.slowmode if slowmode is None else slowmode
        events.channel_updated(self._world, channel)

    def moves(self, channel: Channel, category: Channel | None) -> None:
        """Move a channel into a category, or out of all; its overwrites stay its own."""
        channel.parent = category
        events.channel_updated(self._world, channel)

    def role(self, name: str, permissions: Permission = Permission.NONE, *, mentionable: bool = False) -> Role:
        """Make a role, or return the one of that name."""
        for role in self.guild.roles.values():
            if role.name == name and role.bot_id is None:
                return role
        role = Role(self._world.ids.next(), name, permissions, len(self.guild.roles), mentionable)
        self.guild.roles[role.id] = role
        events.role_changed(self._world, self.guild, role, new=True)
        return role

    def grants(self, role: Role, permissions: Permission) -> None:
        """Set what a role may do in the whole guild."""
        role.permissions = permissions
        events.role_changed(self._world, self.guild, role, new=False)

    def admits(self, user: User, roles: list[Role] | None = None) -> None:
        """Make a user a member, or change a member's roles. The bot gets its managed role."""
        member = self.guild.members.get(user.id)
        if member is not None:
            member.roles = member.roles if roles is None else list(roles)
            events.member_updated(self._world, self.guild, member)
            return
        if user.bot and self.guild.managed_role(user) is None:
            managed = Role(self._world.ids.next(), user.name, position=len(self.guild.roles), bot_id=user.id)
            self.guild.roles[managed.id] = managed
        managed_role = self.guild.managed_role(user)
        member = Member(user, self._world.clock.now(), [*(roles or []), *([managed_role] if managed_role else [])])
        self.guild.members[user.id] = member
        events.member_joined(self._world, self.guild, member)
        system_messages.in_system_channel(self._world, self.guild, user, MessageType.USER_JOIN)

    def times_out(self, user: User, seconds: float) -> None:
        """Silence a member for some seconds."""
        member = self.guild.members[user.id]
        member.timeout = Timeout(self._world.clock.now() + timedelta(seconds=seconds), self._world.clock)
        events.member_updated(self._world, self.guild, member)

    def webhook(self, channel: Channel, name: str = "Hook") -> Webhook:
        """Make a webhook of a channel."""
        return Webhook(self._world, channel, name)

    def tells_in(self, channel: Channel | None) -> None:
        """Set the system channel, in which Discord tells of joins and boosts; None for none."""
        self.guild.system_channel_id = None if channel is None else channel.id
        events.guild_updated(self._world, self.guild)

    def tells(self, channel: Channel, kind: MessageType, by: User, content: str = "") -> Message:
        """Post a message of Discord's own, of any type."""
        return system_messages.tell(self._world, channel, by, kind, content=content)

    def blocks(
        self,
        *words: str,
        alerts_in: Channel | None = None,
        exempt: Sequence[Role | Channel] = (),
        bots_too: bool = False,
        name: str = "No bad words",
    ) -> None:
        """Add an AutoMod rule that blocks messages with these words; `*` at an end of one stands for the rest of a word."""
        roles = frozenset(one.id for one in exempt if isinstance(one, Role))
        channels = frozenset(one.id for one in exempt if isinstance(one, Channel))
        alerts = None if alerts_in is None else alerts_in.id
        self.guild.keyword_rules.append(KeywordRule(name, words, alerts, roles, channels, bots_too))

    def blocks_links(self, *hosts: str) -> None:
        """Let Discord's filter of harmful links know hosts, which also stand for the hosts below them."""
        self.guild.harmful_links |= {host.lower() for host in hosts}

    def _overwrite(self, channel: Channel, allow: Grants, deny: Grants) -> None:
        for target in [*allow, *(one for one in deny if one not in allow)]:
            channel.overwrites[target.id] = Overwrite(
                target.id,
                isinstance(target, User),
                allow.get(target, Permission.NONE),
                deny.get(target, Permission.NONE),
            )
