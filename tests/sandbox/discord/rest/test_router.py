"""Tests of the rules that all REST requests share."""

from typing import Any

import aiohttp
import pytest

from bot.sandbox import Channel, Person, Sandbox
from tests.sandbox.clients import Rest

MESSAGES = "/channels/{channel_id}/messages"


async def test_a_wrong_token_is_unauthorized(rest: Rest) -> None:
    """A wrong token is refused with 401 (discord.py 2.7, http.py, `static_login`)."""
    refused = await rest("GET", "/users/@me", token="wrong")
    assert (refused.status, refused.body) == (401, {"message": "401: Unauthorized", "code": 0})


async def test_unknown_routes_are_not_found(rest: Rest) -> None:
    """An unknown path is refused with 404 (Discord's documentation, "HTTP Response Codes")."""
    missing = await rest("GET", "/no/such/route")
    assert (missing.status, missing.body) == (404, {"message": "404: Not Found", "code": 0})


async def test_a_wrong_method_is_not_allowed(rest: Rest, general: Channel) -> None:
    """A known path with another method is refused with 405 (Discord's documentation, "HTTP Response Codes")."""
    for path in (f"/channels/{general.id}", f"/channels/{general.id}/messages", "/users/@me"):
        refused = await rest("PUT", path, {})
        assert (refused.status, refused.body) == (405, {"message": "405: Method Not Allowed", "code": 0})


@pytest.mark.parametrize("version", ["v5", "v99"])
async def test_other_versions_are_refused(box: Sandbox, http: aiohttp.ClientSession, version: str) -> None:
    """Another version of the API is refused (Discord's documentation, "JSON Error Codes", 50041; "API Versioning")."""
    async with http.get(box.discord.api_base.replace("v10", version) + "/gateway") as response:
        assert (response.status, (await response.json())["code"]) == (400, 50041)


@pytest.mark.parametrize(
    ("path", "status", "message", "code"),
    [
        ("/channels/1", 404, "Unknown Channel", 10003),
        ("/guilds/1", 404, "Unknown Guild", 10004),
        ("/users/1", 404, "Unknown User", 10013),
        ("/applications/1/commands", 404, "Unknown Application", 10002),
        ("/webhooks/1/token/messages/@original", 404, "Unknown Webhook", 10015),
    ],
)
async def test_unknown_things_have_their_code(rest: Rest, path: str, status: int, message: str, code: int) -> None:
    """Each kind of unknown object has a code of its own (Discord's documentation, "JSON Error Codes")."""
    missing = await rest("GET", path)
    assert (missing.status, missing.body) == (status, {"message": message, "code": code})


@pytest.mark.parametrize(
    ("value", "code", "message"),
    [
        ("letters", "NUMBER_TYPE_COERCE", 'Value "letters" is not snowflake.'),
        (str(1 << 63), "NUMBER_TYPE_MAX", f"snowflake value should be less than or equal to {(1 << 63) - 1}."),
        ("-1", "NUMBER_TYPE_MIN", "snowflake value should be greater than or equal to 0."),
        ("１", "NUMBER_TYPE_COERCE", 'Value "１" is not snowflake.'),
    ],
)
async def test_an_id_that_is_none_is_named(rest: Rest, value: str, code: str, message: str) -> None:
    """A path whose id is no snowflake is refused under the name of the id (public reports of 50035 on `channel_id`)."""
    refused = await rest("GET", f"/channels/{value}")
    assert (refused.status, refused.body["code"]) == (400, 50035)
    assert refused.body["errors"] == {"channel_id": {"_errors": [{"code": code, "message": message}]}}


async def test_a_body_that_is_no_object_is_refused(rest: Rest, general: Channel) -> None:
    """A list in the place of an object is refused (Discord's documentation, "Error Messages")."""
    refused = await rest("POST", f"/channels/{general.id}/messages", ["hello"])
    assert refused.body["errors"]["_errors"][0]["code"] == "MODEL_TYPE_CONVERT"


async def test_calls_are_logged_with_template_status_and_body(box: Sandbox, rest: Rest, general: Channel) -> None:
    """The log keeps the template, the status, the body and the time of each call (the sandbox's own promise)."""
    await rest("POST", f"/channels/{general.id}/messages", {"content": "one"})
    await rest("POST", f"/channels/{general.id}/messages", {"content": "two"})
    call = box.discord.calls[-1]
    assert (call.method, call.template, call.status) == ("POST", MESSAGES, 200)
    assert call.json == {"content": "two"}
    assert call.at > box.discord.calls[0].at


async def test_what_was_made_is_told_by_the_status(rest: Rest, box: Sandbox, alice: Person, general: Channel) -> None:
    """The status tells whether a request made something new, changed something, or has no answer.

    (OpenAPI document, create_application_command)
    """
    path = f"/applications/{box.discord.application.id}/commands"
    body: dict[str, Any] = {"name": "one", "description": "first"}
    assert (await rest("POST", path, body)).status == 201
    assert (await rest("POST", path, body)).status == 200
    said = await alice.says(general, "hello")
    assert (await rest("POST", f"/channels/{general.id}/messages/{said.id}/threads", {"name": "x"})).status == 201
    assert (await rest("POST", f"/channels/{general.id}/typing")).status == 204
