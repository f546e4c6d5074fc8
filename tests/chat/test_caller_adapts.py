"""Calls that are adapted to a server's refusals: shorter answers, bounded tries, and what usage teaches."""

import pytest

from bot.chat.calls import Usage
from bot.chat.content import Blob, Media, MediaKind
from bot.chat.media import images_in
from bot.chat.model_limits import ModelLimits
from bot.chat.ports.intake import Rendered
from bot.chat.ports.model import Finish
from bot.errors import ModelContextExceeded, ModelRejected, ModelUnknown, Refused
from tests.chat.house import House
from tests.fakes.model import Piece, ScriptedModel


async def test_a_server_that_is_never_content_is_given_up() -> None:
    """A request is adapted 32 times at most, however its server goes on to find something else."""
    adapted = ModelRejected("unknown parameter", Refused(frozenset({"user"})))
    adapted.adapted = True
    house = House(model=ScriptedModel([[adapted]] * 99))
    await house.answered(100)
    assert house.display.said(100) == ("", ModelRejected.public)
    assert len(house.model.requests) == 33


async def test_a_context_that_shrinks_with_each_request_is_given_up() -> None:
    """A server that names a smaller context with each refusal is asked 32 times again at most."""
    refusals: list[list[Piece]] = [[ModelContextExceeded("…", limit=limit)] for limit in range(130, 30, -1)]
    house = House(prompt_tokens=1000, model=ScriptedModel(refusals))
    await house.answered(100)
    assert house.display.said(100) == ("", ModelContextExceeded.public)
    assert len(house.model.requests) == 33


async def test_a_longest_answer_that_alone_is_too_much_is_made_shorter(caplog: pytest.LogCaptureFixture) -> None:
    """A refusal that the answer's limit causes leaves the prompt as it is, and names the setting; so does the next question."""
    refusals: list[list[Piece]] = [
        [ModelContextExceeded("…", limit=120)],
        [ModelContextExceeded("…", limit=9_000)],
        [ModelContextExceeded("…")],
    ]
    for refusal in refusals:
        caplog.clear()
        house = House(prompt_tokens=1000, model=ScriptedModel([refusal, ["fits"], ["fits too"]]))
        await house.answered(100)
        first, second = house.model.requests
        assert first.prompt == second.prompt
        assert second.reply_tokens < first.reply_tokens
        (warning,) = [record.getMessage() for record in caplog.records if "too many" in record.getMessage()]
        assert "model.max_reply_tokens" in warning
        await house.answered(200)
        assert [call.end.reason for call in house.calls(200) if call.end] == ["stop"]


async def test_a_usage_of_nothing_is_no_cut(caplog: pytest.LogCaptureFixture) -> None:
    """A server that reports no tokens for a prompt, such as one from its cache, is not said to cut it, and teaches nothing."""
    house = House(prompt_tokens=4000, model=ScriptedModel([["one", Finish("stop", Usage(prompt=0, completion=2))]]))
    await house.answered(100, "z" * 2000)
    assert "num_ctx" not in caplog.text
    assert (await house.learnt.of("m")).factor == 1.0


async def test_limits_that_leave_no_room_for_a_question_are_forgotten() -> None:
    """A server that found everything too long for a while is asked the next question as if nothing had been learnt."""
    house = House(model=ScriptedModel([[ModelContextExceeded("…")]] * 99))
    await house.answered(100)
    assert house.display.said(100) == ("", ModelContextExceeded.public)
    refused = len(house.model.requests)
    house.model.script = [["well again"]]
    await house.answered(200)
    assert house.display.said(200)[0] == "well again"
    assert len(house.model.requests) == refused + 1
    assert house.model.requests[-1].reply_tokens == house.model.requests[0].reply_tokens


async def test_limits_of_an_earlier_run_that_leave_no_room_are_forgotten() -> None:
    """A context that an earlier run learnt and that holds no question is not believed."""
    house = House(model=ScriptedModel([["hello"]]))
    await house.learnt.learn("m", lambda _: ModelLimits(context=10))
    await house.answered(100)
    assert house.display.said(100)[0] == "hello"
    assert await house.learnt.of("m") == ModelLimits()


async def test_an_absurd_usage_leaves_room_for_the_next_question() -> None:
    """A server that counts a hidden prompt of its own is asked again, whatever factor its usage would mean."""
    absurd = Finish("stop", Usage(prompt=10**30, completion=2))
    house = House(prompt_tokens=500, model=ScriptedModel([[f"answer {n}", absurd] for n in range(40)]))
    for number in range(40):
        await house.answered(100 * (number + 1), "z" * 300)
        assert house.display.said(100 * (number + 1))[0] == f"answer {number}"
    assert (await house.learnt.of("m")).factor <= 8


PICTURE = Media(MediaKind.IMAGE, "cat.png", 0, hash=b"1" * 32, media_type="image/png", size=9, width=640, height=480)
SHOWN = Rendered((PICTURE,), (Blob(PICTURE.hash, "image/png", b"bytes", 640, 480),))


async def test_a_picture_that_costs_less_than_we_count_teaches_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Images are counted at their highest, so a lower usage says nothing of texts, and no prompt is said to be cut."""
    house = House(prompt_tokens=9000, model=ScriptedModel([["one", Finish("stop", Usage(prompt=200, completion=2))]]))
    house.intake.files[100] = SHOWN
    await house.answered(100, "z" * 900)
    assert house.model.requests[0].blobs == {PICTURE.hash: b"bytes"}
    assert "num_ctx" not in caplog.text
    assert (await house.learnt.of("m")).factor == 1.0


async def test_a_picture_that_costs_more_than_we_count_is_learnt() -> None:
    """A higher usage than our count of a prompt with images makes later prompts smaller."""
    house = House(prompt_tokens=9000, model=ScriptedModel([["one", Finish("stop", Usage(prompt=4000, completion=2))]]))
    house.intake.files[100] = SHOWN
    await house.answered(100, "z" * 900)
    assert (await house.learnt.of("m")).factor > 1.1


async def test_a_refusal_of_the_model_itself_is_not_tried_without_pictures() -> None:
    """A model that does not exist is asked once, with pictures or without."""
    house = House(prompt_tokens=9000, model=ScriptedModel([[ModelUnknown("no such model")]]))
    house.intake.files[100] = SHOWN
    await house.answered(100)
    assert house.display.said(100) == ("", ModelUnknown.public)
    assert len(house.model.requests) == 1


async def test_a_server_that_refuses_pictures_in_known_words_is_asked_again_only_if_that_was_learnt() -> None:
    """A refusal of images that the client adapted to is tried again; one that it could adapt to no further ends the answer."""
    for adapted, said in ((True, ("without", "")), (False, ("", ModelRejected.public))):
        refusal = ModelRejected("no images", Refused(images=True))
        refusal.adapted = adapted
        house = House(prompt_tokens=9000, model=ScriptedModel([[refusal], ["without"]]))
        house.intake.files[100] = SHOWN
        await house.answered(100)
        assert house.display.said(100) == said


async def test_a_trim_that_sheds_pictures_is_stored_before_anything_is_sent() -> None:
    """The anchor of files is moved with that of the window, so that the next question sends the same prompt."""
    house = House(prompt_tokens=4000)
    for key in (100, 200, 300, 400, 500):
        house.intake.files[key] = SHOWN
        await house.answered(key, "z" * 100)
    (conversation,) = house.state.conversations.values()
    assert conversation.files_from > 1
    assert conversation.window_from == 0
    shown = [message for message in house.model.requests[-1].prompt if images_in([message])]
    assert 0 < len(shown) < 5
    assert house.model.requests[-2].prompt != house.model.requests[-1].prompt[: len(house.model.requests[-2].prompt)]
