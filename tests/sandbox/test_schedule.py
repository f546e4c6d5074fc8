"""The schedule of orders, and the requests that meet them."""

import pytest

from bot.sandbox.schedule import Schedule


def schedule(seed: int = 1) -> Schedule[str, str]:
    """A schedule whose shares repeat."""
    return Schedule(str(seed))


def test_so_many_requests_meet_it_and_then_none() -> None:
    """An order meets as many requests as it says, and then none."""
    faults = schedule()
    faults.add("down", times=2)
    assert [faults.next("a") for _ in range(3)] == ["down", "down", None]


def test_the_oldest_order_comes_first() -> None:
    """The oldest order comes first."""
    faults = schedule()
    faults.add("first")
    faults.add("second")
    assert [faults.next("a"), faults.next("a")] == ["first", "second"]


def test_an_order_waits_for_its_moment() -> None:
    """An order with a condition waits for a request that fulfils it."""
    faults = schedule()
    faults.add("down", when=lambda request: request == "edit")
    assert [faults.next(one) for one in ("send", "edit", "edit")] == [None, "down", None]


def test_an_order_that_waits_does_not_hold_back_another() -> None:
    """An order that waits lets a later one meet the request."""
    faults = schedule()
    faults.add("never", when=lambda _: False)
    faults.add("down")
    assert faults.next("send") == "down"


def test_a_share_of_all_requests_meets_it() -> None:
    """An order with a share of a fifth meets about a fifth of all requests."""
    faults = schedule(seed=7)
    faults.add("down", times=None, share=0.2)
    hit = sum(faults.next("a") is not None for _ in range(1000))
    assert 150 < hit < 250


def test_a_seed_repeats_the_run() -> None:
    """The same seed gives the same run."""
    runs: list[list[str | None]] = []
    for _ in range(2):
        faults = schedule(seed=3)
        faults.add("down", times=None, share=0.5)
        runs.append([faults.next("a") for _ in range(50)])
    assert runs[0] == runs[1]


def test_cleared_orders_are_gone() -> None:
    """Cleared orders meet no request."""
    faults = schedule()
    faults.add("down", times=None)
    faults.clear()
    assert faults.next("a") is None


def test_a_draw_depends_on_nothing_but_what_its_order_saw() -> None:
    """The draws of an order depend on the requests that it saw, and not on those of another."""
    runs: list[list[str | None]] = []
    for others in (0, 3):
        faults = schedule(seed=3)
        faults.add("other", times=None, share=0.5, when=lambda request: request == "b")
        faults.add("down", times=None, share=0.5, when=lambda request: request == "a")
        found: list[str | None] = []
        for _ in range(30):
            found.append(faults.next("a"))
            for _ in range(others):
                faults.next("b")
        runs.append(found)
    assert runs[0] == runs[1]


def test_two_orders_draw_apart() -> None:
    """Two orders with the same share draw differently."""
    faults = schedule()
    for name in "ab":
        faults.add(name, times=None, share=0.5, when=lambda request, name=name: request == name)
    assert len({tuple(faults.next(name) is None for _ in range(30)) for name in "ab"}) == 2


def test_no_times_at_all_is_no_order() -> None:
    """An order of zero times meets no request."""
    faults = schedule()
    faults.add("down", times=0)
    assert faults.next("a") is None


@pytest.mark.parametrize(("times", "share"), [(-1, 1.0), (1, -0.1), (1, 30), (1, 1.01)])
def test_what_cannot_be_ordered_is_refused(times: int, share: float) -> None:
    """A negative number of times, or a share outside 0 to 1, is refused."""
    with pytest.raises(ValueError, match=r"times=-1|share="):
        schedule().add("down", times=times, share=share)
