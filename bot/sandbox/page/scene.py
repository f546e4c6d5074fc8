"""The scene: what all tabs of one page share."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.sandbox.changes import Changes
from bot.sandbox.discord.forms.messages import MAX_FILES, MAX_TYPED
from bot.sandbox.discord.payloads.users import user_payload
from bot.sandbox.discord.world.access import permissions_in
from bot.sandbox.discord.world.channels import Channel
from bot.sandbox.discord.world.errors import unknown
from bot.sandbox.discord.world.messages import Message
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.world import World
from bot.sandbox.driver.discord import DiscordDriver
from bot.sandbox.driver.person import Person
from bot.sandbox.page.inspector import Inspector
from bot.sandbox.wire import Json

MAX_FILE_BYTES = 8 * 1024 * 1024
"""The most bytes that the files of one message have together on their way through a websocket."""


@dataclass(frozen=True, eq=False)
class Scene:
    """The Discord, the people to be, and what they have dismissed: ephemeral messages, by id.

    `name` tells one run from the next: ids of before mean nothing to it.
    """

    discord: DiscordDriver
    people: Sequence[Person]
    inspector: Inspector | None
    name: str = field(default_factory=lambda: secrets.token_hex(8))
    dismissed: set[int] = field(default_factory=set[int])

    @property
    def world(self) -> World:
        """Everything that exists."""
        return self.discord.world

    @property
    def changes(self) -> Changes:
        """How a tab learns that something happened."""
        return self.world.changes

    def hello(self) -> Json:
        """Write what a tab is told first."""
        return {
            "op": "hello",
            "scene": self.name,
            "bot": user_payload(self.world.bot),
            "people": [user_payload(one.user) for one in self.people],
            "inspects": self.inspector is not None,
            "files_origin": self.world.origin,
            "limits": {"text": MAX_TYPED, "files": MAX_FILES, "file_bytes": MAX_FILE_BYTES},
        }

    def person(self, user_id: int) -> Person | None:
        """Return one of the people to be."""
        return next((one for one in self.people if one.id == user_id), None)

    def place(self, person: Person, place_id: int) -> Channel:
        """Return a place that somebody sees. Raises ApiError 10003."""
        channel = self.world.channel(place_id)
        if not permissions_in(channel, person.user) & Permission.VIEW_CHANNEL:
            raise unknown("channel")
        return channel

    def message(self, person: Person, place_id: int, message_id: int) -> Message:
        """Return a message that somebody sees. Raises ApiError 10003 or 10008."""
        message = self.world.message(self.place(person, place_id), message_id)
        if message.seen_by not in {None, person.user}:
            raise unknown("message")
        return message
