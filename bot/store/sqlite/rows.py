"""Conversion of database rows to values of the domain, and the columns to select for them."""

import json
from collections.abc import Iterable, Sequence
from typing import Final

from bot.chat.appearance import AnswerMessage, DisplayOutcome, DisplayState, Messages, MessageState
from bot.chat.calls import CallEnd, CallRecord, CallState, Purpose, Receipt, Usage
from bot.chat.content import (
    Blob,
    Content,
    Media,
    MediaKind,
    Opaque,
    PromptMessage,
    Role,
    StoredContent,
    Text,
    ToolCall,
    ToolResult,
    in_messages,
    plain,
)
from bot.chat.places import BranchPoint, Conversation, Place, PlaceKind
from bot.chat.ports.intake import Sourced
from bot.chat.turns import Answer, AnswerState, Author, Change, Exchange, Joined, Question, Record, TurnedDown
from bot.store.sqlite.session import Row

QUESTION: Final = """
    q.position, q.key, q.conversation_id, c.place_id, p.kind AS place_kind, p.name AS place_name, p.guild_id, p.parent_id AS
    place_parent_id, q.author_id, q.author_name, q.text AS question_text, q.asked_at, q.state AS question_state, q.prompt,
    q.tokens AS question_tokens, q.origin, q.remarks AS question_remarks, q.display, q.wanted, q.shown, q.outcome, q.shown_at,
    q.revision, q.edited_at, q.change, q.changed_at
"""
"""Columns for `question` and the display, from the tables questions q, conversations c and places p."""
ANSWER: Final = """
    a.position AS answer_position, a.sibling, a.state, a.text, a.tokens, a.reason, a.chosen, a.profile, a.continues, a.started_at,
    a.finished_at, a.remarks
"""
"""Columns for `answer`, from the table answers a."""
CONTENT_COLUMNS: Final = (
    "kind", "name", "ref", "text", "media", "tokens", "hash_in_hex", "media_type", "size", "width", "height"
)  # in the order of `_content` # fmt: skip
CONTENTS: Final = """
    (SELECT c.*, hex(c.blob) AS hash_in_hex, b.media_type, b.size, b.width, b.height
    FROM contents c LEFT JOIN blobs b ON b.hash = c.blob)
"""
"""The contents, with the columns for `content`. It reads no byte of a blob."""


_ABOUT: Final = "message_id"
"""The key, in the origin of a question that was asked through the menu of a message, of that message's id."""
_USER: Final = Role.USER
_ASSISTANT: Final = Role.ASSISTANT
"""Bound once, because a window looks them up for each of its turns."""


def question(row: Row, joined: tuple[Joined, ...] = ()) -> Question:
    """Return a question from the `QUESTION` columns."""
    state = row["question_state"]
    return Question(
        position=row["position"],
        key=row["key"] or 0,
        conversation_id=row["conversation_id"],
        place=Place(
            row["place_id"], PlaceKind(row["place_kind"]), row["place_name"], row["guild_id"], row["place_parent_id"]
        ),
        author=Author(row["author_id"] or 0, row["author_name"]),
        text=row["question_text"],
        asked_at=row["asked_at"],
        prompt=row["prompt"],
        tokens=row["question_tokens"],
        turned_down=None if state in {"waiting", "begun", "deleted"} else TurnedDown(state),
        origin=row["origin"],
        remarks=tuple(row["question_remarks"].splitlines()),
        about=_about(row["origin"]) if row["key"] and row["origin"] else 0,
        joined=joined,
        revision=row["revision"],
        edited_at=row["edited_at"],
        deleted=state == "deleted",
        change=row["change"] and Change(row["change"]),
        changed_at=row["changed_at"],
    )


def joined(messages: str | None) -> tuple[Joined, ...]:
    """Return the messages that joined a question from a JSON array of their ids and texts."""
    return tuple(Joined(*one) for one in json.loads(messages)) if messages else ()


def origin_of(about: int) -> str | None:
    """Return the origin of a question that was asked through the menu of the message `about`, 0 for none."""
    return json.dumps({_ABOUT: str(about)}) if about else None


def _about(origin: str) -> int:
    return int(json.loads(origin).get(_ABOUT, 0))


def answer(row: Row) -> Answer:
    """Return an attempt from the `ANSWER` columns."""
    return Answer(
        position=row["answer_position"],
        sibling=row["sibling"],
        state=AnswerState(row["state"]),
        text=row["text"],
        tokens=row["tokens"],
        reason=row["reason"],
        chosen=bool(row["chosen"]),
        profile=row["profile"],
        continues=row["continues"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        remarks=tuple(row["remarks"].splitlines()),
    )


def messages(rows: Iterable[Row]) -> Messages:
    """Return messages from rows of answer_messages, ordered by number."""
    return Messages(tuple(AnswerMessage(row["message_id"], row["number"], MessageState(row["state"])) for row in rows))


def record(
    rows: Sequence[Row],
    answer_messages: Messages,
    *,
    last: bool = True,
    open: bool = True,  # noqa: A002 -- the field's name
    joined: tuple[Joined, ...] = (),
) -> Record:
    """Return a record from its question's rows in order, one row per attempt, with the `QUESTION` and `ANSWER` columns."""
    first = rows[0]
    outcome = first["outcome"]
    display = DisplayState(
        sibling=first["display"],
        wanted=first["wanted"],
        shown=first["shown"],
        outcome=outcome and DisplayOutcome(outcome),
        shown_at=first["shown_at"],
        messages=answer_messages,
    )
    answers = tuple(answer(row) for row in rows if row["answer_position"] is not None)
    return Record(question(first, joined), answers, display, last, open)


def exchange(row: Row) -> Exchange:
    """Return an exchange from the first six columns of a window's row.

    The columns are position, question, tokens of the question, answer, tokens of the answer, and contents as JSON or None.
    """
    position, prompt, prompt_tokens, answered, answer_tokens, contents = row[:6]
    asked, tokens = PromptMessage(_USER, (Text(prompt),)), prompt_tokens + answer_tokens
    if contents is None:
        said = (PromptMessage(_ASSISTANT, (Text(answered),)),) if answered else ()
        return Exchange(position, asked, said, tokens)
    question_contents: list[Content] = []
    answer_steps: list[tuple[int, Content]] = []
    for sibling, step, *columns_of_it in json.loads(contents):
        value = _content(*columns_of_it)
        if sibling:
            answer_steps.append((step, value))
        else:
            question_contents.append(value)
    answer_prompt = in_messages(answer_steps) or ((plain(Role.ASSISTANT, answered),) if answered else ())
    question_prompt = PromptMessage(Role.USER, (*asked.contents, *question_contents))
    return Exchange(position, question_prompt, answer_prompt, tokens)


def content(row: Row) -> StoredContent:
    """Return a content from all columns of its row."""
    return StoredContent(
        sibling=row["sibling"],
        step=row["step"],
        number=row["number"],
        content=_content(*(row[name] for name in CONTENT_COLUMNS)),
        author_id=row["author_id"],
        message_id=row["message_id"],
    )


def _content(  # noqa: PLR0917 -- its columns
    kind: str,
    name: str,
    ref: str | None,
    text: str,
    media: str,
    tokens: int,
    hash_in_hex: str,
    media_type: str | None,
    size: int | None,
    width: int | None,
    height: int | None,
) -> Content:
    match kind:
        case "media":
            blob = bytes.fromhex(hash_in_hex)
            return Media(
                MediaKind(media),
                name,
                tokens,
                text,
                blob,
                media_type or "",
                size or 0,
                width or 0,
                height or 0,
                int(ref or 0),
            )
        case "tool_call":
            return ToolCall(ref or "", name, text)
        case "tool_result":
            return ToolResult(ref or "", text)
        case "opaque":
            return Opaque(name, text)
        case _:
            return Text(text)


def _columns(content: Content) -> dict[str, object]:
    kind, name, ref, text = _words(content)
    found: dict[str, object] = {"kind": kind, "name": name, "ref": ref, "text": text}
    if isinstance(content, Media):
        return found | {"media": content.kind, "blob": content.hash or None, "tokens": content.tokens}
    return found | {"media": None, "blob": None, "tokens": 0}


def columns_of(content: Content | Sourced) -> dict[str, object]:
    """Return the columns of a content with its author and message, as parameters by name."""
    if isinstance(content, Sourced):
        return _columns(content.content) | {"author_id": content.author_id, "message_id": content.message_id}
    return _columns(content) | {"author_id": None, "message_id": None}


def blob_columns(blob: Blob) -> dict[str, object]:
    """Return the columns of a blob, as parameters by name."""
    return {
        "hash": blob.hash,
        "media_type": blob.media_type,
        "size": len(blob.data),
        "width": blob.width,
        "height": blob.height,
        "bytes": blob.data,
    }


def _words(content: Content) -> tuple[str, str | None, str | None, str]:
    match content:
        case Text(text):
            return "text", None, None, text
        case Media():
            return "media", content.name, str(content.file_id) if content.file_id else None, content.text
        case ToolCall(ref, name, arguments):
            return "tool_call", name, ref, arguments
        case ToolResult(ref, text):
            return "tool_result", None, ref, text
        case opaque:
            return "opaque", opaque.provider, None, opaque.item


def conversation(row: Row) -> Conversation:
    """Return a conversation from all columns of its row."""
    parent = None
    if row["parent_id"] is not None:
        parent = BranchPoint(row["parent_id"], row["branch_position"], row["branch_sibling"])
    return Conversation(
        id=row["id"],
        place_id=row["place_id"],
        opened_at=row["opened_at"],
        closed_at=row["closed_at"],
        window_from=row["window_from"],
        files_from=row["files_from"],
        opened_by=row["opened_by"],
        previous_id=row["previous_id"],
        parent=parent,
        origin=row["origin"],
    )


def call(row: Row) -> CallRecord:
    """Return a call from all columns of its row."""
    state = CallState(row["state"])
    return CallRecord(
        id=row["id"],
        purpose=Purpose(row["purpose"]),
        position=row["position"] or 0,
        sibling=row["sibling"] or 0,
        step=row["step"],
        state=state,
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        reserved=row["reserved"],
        person_id=row["person_id"],
        end=None if state in {CallState.OPEN, CallState.LOST} else _call_end(row),
    )


def _call_end(row: Row) -> CallEnd:
    receipt = None
    if row["window_from"] is not None:
        receipt = Receipt(
            row["window_from"],
            row["dropped"],
            row["cut"],
            row["system_tokens"],
            row["turn_tokens"],
            row["question_tokens"],
            row["files_from"] or 0,
            row["media_tokens"] or 0,
            row["broken_from"] or 0,
            row["broken_by"] or "",
        )
    usage = None
    if row["prompt"] is not None:
        usage = Usage(*(row[name] or 0 for name in ("prompt", "cached", "written", "completion", "reasoning")))
    return CallEnd(row["reason"], row["provider"], row["model"], receipt, usage, bool(row["estimated"]))


def ending(end: CallEnd) -> dict[str, object]:
    """Return the columns that close a call, as parameters by name."""
    receipt, usage = end.receipt, end.usage
    return {
        "call_reason": end.reason,
        "provider": end.provider,
        "model": end.model,
        "window_from": receipt and receipt.window_from,
        "dropped": receipt and receipt.dropped,
        "cut": receipt and receipt.cut,
        "system_tokens": receipt and receipt.system_tokens,
        "turn_tokens": receipt and receipt.turn_tokens,
        "question_tokens": receipt and receipt.question_tokens,
        "files_from": receipt and receipt.files_from,
        "media_tokens": receipt and receipt.media_tokens,
        "broken_from": receipt and (receipt.broken_from or None),
        "broken_by": receipt and (receipt.broken_by or None),
        "prompt": usage and usage.prompt,
        "cached": usage and usage.cached,
        "written": usage and usage.written,
        "completion": usage and usage.completion,
        "reasoning": usage and usage.reasoning,
        "estimated": end.estimated,
    }
