"""The order of tests in a run of several processes."""

from hypothesis import given
from hypothesis import strategies as st

from tests.order import shared_out


@given(st.integers(0, 40), st.integers(0, 300), st.integers(2, 9))
def test_each_test_is_run_once(stories: int, others: int, processes: int) -> None:
    """Whatever the number of tests and processes, each test stands in the list once."""
    told, computed = list(range(stories)), list(range(1_000, 1_000 + others))
    assert sorted(shared_out(told, computed, processes)) == [*told, *computed]


def test_half_of_the_processes_begin_with_stories() -> None:
    """Of four processes two begin with stories and two with the others, the longest first; all have equally many."""
    order = shared_out(["s1", "s2", "s3"], [f"c{number}" for number in range(9)], 4)
    assert [order[begin : begin + 3] for begin in range(0, 12, 3)] == [
        ["s1", "s3", "c8"],
        ["s2", "c6", "c7"],
        ["c0", "c2", "c4"],
        ["c1", "c3", "c5"],
    ]
