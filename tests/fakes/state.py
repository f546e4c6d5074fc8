"""The whole history in dictionaries, which the nouns of the in-memory store share."""

from dataclasses import dataclass, field, replace
from typing import Any

from bot.chat.appearance import DisplayState
from bot.chat.calls import CallEnd, CallRecord, CallState
from bot.chat.choices import Choice, ChoiceKey
from bot.chat.content import Media, StoredContent
from bot.chat.places import BranchPoint, Conversation, Place, PlaceKind
from bot.chat.ports.questions import Press
from bot.chat.turns import Answer, Question, Record
from bot.errors import StoreError


@dataclass
class State:
    """Rows by position, by id or in order; `contents` are those of a question beyond its text.

    `joined` are the ids of the messages that ever joined each question, and `joins` the author and the time of each.
    """

    questions: dict[int, Question] = field(default_factory=dict[int, Question])
    contents: dict[int, tuple[StoredContent, ...]] = field(default_factory=dict[int, tuple[StoredContent, ...]])
    blobs: dict[bytes, bytes] = field(default_factory=dict[bytes, bytes])
    answers: dict[int, list[Answer]] = field(default_factory=dict[int, list[Answer]])
    displays: dict[int, DisplayState] = field(default_factory=dict[int, DisplayState])
    conversations: dict[int, Conversation] = field(default_factory=dict[int, Conversation])
    calls: list[CallRecord] = field(default_factory=list[CallRecord])
    places: dict[int, Place] = field(default_factory=dict[int, Place])
    seen: dict[int, int] = field(default_factory=dict[int, int])
    presses: dict[int, Press] = field(default_factory=dict[int, Press])
    facts: dict[str, str] = field(default_factory=dict[str, str])
    choices: dict[ChoiceKey, Choice] = field(default_factory=dict[ChoiceKey, Choice])
    opted_out: dict[int, int] = field(default_factory=dict[int, int])
    joined: dict[int, set[int]] = field(default_factory=dict[int, set[int]])
    joins: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])

    def record(self, position: int) -> Record:
        """A question with its attempts and what Discord shows of it."""
        question = self.questions[position]
        return Record(
            question,
            tuple(self.answers.get(position, ())),
            self.displays.get(position, DisplayState()),
            last=all(one <= position for one in self.answered(question.place.id)),
            open=self.conversations[question.conversation_id].closed_at is None,
        )

    def answered(self, place_id: int) -> list[int]:
        """The positions of a place's questions that have an attempt, in order."""
        shown = (position for position, display in self.displays.items() if display.sibling is not None)
        return sorted(position for position in shown if self.questions[position].place.id == place_id)

    def by_key(self, key: int) -> Record:
        """The record of the question with this key, which must be there."""
        return self.record(next(position for position, question in self.questions.items() if question.key == key))

    def attempt(self, position: int, sibling: int) -> Answer:
        """One attempt. Raises StoreError when there is none."""
        attempts = self.answers.get(position, [])
        if not 0 < sibling <= len(attempts):
            raise StoreError(f"there is no attempt {sibling} at position {position}")
        return attempts[sibling - 1]

    def sweep(self) -> None:
        """Drop the bytes that belong to no content."""
        media = (one.content for contents in self.contents.values() for one in contents)
        kept = {one.hash for one in media if isinstance(one, Media)}
        self.blobs = {hash_: data for hash_, data in self.blobs.items() if hash_ in kept}

    def put(self, answer: Answer) -> None:
        """Replace an attempt."""
        self.answers[answer.position][answer.sibling - 1] = answer

    def choose(self, position: int, sibling: int) -> None:
        """Choose one attempt of a question."""
        for answer in self.answers[position]:
            self.put(replace(answer, chosen=answer.sibling == sibling))

    def open_in(self, place_id: int) -> Conversation | None:
        """A place's open conversation."""
        open_ones = (one for one in self.conversations.values() if one.place_id == place_id and one.closed_at is None)
        return next(open_ones, None)

    def opened(self, place: Place, at: int) -> Conversation:
        """A new conversation of a place; the first of a thread goes on from the message that it grew from."""
        known = any(one.place_id == place.id for one in self.conversations.values())
        self.places[place.id] = place
        parent = self.branch_at(place.id) if place.kind is PlaceKind.THREAD and not known else None
        begins = self.begins_at(parent) if parent else {}
        return self.add(Conversation(len(self.conversations) + 1, place.id, at, **begins))

    def add(self, conversation: Conversation) -> Conversation:
        """Put a conversation."""
        self.conversations[conversation.id] = conversation
        return conversation

    def sendable(self, conversation_id: int) -> list[Question]:
        """A conversation's questions that need an answer, or had one."""
        return [q for q in self.questions.values() if q.conversation_id == conversation_id and _counts(q)]

    def root_of(self, conversation_id: int) -> int:
        """The conversation that this one, as a branch of branches, goes back to."""
        parent = self.conversations[conversation_id].parent
        return conversation_id if parent is None else self.root_of(parent.conversation_id)

    def sends(self, position: int, conversation_id: int, *, answer: bool) -> bool:
        """Whether the window of a conversation's next question holds a question, or its answer."""
        line, until, sibling = self.conversations[conversation_id], position, None
        if position < line.window_from:
            return False
        of = self.questions[position].conversation_id
        while line.id != of or position > until:
            if (parent := line.parent) is None:
                return False
            line, until, sibling = self.conversations[parent.conversation_id], parent.position, parent.sibling
        return not (answer and position == until and sibling == 0)

    def last_positions(self, conversation_id: int, until: int, most: int) -> list[int]:
        """The newest positions of a conversation up to one, oldest first."""
        found = [q.position for q in self.questions.values() if q.conversation_id == conversation_id]
        return [position for position in found if position <= until][-most:]

    def _window_of(self, branch: BranchPoint) -> int:
        anchor = self.conversations[branch.conversation_id].window_from
        if anchor <= branch.position:
            return anchor
        return self.last_positions(branch.conversation_id, branch.position, 50)[0]

    def branch_at(self, message_id: int, source_id: int | None = None, written_at: int = 0) -> BranchPoint | None:
        """The turn after which a branch from a message goes on; with `source_id` the message may be anybody's."""
        for position, question in self.questions.items():
            display = self.displays.get(position, DisplayState())
            if message_id in display.messages.live:
                return BranchPoint(question.conversation_id, position, self._shown(position))
            if question.key == message_id and _counts(question):
                return BranchPoint(question.conversation_id, position, 0)
        return None if source_id is None else self._last_before(message_id, source_id, written_at)

    def _last_before(self, message_id: int, source_id: int, written_at: int) -> BranchPoint | None:
        of_place = {one.id for one in self.conversations.values() if one.place_id == source_id}
        earlier = [
            (one.conversation_id, one.position)
            for one in self.questions.values()
            if one.conversation_id in of_place and one.key < message_id and one.turned_down is None
        ]
        if not earlier:
            inherited = (self.conversations[one] for one in of_place)
            return next((one.parent for one in inherited if one.parent and not _was_closed(one, written_at)), None)
        conversation_id, position = max(earlier)
        if _was_closed(self.conversations[conversation_id], written_at):
            return None
        messages = self.displays.get(position, DisplayState()).messages.all
        later = bool(messages) and message_id < messages[0].id
        return BranchPoint(conversation_id, position, 0 if later else self._shown(position))

    def _shown(self, position: int) -> int:
        display = self.displays.get(position, DisplayState())
        chosen = (one.sibling for one in self.answers.get(position, ()) if one.chosen)
        return next(chosen, display.sibling or 0)

    def is_turns(self, message_id: int) -> bool:
        """Whether a message is a question, or belongs to an answer."""
        displays = self.displays.values()
        return any(one.key == message_id for one in self.questions.values()) or any(
            message.id == message_id for display in displays for message in display.messages.all
        )

    def begins_at(self, parent: BranchPoint) -> dict[str, Any]:
        """The fields of a conversation that branches here."""
        return {
            "parent": parent,
            "window_from": self._window_of(parent),
            "files_from": self.conversations[parent.conversation_id].files_from,
        }


def _was_closed(conversation: Conversation, at: int) -> bool:
    return conversation.closed_at is not None and conversation.closed_at <= at


def _counts(question: Question) -> bool:
    return question.turned_down is None and not question.deleted


def closed(call: CallRecord, end: CallEnd, at: int) -> CallRecord:
    """A call that ended."""
    return replace(call, state=CallState.CLOSED, ended_at=at, end=end)
