"""The sandbox: a Discord and an OpenAI-compatible model on 127.0.0.1, with real sockets.

The bed of every end-to-end test, and of the demo. It speaks only the wire: nothing here imports the rest of the bot, or
the libraries that the bot talks to these two with, so that a mistake on one side cannot hide on the other.

    async with Sandbox() as box:
        general = box.discord.guild("Home").channel("general")
        alice = box.discord.user("Alice")
        ...start a bot on box.discord.api_base, box.discord.token, box.model.base_url, box.model.key...
        await box.bot.connected()
        question = await alice.says(general, "@Parley hello")
        answer = await box.bot.answers(question)
"""

from bot.sandbox.changes import TookTooLongError
from bot.sandbox.discord.rest.faults import Garbling
from bot.sandbox.discord.world.channels import Channel, Kind
from bot.sandbox.discord.world.intents import Intent
from bot.sandbox.discord.world.messages import Message
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.driver.bot import Shown
from bot.sandbox.driver.files import File
from bot.sandbox.driver.person import Person
from bot.sandbox.driver.responses import Choice, NoResponseError, OpenModal, Response
from bot.sandbox.driver.server import Server
from bot.sandbox.driver.surroundings import RefusedError
from bot.sandbox.model.dialect import Dialect
from bot.sandbox.model.dialects import NoUsage, Unfinished
from bot.sandbox.model.litellm import LiteLLM
from bot.sandbox.model.llama_cpp import LlamaCpp
from bot.sandbox.model.ollama import Ollama
from bot.sandbox.model.picky import Picky, Refuses
from bot.sandbox.model.quirks import Quirk
from bot.sandbox.model.requests import ModelRequest, Outcome
from bot.sandbox.model.strict import Shape, Strict
from bot.sandbox.model.transcriptions import TranscriptionRequest
from bot.sandbox.sandbox import Sandbox

__all__ = [
    "Channel",
    "Choice",
    "Dialect",
    "File",
    "Garbling",
    "Intent",
    "Kind",
    "LiteLLM",
    "LlamaCpp",
    "Message",
    "ModelRequest",
    "NoResponseError",
    "NoUsage",
    "Ollama",
    "OpenModal",
    "Outcome",
    "Permission",
    "Person",
    "Picky",
    "Quirk",
    "RefusedError",
    "Refuses",
    "Response",
    "Sandbox",
    "Server",
    "Shape",
    "Shown",
    "Strict",
    "TookTooLongError",
    "TranscriptionRequest",
    "Unfinished",
]
