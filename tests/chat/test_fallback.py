"""Several models in order of preference: who answers, who is passed over, and who is used again."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.fallback import in_order, passes_on
from bot.chat.image_tokens import Sight
from bot.chat.ports.alerts import Alert
from bot.chat.ports.model import ModelEvent, ModelRequest, Thinking
from bot.chat.profiles import ModelRef
from bot.chat.provider import Provider
from bot.chat.texts import DOWN, NOT_SEEN
from bot.chat.turns import AnswerState
from bot.errors import (
    ModelBusy,
    ModelContextExceeded,
    ModelCutOff,
    ModelEndless,
    ModelError,
    ModelFiltered,
    ModelKeyRejected,
    ModelNotLoaded,
    ModelOverloaded,
    ModelQuotaSpent,
    ModelRejected,
    ModelSilent,
    ModelTimedOut,
    ModelUnknown,
    ModelUnreachable,
    StoreError,
)
from tests.chat.house import GENERAL, PROFILE, House, until
from tests.e2e.pictures import with_picture
from tests.fakes.model import Piece, ScriptedModel
from tests.fakes.profiles import OneProfile
from tests.timeless import timeless

PASSING = [
    ModelUnreachable("nobody there", connected=False),
    ModelTimedOut("silent"),
    ModelBusy("limited", 21),
    ModelOverloaded("too many"),
    ModelQuotaSpent("no credit"),
    ModelKeyRejected("revoked"),
    ModelUnknown("gone"),
    ModelNotLoaded("unloaded"),
]
STAYING = [
    ModelFiltered("filter"),
    ModelRejected("bad request"),
    ModelContextExceeded("too long"),
    ModelSilent("nothing"),
    ModelEndless("never ends"),
    ModelCutOff("cut"),
]


def asked(house: House, key: int = 100) -> list[tuple[str, str, str]]:
    """Provider, model and reason of each call of a question."""
    ends = [call.end for call in house.calls(key)]
    return [(end.provider, end.model, end.reason) for end in ends if end]


def two(first: list[list[Piece]], second: list[list[Piece]] | None = None, **settings: object) -> House:
    """A house with two models, each with its script."""
    return House(model=ScriptedModel(first), others=[ScriptedModel(second or [])], **settings)  # pyright: ignore[reportArgumentType] -- as given


@pytest.mark.parametrize("error", PASSING, ids=lambda error: type(error).__name__)
async def test_a_model_that_cannot_answer_is_stood_in_for(error: ModelError) -> None:
    """A failure that any question would meet lets the next model answer; each try is a call with provider and model."""
    house = two([[error]])
    await house.answered(100)
    assert house.answer(100) == (AnswerState.DONE, "answer 1")
    assert asked(house) == [("default", "m", error.reason), ("other 1", "m at other 1", "stop")]
    assert not house.display.remarks


@pytest.mark.parametrize("error", STAYING, ids=lambda error: type(error).__name__)
async def test_what_the_question_or_the_answer_causes_stays(error: ModelError) -> None:
    """A refusal of the question, or an answer that fails by itself, asks no other model."""
    house = two([[error] for _ in range(40)])
    await house.answered(100)
    assert {provider for provider, _, _ in asked(house)} == {"default"}
    assert not passes_on(error)


async def test_each_model_gets_the_pictures_that_it_sees() -> None:
    """A model that sees no pictures is asked without them, and the one that answers in its place with them, or the reverse."""
    for blind in (0, 1):
        models = [ScriptedModel([[ModelTimedOut("silent")]], blind=blind == 0), ScriptedModel(blind=blind == 1)]
        house = House(model=models[0], others=models[1:], prompt_tokens=8_000)
        house.intake.files[100] = with_picture()
        await house.answered(100)
        assert [len(model.requests[0].blobs) for model in models] == [blind, 1 - blind]
        remarks = (NOT_SEEN.format(names="cat.png"),) * blind
        assert house.display.finished[100].remarks == remarks


async def test_pictures_are_counted_by_the_rule_of_the_model_that_answers() -> None:
    """A picture that costs too much on a model in between is not sent to it, and the preferred model gets it again after that."""
    house = two([["one"], [ModelOverloaded("too many", 0.01)]], prompt_tokens=8_000)
    refs = (ModelRef("default", "gpt-5.5"), ModelRef("other 1", "gpt-4o-mini"))
    house.profiles.value = OneProfile(replace(PROFILE, budget=8_000, models=refs))
    house.intake.files[100] = with_picture()
    for key in (100, 200):
        await house.answered(key)
    spare = house.providers["other 1"].model
    assert isinstance(spare, ScriptedModel)
    assert [len(request.blobs) for request in (*house.model.requests, *spare.requests)] == [1, 1, 0]
    (*_, last) = house.calls(200)
    assert last.end is not None
    assert last.end.receipt is not None
    assert (last.end.receipt.media_tokens, last.end.receipt.tokens < 200) == (0, True)
    house.providers["default"].rests.answered("gpt-5.5")
    await house.answered(300)
    assert len(house.model.requests[-1].blobs) == 1


async def test_a_question_is_prepared_for_the_model_that_would_be_asked() -> None:
    """Files are counted for the preferred model, while it rests for the next one, and as seen where the store cannot tell."""
    models = [ScriptedModel(blind=True), ScriptedModel()]
    house = House(model=models[0], others=models[1:])
    profile = house.choosing.resolve(GENERAL, None).profile
    assert await house.caller.sight(profile) == Sight("m", sees=False)
    house.providers["default"].rests.failed("m", ModelTimedOut("silent"))
    assert await house.caller.sight(profile) == Sight("m at other 1")
    models[1].unreadable = True
    assert await house.caller.sight(profile) == Sight("m at other 1")


async def test_a_refusal_of_pictures_binds_only_its_model() -> None:
    """A model that refused pictures in unknown words and then fails is stood in for by one that gets them."""
    models = [ScriptedModel([[ModelRejected("what?")], [ModelTimedOut("silent")]]), ScriptedModel()]
    house = House(model=models[0], others=models[1:], prompt_tokens=8_000)
    house.intake.files[100] = with_picture()
    await house.answered(100)
    assert [len(request.blobs) for model in models for request in model.requests] == [1, 0, 1]
    assert house.display.finished[100].remarks == ()


async def test_text_that_people_have_read_is_not_begun_anew() -> None:
    """A failure behind the first text ends the answer; one behind thoughts alone does not."""
    house = two([["half", ModelTimedOut("silent")]])
    await house.answered(100)
    assert [provider for provider, _, _ in asked(house)] == ["default"]
    house = two([[Thinking(), ModelTimedOut("silent")]])
    await house.answered(100)
    assert [provider for provider, _, _ in asked(house)] == ["default", "other 1"]


@timeless
async def test_a_short_limit_is_waited_for() -> None:
    """A server that asks for a short pause is asked again before another one is."""
    house = two([[ModelBusy("limited", 0.01)], ["there"]])
    await house.hear(100)
    await asyncio.sleep(0.02)
    await house.settle()
    assert [provider for provider, _, _ in asked(house)] == ["default", "default"]


async def test_an_error_of_the_server_is_tried_twice() -> None:
    """An error of a server that can be reached is tried once more before the next model is asked."""
    house = two([[ModelUnreachable("500")] for _ in range(2)])
    await house.answered(100)
    assert [provider for provider, _, _ in asked(house)] == ["default", "default", "other 1"]
    await house.answered(101)
    assert [provider for provider, _, _ in asked(house, 101)] == ["default"]


async def test_the_owner_hears_of_what_only_the_owner_can_mend() -> None:
    """An account without credit is told of although another model answers."""
    house = two([[ModelQuotaSpent("no credit")]])
    await house.answered(100)
    assert house.alerts.told == [Alert.QUOTA_SPENT]


@timeless
async def test_a_model_that_failed_is_passed_over_and_used_again() -> None:
    """The next question goes straight to the model that answers; when its time is over, the preferred one is asked again."""
    house = two([[ModelOverloaded("too many", 0.2)]])
    await house.answered(100)
    await house.answered(101)
    assert [provider for provider, _, _ in asked(house, 101)] == ["other 1"]
    await asyncio.sleep(0.25)
    await house.answered(102)
    assert asked(house, 102) == [("default", "m", "stop")]


async def test_a_model_that_keeps_failing_rests_longer_and_longer() -> None:
    """Without a wish of the server, the time doubles from half a minute up to ten minutes, until an answer."""
    rests = House().providers["default"].rests
    now = asyncio.get_running_loop().time
    lengths: list[int] = []
    for _ in range(7):
        rests.failed("m", ModelTimedOut("silent"))
        lengths.append(round(rests._until["m"] - now()))  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] -- no clock to turn
    assert lengths == [30, 60, 120, 240, 480, 600, 600]
    rests.answered("m")
    assert not rests.rests("m")


async def test_a_server_that_is_back_is_used_again() -> None:
    """A server that cannot be reached is looked at without a question; as soon as it is back, the next question goes there."""
    house = two([[ModelUnreachable("away", connected=False)]])
    house.model.looks = [False, False, True]
    await house.answered(100)
    await until(lambda: not house.breaker.away)
    await house.answered(101)
    assert [provider for provider, _, _ in asked(house, 101)] == ["default"]
    for provider in house.providers.values():
        await provider.close()


class Reloading(ScriptedModel):
    """A server that cannot be reached, at whose first request a changed configuration gives all names to other servers."""

    house: House

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """See the port."""
        provider = self.house.providers["other 1"]
        strange = ScriptedModel([[ModelUnknown("no such model here")]])
        self.house.providers["other 1"] = Provider("other 1", strange, provider.slots, provider.limits)
        async for event in super().stream(request):
            yield event


async def test_a_reload_sends_no_model_to_another_server() -> None:
    """A question goes on with the servers that its models had when it began, though their names stand for others now."""
    first = Reloading([[ModelUnreachable("away", connected=False)]])
    house = first.house = House(model=first, others=[ScriptedModel()])
    await house.answered(100)
    assert house.answer(100) == (AnswerState.DONE, "answer 1")
    assert [len(first.requests), asked(house)[-1][2]] == [1, "stop"]


async def test_a_question_waits_for_any_server() -> None:
    """While no server can be reached the question waits, and the first one that is back answers."""
    away = ModelUnreachable("away", connected=False)
    house = two([[away] for _ in range(3)], [[away], [away]])
    house.model.looks = [False] * 8
    other = house.providers["other 1"].model
    assert isinstance(other, ScriptedModel)
    other.looks = [False, False, True]
    await house.answered(100)
    assert house.answer(100)[0] is AnswerState.DONE
    assert {line for _, line in house.display.remarks} == {DOWN}
    assert asked(house)[-1][2] == "stop"
    for provider in house.providers.values():
        await provider.close()


async def test_a_question_is_not_sent_while_all_are_known_to_be_away() -> None:
    """A question that comes while no server can be reached sends nothing; the first server that is back answers it."""
    house = two([])
    other = house.providers["other 1"]
    assert isinstance(other.model, ScriptedModel)
    house.model.looks, other.model.looks = [False, False, True], [False] * 50
    assert not await house.breaker.look()
    assert not await other.breaker.look()
    await house.answered(100)
    assert house.answer(100)[0] is AnswerState.DONE
    assert [line for _, line in house.display.remarks] == [DOWN]
    assert asked(house) == [("default", "m", "stop")]
    for provider in house.providers.values():
        await provider.close()


class Unlooked(ScriptedModel):
    """A model at which nobody can look any more after its first look."""

    async def reachable(self) -> bool:
        """See the port."""
        if self.looks:
            return self.looks.pop(0)
        raise StoreError("nothing can be read")


async def test_a_look_that_fails_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """An error while a server is looked at is a line in the log; the next question looks again."""
    house = House(model=Unlooked(looks=[False]), others=[ScriptedModel()])
    await house.breaker.look()
    await house.answered(100)
    assert [provider for provider, _, _ in asked(house)] == ["other 1"]
    await until(lambda: "could not be looked at: nothing can be read" in caplog.text)


async def test_an_old_question_does_not_wait() -> None:
    """A question that is too old to wait ends in the error when no server can be reached."""
    away = ModelUnreachable("away", connected=False)
    house = two([[away] for _ in range(9)], [[away] for _ in range(9)])
    house.model.looks = [False] * 20
    house.recovery_settings.value = house.recovery_settings.value.model_copy(update={"answer_within_seconds": 0.0})
    await house.answered(100)
    house.now += 1
    await house.answered(101)
    assert house.answer(101)[0] is AnswerState.FAILED
    for provider in house.providers.values():
        await provider.close()


async def test_a_tired_model_is_asked_where_all_others_fail() -> None:
    """When every other model fails, one that is passed over is asked all the same."""
    house = two([[ModelQuotaSpent("no credit")], ["there"]], [["fine"], [ModelOverloaded("too many", 1)]])
    await house.answered(100)
    await house.answered(101)
    assert house.answer(101) == (AnswerState.DONE, "there")
    assert [provider for provider, _, _ in asked(house, 101)] == ["other 1", "default"]


async def test_the_last_error_is_shown_where_none_answers() -> None:
    """When all models fail, people read why the last one did."""
    house = two([[ModelQuotaSpent("no credit")]], [[ModelKeyRejected("revoked")]])
    await house.answered(100)
    assert house.display.said(100) == ("", ModelKeyRejected.public)


@timeless
async def test_a_smaller_model_in_between_costs_no_memory() -> None:
    """A model with a smaller budget gets a smaller prompt and leaves the anchor where the preferred model has it."""
    house = two([], prompt_tokens=600)
    small = ModelRef("other 1", "small", budget=120, reply_tokens=50, answer_seconds=9)
    profile = replace(PROFILE, budget=600, models=(PROFILE.models[0], small))
    house.profiles.value = OneProfile(profile)
    for key in range(100, 106):
        await house.answered(key)
    house.model.script = [[ModelOverloaded("too many", 0.01)]]
    house.model.requests.clear()
    await house.answered(106)
    spare = house.providers["other 1"].model
    assert isinstance(spare, ScriptedModel)
    assert len(spare.requests[-1].prompt) < len(house.model.requests[-1].prompt)
    assert spare.requests[-1].reply_tokens == 50
    await asyncio.sleep(0.02)
    await house.answered(107)
    assert len(house.model.requests[-1].prompt) == len(house.model.requests[0].prompt) + 2
    assert profile.reserve == 700


_MODELS = [ModelRef("p", name) for name in "abc"]


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=3, max_size=3))
def test_the_order_asks_everybody_once_who_can_be_reached(states: list[tuple[bool, bool]]) -> None:
    """All reachable models are asked, rested before tired, by preference; if there is none, the preferred one is."""
    away, resting = zip(*states, strict=True)
    found = in_order(_MODELS, away, resting)
    reachable = [model for model, is_away in zip(_MODELS, away, strict=True) if not is_away]
    assert sorted(model.name for model in found) == sorted(model.name for model in reachable or _MODELS[:1])
    tired = [resting[_MODELS.index(model)] for model in found]
    assert tired == sorted(tired) or not reachable


_ENDS = st.sampled_from(["text", *range(len(PASSING))])


@given(first=st.lists(_ENDS, min_size=1, max_size=6), second=st.lists(_ENDS, min_size=1, max_size=6))
def test_every_question_has_one_end_and_one_row_for_each_request(
    first: list[str | int], second: list[str | int]
) -> None:
    """Whichever models fail how, each question ends once, an answer is one that a model gave, and each request has its row."""

    def script(ends: list[str | int]) -> list[list[Piece]]:
        return [["text"] if isinstance(end, str) else [PASSING[end]] for end in ends]

    async def story() -> None:
        house = two(script(first), script(second))
        keys = range(100, 104)
        for key in keys:
            await house.answered(key)
        models = [provider.model for provider in house.providers.values()]
        requests = sum(len(model.requests) for model in models if isinstance(model, ScriptedModel))
        assert requests == sum(len(asked(house, key)) for key in keys)
        for key in keys:
            state, text = house.answer(key)
            reasons = [reason for _, _, reason in asked(house, key)]
            assert (state is AnswerState.DONE) is (reasons[-1] == "stop") is bool(text)
            assert "stop" not in reasons[:-1]
            assert all(call.state == "closed" for call in house.calls(key))
        for provider in house.providers.values():
            await provider.close()

    asyncio.run(story())
