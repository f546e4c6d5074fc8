"""`parley check`: tests whether the bot would run. Prints a line for each thing that can be wrong, and what to do about it."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from bot.app import PUBLIC
from bot.chat.access import open_to_strangers
from bot.chat.learnt import Learnt
from bot.chat.model_limits import ModelLimits, learnt_limits
from bot.chat.ports.clock import now
from bot.chat.ports.facts import Facts
from bot.chat.slots import ANY_MODEL, ServerSlots, learnt_slots
from bot.cli.bill import bill_of
from bot.cli.lines import one_line
from bot.config import Settings, draft
from bot.config.settings import CHANNELS
from bot.errors import ModelError, ParleyError, StoreError
from bot.gateway.invite import invite_link, is_public
from bot.gateway.login import NO_CONTENT, logged_in, may_read_content
from bot.llm.adaptations import Adaptations
from bot.llm.catalog import ModelCard, card_of
from bot.llm.client import adaptations_of, connected
from bot.llm.configured import profiles_of
from bot.llm.daily_look import end_of, ending
from bot.llm.model_list import listed_as
from bot.llm.servers import servers_of
from bot.store.sqlite.damage import deep_look
from bot.store.sqlite.facts import ReadOnlyFacts, facts_in
from bot.store.sqlite.lock import locked
from bot.store.sqlite.migrate import examine

_OK: Final = "ok  "
_WARN: Final = "warn"
_FAIL: Final = "FAIL"
_THREADS: Final = (
    "discord.auto_thread needs the permissions Create Public Threads and Send Messages in Threads in each channel; the invite "
    "link asks for both, and the start names the channels that lack them"
)
_HOW_TO_FORGET: Final = (
    "it expires by itself, and when settings of [model] change; "
    "with the bot stopped, `parley check --forget` forgets it now"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "--forget", action="store_true", help="forget what was learnt of the model's server (the bot must not run)"
    )
    parser.add_argument("--deep", action="store_true", help="read the whole database and look for damage")


def main(parsed: argparse.Namespace) -> int:
    """Run all checks. Return the first failure's exit code, or 0. Raises ConfigError."""
    found = draft(parsed.config)
    settings = found.settings()
    profiles_of(settings)
    _print_line(_OK, "configuration", "every key is known and well-formed")
    _print_line(_OK, "bill", bill_of(settings))
    code = asyncio.run(_check(settings, forget=parsed.forget, deep=parsed.deep))
    for note in found.notes:
        _print_line(_WARN, "configuration", note)
    return code


async def _check(settings: Settings, *, forget: bool, deep: bool) -> int:
    code = 0
    checks = {
        "database": partial(_database, deep=deep),
        "discord": _discord,
        "model": _model,
        "learnt": partial(_learnt, forget=forget),
    }
    for name, check in checks.items():
        failure = await _exit_code_of(name, check, settings)
        code = code or failure
    return code


async def _exit_code_of(name: str, check: Callable[[Settings], Awaitable[None]], settings: Settings) -> int:
    try:
        await check(settings)
    except ParleyError as error:
        _print_line(_FAIL, name, str(error))
        return error.exit_code
    return 0


async def _database(settings: Settings, *, deep: bool) -> None:
    path = settings.history.path
    version = await asyncio.to_thread(examine, path)
    _print_line(_OK, "database", f"{path}, version {version}" if version else f"{path} will be made at the first start")
    if deep and version:
        problems = await asyncio.to_thread(deep_look, path)
        for problem in problems:
            _print_line(_FAIL, "database", problem)
        if problems:
            raise StoreError(f"{path} is damaged: restore a copy of it")
        _print_line(_OK, "database", "every page, index and reference is sound")


async def _discord(settings: Settings) -> None:
    async with logged_in(settings.discord) as client:
        _print_line(_OK, "token", f"Discord knows it as {client.user}")
        if settings.discord.needs_content and not may_read_content(client):
            _print_line(_WARN, "intents", NO_CONTENT)
        else:
            needed = "message content is needed" if settings.discord.needs_content else "no privileged one is needed"
            granted = "granted" if may_read_content(client) else "not granted"
            _print_line(_OK, "intents", f"{needed}; message content is {granted}")
        if settings.discord.auto_thread == CHANNELS:
            _print_line(_OK, "threads", _THREADS)
        _print_line(_OK, "invite", invite_link(client))
        if is_public(client) and open_to_strangers(settings.access):
            _print_line(_WARN, "public", PUBLIC)


async def _model(settings: Settings) -> None:
    """Check each server and its models. Raises the first server's error when all have been looked at."""
    errors: list[ModelError] = []
    for server, models in servers_of(settings).values():
        try:
            async with connected(server) as client:
                listed = await client.models()
        except ModelError as error:
            errors.append(error)
            continue
        for model in models:
            _print_line(*_verdict(server.base_url, model, [one.name for one in listed]))
            if ends_on := end_of(model, listed):
                _print_line(_WARN, "model", ending(server.base_url, model, ends_on))
    for name in settings.model_names:
        model = settings.model_of(name)
        card = await asyncio.to_thread(card_of, model)
        _print_line(_OK, "prices", f"{model.name}: {_prices(card)}; a context of {card.context:,} tokens")
    for error in errors[1:]:
        _print_line(_FAIL, "model", str(error))
    if errors:
        raise errors[0]


def _prices(card: ModelCard) -> str:
    if not card.rates:
        return "unknown (set prices in its table)"
    rates = card.rates[0]
    return (
        f"${rates.input} read, ${rates.cached} cached, ${rates.cache_write} written to the cache, ${rates.output} written, "
        "for a million tokens"
    )


def _verdict(base_url: str, model: str, names: list[str]) -> tuple[str, str, str]:
    """Return the line about a model on a server that lists these names."""
    listed = listed_as(model, names)
    if not names:
        text = f"{base_url} answers, but lists no models: whether it has {model} was not checked"
    elif listed is None:
        known = ", ".join(sorted(names)[:5])
        return _WARN, "model", f"{base_url} does not list {model} (but {known}, …): check model.name"
    else:
        text = f"{base_url} answers and offers {model}" + (f", listed as {listed}" if listed != model else "")
    return _OK, "model", text


async def _learnt(settings: Settings, *, forget: bool) -> None:
    """List what was learnt of each model. With `forget`, forget it first."""
    path = settings.history.path
    if not await asyncio.to_thread(_exists, path):
        return
    if forget:
        with locked(path):
            async with facts_in(path) as facts:
                for learnt, model in _kinds(settings, facts):
                    await learnt.forget(model)
    any_known = False
    for learnt, model in _kinds(settings, ReadOnlyFacts(path)):
        expires_at = await learnt.expires_at(model)
        until = datetime.fromtimestamp((expires_at or 0) / 1000, UTC)
        for line in (await learnt.of(model)).described():
            _print_line(_OK, "learnt", f"{model} {line} (until {until:%Y-%m-%d %H:%M} UTC)")
            any_known = True
    if any_known:
        _print_line(_OK, "learnt", _HOW_TO_FORGET)


def _exists(path: Path) -> bool:
    """Return whether there is a database. One that cannot be used has its own line."""
    try:
        return examine(path) > 0
    except StoreError:
        return False


def _kinds(
    settings: Settings, facts: Facts
) -> Iterator[tuple[Learnt[Adaptations] | Learnt[ModelLimits] | Learnt[ServerSlots], str]]:
    for server, models in servers_of(settings).values():
        yield learnt_slots(facts, server.identity, now), ANY_MODEL
        for model in models:
            yield adaptations_of(server, facts), model
            yield learnt_limits(facts, server.identity, now), model


def _print_line(verdict: str, name: str, text: str) -> None:
    print(f"{verdict}  {name}: {one_line(text)}")
