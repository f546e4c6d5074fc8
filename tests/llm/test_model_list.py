"""The list of a server's models, in the shapes and under the names that servers give it."""

import json
from datetime import date

import pytest

from bot.errors import ModelError, ModelKeyRejected, ModelRejected, ModelUnreachable
from bot.llm.client import connected
from bot.llm.model_list import ListedModel, listed_as, models_in
from tests.llm.asking import server_at
from tests.llm.wire import serving

JSON = b"application/json"


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"object": "list", "data": [{"id": "one"}, {"id": "two"}]}, ["one", "two"]),
        ({"models": [{"name": "models/one"}], "nextPageToken": "x"}, ["models/one"]),
        ({"models": [{"model": "one"}], "data": [{"id": "two"}]}, ["two"]),
        ({"data": None, "models": [{"id": "two"}]}, ["two"]),
        ({"result": [{"id": "9b7", "name": "@cf/meta/one"}], "success": True}, ["9b7"]),
        ([{"id": "one"}, {"id": "two"}], ["one", "two"]),
        (["one", 2, None, {"id": 5}], ["one"]),
        ({"data": []}, []),
        ({"data": {}}, []),
        ({"hello": "world"}, []),
        ({}, []),
        (None, []),
        ("one", []),
        (5, []),
    ],
)
def test_lists_of_all_shapes_are_read(body: object, names: list[str]) -> None:
    """The names are found in the lists of all servers; a body of another shape has none."""
    assert [model.name for model in models_in(body)] == names


@pytest.mark.parametrize("error", ["Unexpected endpoint or method. (GET /models)", {"message": "no"}])
def test_an_error_in_place_of_a_list_is_no_list(error: object) -> None:
    """An error that comes with status 200 is not taken for a server without a list."""
    with pytest.raises(ValueError, match="an error in place of a list"):
        models_in({"error": error})


@pytest.mark.parametrize(
    ("model", "listed"),
    [
        ("gpt-5.4-mini", "gpt-5.4-mini"),
        ("llama3.2", "llama3.2:latest"),
        ("llama3.2:latest", "llama3.2"),
        ("llama3.2:latest", "llama3.2:latest"),
        ("gemini-2.5-flash", "models/gemini-2.5-flash"),
        ("models/gemini-2.5-flash", "gemini-2.5-flash"),
        ("gpt-5.4-mini", "openai/gpt-5.4-mini"),
        ("openai/gpt-5.4-mini", "openai/gpt-5.4-mini"),
        ("openai/gpt-5.4-mini:nitro", "openai/gpt-5.4-mini"),
        ("llama-3.3-70b", "accounts/fireworks/models/llama-3.3-70b"),
        ("claude-sonnet-4-5", "claude-sonnet-4-5-20250929"),
        ("gpt-5.4", "gpt-5.4-2026-03-05"),
        ("claude-haiku-latest", "claude-haiku-20251001"),
        ("gemini-2.5-pro", "models/gemini-2.5-pro-002"),
        ("openai/gpt-5.4", "openai/*"),
        ("anything", "*"),
    ],
)
def test_a_good_name_is_found_under_the_name_that_the_list_has(model: str, listed: str) -> None:
    """A model is found with a tag, a provider or a date that only one of the two names has."""
    assert listed_as(model, ["other", listed, "another"]) == listed


@pytest.mark.parametrize(
    ("model", "listed"),
    [
        ("llama3.2", "llama3.2:1b"),
        ("llama3.2:70b", "llama3.2:latest"),
        ("gpt-5", "gpt-5-mini"),
        ("gpt-5.4-mini", "gpt-5.4-mini-tts"),
        ("mini", "gpt-5.4-mini"),
        ("anthropic/gpt-5", "openai/gpt-5"),
        ("gpt-5", "azure/*"),
        ("llama-3", "llama-3-405b"),
        ("x", ""),
    ],
)
def test_another_model_is_not_taken_for_it(model: str, listed: str) -> None:
    """A model of another size, provider or kind is another model."""
    assert listed_as(model, [listed]) is None


def page(status: bytes, body: bytes = b"{}", content_type: bytes = JSON) -> bytes:
    """A whole response, after which the connection is closed."""
    return b"HTTP/1.1 %s\r\nContent-Type: %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (
        status,
        content_type,
        len(body),
        body,
    )


async def listing(get: bytes, post: bytes = b"") -> tuple[list[str] | ModelError, list[bytes]]:
    """The names, or the error, of a server that answers so; and the requests that it got."""
    async with serving(get, post=post) as wire, connected(server_at(wire.url)) as client:
        try:
            return [one.name for one in await client.models()], wire.requests
        except ModelError as error:
            return error, wire.requests


@pytest.mark.parametrize("status", [b"404 Not Found", b"405 Method Not Allowed", b"501 Not Implemented"])
@pytest.mark.parametrize("refusal", [b"400 Bad Request", b"422 Unprocessable", b"500 Error", b"429 Busy", b"200 OK"])
async def test_a_server_without_a_list_has_no_names(status: bytes, refusal: bytes) -> None:
    """A server that has no page for models but one for questions is there; it is sent no question."""
    names, requests = await listing(page(status), page(refusal))
    assert names == []
    assert requests[1].startswith(b"POST /v1/chat/completions ")
    assert requests[1].endswith(b"\r\n\r\n{}")


@pytest.mark.parametrize("status", [b"404 Not Found", b"405 Method Not Allowed"])
async def test_a_server_without_any_page_is_a_wrong_address(status: bytes) -> None:
    """A server that has neither page is reported with the status of the first."""
    error, _ = await listing(page(b"404 Not Found"), page(status))
    assert isinstance(error, ModelRejected)
    assert "status 404" in str(error)


async def test_a_server_without_a_list_that_refuses_the_key_is_reported() -> None:
    """A wrong key is found where there is no list too."""
    error, _ = await listing(page(b"404 Not Found"), page(b"401 Unauthorized"))
    assert isinstance(error, ModelKeyRejected)


async def test_a_server_that_leaves_without_a_word_only_has_no_list() -> None:
    """A connection that breaks on the request without a question says nothing against the server."""
    names, _ = await listing(page(b"404 Not Found"))
    assert names == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [([], []), ({"data": []}, []), ({"ok": True}, []), ([{"id": "one"}], ["one"]), ({"models": ["one"]}, ["one"])],
)
async def test_a_list_of_another_shape_asks_nothing_more(body: object, expected: list[str]) -> None:
    """A list that is empty or of another shape is read with one request."""
    names, requests = await listing(page(b"200 OK", json.dumps(body).encode()))
    assert (names, len(requests)) == (expected, 1)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"<!doctype html><p>Welcome</p>", b"text/html"),
        (b"", JSON),
        (b"\xff\xfe", JSON),
        (b"[" * 100_000, JSON),
        (b'{"error": "Unexpected endpoint or method. (GET /models)"}', JSON),
    ],
)
async def test_a_page_that_is_no_api_is_a_wrong_address(body: bytes, content_type: bytes) -> None:
    """A page that is no JSON, or an error with status 200, points at the address."""
    error, _ = await listing(page(b"200 OK", body, content_type))
    assert isinstance(error, ModelRejected)
    assert "does not speak OpenAI's protocol: check OPENAI_BASE_URL" in str(error)


async def test_other_failures_are_reported_without_a_second_request() -> None:
    """A server with a fault, or one that refuses the key, is reported from its first answer."""
    error, requests = await listing(page(b"503 Service Unavailable"))
    assert (type(error), len(requests)) == (ModelUnreachable, 1)
    error, requests = await listing(page(b"401 Unauthorized"))
    assert (type(error), len(requests)) == (ModelKeyRejected, 1)


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2026-12-11", date(2026, 12, 11)),
        ("2026-12-11T00:00:00Z", date(2026, 12, 11)),
        (None, None),
        ("soon", None),
        (5, None),
    ],
)
def test_a_list_tells_when_a_model_ends(value: object, day: date | None) -> None:
    """The day on which a provider shuts a model down is read where it is one."""
    assert models_in({"data": [{"id": "m", "shutdown_date": value}]}) == [ListedModel("m", day)]
