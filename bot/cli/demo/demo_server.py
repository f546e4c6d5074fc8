"""Builds the demo's Discord server: its channels, people and roles."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from bot.sandbox import Channel, Kind, Permission, Person, Sandbox

_MODERATES = (
    Permission.MANAGE_GUILD | Permission.MANAGE_CHANNELS | Permission.MANAGE_MESSAGES | Permission.MANAGE_THREADS
)
"""The rights of a moderator: to choose a model and a persona for a channel and for the server is among them."""


@dataclass(frozen=True, slots=True)
class DemoServer:
    """The demo's main channel and its people."""

    general: Channel
    alice: Person
    bob: Person
    carol: Person

    @property
    def people(self) -> Sequence[Person]:
        """All people, the moderator first."""
        return (self.alice, self.bob, self.carol)

    @classmethod
    async def built(cls, box: Sandbox) -> Self:
        """Build the server in a sandbox."""
        box.discord.application.bot_public = False
        guild = box.discord.guild("Parley's town")
        general = guild.channel("general", topic="Mention @Parley and it answers, here and in every thread")
        guild.channel("random", topic="Another channel, which has a memory of its own")
        ideas = guild.channel("ideas", kind=Kind.FORUM, topic="A forum: every post has a memory of its own")
        server = cls(general, box.discord.user("Alice"), box.discord.user("Bob"), box.discord.user("Carol"))
        server.alice.joins(guild, [guild.role("Moderator", _MODERATES)])
        await server.carol.opens_post(
            ideas, "A name for our cat", "She is grey and afraid of thunder. Who has an idea?"
        )
        return server
