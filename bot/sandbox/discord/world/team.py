"""`Team` owns an application in the place of a person."""

from dataclasses import dataclass

from bot.sandbox.discord.world.users import User


@dataclass(eq=False, slots=True)
class Team:
    """A team of the developer portal: its owner, and its other members as developers (documentation, Teams)."""

    id: int
    name: str
    owner: User
    members: tuple[User, ...] = ()
