"""Long conversations with the sandbox's model through the real client, without Discord and without a file.

The domain is the real one on a store in memory, so that hundreds of questions take a few seconds. All people ask in one channel.
"""

import random
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from bot.chat.calls import CallRecord
from bot.chat.ports.intake import Rendered
from bot.chat.profiles import ModelRef
from bot.chat.tokens import count
from bot.chat.turns import AnswerState
from bot.config import DEFAULT, Settings
from bot.llm.client import connected
from bot.llm.configured import profiles_of
from bot.llm.server import Server
from bot.sandbox.model.server import ModelServer
from bot.sandbox.model.vocabularies import ByScript
from tests.chat.house import PROVIDER, House

SIXFOLD = ByScript(plain=125, signs=290, short=180, long=510)
"""A vocabulary that needs six times as many tokens as o200k, in every script."""

_ENGLISH = "the keeper of the lamp reads a letter at night while winter water rises under his small stone window"
_RUSSIAN = "смотритель лампа камень вода зима письмо окно сад утро ответ пишет несёт позади никогда снова медленно маяк"
_CHINESE = "灯塔 看守人 石头 海水 冬天 信件 窗户 花园 早晨 回答 写下 带走 后面 从来没有 又一次 慢慢地"
_CODE = """for index, value in enumerate(values):
    if value % 2 == 0 and index > 3:
        total += value ** 2
def fold(names: list[str]) -> dict[str, int]:
    return {name: len(name) for name in names}"""


def words(known: Sequence[str], joint: str, number: int) -> Callable[[int], str]:
    """Return what makes texts of so many of these words, another for each seed."""

    def text(seed: int) -> str:
        return joint.join(random.Random(seed).choices(known, k=number))

    return text


TEXTS: dict[str, Callable[[int], str]] = {
    "English": words(_ENGLISH.split(), " ", 50),
    "Russian": words(_RUSSIAN.split(), " ", 25),
    "Chinese": words(_CHINESE.split(), "，", 18),
    "code": words(_CODE.splitlines(), "\n", 4),
}
"""Texts of 45 to 60 tokens of o200k, by script; each number gives another."""


class Talk:
    """A conversation in one channel, and the calls that it made."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._key = 0

    async def asks(self, text: str, files: Rendered | None = None) -> list[CallRecord]:
        """Ask a question, perhaps with files, wait for the end of its answer, and return the calls that it took."""
        self._key += 1
        house = self.house
        if files is not None:
            house.intake.files[self._key] = files
        await house.hear(self._key, text)
        await house.settle()
        return house.calls(self._key)

    @property
    def state(self) -> AnswerState:
        """How the newest question ended."""
        return self.house.answer(self._key)[0]


@asynccontextmanager
async def talking(
    model: ModelServer, name: str, settings: Settings, *, speaks_openai: bool = False
) -> AsyncGenerator[Talk]:
    """Begin a conversation with a model as the whole bot with these settings has it."""
    profiles = profiles_of(settings)
    profile = profiles.of(DEFAULT, profiles.personas[DEFAULT], direct=False)
    assert profile is not None
    profile = replace(profile, models=(ModelRef(PROVIDER, name),))
    async with connected(Server(model.base_url, model.key or "", speaks_openai=speaks_openai)) as client:
        yield Talk(House(served_by=client, profile=profile, prompt_tokens=profile.budget, count=count))
