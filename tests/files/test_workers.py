"""The process that reads a picture or a document, and what becomes of it."""

import asyncio
import io
import json
import os
import resource
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from bot.files import worker
from bot.files.kinds import Kind, kind_of
from bot.files.results import Document, Part, Reason, Unit, Unreadable
from bot.files.workers import Workers
from tests.files import samples


async def read(data: bytes, seconds: float = 60) -> Document:
    """Read a document in a process of its own."""
    return await Workers().document(data, kind_of(data), pages=3, characters=1_000, seconds=seconds, person=1)


async def test_a_picture_is_read_in_a_process() -> None:
    """A picture comes back with its size."""
    data = samples.saved(samples.drawing(80, 40), "PNG")

    picture = await Workers().picture(data, Kind.PNG, 60, person=1)

    assert (picture.media_type, picture.width, picture.height) == ("image/png", 80, 40)
    assert kind_of(picture.data) is Kind.PNG


async def test_a_document_is_read_in_a_process() -> None:
    """A document of each kind comes back with its parts."""
    assert await read(samples.pdf(["one", "two"])) == Document(Unit.PAGE, (Part("one"), Part("two")), 2)
    assert await read(samples.docx(samples.paragraph("hi"))) == Document(Unit.SECTION, (Part("hi"),), 1)
    assert await read(samples.xlsx({"A": [[1]]})) == Document(Unit.SHEET, (Part("1", "A"),), 1)
    assert await read(samples.pptx([samples.shape("é")])) == Document(Unit.SLIDE, (Part("é"),), 1)


@pytest.mark.parametrize("algorithm", samples.ALGORITHMS)
async def test_an_encrypted_pdf_is_read_in_a_process(algorithm: str) -> None:
    """A PDF that is encrypted with an empty password is read within the limits of the process."""
    assert (await read(samples.locked_pdf(["open"], algorithm))).parts == (Part("open"),)


async def test_a_reason_comes_back() -> None:
    """A document that the process refuses is refused here, for the same reason."""
    for data, reason in (
        (samples.png_of_size(31_623, 31_623), Reason.TOO_LARGE),
        (samples.saved(samples.photo(300, 300), "PNG")[:2000], Reason.BROKEN),
    ):
        with pytest.raises(Unreadable) as raised:
            await Workers().picture(data, Kind.PNG, 60, person=1)
        assert raised.value.reason is reason
    with pytest.raises(Unreadable) as raised:
        await Workers().document(samples.bomb(samples.docx("")), Kind.DOCX, pages=1, characters=9, seconds=60, person=1)
    assert raised.value.reason is Reason.TOO_LARGE


async def test_a_process_is_ended_when_its_time_is_over() -> None:
    """A process that does not come to an end is killed, and its slot is free."""
    workers = Workers(1)
    with pytest.raises(Unreadable) as raised:
        await workers.picture(samples.saved(samples.photo(64, 64), "PNG"), Kind.PNG, 0.001, person=1)

    assert raised.value.reason is Reason.TOO_SLOW
    assert (await workers.picture(samples.saved(samples.drawing(9, 9), "PNG"), Kind.PNG, 60, person=1)).width == 9


async def test_a_process_that_the_system_kills_costs_its_file_only() -> None:
    """A process that a system short of memory kills is told as a file that is too large; the next one is read."""
    workers, before = Workers(1), children()
    reading = asyncio.create_task(
        workers.document(samples.pdf(["x"] * 300), Kind.PDF, pages=300, characters=9_000, seconds=60, person=1)
    )
    while not (started_since := children() - before):  # noqa: ASYNC110 -- the system tells nobody of a new process
        await asyncio.sleep(0)
    for child in started_since:
        os.kill(int(child), signal.SIGKILL)

    with pytest.raises(Unreadable) as raised:
        await reading
    assert raised.value.reason is Reason.TOO_LARGE
    assert (await workers.picture(samples.saved(samples.drawing(9, 9), "PNG"), Kind.PNG, 60, person=1)).width == 9


async def test_a_process_does_not_outlive_its_question() -> None:
    """A question that is stopped leaves no process behind."""
    before = children()
    reading = asyncio.create_task(read(samples.pdf(["x"] * 300)))
    while children() <= before:  # noqa: ASYNC110 -- the system tells nobody of a new process
        await asyncio.sleep(0)

    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading

    assert children() <= before


def children() -> set[str]:
    """The ids of the processes that this one has started and not reaped."""
    found: set[str] = set()
    for thread in Path("/proc/self/task").iterdir():  # each thread has its own
        with suppress(FileNotFoundError):  # it has ended
            found.update((thread / "children").read_text(encoding="ascii").split())
    return found


def started(code: str) -> subprocess.CompletedProcess[bytes]:
    """A process that has limited itself and then runs some code."""
    before = "from bot.files import worker; worker.limit(0)"
    return subprocess.run([sys.executable, "-c", f"{before}\n{code}"], capture_output=True, check=False)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("import socket; socket.socket()", b"PermissionError: socket.__new__"),
        ("import subprocess; subprocess.run(['true'])", b"PermissionError: subprocess.Popen"),
        ("import os; os.system('true')", b"PermissionError: os.system"),
        ("import os; os.fork()", b"PermissionError: os.fork"),
        ("open('/tmp/x', 'w')", b"PermissionError: open"),
        ("bytes(2 << 30)", b"MemoryError"),
    ],
)
def test_a_process_may_do_nothing_but_read(code: str, error: bytes) -> None:
    """A process that reads files opens no connection, starts no process, writes no file and gets a bounded memory."""
    found = started(code)

    assert found.returncode == 1
    assert error in found.stderr


def test_a_process_has_a_bounded_time() -> None:
    """A process that computes without end is ended by the system."""
    assert started("while True: pass").returncode == -signal.SIGXCPU
    assert resource.getrlimit(resource.RLIMIT_CPU)[1] == resource.RLIM_INFINITY


def test_a_process_knows_no_secret() -> None:
    """Of the environment a process gets what Python needs to start."""
    from bot.files.workers import _environment as environment  # pyright: ignore[reportPrivateUsage] -- what is handed over

    assert set(environment()) <= {"PYTHONPATH", "PYTHONSAFEPATH", "SYSTEMROOT", "LD_LIBRARY_PATH"}


@pytest.mark.parametrize(
    ("data", "kind", "answer"),
    [
        (samples.pdf(["one"]), Kind.PDF, {"unit": "page", "parts": [["one", "", True]], "total": 1}),
        (samples.docx(samples.paragraph("x")), Kind.DOCX, {"unit": "section", "parts": [["x", "", True]], "total": 1}),
        (samples.xlsx({"A": [[1]]}), Kind.XLSX, {"unit": "sheet", "parts": [["1", "A", True]], "total": 1}),
        (samples.pptx([samples.shape("x")]), Kind.PPTX, {"unit": "slide", "parts": [["x", "", True]], "total": 1}),
        (b"", Kind.PDF, {"reason": "broken"}),
        (samples.saved(samples.drawing(9, 9), "PNG"), Kind.PNG, {"media_type": "image/png", "width": 9, "height": 9}),
    ],
)
def test_the_answer_is_a_line_of_json(data: bytes, kind: Kind, answer: object) -> None:
    """A process writes what it read as one line of JSON, and a picture behind it."""
    target = io.BytesIO()
    worker.main([kind.value, "5", "1000", "60"], io.BytesIO(data), target)

    line, _, rest = target.getvalue().partition(b"\n")
    assert json.loads(line) == answer
    assert bool(rest) == (kind is Kind.PNG)
