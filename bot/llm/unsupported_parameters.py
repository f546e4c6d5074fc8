"""Remembers the parameters that a server refused and leaves them out of its requests, in this run and later ones."""

import json
import logging
from collections.abc import Iterable, Mapping
from typing import Any, Final, Self, cast

from bot.chat.ports.facts import Facts
from bot.errors import StoreError
from bot.llm.server import Server

log = logging.getLogger(__name__)

_REQUIRED: Final = frozenset({"messages", "model", "stream"})
_LIMITS: Final = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
"""Two names of one limit. A server that refuses one name is sent the other."""


class UnsupportedParameters:
    """The names of the parameters that a server refused for a model. A dot separates an object from its key.

    They are stored for each base URL and model. Parameters that the operator set in `model.extra` are not stored: each run
    tries them again, and so warns again.
    """

    def __init__(self, facts: Facts | None, server: Server, model: str, names: Iterable[str] = ()) -> None:
        self._facts = facts
        self._key = key_of(server, model)
        self._extra = frozenset(server.extra)
        self._names = frozenset(names) - _REQUIRED

    @classmethod
    async def recalled(cls, facts: Facts | None, server: Server, model: str) -> Self:
        """Load the parameters that the server refused in earlier runs. Raises StoreError."""
        known = await facts.recall(key_of(server, model)) if facts is not None else None
        return cls(facts, server, model, _names_from(known))

    def removed_from(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return a copy of `body` without the refused parameters; a refused token limit gets its other name."""
        accepted = dict(body)
        for name in sorted(self._names):
            outer, _, inner = name.partition(".")
            value: object = accepted.get(outer)
            if inner and isinstance(value, dict):
                accepted[outer] = {key: one for key, one in cast("dict[str, object]", value).items() if key != inner}
            elif not inner and outer in accepted:
                del accepted[outer]
                other = _LIMITS.get(outer, outer)
                if other not in self._names:
                    accepted.setdefault(other, value)
        return accepted

    async def add(self, names: Iterable[str], body: Mapping[str, Any]) -> bool:
        """Leave these parameters out from now on. Return whether the refused `body` held any of them."""
        held = {name for name in names if _contains(body, name)}
        if new := held - self._names:
            self._names |= new
            log.warning("the model's server does not take %s: left out from now on", ", ".join(sorted(new)))
            if not new <= self._extra:
                await self._save()
        return bool(held)

    async def _save(self) -> None:
        if self._facts is None:
            return
        try:
            await self._facts.remember(self._key, json.dumps(sorted(self._names - self._extra)))
        except StoreError as error:
            log.warning("which parameters the model's server takes could not be kept: %s", error)


def key_of(server: Server, model: str) -> str:
    """Return the key under which the refused parameters of a server and model are stored."""
    return f"refused parameters of {model} at {server.base_url}"


def _names_from(known: str | None) -> list[str]:
    try:
        names: object = json.loads(known or "[]")
    except ValueError:
        return []
    return [name for name in cast("list[object]", names) if isinstance(name, str)] if isinstance(names, list) else []


def _contains(body: Mapping[str, Any], name: str) -> bool:
    outer, _, inner = name.partition(".")
    value: object = body.get(outer)
    return outer not in _REQUIRED and outer in body and (not inner or (isinstance(value, dict) and inner in value))
