"""The body of a chat completion, as each kind of server takes it."""

import json
from base64 import b64encode
from dataclasses import replace
from typing import Any, Final, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.content import Content, Media, MediaKind, Opaque, PromptMessage, Role, Text, ToolCall, ToolResult, plain
from bot.chat.ports.model import ModelRequest
from bot.llm.chat_completions import PATH, body, encoded
from bot.llm.server import Server
from tests.llm.asking import CALL

OPENAI = Server("https://api.openai.com/v1", "sk-1", speaks_openai=True)
OTHER = Server("http://localhost:8080/v1")
PROMPT = (
    plain(Role.SYSTEM, "Be kind."),
    plain(Role.USER, "Alice (#abcd): hi"),
    plain(Role.ASSISTANT, "Hello."),
    plain(Role.USER, "Bob (#ef01): hi"),
)
REQUEST = ModelRequest(CALL, "gpt-5.4-mini", PROMPT, reply_tokens=4000, conversation_id=7)
WEATHER = ToolCall("call_1", "weather", '{"city": "Bonn"}')
CLOCK = ToolCall("call_2", "clock", "{}")
PICTURE = Media(MediaKind.IMAGE, "cat.png", 765, hash=b"1" * 32, media_type="image/png", size=5, width=9, height=9)
NOTES = Media(MediaKind.FILE, "notes.txt", 9, text="file notes.txt: rain")
ITEM = Opaque("openai", '{"type": "reasoning", "id": "rs_1"}')


def sent(*prompt: PromptMessage) -> list[dict[str, Any]]:
    """The messages that stand for a prompt on the wire."""
    found: list[dict[str, Any]] = json.loads(json.dumps(body(OTHER, replace(REQUEST, prompt=prompt))))["messages"]
    return found


def said(*contents: Content) -> dict[str, Any]:
    """The message that stands for an assistant's message of these contents."""
    (message,) = sent(PromptMessage(Role.ASSISTANT, contents))
    return message


# ------------------------------------------------------------------------------------------ parameters


def test_openai_is_asked_with_its_own_parameters() -> None:
    """OpenAI's server is asked with its own name of the answer's limit, a cache key, a hash of the asker, and no padding."""
    found = body(OPENAI, REQUEST)

    identifier = found.pop("safety_identifier")
    assert len(identifier) == 32
    assert found == {
        "model": "gpt-5.4-mini",
        "messages": [
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": "Alice (#abcd): hi"},
            {"role": "assistant", "content": "Hello."},
            {"role": "user", "content": "Bob (#ef01): hi"},
        ],
        "stream": True,
        "stream_options": {"include_usage": True, "include_obfuscation": False},
        "max_completion_tokens": 4000,
        "prompt_cache_key": "parley-7",
    }
    assert PATH == "/chat/completions"


def test_other_servers_are_asked_with_what_all_of_them_know() -> None:
    """Any other server is asked with the parameters that all of them know, and no others."""
    assert body(OTHER, REQUEST) == {
        "model": "gpt-5.4-mini",
        "messages": sent(*PROMPT),
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 4000,
    }


def test_a_proxy_of_openai_can_be_asked_as_openai() -> None:
    """The way in which a server is asked goes by how it speaks, not by its address."""
    gateway = replace(OPENAI, base_url="https://gateway.example/v1")

    assert body(gateway, REQUEST) == body(OPENAI, REQUEST)


def test_the_model_and_the_limit_of_its_answer_are_the_requests() -> None:
    """Each request names its model and the limit of its answer, so that one server serves several models."""
    request = replace(REQUEST, model="large", reply_tokens=99)

    assert [body(OPENAI, request)[name] for name in ("model", "max_completion_tokens")] == ["large", 99]
    assert [body(OTHER, request)[name] for name in ("model", "max_tokens")] == ["large", 99]


def test_the_cache_key_is_the_root_conversations() -> None:
    """The cache key is that of the request's root conversation, so that its branches share what is cached."""
    branch = replace(REQUEST, call=replace(CALL, conversation_id=12, position=90, place_id=6))

    assert body(OPENAI, branch)["prompt_cache_key"] == "parley-7"
    assert body(OPENAI, replace(REQUEST, conversation_id=8))["prompt_cache_key"] == "parley-8"


def test_askers_are_known_to_the_provider_by_a_keyed_hash_only() -> None:
    """The provider gets a hash of the asker's id that depends on nothing but the id and the API key."""

    def identifier(key: str, person_id: int, **changes: int) -> str:
        call = replace(CALL, person_id=person_id, **changes)
        found: str = body(replace(OPENAI, api_key=key), replace(REQUEST, call=call))["safety_identifier"]
        return found

    alice = identifier("sk-1", 42)
    assert identifier("sk-1", 42, place_id=6, conversation_id=12) == alice
    assert len({alice, identifier("sk-1", 43), identifier("sk-2", 42)}) == 3
    assert alice != "42"


def test_extra_parameters_are_passed_on_and_win() -> None:
    """The operator's extra parameters are added, and replace the bot's own where both name one."""
    extra: dict[str, object] = {"temperature": 0.2, "stream_options": {}, "max_tokens": 9, "model": "another"}
    found = body(OTHER, replace(REQUEST, parameters=extra))

    assert {name: found[name] for name in extra} == extra
    assert body(OPENAI, replace(REQUEST, parameters={"prompt_cache_key": "mine"}))["prompt_cache_key"] == "mine"


@pytest.mark.parametrize("extra", [{"messages": []}, {"stream": False}])
def test_extra_parameters_cannot_replace_the_question(extra: dict[str, object]) -> None:
    """The question and its form as a stream stay as they are, whatever extra parameters say."""
    assert body(OPENAI, replace(REQUEST, parameters=extra)) == body(OPENAI, REQUEST)


# ------------------------------------------------------------------------------------------ messages


@pytest.mark.parametrize("role", [Role.SYSTEM, Role.USER, Role.ASSISTANT])
def test_a_plain_message_is_its_role_and_its_text(role: Role) -> None:
    """A message of text is its role and that text, its pieces joined without a break."""
    assert sent(plain(role, "hi there")) == [{"role": role.value, "content": "hi there"}]
    assert sent(PromptMessage(role, (Text("hi "), Text("there")))) == [{"role": role.value, "content": "hi there"}]
    assert sent(plain(role, "")) == [{"role": role.value, "content": ""}]


def test_an_assistants_tool_calls_stand_beside_its_text() -> None:
    """Tool calls are sent in order beside the text, their arguments as the very JSON text that the model wrote."""
    assert said(Text("Let me "), WEATHER, Text("look."), CLOCK) == {
        "role": "assistant",
        "content": "Let me look.",
        "tool_calls": [
            {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Bonn"}'}},
            {"id": "call_2", "type": "function", "function": {"name": "clock", "arguments": "{}"}},
        ],
    }


@pytest.mark.parametrize("contents", [(CLOCK,), (Text(""), CLOCK), (ITEM, CLOCK)])
def test_tool_calls_without_text_have_no_content(contents: tuple[Content, ...]) -> None:
    """The content of a message that only calls tools is null."""
    assert said(*contents) == {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "call_2", "type": "function", "function": {"name": "clock", "arguments": "{}"}}],
    }


@pytest.mark.parametrize("text", ["rain", ""])
def test_a_tools_result_names_its_call(text: str) -> None:
    """A tool's result is a message of its own that names the call by its id."""
    assert sent(PromptMessage(Role.TOOL, (ToolResult("call_1", text),))) == [
        {"role": "tool", "tool_call_id": "call_1", "content": text}
    ]


def test_a_question_with_files_of_text_is_one_text() -> None:
    """The text of a file follows the question's words behind a blank line."""
    assert sent(PromptMessage(Role.USER, (Text("look"), NOTES, Text("!")))) == [
        {"role": "user", "content": "look\n\nfile notes.txt: rain!"}
    ]


def test_pictures_are_parts_of_their_question() -> None:
    """A question with pictures is a list of parts in order; only what is sent holds their bytes, as data URLs."""
    asked = PromptMessage(Role.USER, (Text("look"), PICTURE, NOTES, PICTURE))
    request = replace(REQUEST, prompt=(*PROMPT, asked), blobs={PICTURE.hash: b"bytes"})
    made = body(OTHER, request)
    assert b"bytes" not in repr(made).encode()
    whole = json.loads(encoded(made, request.blobs))
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,Ynl0ZXM="}}
    assert whole.pop("messages") == [
        *made["messages"][:-1],
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "look"},
                image,
                {"type": "text", "text": "\n\nfile notes.txt: rain"},
                image,
            ],
        },
    ]
    assert whole == {name: value for name, value in made.items() if name != "messages"}


_BLOBS: Final = {b"1" * 32: b"bytes", b"2" * 32: b"", b"3" * 32: bytes(range(256))}
_VALUES: Final[st.SearchStrategy[Any]] = st.none() | st.integers() | st.floats() | st.text() | st.lists(st.text())
_OTHERS: Final[st.SearchStrategy[dict[str, Any]]] = st.dictionaries(st.text(min_size=9), _VALUES, max_size=2)


def _text(text: str, others: dict[str, Any]) -> dict[str, Any]:
    return {"type": "text", "text": text, **others}


def _image(media_type: str, key: bytes) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": f"blob:{media_type} {key.hex()}"}}


def _message(content: str | list[dict[str, Any]] | None, others: dict[str, Any]) -> dict[str, Any]:
    return {"role": "user", "content": content, **others}


_PARTS: Final = st.builds(_text, st.text(), _OTHERS) | st.builds(
    _image, st.sampled_from(["image/png", "image/jpeg"]), st.sampled_from(list(_BLOBS))
)
_MESSAGES: Final = st.builds(_message, st.none() | st.text() | st.lists(_PARTS, max_size=4), _OTHERS)


def _whole(value: Any) -> Any:  # noqa: ANN401 -- any JSON
    """A value with the data URLs of its images, as nested objects."""
    if isinstance(value, list):
        return [_whole(one) for one in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    found = cast("dict[str, Any]", value)
    if found.get("type") != "image_url":
        return {name: _whole(one) for name, one in found.items()}
    media_type, _, key = found["image_url"]["url"].removeprefix("blob:").partition(" ")
    return {
        **found,
        "image_url": {"url": f"data:{media_type};base64,{b64encode(_BLOBS[bytes.fromhex(key)]).decode()}"},
    }


@given(_OTHERS, st.lists(_MESSAGES, max_size=4), _OTHERS)
def test_the_json_is_that_of_one_call(before: dict[str, Any], messages: list[Any], behind: dict[str, Any]) -> None:
    """A body is byte for byte what the encoder of JSON would make of it at once, in the same order of its fields."""
    made = {**before, "messages": messages, **behind}
    expected = json.dumps(made | {"messages": _whole(messages)}, ensure_ascii=False, separators=(",", ":"))
    assert encoded(made, _BLOBS) == expected.encode()


def test_a_picture_whose_bytes_are_gone_is_named() -> None:
    """A picture that was deleted since has a line in its place; one without words is a part alone."""
    assert sent(PromptMessage(Role.USER, (Text("look"), PICTURE))) == [
        {"role": "user", "content": "look\n\n[image cat.png, no longer shown]"}
    ]
    request = replace(REQUEST, prompt=(PromptMessage(Role.USER, (Text(""), PICTURE)),), blobs={PICTURE.hash: b"bytes"})
    assert [part["type"] for part in body(OTHER, request)["messages"][0]["content"]] == ["image_url"]


def test_an_opaque_item_is_left_out() -> None:
    """An item of another protocol is left out of the message, and nothing else with it."""
    assert said(ITEM, Text("Hello."), ITEM) == {"role": "assistant", "content": "Hello."}
    assert said(ITEM, Text("Hello."), WEATHER) == said(Text("Hello."), WEATHER)


def test_a_turn_with_tools_is_sent_in_its_order() -> None:
    """An answer that used tools is sent as its calls, their results and its text, in that order."""
    messages = sent(
        plain(Role.USER, "Alice (#abcd): rain?"),
        PromptMessage(Role.ASSISTANT, (WEATHER, CLOCK)),
        PromptMessage(Role.TOOL, (ToolResult("call_1", "rain"),)),
        PromptMessage(Role.TOOL, (ToolResult("call_2", "noon"),)),
        plain(Role.ASSISTANT, "Yes, at noon."),
    )

    assert [message["role"] for message in messages] == ["user", "assistant", "tool", "tool", "assistant"]
    assert [call["id"] for call in messages[1]["tool_calls"]] == [one["tool_call_id"] for one in messages[2:4]]
