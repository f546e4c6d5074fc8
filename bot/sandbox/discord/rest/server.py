"""`DiscordServer` puts the world, the gateway, the routes and the attachments behind one port.

Every answer, that of the websocket included, has the header `Date` (RFC 9110, 6.6.1), by the sandbox's clock.
"""

import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from aiohttp import web

from bot.sandbox.changes import Changes
from bot.sandbox.clock import Clock, http_date
from bot.sandbox.discord.gateway.gateway import Gateway
from bot.sandbox.discord.rest.bodies import MAX_REQUEST
from bot.sandbox.discord.rest.downloads import Downloads
from bot.sandbox.discord.rest.faults import Faults
from bot.sandbox.discord.rest.limits import Limits
from bot.sandbox.discord.rest.router import BASE, Router
from bot.sandbox.discord.rest.routes.application import ApplicationRoutes
from bot.sandbox.discord.rest.routes.attachments import AttachmentRoutes
from bot.sandbox.discord.rest.routes.channels import ChannelRoutes
from bot.sandbox.discord.rest.routes.commands import CommandRoutes
from bot.sandbox.discord.rest.routes.interactions import InteractionRoutes
from bot.sandbox.discord.rest.routes.messages import MessageRoutes
from bot.sandbox.discord.rest.routes.reactions import ReactionRoutes
from bot.sandbox.discord.rest.routes.threads import ThreadRoutes
from bot.sandbox.discord.rest.rules.commands import Commands
from bot.sandbox.discord.rest.rules.interactions import Interactions
from bot.sandbox.discord.world.application import Application
from bot.sandbox.discord.world.users import User
from bot.sandbox.discord.world.world import World
from bot.sandbox.snowflakes import Snowflakes
from bot.sandbox.wire import Loopback
from bot.sandbox.witness import Witness


class DiscordServer:
    """One Discord with one application, whose bot has the given name."""

    def __init__(self, clock: Clock, changes: Changes, bot_name: str, witness: Witness, seed: int) -> None:
        ids = Snowflakes(clock)
        bot, owner = User(ids.next(), bot_name, bot=True), User(ids.next(), "Owner")
        application = Application(bot.id, bot, owner, token=f"sandbox.{secrets.token_urlsafe(24)}")
        self.world = World(clock, ids, changes, application, witness=witness)
        self.world.users = {bot.id: bot, owner.id: owner}
        self.gateway = Gateway(self.world)
        self.world.listeners.append(self.gateway)
        self.commands = Commands(application.id, ids, clock)
        self.interactions = Interactions(self.world)
        self.faults = Faults(f"{seed}/discord")
        self.downloads = Downloads(f"{seed}/files", changes.notify)
        self.limits = Limits(clock)
        self.failures = self.world.failures
        self.router = Router(self.world, self.faults, self.limits)
        self._app = self._mounted()

    @property
    def api_base(self) -> str:
        """The REST base, with the version."""
        return self.world.origin + BASE

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Listen while the context lasts."""
        async with Loopback(self._app, self.failures) as loopback:
            self.world.origin = loopback.origin
            try:
                yield
            finally:
                await self.faults.late.end()
                await self.gateway.drop(1001)

    async def _date(self, _: web.Request, response: web.StreamResponse) -> None:
        response.headers["Date"] = http_date(self.world.clock.now())

    def _mounted(self) -> web.Application:
        app = web.Application(client_max_size=MAX_REQUEST)
        app.on_response_prepare.append(self._date)
        app.router.add_get("/gateway", self.gateway.handle)
        app.router.add_get("/gateway/", self.gateway.handle)
        attachments = AttachmentRoutes(self.world, self.downloads)
        attachments.mount(app)
        routes = [
            *ApplicationRoutes(self.world, self.gateway).table(),
            *CommandRoutes(self.world, self.commands).table(),
            *MessageRoutes(self.world).table(),
            *ReactionRoutes(self.world).table(),
            *ChannelRoutes(self.world).table(),
            *ThreadRoutes(self.world).table(),
            *InteractionRoutes(self.world, self.interactions).table(),
            *attachments.table(),
        ]
        self.router.mount(app, routes)
        return app
