"""`AttachmentRoutes` serves files by signed links, and signs old links anew.

Sources: Discord's documentation, Reference, "Signed Attachment CDN URLs"; the answer to a link that does not hold is
that of public reports. Refreshing links is not in the documentation, but many public clients use it: its body and its
answer are theirs. The most links of one request, and the answer to a link that is no attachment's, have no source.
"""

from urllib.parse import urlsplit

from aiohttp import web

from bot.sandbox.discord.forms.reading import BAD_STRING, REQUIRED, Reader
from bot.sandbox.discord.rest.calls import Call, Result, Route
from bot.sandbox.discord.rest.downloads import Downloads
from bot.sandbox.discord.world.links import PREFIX
from bot.sandbox.discord.world.world import World, snowflake
from bot.sandbox.wire import Json

MAX_LINKS = 50


class AttachmentRoutes:
    """Serves attachments."""

    def __init__(self, world: World, downloads: Downloads) -> None:
        self._world = world
        self._downloads = downloads

    def table(self) -> list[Route]:
        """Return the routes of the API."""
        return [Route("POST", "/attachments/refresh-urls", self._refresh)]

    def mount(self, app: web.Application) -> None:
        """Add the route of the files themselves, which is outside the API."""
        app.router.add_get(PREFIX + "{channel_id}/{attachment_id}/{filename}", self._download)

    async def _download(self, request: web.Request) -> web.StreamResponse:
        found = self._world.uploads.get(snowflake(request.match_info["attachment_id"]))
        holds = self._world.links.holds(str(request.rel_url))
        return await self._downloads.serve(request, found if holds else None)

    def _refresh(self, call: Call) -> Result:
        reader = Reader(call.json)
        links = reader.items("attachment_urls", MAX_LINKS)
        if not links:
            reader.wrong("attachment_urls", REQUIRED)
        for index, one in enumerate(links or []):
            if not isinstance(one, str):
                reader.wrong(f"attachment_urls.{index}", BAD_STRING)
        reader.done()
        return {"refreshed_urls": [self._refreshed(str(one)) for one in links or []]}

    def _refreshed(self, link: str) -> Json:
        try:
            path = urlsplit(link).path
        except ValueError:
            path = ""
        ours = path.startswith(PREFIX) and path.count("/") == PREFIX.count("/") + 2
        known = ours and snowflake(path.split("/")[3]) in self._world.uploads
        fresh = self._world.origin + self._world.links.renewed(path) if known else None
        return {"original": link, "refreshed": fresh}
