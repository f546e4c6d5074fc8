"""`read_modal` checks the modal that a bot opens as its response.

Sources: Discord's documentation, Receiving and Responding, "Modal", and Component Reference ("Label", "Text Input": the
older form puts a text input into an action row); OpenAPI document (ModalInteractionCallbackRequestData).
"""

from bot.sandbox.discord.forms.checks import check_list, check_text
from bot.sandbox.discord.forms.components import MAX_CUSTOM_ID, check_interactive, check_kind, check_unique_ids
from bot.sandbox.discord.forms.reading import REQUIRED, Reader
from bot.sandbox.discord.world.components import SELECTS, ComponentType, numbered, walk
from bot.sandbox.discord.world.modals import Modal
from bot.sandbox.wire import Json

MAX_FIELDS = 5

_ON_TOP = frozenset({ComponentType.ACTION_ROW, ComponentType.TEXT_DISPLAY, ComponentType.LABEL})
_IN_LABEL = frozenset(
    {
        ComponentType.TEXT_INPUT,
        ComponentType.FILE_UPLOAD,
        ComponentType.RADIO_GROUP,
        ComponentType.CHECKBOX_GROUP,
        ComponentType.CHECKBOX,
        *SELECTS,
    }
)
_IN_ROW = frozenset({ComponentType.TEXT_INPUT})


def read_modal(body: Json) -> Modal:
    """Check a modal. Raises InvalidFormError, which names every bad field."""
    reader = Reader(body)
    check_text(reader, "custom_id", MAX_CUSTOM_ID, low=1, required=True)
    check_text(reader, "title", 45, low=1, required=True)
    tops = check_list(reader, "components", 1, MAX_FIELDS)
    for top in tops:
        _check_top(top)
    components = [top.body for top in tops]
    check_unique_ids(reader, list(walk(components)))
    reader.done()
    return Modal(body["custom_id"], body["title"], numbered(components))


def _check_top(reader: Reader) -> None:
    match check_kind(reader, _ON_TOP):
        case ComponentType.LABEL:
            _check_label(reader)
        case ComponentType.ACTION_ROW:
            for child in check_list(reader, "components", 1, 1):
                check_text(child, "label", 45, low=1, required=True)
                _check_field(child, _IN_ROW)
        case ComponentType.TEXT_DISPLAY:
            check_text(reader, "content", 4000, low=1, required=True)
        case _:
            pass


def _check_label(reader: Reader) -> None:
    check_text(reader, "label", 45, low=1, required=True)
    check_text(reader, "description", 100, low=1)
    field = reader.inner("component")
    if field is None:
        reader.wrong("component", REQUIRED)
    else:
        _check_field(field, _IN_LABEL)


def _check_field(reader: Reader, allowed: frozenset[ComponentType]) -> None:
    kind = check_kind(reader, allowed)
    if kind is None:
        return
    check_interactive(reader, kind)
    if reader.body.get("disabled"):
        reader.wrong("disabled", ("BASE_TYPE_CHOICES", "Modals cannot have disabled components."))
    required = reader.flag("required", default=True)
    if kind in SELECTS and required and reader.integer("min_values", 1) < 1:
        reader.wrong("min_values", ("NUMBER_TYPE_MIN", "int value should be greater than or equal to 1."))
