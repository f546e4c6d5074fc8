"""The view: what one person sees of the world, as the payloads that the browser gets.

They are Discord's own, as a person's client gets them: with all content, and with everybody's name.
"""

from bot.sandbox.discord.payloads.channels import channel_payload
from bot.sandbox.discord.payloads.guilds import role_payload
from bot.sandbox.discord.payloads.media import poll_payload
from bot.sandbox.discord.payloads.messages import message_payload
from bot.sandbox.discord.payloads.users import user_payload
from bot.sandbox.discord.world.access import permissions_in, send_permission
from bot.sandbox.discord.world.channels import Channel, Kind
from bot.sandbox.discord.world.guilds import Guild
from bot.sandbox.discord.world.intents import Intent
from bot.sandbox.discord.world.messages import Message
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.driver.commands import CommandLine
from bot.sandbox.driver.person import Person
from bot.sandbox.page.scene import Scene
from bot.sandbox.wire import Json


class View:
    """One person's eyes. A file's address stays the same for as long as the view lasts."""

    def __init__(self, scene: Scene, person: Person) -> None:
        self._scene = scene
        self._person = person
        self._links: dict[str, str] = {}

    def places(self) -> Json:
        """Write the guilds with their channels, threads, roles and members, the direct messages, and whether the bot is there."""
        world, user = self._scene.world, self._person.user
        guilds = [guild for guild in world.guilds.values() if user.id in guild.members and not guild.unavailable]
        direct = world.direct(user)
        return {
            "person": str(user.id),
            "online": self._scene.discord.gateway.connected,
            "guilds": [self._guild(guild) for guild in guilds],
            "dms": [channel_payload(direct, user) | {"can": self._rights(direct)}],
        }

    def place(self, channel: Channel) -> Json:
        """Write what can be done in a place beyond writing: the commands."""
        line = CommandLine(self._scene.world, self._person.user, channel)
        return {"commands": line.offered(self._scene.discord.commands)}

    def messages(self, channel: Channel, most: int) -> tuple[dict[str, Json], bool]:
        """Return the newest messages of a place by id, oldest first, and whether there are older ones."""
        shown = [
            message
            for message in self._scene.world.messages(channel, seen_by=self._person.user)
            if message.id not in self._scene.dismissed
        ]
        return {str(one.id): self._message(one) for one in shown[-most:]}, len(shown) > most

    def _guild(self, guild: Guild) -> Json:
        mine = [one for one in self._scene.world.channels.values() if one.guild is guild]
        seen = [one for one in mine if permissions_in(one, self._person.user) & Permission.VIEW_CHANNEL]
        return {
            "id": str(guild.id),
            "name": guild.name,
            "channels": [
                channel_payload(one, self._person.user) | {"can": self._rights(one)}
                for one in seen
                if one.kind is not Kind.CATEGORY or any(other.parent is one for other in seen)
            ],
            "roles": [role_payload(role) for role in guild.roles.values()],
            "members": [user_payload(member.user) for member in guild.members.values()],
        }

    def _rights(self, channel: Channel) -> list[str]:
        rights = permissions_in(channel, self._person.user)
        needed = {
            "write": send_permission(channel),
            "thread": Permission.CREATE_PUBLIC_THREADS,
            "moderate": Permission.MANAGE_MESSAGES,
            "react": Permission.ADD_REACTIONS,
        }
        return [name for name, permission in needed.items() if rights & permission]

    def _message(self, message: Message) -> Json:
        shape = message_payload(self._scene.world, message, Intent.MESSAGE_CONTENT | Intent.GUILD_MESSAGES)
        for reaction, users in zip(shape.get("reactions", []), message.reactions.values(), strict=True):
            reaction["me"] = self._person.user in users
        if message.poll is not None:
            shape["poll"] = poll_payload(message.poll, self._person.user)
        held = [shape, *([shape["referenced_message"]] if shape.get("referenced_message") else [])]
        held += [one["message"] for whole in tuple(held) for one in whole.get("message_snapshots", [])]
        for one in held:
            for attachment in one["attachments"]:
                url = self._links.setdefault(attachment["id"], attachment["url"])
                attachment["url"] = attachment["proxy_url"] = url
        return shape
