"""`ReactionRoutes` serves the bot's own reactions.

Source: Discord's documentation, "Create Reaction" and "Delete Own Reaction"; Threads, "Active & Archived Threads".
"""

from bot.sandbox.discord.forms.emoji import is_emoji
from bot.sandbox.discord.rest import guard
from bot.sandbox.discord.rest.calls import Call, Result, Route
from bot.sandbox.discord.rest.rules import reactions
from bot.sandbox.discord.world.errors import ApiError, thread_archived, unknown
from bot.sandbox.discord.world.messages import Message
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.world import World

_MINE = "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me"
MAX_REACTIONS = 20


class ReactionRoutes:
    """Serves the bot's reactions."""

    def __init__(self, world: World) -> None:
        self._world = world

    def table(self) -> list[Route]:
        """Return the routes."""
        return [Route("PUT", _MINE, self._add), Route("DELETE", _MINE, self._remove)]

    def _message(self, call: Call) -> Message:
        channel = guard.entered_channel(self._world, call.id("channel_id"))
        message = self._world.message(channel, call.id("message_id"))
        if message.ephemeral:
            raise unknown("message")
        if channel.thread is not None and channel.thread.archived:
            raise thread_archived()
        guard.demand(self._world, channel, Permission.READ_MESSAGE_HISTORY)
        return message

    def _add(self, call: Call) -> Result:
        message, emoji = self._message(call), _emoji(call)
        if emoji not in message.reactions:
            guard.demand(self._world, message.channel, Permission.ADD_REACTIONS)
            if len(message.reactions) >= MAX_REACTIONS:
                raise ApiError(400, 30010, f"Maximum number of reactions reached ({MAX_REACTIONS})")
        reactions.react(self._world, message, self._world.bot, emoji)
        return None

    def _remove(self, call: Call) -> Result:
        reactions.unreact(self._world, self._message(call), self._world.bot, _emoji(call))
        return None


def _emoji(call: Call) -> str:
    """Return the emoji of a path. Raises ApiError 10014, whose status here is that of public reports."""
    name = call.values["emoji_name"]
    if not is_emoji(name):
        raise ApiError(400, 10014, "Unknown Emoji")
    return name
