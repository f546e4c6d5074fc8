"""Shared holders of the current settings, so that settings can be replaced while the bot runs."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")
Part = TypeVar("Part")


class Current(Generic[T]):
    """Holds the current value. Code that depends on it keeps the holder and reads `value` at each use."""

    def __init__(self, value: T) -> None:
        self._value = value
        self._parts: list[tuple[Current[Any], Callable[[T], Any]]] = []

    @property
    def value(self) -> T:
        """The current value. Setting it also updates every holder that `part` returned."""
        return self._value

    @value.setter
    def value(self, value: T) -> None:
        self._value = value
        for holder, select in self._parts:
            holder.value = select(value)

    def part(self, select: Callable[[T], Part]) -> "Current[Part]":
        """Return a holder of `select(value)`. It is updated whenever the whole value is replaced."""
        holder = Current(select(self._value))
        self._parts.append((holder, select))
        return holder
