"""The watch: two witnesses for a sandbox, which count what they have checked and keep what did not fit."""

import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bot.sandbox import Sandbox
from tests.truth.document import Document
from tests.truth.events import EVENTS, ref, with_events
from tests.truth.schema import Schema, inner_closed, without_nullable
from tests.truth.untruths import ASKED_OF_DISCORD, DISCORD, OPENAI, UNDOCUMENTED, corrected


class NoSpecsError(Exception):
    """The official documents are not there; the text says where they were looked for."""


@dataclass
class Watcher:
    """A witness of one server: counts what it checks, and keeps what did not fit."""

    document: Document
    counts: Counter[str]
    faults: list[str]
    asks_properly: bool = True

    def asked(self, method: str, template: str, query: Mapping[str, str], body: object) -> None:
        """Check a request, where the one who asks is expected to do it properly."""
        if self.asks_properly:
            check = partial(self.document.request_faults, method, template, query, body)
            self._note(f"{method} {template}", check, body)

    def answered(self, method: str, template: str, status: int, body: object) -> None:
        """Check an answer."""
        check = partial(self.document.answer_faults, method, template, status, body)
        self._note(f"{method} {template} -> {status}", check, body)

    def told(self, name: str, body: object) -> None:
        """Check an event or a chunk."""
        self._note(name, partial(self.document.named_faults, name, body), body)

    def commanded(self, name: str, body: object) -> None:
        """Check a frame, where the one who sends it is expected to do it properly."""
        if self.asks_properly:
            self._note(f"gateway {name}", partial(self.document.named_faults, f"gateway {name}", body), body)

    def _note(self, what: str, check: Callable[[], list[str]], body: object) -> None:
        """Run a check. One that fails by itself is a fault as well: it must not become an answer of the server."""
        self.counts[what] += 1
        try:
            found = check()
        except Exception as error:  # noqa: BLE001 -- whatever it is, the test has to learn of it
            found = [f"could not be checked ({type(error).__name__}: {error})"]
        self.faults += [f"{what}: {fault}" for fault in found]
        if found:
            self.faults.append(f"    in {str(body)[:2000]}")


@dataclass(frozen=True)
class Documents:
    """Both documents, strict."""

    discord: Document
    openai: Document


@dataclass
class Watch:
    """Makes sandboxes, which are watched where the documents are there, and keeps what did not fit so far."""

    documents: Documents | None
    counts: Counter[str]
    faults: list[str] = field(default_factory=list[str])

    def sandbox(self, *, asks_properly: bool = True, ahead_seconds: float = 0) -> Sandbox:
        """Make a sandbox; `asks_properly` is False where a test sends nonsense on purpose; `ahead_seconds`: see `Sandbox`."""
        if self.documents is None:
            return Sandbox(ahead_seconds=ahead_seconds)
        discord, model = (
            Watcher(document, self.counts, self.faults, asks_properly)
            for document in (self.documents.discord, self.documents.openai)
        )
        return Sandbox(discord_witness=discord, model_witness=model, ahead_seconds=ahead_seconds)


def documents() -> Documents:
    """Open the documents in `PARLEY_SPECS`, by default beside the checkout in `shared/specs`. Raises NoSpecsError."""
    beside = Path(__file__).parents[3] / "shared" / "specs"
    folder = Path(os.environ.get("PARLEY_SPECS") or beside)
    paths = {name: folder / f"{name}-openapi.json" for name in ("discord", "openai")}
    if missing := [str(path) for path in paths.values() if not path.is_file()]:
        raise NoSpecsError(f"PARLEY_SPECS must name the folder of the OpenAPI documents; there is no {missing}")
    found = Documents(
        discord=Document(
            paths["discord"],
            read=inner_closed,
            extra=EVENTS,
            prepare=_discord_prepared,
            asked=ASKED_OF_DISCORD,
            operations=UNDOCUMENTED,
            errors=ref("ErrorResponse"),
        ),
        openai=Document(
            paths["openai"],
            read=_openai_read,
            extra=CHUNKS,
            prepare=lambda schemas: corrected(schemas, OPENAI),
            errors=ref("ErrorResponse"),
        ),
    )
    found.discord.load()
    found.openai.load()
    return found


CHUNKS: dict[str, Schema] = {"chat.completion.chunk": ref("CreateChatCompletionStreamResponse")}


def _openai_read(schema: Schema) -> Schema:
    return inner_closed(without_nullable(schema))


def _discord_prepared(schemas: dict[str, Schema]) -> dict[str, Schema]:
    return with_events(corrected(schemas, DISCORD))
