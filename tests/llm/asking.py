"""Asking a model through its port, and what came of it."""

from contextlib import aclosing

from bot.chat.ports import Finish, Model, Request
from bot.chat.window import ChatMessage
from bot.config import Settings
from bot.errors import ModelError
from bot.llm.openai import connected

REQUEST = Request((ChatMessage("user", "Alice (#abcd): hi"),), 7, 42)


async def answer_of(model: Model, request: Request = REQUEST) -> tuple[str, Finish | ModelError]:
    """The text of an answer, and how it ended."""
    text = ""
    try:
        async with aclosing(model.stream(request)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Finish):
                    return text, piece
                text += piece.text
    except ModelError as error:
        return text, error
    raise AssertionError("an answer must end in a Finish or an error")


async def asked(settings: Settings) -> tuple[str, Finish | ModelError]:
    """Ask once."""
    async with connected(settings) as model:
        return await answer_of(model)
