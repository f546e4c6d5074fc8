"""`read_choices` checks the choices of an option, registered with a command or suggested while a person types.

Sources: Discord's documentation, Application Commands, "Application Command Option Choice Structure"; OpenAPI document
(ApplicationCommandOption*Choice, which takes 6000 characters where the documentation says 100: the stricter one holds).
"""

from bot.sandbox.discord.forms.checks import check_list, check_text
from bot.sandbox.discord.forms.reading import Reader
from bot.sandbox.wire import Json

MAX_CHOICES = 25
STRING, INTEGER, NUMBER = 3, 4, 10

_TYPES: dict[int, type | tuple[type, ...]] = {STRING: str, INTEGER: int, NUMBER: (int, float)}


def read_choices(reader: Reader, kind: int) -> list[Json]:
    """Check the `choices` for an option of a type, and return them."""
    choices = check_list(reader, "choices", 0, MAX_CHOICES)
    for choice in choices:
        check_text(choice, "name", 100, low=1, required=True)
        if kind == STRING:
            check_text(choice, "value", 100, required=True)
        elif not isinstance(choice.body.get("value"), _TYPES.get(kind, ())) or isinstance(
            choice.body.get("value"), bool
        ):
            choice.wrong("value", ("NUMBER_TYPE_COERCE", f'Value "{choice.body.get("value")}" is not a number.'))
    return [choice.body for choice in choices]
