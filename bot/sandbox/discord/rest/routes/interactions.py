"""`InteractionRoutes` serves the bot's responses to interactions and its follow-ups.

The interaction's token authorizes a request; the bot's own is not asked for.
"""

from bot.sandbox.discord.forms.messages import read_message_form
from bot.sandbox.discord.forms.reading import BAD_OBJECT, REQUIRED
from bot.sandbox.discord.payloads.messages import message_payload
from bot.sandbox.discord.rest.calls import Call, Result, Route
from bot.sandbox.discord.rest.rules import posts
from bot.sandbox.discord.rest.rules.interactions import Interactions
from bot.sandbox.discord.world.errors import InvalidFormError, unknown
from bot.sandbox.discord.world.interactions import CallbackType, Interaction
from bot.sandbox.discord.world.messages import Message
from bot.sandbox.discord.world.world import World, snowflake
from bot.sandbox.wire import Json, as_object

_CALLBACK = "/interactions/{interaction_id}/{interaction_token}/callback"
_WEBHOOK = "/webhooks/{webhook_id}/{webhook_token}"
_NOT_HERE = frozenset({"nonce", "enforce_nonce", "message_reference"})
"""Fields of a message that a webhook does not take (OpenAPI document, IncomingWebhookInteractionRequest)."""


class InteractionRoutes:
    """Serves first responses and follow-ups."""

    def __init__(self, world: World, interactions: Interactions) -> None:
        self._world = world
        self._interactions = interactions

    def table(self) -> list[Route]:
        """Return the routes; `@original` comes before the template that would match it too."""
        routes = [
            Route("POST", _CALLBACK, self._respond, needs_token=False),
            Route("POST", _WEBHOOK, self._follow_up, needs_token=False),
        ]
        for one in ("/messages/@original", "/messages/{message_id}"):
            routes += [
                Route("GET", _WEBHOOK + one, self._get, needs_token=False),
                Route("PATCH", _WEBHOOK + one, self._edit, needs_token=False),
                Route("DELETE", _WEBHOOK + one, self._delete, needs_token=False),
            ]
        return routes

    def _respond(self, call: Call) -> Result:
        interaction = self._interactions.get(call.id("interaction_id"), call.values["interaction_token"])
        kind: object = call.json.get("type")
        if not isinstance(kind, int):
            raise InvalidFormError({"type": REQUIRED})
        body = as_object(call.json.get("data") or {})
        if body is None:
            raise InvalidFormError({"data": BAD_OBJECT})
        self._interactions.respond(interaction, kind, _without(_NOT_HERE, body), call.uploads)
        return (
            self._callback_payload(interaction)
            if call.query.get("with_response", "").lower() in {"1", "true"}
            else None
        )

    def _callback_payload(self, interaction: Interaction) -> Json:
        original = interaction.original
        shape: Json = {"interaction": {"id": str(interaction.id), "type": int(interaction.type)}}
        if original is None or interaction.answered_by is None:
            return shape
        shape["interaction"] |= {
            "response_message_id": str(original.id),
            "response_message_loading": original.loading,
            "response_message_ephemeral": original.ephemeral,
        }
        resource: Json = {"type": int(interaction.answered_by)}
        if interaction.answered_by in {CallbackType.CHANNEL_MESSAGE, CallbackType.UPDATE_MESSAGE}:
            resource["message"] = message_payload(self._world, original)
        return shape | {"resource": resource}

    def _interaction(self, call: Call) -> Interaction:
        if call.id("webhook_id") != self._world.application.id:
            raise unknown("webhook")
        return self._interactions.of_webhook(call.values["webhook_token"])

    def _message(self, call: Call) -> Message:
        asked = call.values.get("message_id")
        return self._interactions.response(self._interaction(call), None if asked is None else snowflake(asked))

    def _follow_up(self, call: Call) -> Result:
        form = read_message_form(_without(_NOT_HERE, call.json), call.uploads)
        return message_payload(self._world, self._interactions.follow_up(self._interaction(call), form))

    def _get(self, call: Call) -> Result:
        return message_payload(self._world, self._message(call))

    def _edit(self, call: Call) -> Result:
        message = self._message(call)
        self._interactions.edit(message, read_message_form(call.json, call.uploads))
        return message_payload(self._world, message)

    def _delete(self, call: Call) -> Result:
        posts.delete(self._world, self._message(call))
        return None


def _without(keys: frozenset[str], body: Json) -> Json:
    return {key: value for key, value in body.items() if key not in keys}
