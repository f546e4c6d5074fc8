"""Tests of the checks of a message. Source: Discord's documentation, "Create Message" and "Allowed Mentions Object"."""

from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from bot.sandbox import Channel, Sandbox
from tests.sandbox.clients import Reply, Rest

Says = Callable[..., Awaitable[Reply]]


def error_at(reply: Reply, path: str) -> str:
    """Return the code of the error at a path of an "Invalid Form Body"."""
    assert (reply.status, reply.body["code"], reply.body["message"]) == (400, 50035, "Invalid Form Body")
    place: Any = reply.body["errors"]
    for step in path.split("."):
        place = place[step]
    return place["_errors"][0]["code"]


async def test_two_thousand_code_points_are_enough_and_the_most(says: Says) -> None:
    """A message takes 2000 code points, and no more.

    (Discord's documentation, "Create Message"; code points: discord-api-docs #1315)
    """
    assert (await says(content="😀" * 2000)).status == 200
    assert error_at(await says(content="x" * 2001), "content") == "BASE_TYPE_MAX_LENGTH"


async def test_the_length_is_counted_after_trimming(says: Says) -> None:
    """White space at the ends of a message does not count (measured)."""
    assert (await says(content="x" * 2000 + " \n")).status == 200


@pytest.mark.parametrize("content", ["", "   ", "\n\t \n", None])
async def test_blank_messages_are_refused(says: Says, content: str | None) -> None:
    """A message of white space is refused (50006)."""
    refused = await says(content=content)
    assert (refused.status, refused.body["code"]) == (400, 50006)


async def test_content_must_be_text(says: Says) -> None:
    """Content that is no text is refused (public reports of BASE_TYPE_BAD_STRING)."""
    assert error_at(await says(content=["x"]), "content") == "BASE_TYPE_BAD_STRING"


async def test_nonces_have_at_most_25_characters(says: Says) -> None:
    """A nonce takes 25 characters, and no more (Discord's documentation, "Create Message", `nonce`)."""
    assert (await says(content="x", nonce="1" * 25, enforce_nonce=True)).body["nonce"] == "1" * 25
    assert error_at(await says(content="x", nonce="1" * 26), "nonce") == "BASE_TYPE_MAX_LENGTH"


async def test_integer_nonces_come_back_as_integers(says: Says) -> None:
    """A nonce that was sent as an integer comes back as one (OpenAPI document, create_message: integer or string)."""
    assert (await says(content="x", nonce=17)).body["nonce"] == 17


async def test_allowing_a_kind_and_some_of_it_is_refused(says: Says) -> None:
    """Allowed mentions that name a kind and ids of that kind are refused.

    (Discord's documentation, "Allowed Mentions Examples")
    """
    refused = await says(content="x", allowed_mentions={"parse": ["users"], "users": ["1"]})
    assert error_at(refused, "allowed_mentions") == "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"


async def test_an_empty_list_beside_a_kind_is_right(says: Says) -> None:
    """Allowed mentions take an empty list or null beside a kind.

    (Discord's documentation, "Allowed Mentions Examples": falsy is no error)
    """
    assert (await says(content="x", allowed_mentions={"parse": ["users"], "users": [], "roles": None})).status == 200


async def test_unknown_kinds_of_mentions_are_refused(says: Says) -> None:
    """Allowed mentions of an unknown kind are refused (Discord's documentation, "Allowed Mention Types")."""
    refused = await says(content="x", allowed_mentions={"parse": ["user"]})
    assert error_at(refused, "allowed_mentions.parse.0") == "BASE_TYPE_CHOICES"


async def test_allowed_mentions_name_at_most_a_hundred_users(says: Says) -> None:
    """Allowed mentions name at most a hundred users (Discord's documentation, "Allowed Mentions Object")."""
    refused = await says(content="x", allowed_mentions={"users": [str(number) for number in range(101)]})
    assert error_at(refused, "allowed_mentions.users") == "BASE_TYPE_MAX_LENGTH"


@pytest.mark.parametrize(
    ("body", "path", "code"),
    [
        ({"embeds": {}}, "embeds", "LIST_TYPE_CONVERT"),
        ({"embeds": [1]}, "embeds.0", "MODEL_TYPE_CONVERT"),
        ({"embeds": [{"title": "x"}] * 11}, "embeds", "BASE_TYPE_MAX_LENGTH"),
        ({"message_reference": 1}, "message_reference", "MODEL_TYPE_CONVERT"),
        ({"message_reference": {"message_id": "x"}}, "message_reference.message_id", "NUMBER_TYPE_COERCE"),
        ({"flags": "x"}, "flags", "NUMBER_TYPE_COERCE"),
        ({"flags": 1 << 32}, "flags", "NUMBER_TYPE_MAX"),
        ({"tts": "perhaps"}, "tts", "BOOLEAN_TYPE_CONVERT"),
        ({"tts": 2}, "tts", "BOOLEAN_TYPE_CONVERT"),
        ({"nonce": True}, "nonce", "NUMBER_TYPE_COERCE"),
        ({"nonce": 1.5}, "nonce", "NUMBER_TYPE_COERCE"),
        ({"nonce": ["n"]}, "nonce", "NUMBER_TYPE_COERCE"),
        ({"nonce": 1 << 63}, "nonce", "NUMBER_TYPE_MAX"),
        ({"message_reference": {"channel_id": "1"}}, "message_reference.message_id", "BASE_TYPE_REQUIRED"),
        ({"allowed_mentions": {"users": ["x"]}}, "allowed_mentions.users.0", "NUMBER_TYPE_COERCE"),
        ({"allowed_mentions": []}, "allowed_mentions", "MODEL_TYPE_CONVERT"),
        ({"attachments": ["x"]}, "attachments.0", "MODEL_TYPE_CONVERT"),
    ],
)
async def test_fields_of_the_wrong_shape_are_named(says: Says, body: dict[str, Any], path: str, code: str) -> None:
    """A field of the wrong shape is refused under its path.

    (Discord's documentation, Reference, "Error Messages"; the codes: public reports)
    """
    assert error_at(await says(content="x", **body), path) == code


def button(custom_id: str) -> dict[str, Any]:
    """Return a row with one button."""
    return {"type": 1, "components": [{"type": 2, "style": 1, "label": "x", "custom_id": custom_id}]}


async def test_custom_ids_have_at_most_a_hundred_characters(says: Says) -> None:
    """A custom id of more than a hundred characters is refused (Discord's documentation, Components, "Custom ID")."""
    refused = await says(content="x", components=[button("x" * 101)])
    assert error_at(refused, "components.0.components.0.custom_id") == "BASE_TYPE_BAD_LENGTH"


async def test_custom_ids_are_unique_in_a_message(says: Says) -> None:
    """A second button with the same custom id is refused (Discord's documentation, Components, "Custom ID")."""
    refused = await says(content="x", components=[button("same"), button("same")])
    assert error_at(refused, "components.1.components.0.custom_id") == "COMPONENT_CUSTOM_ID_DUPLICATED"


async def test_stickers_and_polls_are_refused_as_missing_here(says: Says) -> None:
    """Stickers and polls are refused, because the sandbox has none.

    (the sandbox's own promise; 50081: "JSON Error Codes")
    """
    assert (await says(content="x", sticker_ids=["1"])).body["code"] == 50081
    assert error_at(await says(content="x", poll={"question": {"text": "?"}}), "poll") == "SANDBOX_HAS_NONE"


async def test_every_fault_of_a_form_is_reported_at_once(says: Says) -> None:
    """A refusal names every fault of the form (Discord's documentation, Reference, "Error Messages")."""
    refused = await says(content="x" * 2001, nonce="1" * 26)
    assert set(refused.body["errors"]) == {"content", "nonce"}


async def test_a_message_takes_at_most_ten_files(rest: Rest, general: Channel) -> None:
    """A message with eleven files is refused (OpenAPI document, create_message: files[0] to files[9])."""
    form = aiohttp.FormData(quote_fields=False)
    for index in range(11):
        form.add_field(f"files[{index}]", b"x", filename=f"{index}.txt")
    refused = await rest("POST", f"/channels/{general.id}/messages", form=form)
    assert error_at(refused, "attachments") == "BASE_TYPE_MAX_LENGTH"


async def test_nothing_of_a_refused_form_is_posted(box: Sandbox, says: Says, general: Channel) -> None:
    """A refused message is not posted (Discord's documentation, "HTTP Response Codes", 400)."""
    await says(content="x" * 2001)
    assert box.discord.messages(general) == []
