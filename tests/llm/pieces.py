"""Texts and bytes, cut as a network may cut them."""

from collections.abc import Iterator
from typing import TypeVar

T = TypeVar("T", str, bytes)


def in_pieces(whole: T) -> Iterator[list[T]]:
    """Yield the whole in one piece, in every two pieces, and in pieces of one to seven characters or bytes."""
    yield [whole]
    for at in range(1, len(whole)):
        yield [whole[:at], whole[at:]]
    for size in range(1, 8):
        yield [whole[at : at + size] for at in range(0, len(whole), size)]
