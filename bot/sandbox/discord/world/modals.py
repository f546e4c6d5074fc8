"""`Modal` is the window with fields that a bot opens on a person's screen as its response."""

from dataclasses import dataclass

from bot.sandbox.discord.world.components import ComponentType
from bot.sandbox.wire import Json


@dataclass(eq=False, slots=True)
class Modal:
    """A modal on a person's screen. `open` until it is submitted or closed."""

    custom_id: str
    title: str
    components: list[Json]
    open: bool = True

    def fields(self) -> list[tuple[str, Json]]:
        """Return the fields that can be filled in, in order, each with its label."""
        found: list[tuple[str, Json]] = []
        for one in self.components:
            if one["type"] == ComponentType.LABEL:
                found.append((one["label"], one["component"]))
            elif one["type"] == ComponentType.ACTION_ROW:
                found += [(inner["label"], inner) for inner in one["components"]]
        return found
