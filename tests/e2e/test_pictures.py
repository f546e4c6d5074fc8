"""Pictures that people send, on the real client, the sandbox's model and a database file, without Discord."""

from base64 import b64encode
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest_asyncio

from bot.chat.content import Media, MediaKind
from bot.chat.ports.intake import Rendered
from bot.chat.profiles import ModelRef
from bot.chat.texts import NOT_SEEN, NOT_TAKEN
from bot.chat.tokens import count
from bot.chat.turns import AnswerState
from bot.llm.client import connected
from bot.llm.server import Server
from bot.sandbox import LlamaCpp, Sandbox
from bot.store.sqlite.store import opened
from tests.chat.house import PROFILE, PROVIDER, House
from tests.e2e.pictures import picture, png, with_picture


@pytest_asyncio.fixture
async def box() -> AsyncGenerator[Sandbox]:
    """A sandbox that listens."""
    async with Sandbox() as sandbox:
        yield sandbox


@asynccontextmanager
async def started(box: Sandbox, folder: Path, *, vision: bool | None = None) -> AsyncGenerator[House]:
    """The domain on a database file and the sandbox's model, from its start to its end."""
    async with opened(folder / "history.db") as store:
        told = {} if vision is None else {"gpt-5.5": vision}
        server = Server(box.model.base_url, box.model.key or "", speaks_openai=True, vision=told)
        async with connected(server, ["gpt-5.5"], store.facts) as client:
            profile = replace(PROFILE, models=(ModelRef(PROVIDER, "gpt-5.5"),))
            yield House(store=store, served_by=client, profile=profile, prompt_tokens=8_000, count=count)


async def ask(house: House, key: int, text: str, files: Rendered | None = None) -> None:
    """Ask and wait for the end of the answer."""
    if files is not None:
        house.intake.files[key] = files
    await house.hear(key, text)
    await house.settle()


def parts(message: dict[str, Any]) -> list[Any]:
    """The contents of a message, as it was sent: its texts and the URLs of its pictures."""
    content = message["content"]
    if isinstance(content, str):
        return [content]
    return [part.get("text") or part["image_url"]["url"] for part in content]


def url(data: bytes) -> str:
    """A picture as the model gets it."""
    return f"data:image/png;base64,{b64encode(data).decode()}"


async def test_a_picture_is_seen_again_after_a_restart(box: Sandbox, tmp_path: Path) -> None:
    """The model gets a picture with its question; after a restart a further question sends the same bytes again."""
    async with started(box, tmp_path) as house:
        await ask(house, 100, "what is this?", with_picture())
        assert house.display.said(100)[1] == ""
    async with started(box, tmp_path) as house:
        await ask(house, 200, "and what colour?")
    first, second = box.model.requests
    assert parts(first.messages[-1]) == ["Alice: what is this?", url(png(512, 512))]
    assert second.messages[: len(first.messages)] == first.messages
    assert parts(second.messages[-1]) == ["Alice: and what colour?"]


async def test_the_texts_of_files_stand_in_the_question(box: Sandbox, tmp_path: Path) -> None:
    """A question with files of text is one text; with a picture among them it is a list of parts, in order."""
    report = Media(MediaKind.FILE, "report.txt", 0, text="file report.txt:\nIt rains.")
    media, blob = picture()
    async with started(box, tmp_path) as house:
        await ask(house, 100, "one", Rendered((report,)))
        await ask(house, 200, "two", Rendered((report, media, report), (blob,)))
    text = "\n\nfile report.txt:\nIt rains."
    assert parts(box.model.requests[0].messages[-1]) == [f"Alice: one{text}"]
    assert parts(box.model.requests[1].messages[-1]) == [f"Alice: two{text}", url(blob.data), text]


async def test_a_model_that_sees_nothing_is_asked_without_pictures(box: Sandbox, tmp_path: Path) -> None:
    """After one refusal the question is asked with a line in the picture's place, and its asker is told; later ones at once."""
    box.model.speaks(LlamaCpp())
    async with started(box, tmp_path) as house:
        await ask(house, 100, "what is this?", with_picture())
        assert house.display.finished[100].remarks == (NOT_SEEN.format(names="cat.png"),)
        await ask(house, 200, "really?")
        assert house.display.finished[200].remarks == ()
    async with started(box, tmp_path) as house:
        await ask(house, 300, "and this?", with_picture("dog.png"))
        assert house.display.finished[300].remarks == (NOT_SEEN.format(names="dog.png"),)
    refused, *others = box.model.requests
    assert refused.status == 500
    line = "\n\n[image cat.png, which you cannot see]"
    assert [parts(request.messages[1]) for request in others] == [[f"Alice: what is this?{line}"]] * 3
    assert all(request.status == 200 for request in others)


async def test_a_model_that_is_said_to_be_blind_is_never_asked(box: Sandbox, tmp_path: Path) -> None:
    """With `model.vision = false` no picture is sent, and its asker is told."""
    async with started(box, tmp_path, vision=False) as house:
        await ask(house, 100, "what is this?", with_picture())
        assert house.display.finished[100].remarks == (NOT_SEEN.format(names="cat.png"),)
    assert [parts(request.messages[-1])[0][-37:] for request in box.model.requests] == [
        "[image cat.png, which you cannot see]"
    ]


async def test_a_picture_that_the_server_does_not_take_ends_no_conversation(box: Sandbox, tmp_path: Path) -> None:
    """A request with pictures that is refused in unknown words is repeated without them; the model is not called blind."""
    box.model.fails(400, code="invalid_image_format", times=1)
    async with started(box, tmp_path) as house:
        await ask(house, 100, "what is this?", with_picture())
        assert house.display.finished[100].remarks == (NOT_TAKEN.format(names="cat.png"),)
        await ask(house, 200, "and this?", with_picture("dog.png"))
        assert house.display.finished[200].remarks == ()
    assert len(box.model.requests) == 3
    assert url(png(512, 512)) in parts(box.model.requests[-1].messages[-1])


async def test_a_model_that_is_said_to_see_fails_where_it_does_not(box: Sandbox, tmp_path: Path) -> None:
    """With `model.vision = true` a refusal of pictures is an error, which the operator reads."""
    box.model.speaks(LlamaCpp())
    async with started(box, tmp_path, vision=True) as house:
        await ask(house, 100, "what is this?", with_picture())
        record = await house.store.questions.record(100)
    assert record is not None
    assert record.newest is not None
    assert record.newest.state is AnswerState.FAILED
