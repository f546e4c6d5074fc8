"""Finds the model that a question would be asked of now, and whether it sees images."""

import logging
from collections.abc import Mapping

from bot.chat.fallback import in_order
from bot.chat.image_tokens import Sight
from bot.chat.profiles import Profile
from bot.chat.provider import Provider
from bot.errors import StoreError

log = logging.getLogger(__name__)


async def sight_of(profile: Profile, providers: Mapping[str, Provider]) -> Sight:
    """Return the sight of the model that would be asked now: the first one in order that is not away."""
    servers = [providers[ref.provider] for ref in profile.models]
    resting = [server.rests.rests(ref.name) for server, ref in zip(servers, profile.models, strict=True)]
    first = in_order(profile.models, [server.breaker.away for server in servers], resting)[0]
    try:
        return Sight(first.name, await providers[first.provider].model.sees(first.name))
    except StoreError as error:
        log.warning("whether %s sees images cannot be read, so they are counted: %s", first.name, error)
        return Sight(first.name)
