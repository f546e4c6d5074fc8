"""Looks once a day at the servers' lists of models, and warns of models that are gone or will be shut down."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from datetime import date
from typing import Final

from bot.chat.ports.alerts import Alert, Alerts
from bot.errors import ModelError, ParleyError
from bot.llm.client import connected
from bot.llm.model_list import ListedModel, listed_as
from bot.llm.server import Server

log = logging.getLogger(__name__)

_DAY_SECONDS: Final = 86_400.0


async def look_daily(servers: Callable[[], Iterable[tuple[Server, Iterable[str]]]], alerts: Alerts) -> None:
    """Look now and then every day, until cancelled. `servers` tells them, with the names of the models that are used there."""
    while True:
        for server, models in list(servers()):
            try:
                async with connected(server) as client:
                    listed = await client.models()
            except ModelError as error:  # a question tells more, and sooner
                log.info("the list of models could not be read: %s", error)
            except ParleyError:
                log.exception("the list of models could not be asked for")
            else:
                _tell(server, models, listed, alerts)
        await asyncio.sleep(_DAY_SECONDS)


def _tell(server: Server, models: Iterable[str], listed: list[ListedModel], alerts: Alerts) -> None:
    """Warn of what a list says of these models. Only OpenAI's own list is known to be complete."""
    for model in models:
        if ends_on := end_of(model, listed):
            log.warning("%s", ending(server.base_url, model, ends_on))
            alerts.tell(Alert.MODEL_ENDS)
        elif server.speaks_openai and listed and listed_as(model, [one.name for one in listed]) is None:
            log.warning("%s does not list %s any more: choose another model", server.base_url, model)
            alerts.tell(Alert.MODEL_GONE)


def end_of(model: str, listed: Iterable[ListedModel]) -> date | None:
    """Return the day on which a model is shut down, as far as the list of its server tells."""
    days = {one.name: one.ends_on for one in listed}
    name = listed_as(model, list(days))
    return None if name is None else days[name]


def ending(base_url: str, model: str, ends_on: date) -> str:
    """Return the warning about a model that will be shut down."""
    return f"{base_url} announces that {model} ends on {ends_on.isoformat()}: choose another model before that day"
