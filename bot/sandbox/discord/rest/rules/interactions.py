"""`Interactions` takes the bot's one response to each interaction, and its follow-ups while the token lives.

Source: Discord's documentation, "Receiving and Responding to Interactions". The first response must come within 3
seconds, or the interaction is unknown (10062); the token lives 15 minutes, after which it is invalid (50027).
`payloads.interactions` writes the event that the bot gets; `response_messages` gives a response its type and reference.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

from bot.sandbox.discord.forms.choices import read_choices
from bot.sandbox.discord.forms.messages import MessageForm, Upload, read_message_form
from bot.sandbox.discord.forms.modals import read_modal
from bot.sandbox.discord.forms.reading import Reader
from bot.sandbox.discord.rest.rules import posts, response_messages
from bot.sandbox.discord.world.errors import ApiError, InvalidFormError, invalid_webhook_token, unknown
from bot.sandbox.discord.world.interactions import CallbackType, Interaction, InteractionType
from bot.sandbox.discord.world.messages import Message, MessageFlag, Origin
from bot.sandbox.discord.world.world import World
from bot.sandbox.wire import Json

_MESSAGES = frozenset({CallbackType.CHANNEL_MESSAGE, CallbackType.DEFERRED_CHANNEL_MESSAGE})
_UPDATES = frozenset({CallbackType.DEFERRED_UPDATE_MESSAGE, CallbackType.UPDATE_MESSAGE})


@dataclass(eq=False)
class Interactions:
    """All interactions, by id and by token, the oldest first. The two settings are Discord's unless a test changes them.

    Interactions that are over are forgotten when the next one comes.
    """

    world: World
    response_seconds: float = 3.0
    token_seconds: float = 15 * 60.0
    by_id: dict[int, Interaction] = field(default_factory=dict[int, Interaction])
    by_token: OrderedDict[str, Interaction] = field(default_factory=OrderedDict[str, Interaction])

    def add(self, interaction: Interaction) -> None:
        """Remember an interaction before it is announced."""
        longest = max(self.response_seconds, self.token_seconds)
        while self.by_token and self._age(next(iter(self.by_token.values()))) > longest:
            _, over = self.by_token.popitem(last=False)
            del self.by_id[over.id]
        self.by_id[interaction.id] = interaction
        self.by_token[interaction.token] = interaction

    def seconds_left(self, interaction: Interaction) -> float:
        """Return how long the bot may still respond; once it has, how long the token still lives."""
        limit = self.response_seconds if interaction.answered_by is None else self.token_seconds
        return limit - self._age(interaction)

    def get(self, interaction_id: int, token: str) -> Interaction:
        """Return an interaction by id and token. Raises ApiError 10062, also for one that waited too long."""
        found = self.by_id.get(interaction_id)
        if found is None or found.token != token or self.seconds_left(found) < 0:
            raise unknown("interaction")
        return found

    def of_webhook(self, token: str) -> Interaction:
        """Return the interaction whose token a follow-up uses. Raises ApiError 50027, or 10015 before a response."""
        found = self.by_token.get(token)
        if found is None or self._age(found) > self.token_seconds:
            raise invalid_webhook_token()
        if found.answered_by is None:
            raise unknown("webhook")
        return found

    def respond(self, interaction: Interaction, kind: int, data: Json, uploads: list[Upload]) -> None:
        """Give the first and only response. Raises ApiError: 40060 at the second, 10003 in a channel that is gone."""
        if interaction.answered_by is not None:
            raise ApiError(400, 40060, "Interaction has already been acknowledged.")
        callback = _callback_type(kind, interaction)
        self.world.channel(interaction.channel.id)
        try:
            self._respond(interaction, callback, data, uploads)
        except InvalidFormError as error:
            raise error.under("data") from None
        interaction.answered_by = callback
        self.world.changes.notify()

    def _respond(self, interaction: Interaction, callback: CallbackType, data: Json, uploads: list[Upload]) -> None:
        match callback:
            case CallbackType.MODAL:
                interaction.modal = read_modal(data)
            case CallbackType.AUTOCOMPLETE_RESULT:
                reader = Reader(data)
                interaction.choices = read_choices(reader, interaction.focused or 0)
                reader.done()
            case CallbackType.DEFERRED_UPDATE_MESSAGE:
                interaction.original = interaction.on
            case CallbackType.UPDATE_MESSAGE:
                posts.edit(self.world, _used(interaction), read_message_form(data, uploads))
                interaction.original = interaction.on
            case _:
                deferred = callback is CallbackType.DEFERRED_CHANNEL_MESSAGE
                form = read_message_form(data, uploads)
                if deferred:
                    form = MessageForm(flags=form.flags & MessageFlag.EPHEMERAL)
                flags = MessageFlag.LOADING if deferred else MessageFlag.NONE
                interaction.original = self._post(interaction, form, flags)

    def follow_up(self, interaction: Interaction, form: MessageForm) -> Message:
        """Post a follow-up; the first one after a deferred response takes that one's place. Raises ApiError.

        There is no limit of their number: Discord's five (40094) are for apps that only a user installed. In a channel
        that is gone it is refused with 10003; no document gives the code for this case.
        """
        self.world.channel(interaction.channel.id)
        original = interaction.original
        if original is not None and interaction.thinking:
            posts.fill_in(self.world, original, form)
            return original
        message = self._post(interaction, form, after=original)
        interaction.followups.append(message)
        self.world.changes.notify()
        return message

    def response(self, interaction: Interaction, message_id: int | None) -> Message:
        """Return the original response (None) or a follow-up. Raises ApiError 10008."""
        if message_id is None or (interaction.original and interaction.original.id == message_id):
            if interaction.original is None or interaction.original.deleted:
                raise unknown("message")
            return interaction.original
        for message in interaction.followups:
            if message.id == message_id and not message.deleted:
                return message
        raise unknown("message")

    def edit(self, message: Message, form: MessageForm) -> None:
        """Edit a response; a deferred one is filled in by it. Raises ApiError."""
        if message.loading:
            posts.fill_in(self.world, message, form)
        else:
            posts.edit(self.world, message, form)

    def _post(
        self,
        interaction: Interaction,
        form: MessageForm,
        flags: MessageFlag = MessageFlag.NONE,
        after: Message | None = None,
    ) -> Message:
        hidden = MessageFlag(form.flags) & MessageFlag.EPHEMERAL
        origin = interaction.origin or Origin(interaction.id, interaction.type, interaction.user)
        how = response_messages.circumstance(origin, flags | hidden, after or interaction.on, follows=after is not None)
        return posts.post(self.world, interaction.channel, self.world.bot, form, how)

    def _age(self, interaction: Interaction) -> float:
        return (self.world.clock.now() - interaction.created_at).total_seconds()


def _callback_type(kind: int, interaction: Interaction) -> CallbackType:
    allowed = _allowed(interaction)
    if kind not in allowed:
        listed = ", ".join(str(int(one)) for one in sorted(allowed))
        raise InvalidFormError({"type": ("BASE_TYPE_CHOICES", f"Value must be one of {{{listed}}}.")})
    return CallbackType(kind)


def _allowed(interaction: Interaction) -> frozenset[CallbackType]:
    updates = _UPDATES if interaction.on is not None else frozenset[CallbackType]()
    match interaction.type:
        case InteractionType.AUTOCOMPLETE:
            return frozenset({CallbackType.AUTOCOMPLETE_RESULT})
        case InteractionType.MODAL_SUBMIT:
            return _MESSAGES | updates
        case _:
            return _MESSAGES | updates | {CallbackType.MODAL}


def _used(interaction: Interaction) -> Message:
    if interaction.on is None or interaction.on.deleted:
        raise unknown("message")
    return interaction.on
