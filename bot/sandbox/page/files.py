"""Files: the page itself, the attachments of messages as downloads, and the pictures that the model was sent."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from urllib.parse import quote

from aiohttp import web

from bot.sandbox.discord.rest.downloads import GONE
from bot.sandbox.discord.world.links import PREFIX
from bot.sandbox.discord.world.world import World, snowflake
from bot.sandbox.page.inspector import Inspector

_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}

_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


class Files:
    """Serves what lies in `static/`, and the same links as Discord's file server does, to be saved and never to be shown."""

    def __init__(self, world: World, inspector: Inspector | None) -> None:
        self._world = world
        self._inspector = inspector
        self._static = files("bot.sandbox.page") / "static"

    def mount(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/", self._page)
        app.router.add_get("/static/{name}", self._asset)
        app.router.add_get("/favicon.ico", self._icon)
        app.router.add_get("/sent/{key}", self._picture)
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

    async def _picture(self, request: web.Request) -> web.Response:
        """Serve a picture that the model was sent. Its name is made of its bytes, so it never changes."""
        found = await self._inspector.picture(request.match_info["key"]) if self._inspector else None
        if found is None or found.media_type not in _PICTURES:
            raise web.HTTPNotFound
        headers = {"Content-Type": found.media_type, "Cache-Control": "private, max-age=3600"}
        return web.Response(body=found.data, headers={**headers, "Content-Security-Policy": "sandbox"})

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
