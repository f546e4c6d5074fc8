"""Questions whose answers grow, what the bot has said in the channel, and what the model is sent later."""

from bot.sandbox import Message
from tests.e2e.buttons import offered
from tests.e2e.conftest import Town

WORDS = " ".join(f"word{number}" for number in range(40))


async def growing(town: Town, text: str = "hello") -> tuple[Message, Message]:
    """A question, and the message in which its answer grows; the model says no more after a few words."""
    town.box.model.replies_with(WORDS)
    town.box.model.stalls(after=6)
    question = await town.alice.says(town.general, f"@Parley {text}")
    return question, await offered(town.box, question, "Stop")


def of_bot(town: Town) -> list[Message]:
    """The texts of the bot in the channel."""
    return [one for one in town.box.discord.messages(town.general) if one.author is town.box.bot.user]


async def prompt_of(town: Town, text: str) -> str:
    """The prompt that the model is sent for another question, once that is answered."""
    asked = await town.bob.says(town.general, f"@Parley {text}")
    await town.box.bot.answers(asked)
    return str(town.box.bot.requests(asked)[-1].messages)
