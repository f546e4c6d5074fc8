"""`origin_payload` writes the fields by which a message names the interaction that it answers.

Sources: Discord's OpenAPI document (MessageResponse and the three InteractionMetadataResponse schemas) and Discord's
documentation, Receiving and Responding, "Message Interaction Object": only a response without a message before it has
the deprecated `interaction`.
"""

from bot.sandbox.discord.payloads.users import user_payload
from bot.sandbox.discord.world.messages import Message, Origin
from bot.sandbox.discord.world.users import User
from bot.sandbox.discord.world.world import World
from bot.sandbox.wire import Json


def origin_payload(world: World, message: Message, origin: Origin) -> Json:
    """Write the fields that only a response to an interaction has."""
    application_id = str(world.application.id)
    owners = {"0": str(message.channel.guild.id) if message.channel.guild else "0"}
    shape: Json = {
        "application_id": application_id,
        "webhook_id": application_id,
        "interaction_metadata": _metadata(origin, owners),
    }
    if message.reference is None and origin.command is not None:
        shape["interaction"] = {
            "id": str(origin.interaction_id),
            "type": origin.kind,
            "name": origin.command,
            "user": user_payload(origin.user),
        }
    return shape


def _metadata(origin: Origin, owners: dict[str, str]) -> Json:
    shape: Json = {
        "id": str(origin.interaction_id),
        "type": origin.kind,
        "user": user_payload(origin.user),
        "authorizing_integration_owners": owners,
    }
    if origin.original_response_id is not None:
        shape["original_response_message_id"] = str(origin.original_response_id)
    if origin.opened_by is not None:
        return shape | {"triggering_interaction_metadata": _metadata(origin.opened_by, owners)}
    if origin.interacted_message_id is not None:
        shape["interacted_message_id"] = str(origin.interacted_message_id)
    if isinstance(origin.target, User):
        shape["target_user"] = user_payload(origin.target)
    elif origin.target is not None:
        shape["target_message_id"] = str(origin.target)
    return shape
