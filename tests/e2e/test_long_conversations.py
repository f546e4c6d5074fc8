"""Conversations of hundreds of questions: with models that count tokens unlike us, and with both kinds of prompt cache."""

from collections.abc import AsyncGenerator, Iterable
from itertools import pairwise, takewhile
from operator import attrgetter

import pytest
import pytest_asyncio

from bot.chat.calls import CallRecord
from bot.chat.moments import moment
from bot.chat.speakers import tagged
from bot.chat.turns import AnswerState
from bot.config import Settings
from bot.sandbox import LlamaCpp, Sandbox
from bot.sandbox.model.dialect import Limits
from bot.sandbox.model.errors import ModelError
from bot.sandbox.model.requests import ModelRequest
from bot.sandbox.model.tokens import prompt_tokens, tokens_of
from tests.chat.house import ALICE
from tests.e2e.pictures import with_picture
from tests.e2e.talk import SIXFOLD, TEXTS, talking, words

pytestmark = pytest.mark.unmeasured


@pytest_asyncio.fixture
async def box() -> AsyncGenerator[Sandbox]:
    """A sandbox that listens."""
    async with Sandbox() as sandbox:
        yield sandbox


class Refusing(LlamaCpp):
    """A server with a small vocabulary that refuses a long prompt in these words; `{used}` and `{room}` are tokens."""

    def __init__(self, words: str, *, counts_answer: bool = False) -> None:
        super().__init__(vocabulary=SIXFOLD)
        self._words = words
        self._counts_answer = counts_answer

    def check_length(self, request: ModelRequest, limits: Limits) -> None:
        """Refuse a prompt, and where `counts_answer` its longest answer too, that does not fit."""
        used = request.prompt_tokens + (request.token_limit or 0) * self._counts_answer
        if used >= limits.context_tokens:
            raise ModelError(400, self._words.format(used=used, room=limits.context_tokens))


async def refusals(box: Sandbox, questions: Iterable[str]) -> list[int]:
    """Ask these questions, which must all be answered, each with its own text; return how often each was refused first."""
    box.model.answers(lambda request: request.question.partition(": ")[2])
    found: list[int] = []
    async with talking(box.model, "any", Settings()) as talk:
        for question in questions:
            calls = await talk.asks(question)
            assert talk.state is AnswerState.DONE
            found.append(len(calls) - 1)
    print(f"refused first: {found}")
    return found


@pytest.mark.parametrize("context_tokens", [2_048, 4_096])
@pytest.mark.parametrize("script", TEXTS)
async def test_no_question_of_a_hundred_is_too_long(box: Sandbox, script: str, context_tokens: int) -> None:
    """On a model that needs six tokens for each of ours, all questions are answered, and the first refusal is the last."""
    box.model.speaks(LlamaCpp(vocabulary=SIXFOLD))
    box.model.context_tokens = context_tokens
    found = await refusals(box, map(TEXTS[script], range(100)))
    assert sum(found) <= 2
    assert not any(found[10:])


@pytest.mark.parametrize(
    "server",
    [
        Refusing("Context size has been exceeded."),
        Refusing("This model's maximum context length is {room} tokens. Please reduce the length of the messages."),
        Refusing(
            "This model's maximum context length is {room} tokens. However, you requested {used} tokens.",
            counts_answer=True,
        ),
        Refusing("Prompt is too long: {used} tokens > {room} maximum"),
    ],
    ids=["no figure", "the context", "prompt and answer", "both figures"],
)
@pytest.mark.parametrize("script", ["English", "Russian"])
async def test_a_conversation_heals_whatever_the_refusal_names(box: Sandbox, script: str, server: Refusing) -> None:
    """Whichever figures a refusal names, all questions are answered, and after the first few none is refused first."""
    box.model.speaks(server)
    box.model.context_tokens = 2_048
    found = await refusals(box, map(TEXTS[script], range(30)))
    assert not any(found[10:])


async def test_a_conversation_in_many_scripts_is_never_too_long(box: Sandbox) -> None:
    """A hundred questions in four scripts, each of which the model counts otherwise, are answered, and few refused first."""
    box.model.speaks(LlamaCpp())
    box.model.context_tokens = 2_048
    scripts = list(TEXTS.values())
    found = await refusals(box, (scripts[number // 5 % 4](number) for number in range(100)))
    assert sum(found) <= 10
    assert max(found) <= 2


def _new(before: ModelRequest | None, after: ModelRequest) -> int:
    """The tokens of the messages that a request does not share with the one before it."""
    old = before.messages if before else []
    shared = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(old, after.messages, strict=False))))
    return prompt_tokens(tokens_of(message) for message in after.messages[shared:])


def _said(number: int) -> str:
    """A question with the tag that the bot puts before it, asked so many minutes after the first."""
    return tagged(ALICE, SHORT(number), moment(number * 60_000, None))


SHORT, LONG = TEXTS["English"], words(("tree", "house", "river", "stone", "cloud", "road"), " ", 120)


@pytest.mark.parametrize("name", ["gpt-5.5", "gpt-6"])
async def test_300_exchanges_stay_in_the_budget_and_in_the_cache(box: Sandbox, name: str) -> None:
    """Of 300 exchanges with times nine tenths are read from the cache by both sets of its rules; few tokens are written twice.

    New is what a prompt does not share with the one before it: an exchange, or all that is left after a trim.
    """
    box.model.answers(lambda request: LONG(request.prompt_tokens))
    async with talking(box.model, name, Settings(), speaks_openai=True) as talk:
        calls = [call for number in range(300) for call in await talk.asks(_said(number))]
    usages = [call.end.usage for call in calls if call.end and call.end.usage]
    requests = box.model.requests
    assert len(usages) == len(requests) == 300
    prompt, cached, written = (sum(map(attrgetter(name), usages)) for name in ("prompt", "cached", "written"))
    largest = max(usage.prompt for usage in usages)
    new = sum(_new(before, after) for before, after in pairwise([None, *requests]) if after)
    print(
        f"{name}: prompt {prompt}, read {cached} ({cached / prompt:.1%}), new {new}, written {written}, largest {largest}"
    )
    assert largest <= 8_000
    assert cached >= 0.9 * prompt
    assert written <= 1.1 * new
    assert bool(written) is (name == "gpt-6")


async def test_300_exchanges_with_pictures_stay_in_the_budget_and_in_the_cache(box: Sandbox) -> None:
    """Of 300 exchanges, every tenth with a picture, 85 % are read from the cache; no question is refused or cut."""
    box.model.answers(lambda request: LONG(request.prompt_tokens))
    async with talking(box.model, "gpt-5.5", Settings(), speaks_openai=True) as talk:
        calls: list[CallRecord] = []
        for number in range(300):
            files = with_picture(f"{number}.png", 1024, 768, number % 256) if number % 10 == 9 else None
            calls += await talk.asks(SHORT(number), files)
    ends = [call.end for call in calls if call.end]
    usages = [end.usage for end in ends if end.usage]
    receipts = [end.receipt for end in ends if end.receipt]
    assert len(usages) == len(receipts) == len(box.model.requests) == 300
    prompt, cached = (sum(map(attrgetter(name), usages)) for name in ("prompt", "cached"))
    shed = len({receipt.files_from for receipt in receipts}) - 1
    trims = len({(receipt.window_from, receipt.files_from) for receipt in receipts}) - 1
    print(f"prompt {prompt}, read {cached} ({cached / prompt:.1%}), {trims} trims, {shed} of them shed pictures")
    assert max(usage.prompt for usage in usages) <= 8_000
    assert all(receipt.media_tokens for receipt in receipts[9::10])
    assert not any(receipt.cut for receipt in receipts)
    assert shed > 3
    assert cached >= 0.85 * prompt
