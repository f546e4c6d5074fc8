"""Exports as Hypothesis makes them: any values that the types allow."""

from hypothesis import settings
from hypothesis import strategies as st

from bot.chat.appearance import AnswerMessage, DisplayOutcome, DisplayState, Messages, MessageState
from bot.chat.calls import CallEnd, CallRecord, CallState, Purpose, Receipt, Usage
from bot.chat.content import Media, MediaKind, Opaque, StoredContent, Text, ToolCall, ToolResult
from bot.chat.places import BranchPoint, Conversation, Place, PlaceKind
from bot.chat.ports.history import Turn
from bot.chat.turns import Answer, AnswerState, Author, Change, Question, TurnedDown
from tests.export.exports import TRICKY, Contents, turn

EXAMPLES = {"nightly": 1_000, "ci": 200}.get(settings.get_current_profile_name(), 60)
"""Examples of each property of an export."""
many = settings(max_examples=EXAMPLES, deadline=None)

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.just(TRICKY)
_REMARKS = st.lists(_TEXTS, max_size=2).map(tuple)
_IDS = st.integers(1, 2**63 - 1)
_TIMES = st.integers(0, 4_102_444_800_000)  # up to the year 2100
_COUNTS = st.integers(0, 10**6)
_SIBLINGS = st.integers(1, 9)
_STEPS = st.integers(1, 9)

_PLACES = st.builds(Place, _IDS, st.sampled_from(PlaceKind), _TEXTS, st.none() | _IDS, st.none() | _IDS)
_ENDS = st.builds(
    CallEnd,
    reason=_TEXTS,
    provider=_TEXTS,
    model=_TEXTS,
    receipt=st.none()
    | st.builds(
        Receipt,
        st.integers(0, 2**62),
        *[_COUNTS] * 7,
        broken_from=st.integers(0, 2**62),
        broken_by=st.sampled_from(["", *Change]),
    ),
    usage=st.none() | st.builds(Usage, *[_COUNTS] * 5),
    estimated=st.booleans(),
)
_SHOWN = st.lists(st.tuples(_IDS, st.sampled_from(MessageState)), max_size=2).map(
    lambda rows: Messages(tuple(AnswerMessage(id_, n, state) for n, (id_, state) in enumerate(rows, start=1)))
)
_DISPLAYS = st.builds(
    DisplayState,
    st.none() | _SIBLINGS,
    _COUNTS,
    _COUNTS,
    st.none() | st.sampled_from(DisplayOutcome),
    st.none() | _TIMES,
    _SHOWN,
)


_CONTENTS = (
    st.builds(Text, _TEXTS)
    | st.builds(Media, st.sampled_from([MediaKind.FILE, MediaKind.AUDIO]), _TEXTS, _COUNTS, _TEXTS)
    | st.builds(
        Media,
        st.just(MediaKind.IMAGE),
        _TEXTS,
        _COUNTS,
        st.just(""),
        st.binary(min_size=32, max_size=32),
        st.just("image/png"),
        *[st.integers(1, 10**6)] * 3,
    )
    | st.builds(ToolCall, _TEXTS, _TEXTS, _TEXTS)
    | st.builds(ToolResult, _TEXTS, _TEXTS)
    | st.builds(Opaque, _TEXTS, _TEXTS)
)


@st.composite
def _stored_contents(draw: st.DrawFn, sibling: int) -> list[StoredContent]:
    contents = draw(st.lists(_CONTENTS, max_size=2))
    return [
        StoredContent(sibling, draw(_STEPS), number, content, draw(st.none() | _IDS), draw(st.none() | _IDS))
        for number, content in enumerate(contents, start=1)
    ]


@st.composite
def _calls(draw: st.DrawFn, position: int, sibling: int, step: int) -> CallRecord:
    state = draw(st.sampled_from(CallState))
    return CallRecord(
        id=draw(_IDS),
        purpose=draw(st.sampled_from(Purpose)),
        position=position,
        sibling=sibling,
        step=step,
        state=state,
        started_at=draw(_TIMES),
        ended_at=None if state is CallState.OPEN else draw(_TIMES),
        reserved=draw(_COUNTS),
        person_id=draw(st.none() | _IDS),
        end=draw(_ENDS) if state in {CallState.CLOSED, CallState.IMPORTED} else None,
    )


@st.composite
def _answers(draw: st.DrawFn, position: int, sibling: int, *, chosen: bool) -> Answer:
    state = draw(st.sampled_from(AnswerState))
    return Answer(
        position=position,
        sibling=sibling,
        state=state,
        text=draw(_TEXTS),
        tokens=draw(_COUNTS),
        reason=draw(_TEXTS),
        chosen=chosen,
        profile=draw(_TEXTS),
        continues=draw(st.none() | _SIBLINGS),
        started_at=draw(_TIMES),
        finished_at=None if state is AnswerState.WRITING else draw(_TIMES),
        remarks=draw(_REMARKS),
    )


@st.composite
def _turns(draw: st.DrawFn, place: Place, conversation_id: int) -> Turn:
    asked = draw(
        st.builds(
            Question,
            position=_IDS,
            key=st.just(0) | _IDS,
            conversation_id=st.just(conversation_id),
            place=st.just(place),
            author=st.builds(Author, st.just(0) | _IDS, _TEXTS),
            text=_TEXTS,
            asked_at=_TIMES,
            prompt=st.none() | _TEXTS,
            tokens=_COUNTS,
            turned_down=st.none() | st.sampled_from(TurnedDown),
            origin=st.none() | _TEXTS,
            remarks=_REMARKS,
            revision=_COUNTS,
            edited_at=st.none() | _TIMES,
            deleted=st.booleans(),
            change=st.none() | st.sampled_from(Change),
            changed_at=st.none() | _TIMES,
        )
    )
    siblings = range(1, draw(st.integers(0, 2)) + 1)
    chosen = draw(st.sampled_from([None, *siblings]))
    answers = [draw(_answers(asked.position, sibling, chosen=sibling == chosen)) for sibling in siblings]
    calls = [
        draw(_calls(asked.position, sibling, step))
        for sibling in (0, *siblings)
        for step in range(1, draw(st.integers(0, 2)) + 1)
    ]
    contents = [content for sibling in (0, *siblings) for content in draw(_stored_contents(sibling))]
    return turn(asked, *answers, calls=calls, display=draw(_DISPLAYS), contents=contents)


@st.composite
def exports(draw: st.DrawFn) -> tuple[Place, Contents]:
    """A place and its conversations."""
    place = draw(_PLACES)
    conversations = draw(
        st.lists(
            st.builds(
                Conversation,
                id=_IDS,
                place_id=st.just(place.id),
                opened_at=_TIMES,
                closed_at=st.none() | _TIMES,
                window_from=st.integers(0, 2**62),
                opened_by=st.none() | _IDS,
                previous_id=st.none() | _IDS,
                parent=st.none() | st.builds(BranchPoint, _IDS, _IDS, st.just(0) | _SIBLINGS),
                origin=st.none() | _TEXTS,
                files_from=st.integers(0, 2**62),
            ),
            max_size=2,
        )
    )
    return place, [(one, draw(st.lists(_turns(place, one.id), max_size=2))) for one in conversations]
