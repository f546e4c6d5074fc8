"""The story so far: what a failed wait prints, so that the reason shows without a debugger."""

from bot.sandbox.discord.rest.calls import Call
from bot.sandbox.discord.rest.server import DiscordServer
from bot.sandbox.discord.world.messages import Message
from bot.sandbox.model.server import ModelServer

LAST = 12
WIDTH = 160


class Story:
    """Tells the last messages, REST calls and model requests."""

    def __init__(self, discord: DiscordServer, model: ModelServer, seed: int) -> None:
        self._discord = discord
        self._model = model
        self._seed = seed

    def __call__(self) -> str:
        """Write it as text."""
        gateway = "connected" if self._discord.gateway.connected else "not connected"
        return "\n".join(
            [
                f"the bot's gateway is {gateway}; the seed is {self._seed}",
                "messages:",
                *self._messages(),
                "REST calls:",
                *(_call_line(call) for call in self._discord.router.calls[-LAST:]),
                "model requests:",
                *self._requests(),
            ]
        )

    def _messages(self) -> list[str]:
        every = [one for history in self._discord.world.history.values() for one in history.values()]
        return [_line(message) for message in sorted(every, key=lambda one: one.id)[-LAST:]]

    def _requests(self) -> list[str]:
        return [
            f"  {request.status} {request.outcome} {len(request.messages)} messages, "
            f"asked {_cut(request.question)!r}, replied {_cut(request.text)!r}"
            for request in self._model.requests[-LAST:]
        ]


def _call_line(call: Call) -> str:
    met = f" ({call.fault})" if call.fault else ""
    return f"  {call.method} {call.path} -> {call.status or 'no answer'}{met}"


def _line(message: Message) -> str:
    where = message.channel.name or "DM"
    to = f" (to {message.reference.message_id})" if message.reference else ""
    return f"  {message.id} #{where} {message.author.name}{to}: {_cut(message.content)!r}"


def _cut(text: str) -> str:
    return text if len(text) <= WIDTH else text[:WIDTH] + "…"
