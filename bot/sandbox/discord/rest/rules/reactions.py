"""`react` and `unreact` add and remove a user's standard emoji under a message."""

from bot.sandbox.discord.gateway import events
from bot.sandbox.discord.world.messages import Message
from bot.sandbox.discord.world.users import User
from bot.sandbox.discord.world.world import World


def react(world: World, message: Message, user: User, emoji: str) -> None:
    """Put a user's emoji under a message; a second time changes nothing."""
    users = message.reactions.setdefault(emoji, [])
    if user not in users:
        users.append(user)
        events.reaction_changed(world, message, user, emoji, added=True)


def unreact(world: World, message: Message, user: User, emoji: str) -> None:
    """Remove a user's emoji from a message."""
    users = message.reactions.get(emoji, [])
    if user in users:
        users.remove(user)
        if not users:
            del message.reactions[emoji]
        events.reaction_changed(world, message, user, emoji, added=False)
