"""Acts: what a person does by the page, each as a call of the driver."""

from collections.abc import Awaitable, Callable, Mapping
from typing import cast

from bot.sandbox.changes import TookTooLongError
from bot.sandbox.discord.rest.rules.commands import CHAT_INPUT
from bot.sandbox.discord.world.channels import Channel, Kind
from bot.sandbox.discord.world.components import SELECTS, ComponentType, selects
from bot.sandbox.discord.world.media import FLAT
from bot.sandbox.discord.world.messages import Message
from bot.sandbox.discord.world.world import snowflake
from bot.sandbox.driver.person import Person
from bot.sandbox.driver.responses import OpenModal, Response
from bot.sandbox.driver.surroundings import RefusedError
from bot.sandbox.page.frames import Ask
from bot.sandbox.page.scene import MAX_FILE_BYTES, Scene
from bot.sandbox.wire import Json

Act = Callable[[Person, Ask], Awaitable[Json]]

_NAMED = range(6, 10)
"""The types of a command's options that name a user, a channel, a role, or one of them."""

_MARGIN_SECONDS = 5.0
_STARTING_SECONDS = 30.0
"""How long a direct message waits for a bot that starts."""

MAX_TITLE = 100
MAX_VOICE_SECONDS = 1200.0
"""The longest voice message that Discord's clients record (Discord's help pages: 20 minutes)."""


class Acts:
    """One tab's hands: acts by name. Each returns what its answer carries beyond "done"; refusals are raised."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._modals: dict[int, OpenModal] = {}
        self.table: dict[str, Act] = {
            "say": self._say,
            "voice": self._voice,
            "edit": self._edit,
            "delete": self._delete,
            "dismiss": self._dismiss,
            "type": self._type,
            "react": self._react,
            "thread": self._thread,
            "post": self._post,
            "press": self._press,
            "choose": self._choose,
            "submit": self._submit,
            "cancel": self._cancel,
            "run": self._run,
            "use": self._use,
            "suggest": self._suggest,
        }

    @property
    def _patience(self) -> float:
        """How long a person looks at "thinking": for as long as the bot can still end it."""
        return self._scene.discord.interactions.token_seconds + _MARGIN_SECONDS

    async def _say(self, person: Person, ask: Ask) -> Json:
        place = self._place(person, ask)
        await self._until_heard(place)
        reply_to = ask.optional_id("reply_to")
        message = await person.says(
            place,
            ask.text("text"),
            reply_to=None if reply_to is None else self._scene.message(person, place.id, reply_to),
            ping=ask.flag("ping", default=True),
            attachments=ask.files("files", MAX_FILE_BYTES),
        )
        return {"message": str(message.id)}

    async def _voice(self, person: Person, ask: Ask) -> Json:
        place = self._place(person, ask)
        await self._until_heard(place)
        reply_to = ask.optional_id("reply_to")
        sounds = [*ask.files("files", MAX_FILE_BYTES).values()]
        if len(sounds) != 1:
            raise RefusedError("a voice message is one recording")
        message = await person.sends_voice(
            place,
            ask.seconds("seconds", MAX_VOICE_SECONDS),
            sound=sounds[0],
            waveform=ask.text("waveform", FLAT),
            reply_to=None if reply_to is None else self._scene.message(person, place.id, reply_to),
            ping=ask.flag("ping", default=True),
        )
        return {"message": str(message.id)}

    async def _until_heard(self, place: Channel) -> None:
        """Hold a direct message back until a bot is there: of one that came before it, Discord would tell it nothing."""
        gateway, bot = self._scene.discord.gateway, self._scene.world.bot
        if place.kind is not Kind.DM or gateway.connected:
            return
        try:
            await self._scene.changes.until(lambda: gateway.connected, timeout=_STARTING_SECONDS)
        except TookTooLongError as error:
            raise RefusedError(f"{bot.name} is not here, and would never hear of it: try again later") from error

    async def _edit(self, person: Person, ask: Ask) -> Json:
        await person.edits(self._message(person, ask), ask.text("text"))
        return {}

    async def _delete(self, person: Person, ask: Ask) -> Json:
        await person.deletes(self._message(person, ask))
        return {}

    async def _dismiss(self, person: Person, ask: Ask) -> Json:
        message = self._message(person, ask)
        if not message.ephemeral:
            raise RefusedError("everybody sees that message: it cannot be dismissed")
        self._scene.dismissed.add(message.id)
        self._scene.changes.notify()
        return {}

    async def _type(self, person: Person, ask: Ask) -> Json:
        await person.types(self._place(person, ask))
        return {}

    async def _react(self, person: Person, ask: Ask) -> Json:
        message, emoji = self._message(person, ask), ask.text("emoji")
        if ask.flag("on", default=True):
            await person.reacts(message, emoji)
        else:
            await person.unreacts(message, emoji)
        return {}

    async def _thread(self, person: Person, ask: Ask) -> Json:
        on = ask.optional_id("message")
        at = self._place(person, ask) if on is None else self._message(person, ask)
        thread = await person.opens_thread(at, _title(ask.text("name")))
        return {"place": str(thread.id)}

    async def _post(self, person: Person, ask: Ask) -> Json:
        forum = self._place(person, ask)
        thread = await person.opens_post(forum, _title(ask.text("title")), ask.text("text"), tags=ask.texts("tags"))
        return {"place": str(thread.id)}

    async def _press(self, person: Person, ask: Ask) -> Json:
        message = self._message(person, ask)
        return self._outcome(await person.presses(message, ask.text("button"), timeout=self._patience))

    async def _choose(self, person: Person, ask: Ask) -> Json:
        message, menu = self._message(person, ask), ask.text("menu")
        found = next((one for one in selects(message.components) if one["custom_id"] == menu), None)
        values = [self._picked(found or {}, message.channel, one) for one in ask.texts("values")]
        return self._outcome(await person.chooses(message, menu, *values, timeout=self._patience))

    async def _submit(self, person: Person, ask: Ask) -> Json:
        modal = self._modal(ask)
        values = self._filled(modal, ask.values("values"))
        outcome = self._outcome(await person.submits(modal, values, timeout=self._patience))
        self._modals.pop(modal.interaction.id, None)
        return outcome

    async def _cancel(self, person: Person, ask: Ask) -> Json:
        modal = self._modal(ask)
        person.cancels(modal)
        del self._modals[modal.interaction.id]
        return {}

    async def _run(self, person: Person, ask: Ask) -> Json:
        place, line = self._place(person, ask), ask.text("command")
        options = self._options(place, line, ask.values("options"))
        return self._outcome(await person.runs(line, place, timeout=self._patience, **options))

    async def _use(self, person: Person, ask: Ask) -> Json:
        command, aimed = ask.text("command"), ask.optional_id("user")
        if aimed is None:
            message = self._message(person, ask)
            return self._outcome(await person.uses(command, message, timeout=self._patience))
        target = self._scene.person(aimed)
        if target is None:
            raise RefusedError("that is nobody here")
        return self._outcome(await person.uses(command, target, self._place(person, ask), timeout=self._patience))

    async def _suggest(self, person: Person, ask: Ask) -> Json:
        place, line = self._place(person, ask), ask.text("command")
        focused = ask.text("focused")
        typed = dict(ask.values("options"))
        typed[focused] = typed.pop(focused, "")  # the driver takes the last one for the one that is being typed
        options = self._options(place, line, typed)
        found = await person.suggestions(line, place, timeout=self._patience, **options)
        return {"choices": [one._asdict() for one in found]}

    def _outcome(self, response: Response) -> Json:
        """Return the modal that an interaction opened, if it did; all else shows in the place."""
        if response.interaction.modal is None:
            return {}
        modal = response.modal
        self._modals[modal.interaction.id] = modal
        body: Json = {"id": str(modal.interaction.id), "title": modal.title, "components": modal.modal.components}
        return {"modal": body}

    def _modal(self, ask: Ask) -> OpenModal:
        if (modal := self._modals.get(ask.id("modal"))) is None:
            raise RefusedError("that window is not open any more")
        return modal

    def _filled(self, modal: OpenModal, values: Mapping[str, object]) -> dict[str, object]:
        filled = dict(values)
        for _, field in modal.modal.fields():
            chosen = filled.get(field["custom_id"])
            if field["type"] in SELECTS and isinstance(chosen, list):
                items = cast("list[object]", chosen)
                place = modal.interaction.channel
                filled[field["custom_id"]] = [self._picked(field, place, one) for one in items]
        return filled

    def _picked(self, menu: Json, place: Channel, value: object) -> object:
        return value if menu.get("type") == ComponentType.STRING_SELECT else self._named(place, value)

    def _options(self, place: Channel, line: str, values: Mapping[str, object]) -> dict[str, object]:
        """Return a command's options; those that name somebody or something come as ids."""
        name, *path = line.removeprefix("/").split() or [""]
        guild_id = place.guild.id if place.guild else None
        declared = _declared(self._scene.discord.commands.find(name, guild_id, CHAT_INPUT))
        for step in path:
            declared = _declared(next((one for one in declared if one["name"] == step), None))
        kinds = {str(one["name"]): int(one["type"]) for one in declared}
        if unknown := set(values) - set(kinds):
            raise RefusedError(f"/{line} has no option {sorted(unknown)}")
        if "timeout" in values:
            raise RefusedError("an option of this name is the driver's own and cannot be given here")
        return {key: self._named(place, one) if kinds[key] in _NAMED else one for key, one in values.items()}

    def _named(self, place: Channel, value: object) -> object:
        world, key = self._scene.world, snowflake(value)
        roles = place.guild.roles if place.guild else {}
        found = world.users.get(key) or world.channels.get(key) or roles.get(key)
        if found is None:
            raise RefusedError("what was chosen is not here any more")
        return found

    def _place(self, person: Person, ask: Ask) -> Channel:
        return self._scene.place(person, ask.id("place"))

    def _message(self, person: Person, ask: Ask) -> Message:
        return self._scene.message(person, ask.id("place"), ask.id("message"))


def _declared(holder: Json | None) -> list[Json]:
    return (holder or {}).get("options") or []


def _title(text: str) -> str:
    """Return a thread's name as a client takes it. Raises RefusedError."""
    name = " ".join(text.split())
    if not 1 <= len(name) <= MAX_TITLE:
        raise RefusedError(f"a thread's name has 1 to {MAX_TITLE} characters")
    return name
