"""Files: the page itself, and the attachments of messages as downloads."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from urllib.parse import quote

from aiohttp import web

from bot.sandbox.discord.rest.downloads import GONE
from bot.sandbox.discord.world.links import PREFIX
from bot.sandbox.discord.world.world import World, snowflake

_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


class Files:
    """Serves what lies in `static/`, and the same links as Discord's file server does, to be saved and never to be shown."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._static = files("bot.sandbox.page") / "static"

    def mount(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/", self._page)
        app.router.add_get("/static/{name}", self._asset)
        app.router.add_get("/favicon.ico", self._icon)
        app.router.add_get(PREFIX + "{channel_id}/{attachment_id}/{filename}", self._download)

    async def _page(self, request: web.Request) -> web.Response:
        del request
        return _sent(self._static / "index.html")

    async def _icon(self, request: web.Request) -> web.Response:
        del request
        return _sent(self._static / "icon.svg")

    async def _asset(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        known = {one.name: one for one in self._static.iterdir()}
        if name not in known:
            raise web.HTTPNotFound
        return _sent(known[name])

    async def _download(self, request: web.Request) -> web.Response:
        found = self._world.uploads.get(snowflake(request.match_info["attachment_id"]))
        if found is None or not self._world.links.holds(str(request.rel_url)):
            raise web.HTTPNotFound(text=GONE)
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.filename, safe='')}",
            "Content-Security-Policy": "sandbox",
        }
        return web.Response(body=found.content, headers=headers)


def _sent(file: Traversable) -> web.Response:
    kind = _TYPES[file.name.rpartition(".")[2]]
    return web.Response(body=file.read_bytes(), headers={"Content-Type": kind})
