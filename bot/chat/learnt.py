"""Keeps facts that are learnt of the models of one server while they are used.

A fact holds for seven days, or until the settings of that server change.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, Protocol, Self, TypeVar, cast

from bot.chat.ports.clock import Clock
from bot.chat.ports.facts import Facts
from bot.errors import StoreError

log = logging.getLogger(__name__)

LIFE_MILLISECONDS: Final = 7 * 86_400_000


class Learnable(Protocol):
    """A frozen value that describes one model. Without arguments, it says that nothing is known."""

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> Self:
        """Return the value of the stored fields. Those that are missing or cannot be used count as unknown."""
        ...

    def fields(self) -> dict[str, Any]:
        """Return what is stored of it, as JSON takes it."""
        ...

    def differs(self, stored: Self) -> bool:
        """Return whether it differs enough from what is stored to be stored again."""
        ...


_Value = TypeVar("_Value", bound=Learnable)


@dataclass(frozen=True, slots=True)
class ServerIdentity:
    """A server as what is learnt of it knows it: its address, and a hash of the settings under which it was learnt."""

    address: str
    settings: str = ""


@dataclass(slots=True)
class _Entry(Generic[_Value]):
    """A value that is known of one model. `at` is when its first part was stored, in milliseconds since 1970, or None."""

    value: _Value
    stored: _Value
    at: int | None = None


class Learnt(Generic[_Value]):
    """One kind of knowledge about all models of one server. `name` is the kind's, in the keys of the facts.

    Without `facts` it is forgotten at the end of the run.
    """

    def __init__(self, name: str, unknown: _Value, facts: Facts | None, server: ServerIdentity, clock: Clock) -> None:
        self._name = name
        self._unknown = unknown
        self._facts = facts
        self._server = server
        self._clock = clock
        self._entries: dict[str, _Entry[_Value]] = {}

    async def of(self, model: str) -> _Value:
        """Return what is known of a model. Raises StoreError."""
        return (await self._entry(model)).value

    async def learn(self, model: str, change: Callable[[_Value], _Value]) -> _Value:
        """Change what is known of a model, and store it when it differs enough. Return what is known now. Raises StoreError.

        `change` gets what is known at this moment, so that nothing that other requests learn meanwhile is lost.
        """
        entry = await self._entry(model)
        entry.value = change(entry.value)
        if entry.value.differs(entry.stored):
            entry.stored = entry.value
            entry.at = self._clock() if entry.at is None else entry.at
            await self._store(model, entry)
        return entry.value

    async def expires_at(self, model: str) -> int | None:
        """Return when what is known of a model expires, in milliseconds since 1970; None if nothing is. Raises StoreError."""
        at = (await self._entry(model)).at
        return None if at is None else at + LIFE_MILLISECONDS

    async def forget(self, model: str) -> None:
        """Forget what is known of a model. Raises StoreError."""
        self._entries.pop(model, None)
        if self._facts is not None:
            await self._facts.remember(self.key(model), "")

    def key(self, model: str) -> str:
        """Return the key of the fact about a model."""
        return f"{self._name} of {model} at {self._server.address}"

    async def _entry(self, model: str) -> _Entry[_Value]:
        if (entry := self._entries.get(model)) is None:
            known = None if self._facts is None else await self._facts.recall(self.key(model))
            entry = self._entries.setdefault(model, self._read(known))  # another request may have read it first
        if entry.at is not None and abs(self._clock() - entry.at) > LIFE_MILLISECONDS:
            entry = self._entries[model] = _Entry(self._unknown, self._unknown)
        return entry

    def _read(self, known: str | None) -> _Entry[_Value]:
        """Read a fact. One that was learnt under other settings or in the future, or that cannot be read, counts as unknown."""
        fields = _table_in(known)
        at = fields.get("at")
        if type(at) is not int or at > self._clock() or fields.get("settings") != self._server.settings:
            return _Entry(self._unknown, self._unknown)
        value = self._unknown.read(fields)
        return _Entry(value, value, at)

    async def _store(self, model: str, entry: _Entry[_Value]) -> None:
        if self._facts is None:
            return
        fact = {**entry.value.fields(), "at": entry.at, "settings": self._server.settings}
        try:
            await self._facts.remember(self.key(model), json.dumps(fact))
        except StoreError as error:
            log.warning("the %s of %s could not be stored: %s", self._name, model, error)


def _table_in(text: str | None) -> Mapping[str, Any]:
    try:
        value: object = json.loads(text or "null")
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
