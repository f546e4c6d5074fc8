"""The town: the Discord of the demo, with a server, some channels and the people in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from bot.sandbox import Channel, Kind, Permission, Person, Sandbox

_MODERATES = Permission.MANAGE_MESSAGES | Permission.MANAGE_THREADS


@dataclass(frozen=True, slots=True)
class Town:
    """Where the demo plays."""

    general: Channel
    alice: Person
    bob: Person
    carol: Person

    @property
    def people(self) -> Sequence[Person]:
        """Everybody, the moderator first."""
        return (self.alice, self.bob, self.carol)

    @classmethod
    async def built(cls, box: Sandbox) -> Self:
        """Build it in a sandbox."""
        box.discord.application.bot_public = False
        server = box.discord.guild("Parley's town")
        general = server.channel("general", topic="Mention @Parley and it answers, here and in every thread")
        server.channel("random", topic="Another channel, which has a memory of its own")
        ideas = server.channel("ideas", kind=Kind.FORUM, topic="A forum: every post has a memory of its own")
        town = cls(general, box.discord.user("Alice"), box.discord.user("Bob"), box.discord.user("Carol"))
        town.alice.joins(server, [server.role("Moderator", _MODERATES)])
        await town.carol.opens_post(ideas, "A name for our cat", "She is grey and afraid of thunder. Who has an idea?")
        return town
