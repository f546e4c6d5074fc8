"""`Call` is one REST request as a route reads it; `Route` joins a method and a template to a handler."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from multidict import MultiMapping

from bot.sandbox.clock import monotonic
from bot.sandbox.discord.forms.messages import Upload
from bot.sandbox.discord.forms.reading import BAD_OBJECT, number_fault
from bot.sandbox.discord.world.errors import InvalidFormError
from bot.sandbox.snowflakes import MAX_SNOWFLAKE
from bot.sandbox.wire import Json, as_object


@dataclass(eq=False, slots=True)
class Call:
    """One REST request. `status` is 0 until it was answered; `at` is monotonic.

    `fault` names the ordered fault that it met; `created` makes the answer a 201.
    """

    method: str
    template: str
    path: str
    values: dict[str, str]
    query: MultiMapping[str]
    body: object = None
    uploads: list[Upload] = field(default_factory=list[Upload])
    status: int = 0
    created: bool = False
    fault: str | None = None
    at: float = field(default_factory=monotonic)

    def id(self, name: str) -> int:
        """Return a snowflake of the path. Raises InvalidFormError for any other text."""
        return _snowflake(name, self.values[name])

    def asked_id(self, name: str) -> int | None:
        """Return a snowflake of the query, if it is there. Raises InvalidFormError."""
        return _snowflake(name, self.query[name]) if name in self.query else None

    def asked_count(self, name: str, default: int, most: int) -> int:
        """Return a number of the query, from 1 to `most`. Raises InvalidFormError."""
        value = self.query.get(name, str(default))
        if (fault := number_fault(value, "int", 1, most)) is not None:
            raise InvalidFormError({name: fault})
        return int(value)

    @property
    def json(self) -> Json:
        """The body, which must be an object; an empty one if there was none. Raises InvalidFormError."""
        if self.body is None:
            return {}
        if (found := as_object(self.body)) is None:
            raise InvalidFormError({"": BAD_OBJECT})
        return found


def _snowflake(name: str, value: str) -> int:
    if (fault := number_fault(value, "snowflake", 0, MAX_SNOWFLAKE)) is not None:
        raise InvalidFormError({name: fault})
    return int(value)


Result = Json | Sequence[Json] | None


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a template, as Discord's documentation writes it, and the handler of their requests."""

    method: str
    template: str
    handler: Callable[[Call], Result]
    needs_token: bool = True
    created: bool = False
