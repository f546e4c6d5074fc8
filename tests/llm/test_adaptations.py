"""A request is adapted to what its server refused: without a parameter, by turns, with a shorter answer, whole."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Refused
from bot.llm.adaptations import Adaptations

MESSAGES = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "hi"}]
BODY: dict[str, Any] = {
    "model": "m",
    "messages": MESSAGES,
    "stream": True,
    "stream_options": {"include_usage": True, "include_obfuscation": False},
    "max_completion_tokens": 900,
    "prompt_cache_key": "k",
}
NONE = Adaptations()


def after(
    *names: str,
    known: Adaptations = NONE,
    body: dict[str, Any] = BODY,
    system: bool = False,
    turns: bool = False,
    stream: bool = False,
    length: bool = False,
    longest: int | None = None,
) -> Adaptations:
    """The adaptations after a refusal of these parameters, or of other parts."""
    return known.after(Refused(frozenset(names), system, turns, stream, length, longest), body, {})


# ------------------------------------------------------------------------------------------ parameters


def test_what_is_refused_is_left_out() -> None:
    """A parameter that was refused is left out of every later body, and the body that is given stays as it is."""
    assert NONE.applied_to(BODY) == BODY
    refused = after("prompt_cache_key", "never_sent", "stream_options.never_sent")
    assert refused == Adaptations(frozenset({"prompt_cache_key"}))
    assert refused.applied_to(BODY) == {name: value for name, value in BODY.items() if name != "prompt_cache_key"}
    assert "prompt_cache_key" in BODY


def test_a_part_of_an_object_is_left_out_alone() -> None:
    """A refused option of a stream is left out without the others, until the whole object is refused."""
    refused = after("stream_options.include_obfuscation")
    assert refused.applied_to(BODY)["stream_options"] == {"include_usage": True}
    assert "stream_options" not in after("stream_options", known=refused).applied_to(BODY)


@pytest.mark.parametrize(
    ("name", "other"), [("max_tokens", "max_completion_tokens"), ("max_completion_tokens", "max_tokens")]
)
def test_the_limit_of_an_answer_goes_by_its_other_name_first(name: str, other: str) -> None:
    """The limit of an answer is sent by its other name where one is refused, and left out where both are."""
    body: dict[str, Any] = {"model": "m", "messages": [], name: 9}
    refused = after(name, body=body)
    changed = refused.applied_to(body)
    assert changed == {"model": "m", "messages": [], other: 9}
    assert after(other, known=refused, body=changed).applied_to(body) == {"model": "m", "messages": []}


@pytest.mark.parametrize("name", ["messages", "model", "stream", "messages.0.content", "", "."])
def test_the_question_itself_is_never_left_out(name: str) -> None:
    """The question, its model and its form stay in the body, whatever a server or a stored value says of them."""
    assert after(name) == NONE
    assert Adaptations.read({"refused": [name]}).applied_to(BODY) == BODY


def test_what_the_operator_asked_for_is_not_stored() -> None:
    """A refused parameter of the operator's own is left out, but not stored: each run tries it again."""
    body = {**BODY, "temperature": 0.2}
    known = NONE.after(Refused(frozenset({"temperature", "prompt_cache_key"})), body, {"temperature": 0.2})
    assert not {"temperature", "prompt_cache_key"} & known.applied_to(body).keys()
    assert known.fields()["refused"] == ["prompt_cache_key"]
    only = NONE.after(Refused(frozenset({"temperature"})), body, {"temperature": 0.2})
    assert not only.differs(NONE)


# ------------------------------------------------------------------------------------------ roles


def roles(body: dict[str, Any]) -> str:
    """The first letters of the roles of a body."""
    return "".join(message["role"][0] for message in body["messages"])


def spoken(order: str) -> list[dict[str, Any]]:
    """Messages of these roles, in the order of their first letters; each says its number."""
    names = {"s": "system", "u": "user", "a": "assistant", "t": "tool"}
    return [{"role": names[letter], "content": str(number)} for number, letter in enumerate(order)]


@pytest.mark.parametrize(
    ("order", "alone"),
    [("suu", "su"), ("suuauu", "suau"), ("sau", "suau"), ("sua", "suau"), ("a", "uau"), ("ssu", "su"), ("s", "su")],
)
def test_questions_and_answers_take_turns_where_a_server_wants_it(order: str, alone: str) -> None:
    """Messages of one role are joined, and an answer at the beginning or the end gets a question beside it."""
    body = {**BODY, "messages": spoken(order)}
    known = after(body=body, turns=True)
    assert known == Adaptations(turns=True)
    assert roles(known.applied_to(body)) == alone


def test_texts_are_joined_in_their_order() -> None:
    """Joined messages stand in one, with a blank line between them."""
    body = {**BODY, "messages": spoken("suuau")}
    assert Adaptations(turns=True).applied_to(body)["messages"][1] == {"role": "user", "content": "1\n\n2"}
    assert body["messages"] == spoken("suuau")


PICTURE: dict[str, Any] = {"type": "image_url", "image_url": {"url": "blob:image/png 00"}}


def test_questions_with_pictures_are_joined_as_lists_of_parts() -> None:
    """A question with a picture keeps its place in what is joined, before and behind others."""
    pictured = {"role": "user", "content": [{"type": "text", "text": "look"}, PICTURE]}
    body = {**BODY, "messages": [*spoken("u"), pictured, *spoken("u")]}
    (joined,) = Adaptations(turns=True).applied_to(body)["messages"]
    assert joined["content"] == [
        {"type": "text", "text": "0"},
        {"type": "text", "text": "look"},
        PICTURE,
        {"type": "text", "text": "0"},
    ]


def test_the_system_text_stands_before_a_question_with_a_picture() -> None:
    """A server without a system role gets the system text as the first part of a question with a picture."""
    body = {**BODY, "messages": [*spoken("s"), {"role": "user", "content": [PICTURE]}]}
    (question,) = Adaptations(no_system=True).applied_to(body)["messages"]
    assert question["content"] == [{"type": "text", "text": "0"}, PICTURE]


def test_calls_of_tools_are_not_joined() -> None:
    """An answer that calls tools, and the results, stay as they are."""
    call = {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]}
    said = {"role": "assistant", "content": "x"}
    messages = [*spoken("u"), call, *spoken("tt"), said, *spoken("u")]
    assert Adaptations(turns=True).applied_to({**BODY, "messages": messages})["messages"] == messages


def test_the_system_text_goes_before_the_first_question() -> None:
    """A server without a system role gets the system text at the beginning of the first question."""
    known = after(system=True)
    assert known == Adaptations(no_system=True)
    assert known.applied_to(BODY)["messages"] == [{"role": "user", "content": "Be kind.\n\nhi"}]
    assert known.applied_to({**BODY, "messages": spoken("sa")})["messages"][0] == {"role": "user", "content": "0"}
    assert known.applied_to({**BODY, "messages": spoken("a")})["messages"] == spoken("a")
    assert after(system=True, body={**BODY, "messages": spoken("u")}) == NONE


def test_a_template_that_counts_the_system_message_gets_none() -> None:
    """A server that misses turns where they are taken means the system message, as the first templates of Mistral do."""
    body = {**BODY, "messages": spoken("suau")}
    known = after(body=body, turns=True)
    assert known == Adaptations(no_system=True)
    assert roles(known.applied_to(body)) == "uau"
    assert after(body=known.applied_to(body), known=known, turns=True) == known


@given(st.text(alphabet="suat", max_size=12))
def test_turns_are_taken_whatever_was_said(order: str) -> None:
    """Behind both adaptations no text is lost, nobody speaks twice in a row, and a question comes first and last."""
    body = Adaptations(turns=True, no_system=True).applied_to({**BODY, "messages": spoken(order)})
    adapted = roles(body)
    assert "s" not in adapted
    assert "uu" not in adapted
    assert "aa" not in adapted
    assert adapted[0] in "ut"
    assert adapted[-1] in "ut"
    words = [word for message in body["messages"] for word in message["content"].split("\n\n") if word != "[…]"]
    assert sorted(words) == sorted(map(str, range(len(order))))


# ------------------------------------------------------------------------------------------ streams and lengths


def test_an_answer_is_asked_for_whole_where_it_is_not_streamed() -> None:
    """A server that does not stream is asked without a stream and its options."""
    adapted = after(stream=True).applied_to(BODY)
    assert adapted["stream"] is False
    assert "stream_options" not in adapted
    assert after(stream=True, body=adapted) == NONE


def limited(limit: int, name: str = "max_tokens") -> dict[str, Any]:
    """A body whose answer has this limit."""
    return {"model": "m", "messages": [], name: limit}


def test_a_server_that_only_streams_is_asked_for_streams_again() -> None:
    """Whole answers are given up where a server refuses them, and are not tried again in this run."""
    whole = NONE.after(Refused(stream=True), BODY, {})
    healed = whole.after(Refused(whole=True), whole.applied_to(BODY), {})
    assert healed.applied_to(BODY) == BODY
    assert healed.differs(whole)
    assert healed.after(Refused(stream=True), BODY, {}) == healed
    assert NONE.after(Refused(whole=True), BODY, {}) == NONE


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_an_answer_is_as_long_as_its_model_writes(name: str) -> None:
    """The limit that the server names is taken and stored; a smaller one that it names later as well."""
    body = limited(4000, name)
    named = after(body=body, length=True, longest=2000)
    assert named == Adaptations(longest_answer=2000)
    assert named.applied_to(body)[name] == 2000
    assert named.applied_to({**body, name: 100})[name] == 100
    less = after(body=named.applied_to(body), known=named, length=True, longest=500)
    assert less.applied_to(body)[name] == 500


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_a_limit_without_a_name_is_halved_once_and_not_stored(name: str) -> None:
    """A server that refuses the limit without naming one is sent half of it in this run; and none if it refuses that too."""
    body = limited(4000, name)
    half = after(body=body, length=True)
    assert half.applied_to(body)[name] == 2000
    assert not half.differs(NONE)
    none = after(body=half.applied_to(body), known=half, length=True)
    assert none.applied_to(body) == {"model": "m", "messages": []}


@pytest.mark.parametrize("longest", [0, 15, 255, 4000, 9999])
def test_a_limit_that_cannot_be_meant_is_left_out(longest: int) -> None:
    """A server that names a limit that is tiny, or larger than the one it refuses, is sent none."""
    assert after(body=limited(4000), length=True, longest=longest).applied_to(limited(4000)) == {
        "model": "m",
        "messages": [],
    }


def test_a_tiny_limit_is_not_read() -> None:
    """A tiny limit that an earlier version stored counts as unknown."""
    assert Adaptations.read({"longest_answer": 128}) == NONE


def test_a_limit_that_a_long_prompt_made_small_is_not_stored() -> None:
    """Of a limit that is small for the prompt's sake, the server's figure holds for this run only."""
    known = NONE.after(Refused(length=True, longest=500), limited(900), {}, shortened=True)
    assert known.applied_to(limited(4000))["max_tokens"] == 500
    assert not known.differs(NONE)


def test_a_guessed_limit_grows_again() -> None:
    """After sixteen answers a guess grows by a half, falls back to what was taken, and is forgotten at the profile's limit."""
    known = after(body=limited(4000), length=True)
    for _ in range(16):
        known = known.after_answer(known.applied_to(limited(4000)), 4000)
    assert known.applied_to(limited(4000))["max_tokens"] == 3000
    assert after(body=limited(3000), known=known, length=True).applied_to(limited(4000))["max_tokens"] == 2000
    for _ in range(16):
        known = known.after_answer(known.applied_to(limited(4000)), 4000)
    assert known.applied_to(limited(4000)) == limited(4000)
    assert NONE.after_answer(limited(4000), 4000) == NONE


def test_a_refusal_of_what_is_not_sent_any_more_teaches_nothing() -> None:
    """A request that was sent before another found the limit out is refused for it too, and changes nothing."""
    body = limited(4000)
    known = after(body=body, length=True)
    assert after(body=body, known=known, length=True) == known
    assert after(body={"model": "m", "messages": []}, known=known, length=True) == known


# ------------------------------------------------------------------------------------------ what is kept

ALL = Adaptations(
    frozenset({"a", "b.c"}),
    no_system=True,
    turns=True,
    whole=True,
    longest_answer=999,
    unopened_thoughts=True,
    blind=True,
)


def test_all_that_is_stored_is_read_again() -> None:
    """Stored adaptations are read as they were."""
    assert Adaptations.read(ALL.fields()) == ALL
    assert ALL.differs(NONE)
    assert not ALL.differs(ALL)


@pytest.mark.parametrize(
    "fields",
    [{}, {"refused": "abc", "longest_answer": "9", "whole": "yes"}, {"refused": [1, None], "longest_answer": True}],
)
def test_stored_adaptations_that_cannot_be_used_are_none(fields: dict[str, Any]) -> None:
    """Fields of another type count as unknown."""
    assert Adaptations.read(fields) == NONE


def test_everything_is_described() -> None:
    """Each adaptation has a line, and none has none."""
    assert NONE.described() == []
    assert len(ALL.described()) == 7
    assert ALL.described()[0] == "does not take a, b.c: left out"
