"""A server that answers in Discord's place, with whatever a test gives it."""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

from aiohttp import web
from pydantic import SecretStr

from bot.config import DiscordSettings


@asynccontextmanager
async def proxy(
    answers: Mapping[str, object], content_type: str = "application/json"
) -> AsyncGenerator[DiscordSettings]:
    """Answer each path on 127.0.0.1: objects as JSON, texts as they stand. Yields the settings of a bot that asks here."""

    async def answer(request: web.Request) -> web.Response:
        found = answers[request.path]
        body = found if isinstance(found, str) else json.dumps(found)
        return web.Response(body=body.encode(), headers={"Content-Type": content_type})

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0]
        yield DiscordSettings(token=SecretStr("t"), api_base=f"http://{host}:{port}")
    finally:
        await runner.cleanup()
