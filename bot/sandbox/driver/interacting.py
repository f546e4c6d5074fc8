"""Interacting: what somebody does to the bot beyond writing, by commands, buttons, menus and modals.

The half of a person that makes interactions. Each of them waits as a client does: until the bot's response shows, or
until "The application did not respond" (`NoResponseError`).
"""

import asyncio
import secrets
from collections.abc import Mapping

from bot.sandbox.discord.forms.components import LINK, PREMIUM
from bot.sandbox.discord.gateway.events import announce_interaction
from bot.sandbox.discord.payloads.resolved import Resolved
from bot.sandbox.discord.world.access import permissions_in
from bot.sandbox.discord.world.channels import Channel
from bot.sandbox.discord.world.components import ComponentType, buttons, selects
from bot.sandbox.discord.world.interactions import Interaction, InteractionType
from bot.sandbox.discord.world.messages import Message, Origin
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.users import User
from bot.sandbox.driver.commands import CommandLine
from bot.sandbox.driver.filling import chosen, submission
from bot.sandbox.driver.responses import Choice, NoResponseError, OpenModal, Response
from bot.sandbox.driver.surroundings import PATIENCE, RefusedError, Surroundings
from bot.sandbox.wire import Json

_MARGIN = 0.01
"""Seconds that the look at a deadline comes after it."""


class Interacting:
    """Somebody who interacts with the bot. Everything raises RefusedError, NoResponseError, TookTooLongError."""

    def __init__(self, user: User, surroundings: Surroundings) -> None:
        self.user = user
        self._around = surroundings

    async def runs(
        self, command: str, channel: Channel, /, *, timeout: float = PATIENCE, **options: object
    ) -> Response:
        """Run a slash command ("export", or "memory forget" for a subcommand) and wait for the response.

        A deferred response counts when it is filled in.
        """
        line = CommandLine(self._around.discord.world, self.user, channel)
        asked = line.asked(self._around.discord.commands, command, _users(options))
        origin = self._origin(InteractionType.APPLICATION_COMMAND, command=command.removeprefix("/"))
        return Response(await self._interacts(channel, asked, origin, timeout=timeout))

    async def uses(
        self,
        command: str,
        target: "Message | Interacting",
        channel: Channel | None = None,
        *,
        timeout: float = PATIENCE,
    ) -> Response:
        """Use a command of the context menu of a message, or of a person as seen in a channel."""
        aim = target if isinstance(target, Message) else target.user
        where = target.channel if isinstance(target, Message) else channel
        if where is None:
            raise RefusedError("a person is seen in some channel: name it")
        asked = CommandLine(self._around.discord.world, self.user, where).aimed(
            self._around.discord.commands, command, aim
        )
        kind = InteractionType.APPLICATION_COMMAND
        origin = self._origin(kind, command=command, target=aim.id if isinstance(aim, Message) else aim)
        return Response(await self._interacts(where, asked, origin, timeout=timeout))

    async def suggestions(
        self, command: str, channel: Channel, /, *, timeout: float = PATIENCE, **options: object
    ) -> list[Choice]:
        """Type an option of a command, the last one named, and return what is suggested, in order."""
        values = _users(options)
        if not values:
            raise RefusedError(f"nothing is typed of /{command.removeprefix('/')}: name an option")
        focused = next(reversed(values))
        line = CommandLine(self._around.discord.world, self.user, channel, focused=focused)
        asked = line.asked(self._around.discord.commands, command, values)
        origin = self._origin(InteractionType.AUTOCOMPLETE)
        typed = await self._interacts(channel, asked, origin, focused=line.focused_kind, timeout=timeout)
        return [Choice(one["name"], one["value"]) for one in typed.choices]

    async def presses(self, message: Message, button: str, *, timeout: float = PATIENCE) -> Response:
        """Press a button, named by its label or custom id, and wait for the response."""
        self._demand_seen(message)
        found = _component(buttons(message.components), button, "label", "button")
        if found["style"] in {LINK, PREMIUM}:
            raise RefusedError(f"button {button!r} opens a website or the shop: the bot does not hear of it")
        return await self._uses_component(message, found, {}, timeout)

    async def forges(self, message: Message, custom_id: str, *, timeout: float = PATIENCE) -> Response:
        """Press a button that the message does not have, as a changed client may, and wait for the response."""
        self._demand_seen(message)
        forged: Json = {"custom_id": custom_id, "type": int(ComponentType.BUTTON), "id": 1}
        return await self._uses_component(message, forged, {}, timeout)

    async def chooses(
        self, message: Message, menu: str, *values: object, forged: bool = False, timeout: float = PATIENCE
    ) -> Response:
        """Choose in a menu, named by its placeholder or custom id: options by label or value, people, roles, channels.

        `forged`: the values go out as they are, offered or not, as from a client that was tampered with.
        """
        self._demand_seen(message)
        found = _component(selects(message.components), menu, "placeholder", "menu")
        resolved = Resolved(self._around.discord.world, message.channel, self.user)
        picked = [_user(value) for value in values]
        asked: Json = {"values": [str(one) for one in picked] if forged else chosen(found, picked, resolved)}
        if resolved.payload:
            asked["resolved"] = resolved.payload
        return await self._uses_component(message, found, asked, timeout)

    async def submits(
        self,
        modal: OpenModal,
        values: Mapping[str, object] | None = None,
        /,
        *,
        forged: bool = False,
        timeout: float = PATIENCE,
        **fields: object,
    ) -> Response:
        """Fill in a modal and submit it; fields go by custom id, or by label in `values`.

        `forged`: what is filled in goes out as it is, too long or not offered, as from a client that was tampered with.
        """
        opener = modal.interaction
        if not modal.open or opener.user is not self.user:
            raise RefusedError(f"modal {modal.title!r} is not on {self.user.name}'s screen")
        resolved = Resolved(self._around.discord.world, opener.channel, self.user)
        filled = submission(modal.modal, _users({**(values or {}), **fields}), resolved, forged=forged)
        asked: Json = {"custom_id": modal.modal.custom_id, "components": filled}
        if resolved.payload:
            asked["resolved"] = resolved.payload
        modal.modal.open = False
        command = opener.origin.command if opener.origin else None
        origin = self._origin(InteractionType.MODAL_SUBMIT, command=command, opened_by=opener.origin)
        return Response(await self._interacts(opener.channel, asked, origin, on=opener.on, timeout=timeout))

    def cancels(self, modal: OpenModal) -> None:
        """Close a modal; the bot is not told."""
        modal.modal.open = False

    def _demand_seen(self, message: Message) -> None:
        hidden = not permissions_in(message.channel, self.user) & Permission.VIEW_CHANNEL
        if hidden or message.seen_by not in {None, self.user} or message.deleted:
            raise RefusedError(f"{self.user.name} does not see that message")

    async def _uses_component(self, message: Message, component: Json, more: Json, timeout: float) -> Response:
        asked: Json = {"custom_id": component["custom_id"], "component_type": component["type"], "id": component["id"]}
        origin = self._origin(InteractionType.MESSAGE_COMPONENT, interacted_message_id=message.id)
        return Response(await self._interacts(message.channel, asked | more, origin, on=message, timeout=timeout))

    def _origin(
        self,
        kind: InteractionType,
        *,
        command: str | None = None,
        target: User | int | None = None,
        interacted_message_id: int | None = None,
        opened_by: Origin | None = None,
    ) -> Origin:
        new_id = self._around.discord.world.ids.next()
        return Origin(new_id, kind, self.user, command, target, interacted_message_id, None, opened_by)

    async def _interacts(
        self,
        channel: Channel,
        asked: Json,
        origin: Origin,
        *,
        on: Message | None = None,
        focused: int | None = None,
        timeout: float,
    ) -> Interaction:
        world, interactions = self._around.discord.world, self._around.discord.interactions
        interaction = Interaction(
            id=origin.interaction_id,
            token=secrets.token_urlsafe(48),
            type=InteractionType(origin.kind),
            user=self.user,
            channel=channel,
            created_at=world.clock.now(),
            asked=asked,
            on=on,
            origin=origin,
            focused=focused,
        )
        interactions.add(interaction)
        announce_interaction(world, interaction)
        await self._sees_outcome(interaction, timeout)
        return interaction

    async def _sees_outcome(self, interaction: Interaction, timeout: float) -> None:
        interactions, around = self._around.discord.interactions, self._around
        left = interactions.seconds_left(interaction) + _MARGIN
        alarm = asyncio.get_running_loop().call_later(left, around.changes.notify)
        try:
            await around.until(lambda: interaction.complete or interactions.seconds_left(interaction) < 0, timeout)
        finally:
            alarm.cancel()
        if not interaction.complete:
            raise NoResponseError(interaction)


def _user(value: object) -> object:
    return value.user if isinstance(value, Interacting) else value


def _users(values: Mapping[str, object]) -> dict[str, object]:
    return {name: _user(value) for name, value in values.items()}


def _component(present: list[Json], name: str, shown: str, noun: str) -> Json:
    for one in present:
        if name in {one.get(shown), one.get("custom_id")}:
            if one.get("disabled"):
                raise RefusedError(f"{noun} {name!r} is disabled")
            return one
    listed = [one.get(shown) or one.get("custom_id") for one in present]
    raise RefusedError(f"there is no {noun} {name!r}; there are {listed}")
