"""A question that an earlier run stored but never rendered: fetched from Discord again, or rendered from its raw text."""

import logging
from collections.abc import Awaitable, Callable

import aiohttp
import discord

from bot.chat.speakers import tagged
from bot.chat.turns import Question
from bot.intake.message import rendered

log = logging.getLogger(__name__)


def render_stored(client: discord.Client, question: Question) -> Callable[[], Awaitable[str]]:
    """What makes the question's text for the model."""

    async def render() -> str:
        channel = client.get_partial_messageable(question.place_id)
        try:
            message = await channel.fetch_message(question.message_id)
        except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
            log.info(
                "question %s cannot be fetched again (%s): its raw text serves",
                question.message_id,
                type(error).__name__,
            )
            return tagged(question.author, question.text)
        bot = client.user
        return rendered(message, bot, question.author) if bot is not None else tagged(question.author, question.text)

    return render
