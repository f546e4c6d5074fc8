"""The page's own files, and attachments as downloads."""

import re

import aiohttp
import pytest
from yarl import URL

from bot.sandbox import Channel, Person, Sandbox
from bot.sandbox.page import Page, Picture
from tests.sandbox.page.browser import Browser
from tests.sandbox.page.conftest import Glass
from tests.sandbox.test_images import PNG


async def test_every_file_that_is_asked_for_is_there(page: Page, http: aiohttp.ClientSession) -> None:
    """Every file that the page refers to is served with its content type."""
    todo, seen = [""], dict[str, str]()
    while todo:
        path = todo.pop()
        async with http.get(page.url + path) as served:
            assert served.status == 200, path
            seen[path] = served.headers["Content-Type"]
            found: list[str] = re.findall(r"""["']/(static/[\w.-]+)["']""", await served.text())
        todo += [one for one in dict.fromkeys(found) if one not in seen and one not in todo]
    kinds = {path.rpartition(".")[2]: kind for path, kind in seen.items()}
    assert kinds["js"] == "text/javascript; charset=utf-8"
    assert kinds["css"] == "text/css; charset=utf-8"
    assert kinds["svg"] == "image/svg+xml"
    assert len(seen) > 20


async def test_pictures_of_the_request_are_served(page: Page, http: aiohttp.ClientSession, glass: Glass) -> None:
    """A picture that the model was sent is served by its key; another key, and what is no picture, are not found."""
    glass.pictures = {"ab": Picture("image/png", PNG), "cd": Picture("text/html", b"<script>")}
    for key, status in (("ab", 200), ("cd", 404), ("ef", 404)):
        async with http.get(f"{page.url}sent/{key}") as served:
            assert served.status == status
            if status == 200:
                assert (served.content_type, await served.read()) == ("image/png", PNG)


@pytest.mark.parametrize(
    "path", ["static/nothing.js", "static/..%2Fpage.py", "static/%2e%2e/page.py", "static/", "other"]
)
async def test_nothing_else_is_served(page: Page, http: aiohttp.ClientSession, path: str) -> None:
    """Any path but those of the page's own files answers 404."""
    async with http.get(URL(page.url + path, encoded=True)) as served:
        assert served.status == 404
        assert "Content-Security-Policy" in served.headers


async def test_an_attachment_is_saved_and_never_shown(
    page: Page, http: aiohttp.ClientSession, tab: Browser, general: Channel, alice: Person
) -> None:
    """An attachment is served as a download in a sandbox, whatever its type."""
    evil = b"<script>alert(1)</script>"
    await alice.says(general, "", attachments={'ü "x".html': evil})
    await tab.look(alice, general)
    (message,) = tab.messages.values()
    link = URL(message["attachments"][0]["url"])
    async with http.get(URL(page.url).with_path(link.path).with_query(link.query)) as served:
        assert await served.read() == evil
        assert served.headers["Content-Type"] == "application/octet-stream"
        assert served.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''%C3%BC__x_.html")
        assert served.headers["Content-Security-Policy"] == "sandbox"


async def test_a_link_that_was_not_given_does_not_open(
    box: Sandbox, page: Page, http: aiohttp.ClientSession, general: Channel, alice: Person
) -> None:
    """A link to an attachment answers 404 where it is forged or has expired."""
    message = await alice.says(general, "", attachments={"a.txt": b"secret"})
    forged = f"attachments/{general.id}/{message.attachments[0].id}/a.txt?ex=ffffffff&is=0&hm=00&"
    async with http.get(page.url + forged) as refused:
        assert refused.status == 404
    link = box.discord.world.links.signed(general.id, message.attachments[0].id, "a.txt")
    box.clock.moves(seconds=25 * 3600)
    async with http.get(page.url.rstrip("/") + link) as late:
        assert late.status == 404
