"""Looks at the buttons of messages, and waits for them."""

from collections.abc import Sequence

from bot.sandbox import Message, Sandbox
from bot.sandbox.discord.world.components import buttons


def labels(message: Message) -> list[str]:
    """The labels of a message's buttons that can be pressed, and of the count between them."""
    return [str(button["label"]) for button in buttons(message.components) if not _is_blind(button)]


def _is_blind(button: dict[str, object]) -> bool:
    return bool(button.get("disabled")) and "/" not in str(button["label"])


async def offered(box: Sandbox, question: Message, *expected: str) -> Message:
    """Wait until the last message of an answer has these buttons, and return it."""
    await box.until(lambda: bool(found := box.bot.shown(question)) and labels(found[-1]) == list(expected))
    return box.bot.shown(question)[-1]


async def offers(box: Sandbox, question: Message, label: str, *, instead_of: Sequence[object] = ()) -> Message:
    """Wait until the last message of an answer has a button with this label, in other components than before; return it."""

    def offering() -> bool:
        found = box.bot.shown(question)
        return bool(found) and label in labels(found[-1]) and found[-1].components != list(instead_of)

    await box.until(offering)
    return box.bot.shown(question)[-1]
