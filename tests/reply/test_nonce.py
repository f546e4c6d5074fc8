"""Nonces, by which Discord recognises a part that it has already."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.reply.nonce import NOTICE, base36, nonce

SNOWFLAKES = st.integers(1, 2**63 - 1)
NUMBERS = st.integers(0, 36**4 - 1)


@given(st.integers(0, 2**63 - 1), st.integers(1, 13))
@settings(max_examples=200)
def test_base36_reads_back_as_the_number(number: int, width: int) -> None:
    """If digits were wrong, a button pressed after a restart would act on somebody else's question."""
    digits = base36(number, width)

    assert int(digits, 36) == number
    assert len(digits) >= width
    assert digits == digits.lower()


@given(SNOWFLAKES, NUMBERS, NUMBERS)
@settings(max_examples=200)
def test_a_nonce_fits_and_says_what_it_is_for(question: int, sibling: int, part: int) -> None:
    """If two parts had one nonce, Discord would swallow the second; if it were too long, refuse every answer."""
    made = nonce(question, sibling, part)

    assert len(made) == 21
    assert (int(made[:13], 36), int(made[13:17], 36), int(made[17:], 36)) == (question, sibling, part)


def test_nonces_never_change() -> None:
    """If nonces changed with a release, an answer in flight during the upgrade would appear twice."""
    assert nonce(1_100_000_000_000_000_000, 1, NOTICE) == "08cv1gfspn1fk00010000"
    assert nonce(2**63 - 1, 2, 37) == "1y2p0ij32e8e700020011"
