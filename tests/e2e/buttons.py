"""What the tests of buttons look at, and wait for."""

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
