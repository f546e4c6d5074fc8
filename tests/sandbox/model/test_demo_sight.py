"""The demo model says what files it was sent: kind, size, dimensions, pages, first words; and that it cannot look at them."""

import pytest
from openai import AsyncOpenAI

from bot.sandbox import Sandbox
from bot.sandbox.model.demo import HEARING_NAME, plays_demo
from bot.sandbox.model.demo.conversation import heard
from bot.sandbox.model.demo.wits import said_to
from bot.sandbox.wire import Json
from tests.sandbox.model.asking import IMAGE

SYSTEM = {"role": "system", "content": "Be nice."}
REPORT = (
    "[file: report.pdf]\n--- page 1 ---\nLamps of the north\n\n--- page 2 ---\nwere lit in 1782.\n[end of report.pdf]"
)


def asked(*parts: str | Json) -> Json:
    """A message of Alice's, of texts and images."""
    content = [{"type": "text", "text": part} if isinstance(part, str) else part for part in parts]
    return {"role": "user", "content": content}


def answered(text: str) -> list[Json]:
    """An answer, and a question after it."""
    return [{"role": "assistant", "content": "Yes."}, {"role": "user", "content": text}]


def test_a_picture_is_told_by_its_figures() -> None:
    """A picture is told by name, type, width, height and size, and that nobody looked at it."""
    said = said_to([SYSTEM, asked("Alice (#a): what is this?\n[picture: cat.png]", IMAGE)])
    assert "With your question I was sent:\n- the picture `cat.png`: image/png, 3 × 2 pixels, 72 bytes\n" in said
    assert "no language model behind me that could look" in said


@pytest.mark.parametrize("head", ["[Sat 2026-11-28 19:05 CET]", "Alice (#a, Sat 2026-11-28 19:05 CET):", "Alice (#a):"])
def test_a_picture_without_a_word_is_told_by_its_name(head: str) -> None:
    """A picture whose mark stands on the line of the time or of the tag has its name, and the question has no words."""
    for mark, line in (
        ("[picture: cat.png]", "the picture `cat.png`: image/png"),
        ("[picture: a.png]\n[picture: b.png]", "the picture `a.png`: image/png"),
    ):
        messages = [SYSTEM, asked(f"{head} {mark}", IMAGE)]
        assert heard(messages).question.text == ""
        assert f"With your question I was sent:\n- {line}" in said_to(messages)
    for mark in ("[file: report.pdf]", "[voice message]"):
        assert heard([SYSTEM, asked(f"{head} {mark}\n\n{REPORT}")]).question.text == ""


def test_a_file_is_told_by_its_pages_and_first_words() -> None:
    """A file's text is told by its pages, its length and its beginning, and whether it was cut."""
    said = said_to([SYSTEM, asked(f"Alice (#a): \n[file: report.pdf]\n\n{REPORT}")])
    assert "the text of `report.pdf`: 2 pages, 36 characters; it begins “Lamps of the north were lit in 1782.”" in said
    cut = REPORT.replace("[end of report.pdf]", "[the rest of report.pdf was left out]")
    assert "36 characters, and not all of it;" in said_to([SYSTEM, asked(f"Alice (#a): read it\n\n{cut}")])


def test_several_files_are_told_one_by_one() -> None:
    """Pictures, files, voice messages and recordings of one question each have a line."""
    first, second = ("[file: {0}]\n{1}\n[end of {0}]".format(name, "x" * 100) for name in ("a.txt", "b.txt"))
    said = said_to(
        [
            SYSTEM,
            asked(
                "Alice (#a): look at these files\n[picture: a.png]\n[file: a.txt]\n[file: b.txt]\n[voice message]",
                IMAGE,
                {"type": "image_url", "image_url": {"url": "broken"}},
                f"{first}\n\n{second}\n\n[voice message, transcribed]\nHello, lamp.\n\n[audio, transcribed: s.mp3]\nLa la.",
            ),
        ]
    )
    lines = [line for line in said.splitlines() if line.startswith("- ")]
    assert [line.partition(":")[0] for line in lines] == [
        "- the picture `a.png`",
        "- a picture, which I cannot read",
        "- the text of `a.txt`",
        "- the text of `b.txt`",
        "- a voice message, as text",
        "- the recording `s.mp3`, as text",
    ]
    assert lines[2].endswith(f"it begins “{'x' * 80}…”")
    assert lines[4].endswith("“Hello, lamp.”")


def test_a_picture_of_before_is_still_there() -> None:
    """A later question about the picture is answered from what was sent again; one about other things is not."""
    before = [SYSTEM, asked("Alice (#a): hello\n[picture: cat.png]", IMAGE)]
    said = said_to([*before, *answered("Bob (#b): what was in the picture?")])
    assert said.startswith("With message 1, of Alice, I was sent:\n- the picture `cat.png`")
    assert "- the picture" not in said_to([*before, *answered("Bob (#b): count to 3")])
    assert "- the picture" not in said_to([SYSTEM, {"role": "user", "content": "Bob (#b): what was in the picture?"}])


def test_the_text_of_files_is_nobodys_words() -> None:
    """A sentence in a file is no fact that the asker told, and no request."""
    said = heard([asked(f"Alice (#a): my cat is called Ada\n[file: report.pdf]\n\n{REPORT}")]).question
    assert (said.author, said.text) == ("Alice", "my cat is called Ada")
    assert "Noted, Alice" in said_to([SYSTEM, asked(f"Alice (#a): my cat is called Ada\n\n{REPORT}")])


@pytest.mark.parametrize("size", [500, 40_000])
async def test_the_demo_hears_no_word(box: Sandbox, ai: AsyncOpenAI, size: int) -> None:
    """In the place of a transcript the demo says that nobody listened, and how large the recording was."""
    plays_demo(box.model)
    heard_of = await ai.audio.transcriptions.create(model=HEARING_NAME, file=("a.ogg", b"OggS" + bytes(size - 4)))
    assert heard_of.text.startswith("This is the demo, and nobody listens")
    assert heard_of.text.endswith(f"of {'500 bytes' if size == 500 else '40 kB'}.")
