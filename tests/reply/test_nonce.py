"""Nonces, by which Discord recognises a message that it has already, and the bot another database."""

import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import StoreError
from bot.reply.nonce import NOTICE, Nonces, base36
from tests.fakes.facts import MemoryFacts
from tests.fakes.state import State

SNOWFLAKES = st.integers(1, 2**63 - 1)
NUMBERS = st.integers(0, 36**4 - 1)


def nonces(database: str = "dba1") -> Nonces:
    """The nonces of a database."""
    return Nonces(database, MemoryFacts(State()), other_seen=False)


@given(st.integers(0, 2**63 - 1), st.integers(1, 13))
@settings(max_examples=200)
def test_base36_reads_back_as_the_number(number: int, width: int) -> None:
    """Digits and small letters stand for the number, with zeros in front."""
    digits = base36(number, width)

    assert int(digits, 36) == number
    assert len(digits) >= width
    assert digits == digits.lower()


def test_base36_takes_no_number_below_0() -> None:
    """A number below 0 is refused at once."""
    with pytest.raises(ValueError, match="no id"):
        base36(-1)


@given(SNOWFLAKES, NUMBERS, NUMBERS)
@settings(max_examples=200)
def test_a_nonce_fits_and_says_what_it_is_for(key: int, sibling: int, number: int) -> None:
    """A nonce has 25 characters, Discord's limit, and is another for each question, attempt, number and database."""
    made = nonces().make(key, sibling, number)

    assert len(made) == 25
    assert (int(made[:13], 36), int(made[13:17], 36), int(made[17:21], 36)) == (key, sibling, number)
    assert made[21:] == "dba1"


def test_nonces_never_change() -> None:
    """The form of the nonces is the same in every release."""
    assert nonces().make(1_100_000_000_000_000_000, 1, NOTICE) == "08cv1gfspn1fk00010000dba1"
    assert nonces().make(2**63 - 1, 2, 37) == "1y2p0ij32e8e700020011dba1"


async def test_a_database_keeps_its_id() -> None:
    """A database gets a random id at its first start and keeps it; another gets another."""
    state = State()
    first, again = [await Nonces.loaded(MemoryFacts(state), "a file") for _ in range(2)]
    other = await Nonces.loaded(MemoryFacts(State()), "a file")
    assert first.make(1, 1, 1) == again.make(1, 1, 1) != other.make(1, 1, 1)
    assert not first.other_seen


async def test_a_copy_of_a_database_gets_an_id_of_its_own() -> None:
    """A database that lies in another file than before gets another id, and keeps that; one of an older release keeps its id."""
    state = State(facts={"id of the database": "abcd"})
    old = await Nonces.loaded(MemoryFacts(state), "a file")
    assert old.make(1, 1, 1).endswith("abcd")
    copied, again = [await Nonces.loaded(MemoryFacts(state), "a copy") for _ in range(2)]
    assert copied.make(1, 1, 1) == again.make(1, 1, 1) != old.make(1, 1, 1)


async def test_another_database_is_noticed_once_and_remembered(caplog: pytest.LogCaptureFixture) -> None:
    """A message that bears another database's nonce is said once in the log, and known at the next start."""
    state = State()
    ours, other = await Nonces.loaded(MemoryFacts(state), "a file"), nonces()
    with caplog.at_level(logging.WARNING):
        for nonce in (None, 7, "hello", ours.make(1, 1, 1), "A" * 25, "0" * 21):
            await ours.notice(nonce)
        assert not ours.other_seen
        for _ in range(2):
            await ours.notice(other.make(1, 1, 1))
    assert ours.other_seen
    assert len(caplog.records) == 1
    assert "another database" in caplog.records[0].getMessage()
    assert (await Nonces.loaded(MemoryFacts(state), "a file")).other_seen


async def test_another_database_is_forgotten_after_a_week() -> None:
    """A database that was not seen for long is not reckoned with any more."""
    state = State(facts={"id of the database": "abcd", "another database was seen": "1000.5"})
    assert not (await Nonces.loaded(MemoryFacts(state), "a file")).other_seen


class BrokenFacts(MemoryFacts):
    """Facts on a full disk."""

    async def remember(self, key: str, value: str) -> None:
        """See the port."""
        raise StoreError("disk full")


async def test_another_database_that_cannot_be_remembered_is_reckoned_with_all_the_same() -> None:
    """A full disk keeps nobody from noticing."""
    ours = Nonces("abcd", BrokenFacts(State()), other_seen=False)
    await ours.notice(nonces().make(1, 1, 1))
    assert ours.other_seen


LATER = 2_000_000


def started(at: int = 1_000_000) -> Nonces:
    """The nonces of a database whose process began at this time."""
    return Nonces("dba1", MemoryFacts(State()), other_seen=False, clock=lambda: at)


@pytest.mark.parametrize("text", ["Hello, you", " hello you\n", "Hello you!"])
def test_a_message_with_words_that_were_sent_is_ours(text: str) -> None:
    """A message that comes back for a nonce is ours where its words were sent with it, whatever became of the punctuation."""
    ours = started()
    nonce = ours.make(1, 1, 1)
    for sent in ("Hello, you", "Hello, you and"):
        ours.sending(nonce, sent)
    assert not ours.is_anothers(nonce, text, LATER)


def test_a_message_with_other_words_is_anothers_unless_it_is_older_than_the_process() -> None:
    """A message with words that were never sent is another Parley's; one from before the start is of the run before."""
    ours = started()
    nonce = ours.make(1, 1, 1)
    ours.sending(nonce, "Hello, you")
    assert ours.is_anothers(nonce, "Good day", LATER)
    assert not ours.is_anothers(nonce, "Good day", 999_000)
    assert ours.is_anothers(ours.make(2, 1, 1), "Hello, you", LATER)


async def test_a_message_that_nobody_here_sent_gives_the_database_another_id(caplog: pytest.LogCaptureFixture) -> None:
    """A message with our id that this process did not send is noticed; from then on the nonces are others. It is said once."""
    state = State(facts={"id of the database": "abcd", "file of the database": "a file"})
    ours = await Nonces.loaded(MemoryFacts(state), "a file", lambda: 1_000_000)
    sent, unknown = ours.make(1, 1, 1), ours.make(2, 1, 1)
    ours.sending(sent, "hello")
    await ours.notice(sent, LATER)
    await ours.notice(unknown, 999_000)
    assert (ours.make(2, 1, 1), ours.other_seen) == (unknown, False)
    await ours.notice(unknown, LATER)
    assert (ours.make(1, 1, 1), ours.make(2, 1, 1) != unknown) == (sent, True)
    assert ours.other_seen
    await ours.notice(sent, LATER)
    again = await Nonces.loaded(MemoryFacts(state), "a file", lambda: 1_000_000)
    assert again.make(2, 1, 1) == ours.make(2, 1, 1)
    assert len(caplog.records) == 1


async def test_a_new_id_that_cannot_be_stored_holds_until_the_end() -> None:
    """On a full disk the database has another id until the process ends."""
    ours = Nonces("abcd", BrokenFacts(State()), other_seen=False)
    await ours.renew(ours.make(1, 1, 1))
    assert not ours.make(1, 1, 1).endswith("abcd")


async def test_what_was_sent_before_keeps_its_nonce() -> None:
    """After the database got another id, a message of ours that may exist keeps its nonce; one of another's gets a new one."""
    ours = started()
    sent, collided = ours.make(1, 1, 1), ours.make(2, 1, 1)
    ours.sending(sent, "hello")
    ours.sending(collided, "hello")
    await ours.renew(collided)
    assert ours.make(1, 1, 1) == sent
    assert ours.make(2, 1, 1) != collided
    renewed = ours.make(3, 1, 1)
    await ours.renew(collided)
    assert ours.make(3, 1, 1) == renewed


def test_only_the_newest_nonces_are_remembered() -> None:
    """Only the newest 10,000 nonces are remembered; older ones count as another's."""
    ours = started()
    for key in range(10_001):
        ours.sending(ours.make(key, 1, 1), "hello")
    assert ours.is_anothers(ours.make(0, 1, 1), "hello", LATER)
    assert not ours.is_anothers(ours.make(1, 1, 1), "hello", LATER)
