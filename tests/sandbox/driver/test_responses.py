"""Responses without a message."""

import pytest

from bot.sandbox import Channel, Person, Response, Sandbox
from bot.sandbox.discord.world.interactions import Interaction, InteractionType


def test_a_response_without_a_message_says_so(box: Sandbox, general: Channel, alice: Person) -> None:
    """A response without a message has an empty list of them, and raises LookupError where one is asked for."""
    kind = InteractionType.APPLICATION_COMMAND
    response = Response(Interaction(1, "token", kind, alice.user, general, box.clock.now(), {}))
    assert response.messages == []
    with pytest.raises(LookupError):
        _ = response.message
