"""The checks against the documents, which find every mistake on the wire."""

import contextlib
import copy
import os
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.sandbox import NoResponseError, Sandbox, TookTooLongError
from bot.sandbox.discord.payloads.messages import message_event_payload, message_payload
from bot.sandbox.discord.world.intents import Intent
from bot.sandbox.discord.world.messages import Message
from bot.sandbox.wire import as_list, as_object
from bot.sandbox.witness import Nobody
from tests.sandbox.discord.gateway.raw_gateway import raw_gateway
from tests.truth.document import Document
from tests.truth.events import EVENTS
from tests.truth.untruths import DISCORD, corrected
from tests.truth.watch import Documents, NoSpecsError, Watch, Watcher, documents

ROOT = Path(__file__).parents[2]
MESSAGES = "/channels/{channel_id}/messages"


@pytest.fixture
async def box() -> AsyncGenerator[Sandbox, None]:
    """A sandbox without a watch."""
    async with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
async def message(box: Sandbox) -> Message:
    """A message with a mention and a file, as the sandbox makes it."""
    general = box.discord.guild("Home").channel("general")
    alice = box.discord.user("Alice")
    first = await alice.says(general, "first")
    return await alice.says(general, "@Parley look", reply_to=first, attachments={"a.txt": b"a"})


@pytest.fixture
def payload(box: Sandbox, message: Message) -> dict[str, Any]:
    """The message as REST has it."""
    return message_payload(box.discord.world, message)


def objects(value: object) -> Iterator[dict[str, Any]]:
    """All objects in a JSON value."""
    if (found := as_object(value)) is not None:
        yield found
        for one in found.values():
            yield from objects(one)
    for one in as_list(value) or []:
        yield from objects(one)


def test_what_the_sandbox_says_is_true(specs: Documents, payload: dict[str, Any]) -> None:
    """A message of the sandbox's fits Discord's document."""
    assert specs.discord.answer_faults("GET", MESSAGES, 200, [payload]) == []


def test_an_invented_field_is_a_fault_wherever_it_stands(specs: Documents, payload: dict[str, Any]) -> None:
    """An invented field is a fault in every object of an answer."""
    for number in range(len(list(objects(payload)))):
        wrong = copy.deepcopy(payload)
        list(objects(wrong))[number]["invented"] = 1
        assert specs.discord.answer_faults("GET", MESSAGES, 200, [wrong]), list(objects(payload))[number]


@pytest.mark.parametrize("field", ["id", "author", "mention_roles", "edited_timestamp"])
def test_a_missing_field_is_a_fault(specs: Documents, payload: dict[str, Any], field: str) -> None:
    """A missing field of an answer is a fault."""
    del payload[field]
    assert specs.discord.answer_faults("GET", MESSAGES, 200, [payload])


def test_an_id_that_is_a_number_is_a_fault_in_answers_only(specs: Documents, payload: dict[str, Any]) -> None:
    """An id that is a number is a fault in an answer, and none in a request, where Discord takes both."""
    assert specs.discord.answer_faults("GET", MESSAGES, 200, [payload | {"id": 1}])
    assert specs.discord.request_faults("POST", MESSAGES, {}, {"message_reference": {"message_id": 1}}) == []


@pytest.mark.parametrize(
    "body",
    [
        {"contents": "misspelt"},
        {"content": "x" * 2001},
        {"content": "x", "allowed_mentions": {"parse": ["nobody"]}},
        {"content": "x", "components": [{"type": 1, "components": [{"type": 2, "style": 9, "custom_id": "a"}]}]},
    ],
)
def test_a_wrong_request_is_a_fault(specs: Documents, body: object) -> None:
    """A request with a misspelt field or a wrong value is a fault."""
    assert specs.discord.request_faults("POST", MESSAGES, {}, body)


def test_an_unknown_parameter_of_the_query_is_a_fault(specs: Documents) -> None:
    """An unknown parameter of the query is a fault."""
    assert specs.discord.request_faults("GET", MESSAGES, {"limit": "1"}, None) == []
    assert specs.discord.request_faults("GET", MESSAGES, {"limits": "1"}, None)


@pytest.mark.parametrize("query", [{"limit": "9999"}, {"limit": "many"}, {"before": "yesterday"}])
def test_a_wrong_value_in_the_query_is_a_fault(specs: Documents, query: dict[str, str]) -> None:
    """A wrong value in the query is a fault."""
    assert specs.discord.request_faults("GET", MESSAGES, query, None)


def test_a_body_that_is_missing_or_too_much_is_a_fault(specs: Documents) -> None:
    """A body that is missing, or that stands where there is none, is a fault."""
    assert specs.discord.request_faults("POST", MESSAGES, {}, None) == ["the body is missing"]
    assert specs.discord.request_faults("DELETE", MESSAGES + "/{message_id}", {}, {"a": 1}) == [
        "the operation has no body"
    ]
    assert specs.discord.answer_faults("GET", MESSAGES, 200, None) == ["the answer has no body"]
    assert specs.discord.answer_faults("DELETE", MESSAGES + "/{message_id}", 204, {}) == [
        "the answer should have no body"
    ]


def test_an_unknown_route_status_or_event_is_a_fault(specs: Documents, payload: dict[str, Any]) -> None:
    """An unknown route, status or event is a fault."""
    assert specs.discord.request_faults("POST", "/channels/{id}/invented", {}, {})
    assert specs.discord.answer_faults("POST", "/channels/{id}/invented", 200, {})
    assert specs.discord.answer_faults("GET", MESSAGES, 206, [payload])
    assert specs.discord.named_faults("MESSAGE_INVENTED", payload)


def test_events_carry_more_than_rest_and_nothing_else(specs: Documents, box: Sandbox, message: Message) -> None:
    """The fields that only events have are a fault in an answer, and an invented one is a fault in an event."""
    event = message_event_payload(box.discord.world, message, Intent.MESSAGE_CONTENT)
    assert specs.discord.named_faults("MESSAGE_CREATE", event) == []
    assert specs.discord.answer_faults("GET", MESSAGES, 200, [event])
    assert specs.discord.named_faults("MESSAGE_CREATE", event | {"invented": 1})


class Recorder(Nobody):
    """A witness that keeps what the gateway told."""

    def __init__(self) -> None:
        self.events: list[tuple[str, object]] = []

    def told(self, name: str, body: object) -> None:
        """Keep it."""
        self.events.append((name, body))


async def scene(box: Sandbox) -> None:
    """Let people do one of everything that a bot with all intents is told."""
    home = box.discord.guild("Home")
    general, alice = home.channel("general"), box.discord.user("Alice")
    async with aiohttp.ClientSession() as http, raw_gateway(box, http) as gateway:
        await gateway.identifies()
        first = await alice.says(general, "@Parley look", attachments={"a.txt": b"a"})
        answer = await alice.says(general, "look", reply_to=first)
        await alice.edits(answer, "look there")
        await alice.reacts(answer, "👍")
        await alice.unreacts(answer, "👍")
        await alice.types(general)
        thread = await alice.opens_thread(first, "topic")
        await alice.adds_bot(thread)
        await alice.forwards(first, to=general)
        await alice.deletes(answer)
        alice.joins(home, roles=[home.role("mods")])
        box.discord.renames(general, "lobby")
        box.discord.deletes_channel(thread)
        options = [{"name": "who", "description": "w", "type": 6}, {"name": "where", "description": "w", "type": 7}]
        box.discord.commands.upsert(None, {"name": "look", "description": "look", "options": options})
        with contextlib.suppress(NoResponseError, TookTooLongError):
            await alice.runs("look", general, who=alice, where=general, timeout=0.1)
        box.discord.takes_down(home)
        box.discord.brings_back(home)
        box.discord.removes_bot(home)


async def test_an_invented_field_is_a_fault_wherever_it_stands_in_an_event(specs: Documents) -> None:
    """An invented field is a fault in every object of every event."""
    recorder = Recorder()
    async with Sandbox(discord_witness=recorder) as box:
        await scene(box)
    assert len({name for name, _ in recorder.events}) > 14
    for name, body in recorder.events:
        assert specs.discord.named_faults(name, body) == []
        for number, before in enumerate(objects(body)):
            wrong = copy.deepcopy(body)
            list(objects(wrong))[number]["invented"] = 1
            assert specs.discord.named_faults(name, wrong), (name, before)


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_refuses_nonsense(specs: Documents, name: str) -> None:
    """The schema of every event refuses nonsense."""
    assert specs.discord.named_faults(name, {"invented": 1})


def test_null_is_allowed_where_openai_says_nullable(specs: Documents) -> None:
    """Null is allowed where OpenAI's document says `nullable`, and an unknown value is not."""
    chunk: dict[str, Any] = {
        "id": "1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": None}],
    }
    assert specs.openai.named_faults("chat.completion.chunk", chunk) == []
    chunk["choices"][0]["finish_reason"] = "tired"
    assert specs.openai.named_faults("chat.completion.chunk", chunk)


USAGE = {
    "prompt_tokens": 1,
    "completion_tokens": 1,
    "total_tokens": 2,
    "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
}
CHUNK: dict[str, Any] = {
    "id": "1",
    "object": "chat.completion.chunk",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "delta": {"role": "assistant", "content": "a"}, "finish_reason": None, "logprobs": None}],
    "usage": USAGE,
}
WHOLE: dict[str, Any] = {
    "id": "1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "a", "refusal": None, "annotations": []},
            "finish_reason": "stop",
            "logprobs": None,
        }
    ],
    "usage": USAGE,
}
REQUEST: dict[str, Any] = {
    "model": "m",
    "messages": [{"role": "system", "content": "a"}, {"role": "user", "content": [{"type": "text", "text": "a"}]}],
    "stream": True,
    "stream_options": {"include_usage": True},
}
MODELS: dict[str, Any] = {
    "object": "list",
    "data": [{"id": "m", "object": "model", "created": 1, "owned_by": "a"}],
}


def openai_faults(document: Document, body: dict[str, Any]) -> list[str]:
    """The document's objections to a body, by the kind of body."""
    if body.get("object") == "chat.completion.chunk":
        return document.named_faults("chat.completion.chunk", body)
    if "messages" in body:
        return document.request_faults("POST", "/chat/completions", {}, body)
    if "choices" in body:
        return document.answer_faults("POST", "/chat/completions", 200, body)
    return document.answer_faults("GET", "/models", 200, body)


@pytest.mark.parametrize("body", [CHUNK, WHOLE, REQUEST, MODELS], ids=["chunk", "whole", "request", "models"])
def test_an_invented_field_of_openais_is_a_fault_wherever_it_stands(specs: Documents, body: dict[str, Any]) -> None:
    """An invented field is a fault in every object of OpenAI's requests and answers."""
    assert openai_faults(specs.openai, body) == []
    for number, before in enumerate(objects(body)):
        wrong = copy.deepcopy(body)
        list(objects(wrong))[number]["invented"] = 1
        assert openai_faults(specs.openai, wrong), before


def test_refusals_of_the_model_have_openais_shape(specs: Documents) -> None:
    """A refusal of the model in another shape than OpenAI's is a fault."""
    error = {"message": "no", "type": "invalid_request_error", "param": None, "code": None}
    assert specs.openai.answer_faults("POST", "/chat/completions", 400, {"error": error}) == []
    assert specs.openai.answer_faults("POST", "/chat/completions", 400, {"detail": "no"})


def test_an_untruth_that_the_document_no_longer_has_is_noticed() -> None:
    """A correction of something that the document no longer has raises KeyError."""
    with pytest.raises(KeyError):
        corrected({untruth.place[0]: {"properties": {}} for untruth in DISCORD}, DISCORD)


async def test_a_watched_sandbox_reports_and_counts(specs: Documents) -> None:
    """A watched sandbox counts what it checks and reports what does not fit."""
    counts: Counter[str] = Counter()
    watch = Watch(specs, counts)
    async with watch.sandbox() as box, aiohttp.ClientSession() as http:
        general = box.discord.guild("Home").channel("general")
        url = f"{box.discord.api_base}/channels/{general.id}/messages"
        headers = {"Authorization": f"Bot {box.discord.token}"}
        await http.post(url, json={"content": "a"}, headers=headers)
        assert watch.faults == []
        await http.post(url, json={"content": "a", "invented": 1}, headers=headers)
    assert "invented" in watch.faults[0]
    assert counts == {f"POST {MESSAGES}": 2, f"POST {MESSAGES} -> 200": 2}


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("IDENTIFY", {"token": "t", "properties": {"os": "a", "browser": "b", "device": "c"}, "intents": 1}),
        ("RESUME", {"token": "t", "session_id": "s", "seq": 1}),
        ("HEARTBEAT", None),
    ],
)
def test_frames_of_the_bot_are_checked(specs: Documents, name: str, body: dict[str, Any] | None) -> None:
    """A frame of the bot's is checked; one with an invented field, or of an unknown kind, is a fault."""
    watch = Watch(specs, Counter())
    watcher = Watcher(specs.discord, watch.counts, watch.faults)
    watcher.commanded(name, body)
    assert watch.faults == []
    watcher.commanded(name, {**(body or {}), "invented": 1})
    watcher.commanded("opcode 99", body)
    assert len([fault for fault in watch.faults if not fault.startswith(" ")]) >= 2
    assert watch.counts.total() == 3


async def test_a_check_that_cannot_be_made_is_reported(specs: Documents) -> None:
    """A check that fails by itself is reported, and leaves the sandbox's answer as it is."""
    nested: Any = "a"
    for _ in range(400):
        nested = [nested]
    watch = Watch(specs, Counter())
    async with watch.sandbox() as box, aiohttp.ClientSession() as http:
        general = box.discord.guild("Home").channel("general")
        url = f"{box.discord.api_base}/channels/{general.id}/messages"
        headers = {"Authorization": f"Bot {box.discord.token}"}
        refused = await http.post(url, json={"content": nested}, headers=headers)
        assert refused.status == 400
    assert "could not be checked" in watch.faults[0]


def test_every_route_of_the_sandbox_is_documented(specs: Documents, box: Sandbox) -> None:
    """Every route of the sandbox is in Discord's document."""
    routes = box.discord.routes
    assert len(routes) > 30
    unknown = [f"{method} {template}" for method, template in routes if not specs.discord.knows(method, template)]
    assert unknown == []


def test_missing_documents_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder without the documents raises NoSpecsError, which names the variable."""
    monkeypatch.setenv("PARLEY_SPECS", str(tmp_path))
    with pytest.raises(NoSpecsError, match="PARLEY_SPECS"):
        documents()


@pytest.mark.parametrize(("on_ci", "outcome"), [("", "1 skipped"), ("1", "1 error")])
def test_without_documents_tests_skip_and_on_ci_they_fail(tmp_path: Path, on_ci: str, outcome: str) -> None:
    """Tests without the documents are skipped, and fail on CI."""
    unmeasured = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    environ = {**unmeasured, "PARLEY_SPECS": str(tmp_path), "CI": on_ci}
    test = f"{Path(__file__).relative_to(ROOT)}::test_an_unknown_parameter_of_the_query_is_a_fault"
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", test]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False, timeout=200)
    assert outcome in done.stdout
    assert "PARLEY_SPECS must name the folder" in done.stdout


@pytest.mark.parametrize("status", [403, 404, 429])
async def test_ordered_refusals_are_checked_as_well(specs: Documents, status: int) -> None:
    """Refusals that a test orders are checked as well, and fit the document."""
    watch = Watch(specs, Counter())
    async with watch.sandbox() as box, aiohttp.ClientSession() as http:
        general = box.discord.guild("Home").channel("general")
        box.discord.fails("POST", MESSAGES, status, code=10003 if status == 404 else 0)
        url = f"{box.discord.api_base}/channels/{general.id}/messages"
        await http.post(url, json={"content": "a"}, headers={"Authorization": f"Bot {box.discord.token}"})
    assert watch.faults == []
    assert watch.counts[f"POST {MESSAGES} -> {status}"] == 1
