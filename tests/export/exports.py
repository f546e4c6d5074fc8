"""Exports to test with, by hand."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.chat.appearance import NOTHING_SHOWN, AnswerMessage, DisplayOutcome, DisplayState, Messages, MessageState
from bot.chat.calls import CallEnd, CallRecord, CallState, Purpose, Receipt, Usage
from bot.chat.choices import Choice, ChoiceKey, ChoiceName, Scope
from bot.chat.content import Media, MediaKind, Opaque, StoredContent, Text, ToolCall, ToolResult
from bot.chat.places import BranchPoint, Conversation, Place, PlaceKind
from bot.chat.ports.history import Turn
from bot.chat.turns import Answer, AnswerState, Author, Question, Record, TurnedDown
from bot.export.format import Format

NOON = 1_700_000_000_000  # 2023-11-14 22:13:20 UTC
GENERAL = Place(800_000_000_000_000_001, PlaceKind.CHANNEL, "general", guild_id=900_000_000_000_000_001)
THREAD = Place(800_000_000_000_000_002, PlaceKind.THREAD, "a\nthread", GENERAL.guild_id, GENERAL.id)
ALICE = Author(700_000_000_000_000_001, "Alice")
TRICKY = "```py\nprint('hi')\n```\n\u202eright to left\u2028line separator \x85 next ] } , \" \\ \u200f مرحبا 👋"
END = CallEnd("stop", "default", "m", Receipt(1, 2, 3, 4, 5, 6), Usage(15, 8, 4, 7, 2))

Contents = Sequence[tuple[Conversation, Sequence[Turn]]]
"""The conversations of a place with their turns."""


def question(
    position: int = 1,
    text: str = "Hello?",
    *,
    author: Author = ALICE,
    prompt: str | None = None,
    turned_down: TurnedDown | None = None,
) -> Question:
    """A question asked at noon."""
    key = 600_000_000_000_000_000 + position
    return Question(position, key, 1, GENERAL, author, text, NOON, prompt, 0 if prompt is None else 5, turned_down)


def answer(
    text: str = "Hello!",
    state: AnswerState = AnswerState.DONE,
    *,
    position: int = 1,
    sibling: int = 1,
    chosen: bool = True,
) -> Answer:
    """An attempt that began half a second after noon and, unless it is in writing, ended a second later."""
    finished_at = None if state is AnswerState.WRITING else NOON + 1500
    return Answer(
        position, sibling, state, text, 3, "stop", chosen=chosen, started_at=NOON + 500, finished_at=finished_at
    )


def call(state: CallState = CallState.CLOSED, *, position: int = 1, sibling: int = 1, step: int = 1) -> CallRecord:
    """A call of an attempt; what is known of its end depends on its state."""
    return CallRecord(
        id=1,
        purpose=Purpose.ANSWER,
        position=position,
        sibling=sibling,
        step=step,
        state=state,
        started_at=NOON + 600,
        ended_at=None if state is CallState.OPEN else NOON + 1400,
        reserved=9000,
        person_id=ALICE.id,
        end=END if state in {CallState.CLOSED, CallState.IMPORTED} else None,
    )


def turn(
    asked: Question,
    *answers: Answer,
    calls: Sequence[CallRecord] = (),
    display: DisplayState = NOTHING_SHOWN,
    contents: Sequence[StoredContent] = (),
) -> Turn:
    """A question with all that belongs to it."""
    return Turn(Record(asked, answers, display), tuple(calls), tuple(contents))


PICTURE: Final = Media(
    MediaKind.IMAGE, "cat_1.jpg", 765, hash=bytes(range(32)), media_type="image/jpeg", size=1000, width=640, height=480
)


def everything() -> Contents:
    """Conversations with everything that a history may hold: every word of every state, every value given and missing."""
    messages = Messages(tuple(AnswerMessage(500 + n, n, state) for n, state in enumerate(MessageState, start=1)))
    display = DisplayState(2, 3, 2, DisplayOutcome.SHOWN, NOON + 2000, messages)
    calls = [call(state, sibling=2, step=step) for step, state in enumerate(CallState, start=1)]
    nothing_sent = replace(call(sibling=2, step=8), end=CallEnd("unreachable", usage=None))
    our_count = replace(call(sibling=2, step=9), end=replace(END, estimated=True))
    contents = [
        StoredContent(0, 1, 1, Text("A second message"), author_id=ALICE.id + 1, message_id=600_000_000_000_000_007),
        StoredContent(0, 1, 2, PICTURE),
        StoredContent(0, 1, 3, Media(MediaKind.FILE, "report.txt", 4, "It rains.")),
        StoredContent(0, 1, 4, Media(MediaKind.AUDIO, "voice.ogg", 4, "Hello.")),
        StoredContent(2, 1, 1, Text("Let me look.")),
        StoredContent(2, 1, 2, ToolCall("call_1", "search", '{"words": "]"}')),
        StoredContent(2, 1, 3, ToolResult("call_1", TRICKY)),
        StoredContent(2, 2, 1, Opaque("default", "{}")),
    ]
    attempts = [
        replace(answer(state, state, sibling=n, chosen=n == 2), continues=n - 1 or None)
        for n, state in enumerate(AnswerState, start=1)
    ]
    imported = replace(question(9, author=Author(0, "Eve"), prompt="Hello?"), key=0, origin='{"app": "APP"}')
    refused = DisplayState(None, 1, 1, DisplayOutcome.REFUSED, NOON)
    return [
        (Conversation(1, THREAD.id, NOON, NOON + 1, origin="5f3a"), [turn(imported, display=refused)]),
        (
            Conversation(2, THREAD.id, NOON, window_from=9, opened_by=ALICE.id, previous_id=1),
            [
                turn(
                    question(prompt="Alice: Hello?"),
                    *attempts,
                    calls=[*calls, nothing_sent, our_count],
                    display=display,
                    contents=contents,
                ),
                *(turn(question(n, turned_down=turned_down)) for n, turned_down in enumerate(TurnedDown, start=2)),
            ],
        ),
        (Conversation(3, THREAD.id, NOON, parent=BranchPoint(2, 1, 0)), [turn(question(8))]),
    ]


def choice(name: ChoiceName, value: str, scope: Scope = Scope.PLACE, scope_id: int = GENERAL.id) -> Choice:
    """A choice that Alice made at noon."""
    return Choice(ChoiceKey(scope, scope_id, name), value, ALICE.id, NOON)


def export(made: Format, place: Place, contents: Contents, choices: Sequence[Choice] = ()) -> str:
    """A whole export."""
    text = made.begin(place, NOON + 60_000, choices)
    for conversation, turns in contents:
        text += made.open(conversation) + "".join(map(made.turn, turns)) + made.close()
    return text + made.end()
