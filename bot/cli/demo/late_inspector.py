"""The page's inspector while the bot's libraries are imported."""

from bot.sandbox.page import Inspector, Picture, Seen


class LateInspector:
    """Implements the page's `Inspector`: passes on to `inside`, and shows nothing before it is set."""

    def __init__(self) -> None:
        self.inside: Inspector | None = None

    async def seen(self, place_id: int) -> Seen | None:
        """See `Inspector.seen`."""
        return None if self.inside is None else await self.inside.seen(place_id)

    async def picture(self, key: str) -> Picture | None:
        """See `Inspector.picture`."""
        return None if self.inside is None else await self.inside.picture(key)
