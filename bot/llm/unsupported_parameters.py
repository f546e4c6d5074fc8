"""The parameters that a server refused: left out of its requests, in this run and the next."""

import json
import logging
from collections.abc import Iterable, Mapping
from typing import Any, Final, Self, cast

from bot.chat.ports.facts import Facts
from bot.errors import StoreError
from bot.llm.server import Server

log = logging.getLogger(__name__)

_NEVER: Final = frozenset({"messages", "model", "stream"})
_LIMITS: Final = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
"""Two names of one limit: a server that refuses one gets the other."""


class UnsupportedParameters:
    """The parameters that a server refused, by name; a dot leads into an object.

    Remembered for each base URL and model. What the operator asked for in `model.extra` is not: each run tries it anew, and so
    warns again.
    """

    def __init__(self, facts: Facts | None, server: Server, model: str, names: Iterable[str] = ()) -> None:
        self._facts = facts
        self._key = key_of(server, model)
        self._extra = frozenset(server.extra)
        self._names = frozenset(names) - _NEVER

    @classmethod
    async def recalled(cls, facts: Facts | None, server: Server, model: str) -> Self:
        """The parameters that earlier runs found out. Raises StoreError."""
        known = await facts.recall(key_of(server, model)) if facts is not None else None
        return cls(facts, server, model, _names_in(known))

    def left_out_of(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The body as the server takes it, as far as is known."""
        taken = dict(body)
        for name in sorted(self._names):
            outer, _, inner = name.partition(".")
            value: object = taken.get(outer)
            if inner and isinstance(value, dict):
                taken[outer] = {key: one for key, one in cast("dict[str, object]", value).items() if key != inner}
            elif not inner and outer in taken:
                del taken[outer]
                other = _LIMITS.get(outer, outer)
                if other not in self._names:
                    taken.setdefault(other, value)
        return taken

    async def add(self, names: Iterable[str], body: Mapping[str, Any]) -> bool:
        """Leave these out from now on; tells whether the body that was refused held any of them."""
        held = {name for name in names if _holds(body, name)}
        if new := held - self._names:
            self._names |= new
            log.warning("the model's server does not take %s: left out from now on", ", ".join(sorted(new)))
            if not new <= self._extra:
                await self._remember()
        return bool(held)

    async def _remember(self) -> None:
        if self._facts is None:
            return
        try:
            await self._facts.remember(self._key, json.dumps(sorted(self._names - self._extra)))
        except StoreError as error:
            log.warning("which parameters the model's server takes could not be kept: %s", error)


def key_of(server: Server, model: str) -> str:
    """The name under which the facts about a server and its model are kept."""
    return f"refused parameters of {model} at {server.base_url}"


def _names_in(known: str | None) -> list[str]:
    try:
        names: object = json.loads(known or "[]")
    except ValueError:
        return []
    return [name for name in cast("list[object]", names) if isinstance(name, str)] if isinstance(names, list) else []


def _holds(body: Mapping[str, Any], name: str) -> bool:
    outer, _, inner = name.partition(".")
    value: object = body.get(outer)
    return outer not in _NEVER and outer in body and (not inner or (isinstance(value, dict) and inner in value))
