"""Tests of the faults that a test orders for requests."""

import asyncio

import aiohttp
import discord
import pytest

from bot.sandbox import Channel, Garbling, Sandbox
from bot.sandbox.discord.rest.calls import Call
from tests.sandbox.clients import RecordingClient, Rest

POST = "/channels/{channel_id}/messages"


async def test_a_limit_is_waited_for_by_discord_py(client: RecordingClient, box: Sandbox, general: Channel) -> None:
    """discord.py waits and repeats after an ordered 429 (discord.py 2.7, http.py: it repeats)."""
    box.discord.fails("POST", POST, 429, retry_after=0.01, times=2)
    sent = await client.get_partial_messageable(general.id).send("third time")
    assert sent.content == "third time"
    statuses = [call.status for call in box.discord.calls if call.template == POST]
    assert statuses == [429, 429, 200]


async def test_a_client_that_waits_as_long_as_told_is_not_early(rest: Rest, box: Sandbox, general: Channel) -> None:
    """The `Retry-After` of an ordered 429 is rounded up to whole seconds (HTTP, RFC 9110, "Retry-After": whole seconds)."""
    box.discord.fails("POST", POST, 429, retry_after=1.4)
    refused = await rest("POST", f"/channels/{general.id}/messages", {"content": "x"})
    assert (refused.headers["Retry-After"], refused.body["retry_after"]) == ("2", 1.4)


async def test_a_limit_may_not_say_how_long(rest: Rest, box: Sandbox, general: Channel) -> None:
    """An ordered 429 may come without a time to wait (Discord's documentation, "Rate Limits")."""
    box.discord.fails("POST", POST, 429, retry_after=None)
    refused = await rest("POST", f"/channels/{general.id}/messages", {"content": "x"})
    assert refused.status == 429
    assert "Retry-After" not in refused.headers
    assert "retry_after" not in refused.body


async def test_a_ban_is_raised_at_once(client: RecordingClient, box: Sandbox, general: Channel) -> None:
    """An ordered ban reaches discord.py as an error at once.

    (discord.py 2.7, http.py: a 429 without `Via` is Cloudflare's)
    """
    box.discord.bans("POST", POST)
    with pytest.raises(discord.HTTPException) as caught:
        await client.get_partial_messageable(general.id).send("hello")
    assert (caught.value.status, caught.value.code) == (429, 0)
    assert "1015" in caught.value.text
    assert "Via" not in caught.value.response.headers


async def test_an_outage_is_raised(client: RecordingClient, box: Sandbox, general: Channel) -> None:
    """An ordered 503 reaches discord.py as an error, and nothing is posted.

    (discord.py 2.7, http.py: a 503 is not repeated)
    """
    box.discord.fails("POST", POST, 503)
    with pytest.raises(discord.DiscordServerError):
        await client.get_partial_messageable(general.id).send("hello")
    assert box.discord.messages(general) == []


async def test_a_fault_meets_only_its_route(box: Sandbox, rest: Rest, general: Channel) -> None:
    """A fault meets one request of its own route and no other (the sandbox's own promise)."""
    box.discord.fails("POST", POST, 403, code=50013, message="Missing Permissions")
    assert (await rest("GET", f"/channels/{general.id}/messages")).status == 200
    refused = await rest("POST", f"/channels/{general.id}/messages", {"content": "x"})
    assert refused.body == {"message": "Missing Permissions", "code": 50013}
    assert (await rest("POST", f"/channels/{general.id}/messages", {"content": "x"})).status == 200


async def test_a_moment_may_be_told_by_what_is_sent(box: Sandbox, rest: Rest, general: Channel) -> None:
    """A condition on the body chooses the request that meets a fault (the sandbox's own promise)."""
    box.discord.fails("POST", POST, 500, when=lambda call: call.json["content"] == "two")
    path = f"/channels/{general.id}/messages"
    assert [(await rest("POST", path, {"content": text})).status for text in ("one", "two", "two")] == [200, 500, 200]


async def test_a_share_repeats_with_its_seed() -> None:
    """Faults for a share of requests repeat with the seed (the sandbox's own promise)."""
    runs: list[list[int]] = []
    for _ in range(2):
        async with Sandbox(seed=7) as box, aiohttp.ClientSession() as http:
            channel = box.discord.guild("Home").channel("general")
            box.discord.fails("POST", POST, 500, times=None, share=0.5)
            rest = Rest(http, box.discord.api_base, box.discord.token)
            path = f"/channels/{channel.id}/messages"
            runs.append([(await rest("POST", path, {"content": "x"})).status for _ in range(20)])
    assert runs[0] == runs[1]
    assert set(runs[0]) == {200, 500}


async def test_the_end_of_an_outage_can_be_told(box: Sandbox, rest: Rest, general: Channel) -> None:
    """`is_well` ends all ordered faults (the sandbox's own promise)."""
    box.discord.fails("POST", POST, 500, times=None)
    path = f"/channels/{general.id}/messages"
    assert (await rest("POST", path, {"content": "x"})).status == 500
    box.discord.is_well()
    assert (await rest("POST", path, {"content": "x"})).status == 200


class Arrival:
    """A condition of an order that tells when the first request has come."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def __call__(self, call: Call) -> bool:
        """Note the first request, and let it meet the fault."""
        first = not self._event.is_set()
        self._event.set()
        return first and call.method == "POST"

    async def happened(self) -> None:
        """Wait until the first request has come."""
        await self._event.wait()


async def test_a_delayed_request_is_carried_out_late(box: Sandbox, rest: Rest, general: Channel) -> None:
    """A delayed request is carried out at the end of its delay (the sandbox's own promise)."""
    arrival = Arrival()
    box.discord.delays("POST", POST, 0.05, when=arrival)
    late = asyncio.create_task(rest("POST", f"/channels/{general.id}/messages", {"content": "slow"}))
    await arrival.happened()
    await rest("POST", f"/channels/{general.id}/messages", {"content": "quick"})
    assert (await late).status == 200
    assert [message.content for message in box.discord.messages(general)] == ["quick", "slow"]


async def test_a_delayed_request_is_carried_out_though_its_client_left(
    box: Sandbox, rest: Rest, general: Channel
) -> None:
    """A delayed request is carried out even if its client has left (the sandbox's own promise)."""
    arrival = Arrival()
    box.discord.delays("POST", POST, 0.05, when=arrival)
    late = asyncio.create_task(rest("POST", f"/channels/{general.id}/messages", {"content": "slow"}))
    await arrival.happened()
    late.cancel()
    await box.until(lambda: [message.content for message in box.discord.messages(general)] == ["slow"])


async def test_a_delayed_request_ends_with_the_sandbox(http: aiohttp.ClientSession) -> None:
    """A delayed request is cancelled when the sandbox ends (the sandbox's own promise)."""
    arrival = Arrival()
    async with Sandbox() as box:
        channel = box.discord.guild("Home").channel("general")
        rest = Rest(http, box.discord.api_base, box.discord.token)
        box.discord.delays("POST", POST, 3600, when=arrival)
        late = asyncio.create_task(rest("POST", f"/channels/{channel.id}/messages", {"content": "slow"}))
        await arrival.happened()
    with pytest.raises(aiohttp.ClientError):
        await late
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert box.discord.messages(channel) == []


async def test_a_stalled_request_is_answered_never(box: Sandbox, rest: Rest, general: Channel) -> None:
    """A stalled request is neither carried out nor answered (the sandbox's own promise)."""
    arrival = Arrival()
    box.discord.stalls("POST", POST, when=arrival)
    stalled = asyncio.create_task(rest("POST", f"/channels/{general.id}/messages", {"content": "lost"}))
    await arrival.happened()
    await rest("POST", f"/channels/{general.id}/messages", {"content": "next"})
    assert not stalled.done()
    stalled.cancel()
    await box.until(lambda: any(call.fault == "Stall" for call in box.discord.calls))
    assert [message.content for message in box.discord.messages(general)] == ["next"]


async def test_a_reset_connection_leaves_nothing_behind(
    client: RecordingClient, box: Sandbox, general: Channel
) -> None:
    """A request whose connection is reset is not carried out (discord.py 2.7, http.py: not repeated on Linux)."""
    box.discord.resets("POST", POST)
    with pytest.raises((aiohttp.ClientError, OSError)):
        await client.get_partial_messageable(general.id).send("hello")
    assert box.discord.messages(general) == []


async def test_a_lost_answer_leaves_the_message(client: RecordingClient, box: Sandbox, general: Channel) -> None:
    """A request whose answer is lost is carried out, and a repetition with its nonce finds the message.

    (Discord's documentation, "Create Message", `enforce_nonce`)
    """
    box.discord.loses_answers("POST", POST)
    channel = client.get_partial_messageable(general.id)
    with pytest.raises((aiohttp.ClientError, OSError)):
        await channel.send("hello", nonce="n1")
    shown = box.discord.messages(general)
    assert [message.content for message in shown] == ["hello"]
    assert (await channel.send("hello", nonce="n1")).id == shown[0].id


@pytest.mark.parametrize(
    ("how", "answer"),
    [
        (Garbling.MALFORMED, ("application/json", '{"id": "1", "con')),
        (Garbling.EMPTY, ("application/json", "")),
        (Garbling.HTML, ("text/html; charset=utf-8", "<html>Just a moment...</html>")),
    ],
)
async def test_a_garbled_answer_is_one_to_a_request_that_was_carried_out(
    box: Sandbox, http: aiohttp.ClientSession, general: Channel, how: Garbling, answer: tuple[str, str]
) -> None:
    """A request whose answer is garbled is carried out (the sandbox's own promise)."""
    box.discord.garbles("POST", POST, how)
    url = f"{box.discord.api_base}/channels/{general.id}/messages"
    headers = {"Authorization": f"Bot {box.discord.token}"}
    async with http.post(url, json={"content": "hello"}, headers=headers) as response:
        assert (response.status, response.headers["Content-Type"], await response.text()) == (200, *answer)
    assert len(box.discord.messages(general)) == 1


async def test_the_log_tells_what_was_met(box: Sandbox, rest: Rest, general: Channel) -> None:
    """The log names the fault that a call met, and its status (the sandbox's own promise)."""
    box.discord.loses_answers("POST", POST)
    with pytest.raises((aiohttp.ClientError, OSError)):
        await rest("POST", f"/channels/{general.id}/messages", {"content": "x"})
    box.discord.resets("POST", POST)
    with pytest.raises((aiohttp.ClientError, OSError)):
        await rest("POST", f"/channels/{general.id}/messages", {"content": "x"})
    assert [(call.fault, call.status) for call in box.discord.calls] == [("LostAnswer", 200), ("Reset", 0)]


@pytest.mark.parametrize(
    ("method", "template"),
    [("POST", "/channels/{id}/messages"), ("PUT", POST), ("post", POST), ("GET", "/channels/1/messages")],
)
async def test_a_fault_is_for_a_route_that_is_served(box: Sandbox, method: str, template: str) -> None:
    """A fault for a route that is not served is refused (the sandbox's own promise)."""
    with pytest.raises(ValueError, match="is not served"):
        box.discord.fails(method, template, 500)


async def test_a_fault_may_be_ordered_before_the_start() -> None:
    """A fault may be ordered before the sandbox starts (the sandbox's own promise)."""
    box = Sandbox()
    box.discord.fails("GET", "/users/@me", 500)
    async with box, aiohttp.ClientSession() as http:
        assert (await Rest(http, box.discord.api_base, box.discord.token)("GET", "/users/@me")).status == 500
