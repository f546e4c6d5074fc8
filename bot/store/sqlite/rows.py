"""Rows of the database as values of the domain, and the columns to select for them."""

from collections.abc import Sequence
from typing import Final

from bot.chat.turns import Answer, AnswerState, Author, BranchPoint, Conversation, Exchange, Question, Usage
from bot.store.sqlite.connection import Row

QUESTION: Final = """
    q.position, q.conversation_id, q.message_id, c.place_id, q.author_id, q.author_name, q.text AS question_text, q.asked_at,
    q.prompt, q.tokens AS question_tokens, q.refusal
"""
ANSWER: Final = """
    a.position AS answer_position, a.sibling, a.state, a.text, a.tokens, a.model, a.prompt_tokens, a.cached_tokens,
    a.completion_tokens, a.chosen, a.started_at, a.finished_at, a.shown_at, a.reason
"""


def question(row: Row) -> Question:
    """A question out of the `QUESTION` columns."""
    return Question(
        position=row["position"],
        conversation_id=row["conversation_id"],
        message_id=row["message_id"],
        place_id=row["place_id"],
        author=Author(row["author_id"], row["author_name"]),
        text=row["question_text"],
        asked_at=row["asked_at"],
        prompt=row["prompt"],
        tokens=row["question_tokens"],
        refused=row["refusal"] is not None,
    )


def answer(row: Row, parts: Sequence[int] = ()) -> Answer | None:
    """An attempt out of the `ANSWER` columns; None where an outer join found none."""
    if row["answer_position"] is None:
        return None
    usage = None
    if row["prompt_tokens"] is not None:
        usage = Usage(row["prompt_tokens"], row["cached_tokens"], row["completion_tokens"])
    return Answer(
        position=row["answer_position"],
        sibling=row["sibling"],
        state=AnswerState(row["state"]),
        text=row["text"],
        tokens=row["tokens"],
        model=row["model"],
        usage=usage,
        chosen=bool(row["chosen"]),
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        shown_at=row["shown_at"],
        parts=tuple(parts),
        reason=row["reason"],
    )


def exchange(row: Row) -> Exchange:
    """An exchange out of its columns."""
    return Exchange(row["position"], row["prompt"], row["prompt_tokens"], row["answer"], row["answer_tokens"])


def conversation(row: Row) -> Conversation:
    """A conversation out of all its columns."""
    parent = None
    if row["parent_id"] is not None:
        parent = BranchPoint(row["parent_id"], row["branch_position"], row["branch_sibling"])
    return Conversation(
        id=row["id"],
        place_id=row["place_id"],
        opened_at=row["opened_at"],
        closed_at=row["closed_at"],
        window_from=row["window_from"],
        parent=parent,
    )
