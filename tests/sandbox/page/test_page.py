"""The server as a whole: its port, its end, and tabs that reconnect."""

import socket
from contextlib import suppress

import aiohttp
from yarl import URL

from bot.sandbox import Channel, Person, Sandbox
from bot.sandbox.page import Page
from tests.sandbox.page.browser import Browser


async def test_a_busy_port_moves_it_to_the_next_free_one(box: Sandbox, alice: Person) -> None:
    """A page whose port is taken moves to the next free one."""
    async with Page(box, [alice], port=0) as first:
        taken = URL(first.url).port or 0
        assert not first.moved
        async with Page(box, [alice], port=taken) as second:
            assert second.moved
            assert taken < (URL(second.url).port or 0) <= taken + 20
    async with Page(box, [alice], port=taken) as again:
        assert again.url == first.url
        assert not again.moved


async def test_with_no_port_free_the_system_chooses(box: Sandbox, alice: Person) -> None:
    """A page takes a port of the system's choice where no further one is free."""
    last = 65_535
    with socket.socket() as busy:
        with suppress(OSError):  # somebody else's is as good
            busy.bind(("127.0.0.1", last))
            busy.listen()
        async with Page(box, [alice], port=last) as page:
            assert page.moved
            assert URL(page.url).port not in {0, last}


async def test_the_end_closes_every_tab_and_the_next_run_is_told_apart(
    box: Sandbox, alice: Person, general: Channel, http: aiohttp.ClientSession
) -> None:
    """The end of the page closes every tab, and the next run has another scene."""
    async with Page(box, [alice], port=0) as page:
        first = Browser(await http.ws_connect(f"{page.url}socket"))
        await first.look(alice, general)
        name = (await first.told("hello"))["scene"]
    await first.ends()
    assert first.socket.close_code == aiohttp.WSCloseCode.GOING_AWAY
    await first.close()
    async with Page(box, [alice], port=0) as page:
        second = Browser(await http.ws_connect(f"{page.url}socket"))
        assert (await second.told("hello"))["scene"] != name
        await second.close()
