"""`user_payload` writes a user as JSON."""

from bot.sandbox.discord.world.users import User
from bot.sandbox.wire import Json


def user_payload(user: User) -> Json:
    """Write a user."""
    shape: Json = {
        "id": str(user.id),
        "username": user.username,
        "global_name": None if user.bot else user.name,
        "discriminator": "0000" if user.webhook else "0001" if user.bot else "0",
        "avatar": None,
        "avatar_decoration_data": None,
        "collectibles": None,
        "primary_guild": None,
        "public_flags": 0,
        "flags": 0,
    }
    return shape | {"username": user.name, "bot": True} if user.bot else shape
