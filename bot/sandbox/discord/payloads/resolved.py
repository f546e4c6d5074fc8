"""`Resolved` writes out the users, roles, channels and messages that an interaction names by id.

Source: Discord's documentation, Receiving and Responding, "Resolved Data Structure".
"""

from bot.sandbox.discord.payloads.channels import channel_payload
from bot.sandbox.discord.payloads.guilds import member_payload, role_payload
from bot.sandbox.discord.payloads.messages import message_payload
from bot.sandbox.discord.payloads.users import user_payload
from bot.sandbox.discord.world.access import permissions_in
from bot.sandbox.discord.world.channels import Channel
from bot.sandbox.discord.world.guilds import Role
from bot.sandbox.discord.world.intents import Intent
from bot.sandbox.discord.world.messages import Message
from bot.sandbox.discord.world.users import User
from bot.sandbox.discord.world.world import World
from bot.sandbox.wire import Json

_PARTIAL_MEMBER = ("deaf", "mute")
_PARTIAL_CHANNEL = (
    *("id", "name", "type", "last_message_id", "nsfw", "parent_id", "guild_id", "flags"),
    *("rate_limit_per_user", "topic", "position", "thread_metadata"),
)

Named = User | Role | Channel | Message


class Resolved:
    """The objects that one interaction names. A target message shows its content whatever the intents."""

    def __init__(self, world: World, channel: Channel, asker: User) -> None:
        self._world = world
        self._channel = channel
        self._asker = asker
        self.payload: Json = {}

    def add(self, named: Named) -> str:
        """Add an object and return its id as the interaction carries it."""
        key = str(named.id)
        match named:
            case User():
                self._add("users", key, user_payload(named))
                guild = self._channel.guild
                if guild is not None and (member := guild.members.get(named.id)):
                    partial = {
                        name: value for name, value in member_payload(member).items() if name not in _PARTIAL_MEMBER
                    }
                    self._add("members", key, partial | {"permissions": str(int(permissions_in(self._channel, named)))})
            case Role():
                self._add("roles", key, role_payload(named))
            case Channel():
                self._add("channels", key, self._channel_partial(named))
            case Message():
                self._add("messages", key, message_payload(self._world, named, Intent.MESSAGE_CONTENT))
        return key

    def _add(self, group: str, key: str, payload: Json) -> None:
        self.payload.setdefault(group, {})[key] = payload

    def _channel_partial(self, channel: Channel) -> Json:
        whole = channel_payload(channel, self._world.bot)
        partial: Json = {key: whole[key] for key in _PARTIAL_CHANNEL if key in whole}
        return partial | {
            "permissions": str(int(permissions_in(channel, self._asker))),
            "app_permissions": str(int(permissions_in(channel, self._world.bot))),
        }
