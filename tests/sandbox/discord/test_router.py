"""What every REST request has in common."""

import aiohttp
import pytest

from bot.sandbox import Sandbox
from tests.sandbox.clients import Rest


async def test_a_wrong_token_is_unauthorized(rest: Rest) -> None:
    """discord.py turns exactly this into LoginFailure."""
    refused = await rest("GET", "/users/@me", token="wrong")
    assert (refused.status, refused.body) == (401, {"message": "401: Unauthorized", "code": 0})


async def test_unknown_routes_are_not_found(rest: Rest) -> None:
    """A typo in a path would look like a missing channel."""
    missing = await rest("GET", "/no/such/route")
    assert (missing.status, missing.body) == (404, {"message": "404: Not Found", "code": 0})


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/channels/1", 10003),
        ("/channels/letters", 10003),
        ("/guilds/1", 10004),
        ("/users/1", 10013),
        ("/applications/1/commands", 10002),
    ],
)
async def test_unknown_things_have_their_code(rest: Rest, path: str, code: int) -> None:
    """Bots tell a deleted channel from a broken request by these codes ("JSON Error Codes")."""
    missing = await rest("GET", path)
    assert (missing.status, missing.body["code"]) == (404, code)


async def test_broken_json_is_refused(box: Sandbox, http: aiohttp.ClientSession, rest: Rest) -> None:
    """50109 is Discord's answer to a body that does not parse."""
    headers = {"Authorization": f"Bot {box.discord.token}", "Content-Type": "application/json"}
    url = f"{box.discord.api_base}/users/@me/channels"
    async with http.post(url, data=b"{", headers=headers) as response:
        assert (response.status, (await response.json())["code"]) == (400, 50109)
    del rest


async def test_calls_are_logged_with_template_status_and_body(box: Sandbox, rest: Rest) -> None:
    """A test could not tell how often the bot edited, or when."""
    dm = await rest("POST", "/users/@me/channels", {"recipient_id": str(box.discord.user("Alice").id)})
    await rest("POST", f"/channels/{dm.body['id']}/messages", {"content": "hello"})
    call = box.discord.calls[-1]
    assert (call.method, call.template, call.status) == ("POST", "/channels/{channel_id}/messages", 200)
    assert call.json == {"content": "hello"}
    assert call.at > box.discord.calls[0].at
