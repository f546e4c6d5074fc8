"""The order of tests in a run of several processes.

pytest-xdist (`--dist worksteal`) gives each process an equal part of the list, and whoever is done takes from the ends of the
others' parts. Stories mostly wait, other tests compute. So half of the processes begin with stories and the others with what
computes, each with what takes longest.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Final, TypeVar

T = TypeVar("T")

STORIES: Final = ("tests/benchmarks/", "tests/chaos/", "tests/cli/", "tests/e2e/", "tests/sandbox/page/")
"""The folders of tests that run whole processes, the whole bot, or a browser."""


def shared_out(stories: Sequence[T], others: Sequence[T], processes: int) -> list[T]:
    """Return all tests in the order in which two or more processes get them. Both arguments begin with what takes longest."""
    telling = (processes + 1) // 2
    parts = [list(stories[number::telling]) for number in range(telling)]
    rest = list(others)
    size = (len(stories) + len(others)) // processes
    for part in parts:
        missing = min(max(0, size - len(part)), len(rest))
        part.extend(rest[len(rest) - missing :])
        del rest[len(rest) - missing :]
    computing = processes - telling
    parts += [rest[number::computing] for number in range(computing)]
    return list(chain.from_iterable(parts))
