"""The port that knows the categories of channels."""

from typing import Protocol

from bot.chat.places import Place


class Categories(Protocol):
    """Knows in which category a place stands."""

    def of(self, place: Place) -> int | None:
        """Return the id of the category of a channel, or of a thread's channel; None for none, or where it is not known.

        Discord is not asked.
        """
        ...

    async def look_up(self, place: Place) -> None:
        """Ask Discord where it has not told of a place's channel yet, so that `of` knows it. A failure leaves it unknown."""
        ...
