"""These functions check where the components of a message stand, with and without Components V2.

Source: Discord's documentation, Component Reference, "Legacy Message Component Behavior" among others. `check_layout`
checks the whole message against its flag, because an edit need not repeat the flag.
"""

from collections.abc import Callable, Iterator, Sequence

from bot.sandbox.discord.forms.checks import check_list, check_number, check_text, check_url
from bot.sandbox.discord.forms.components import check_interactive, check_kind, check_unique_ids
from bot.sandbox.discord.forms.reading import BAD_OBJECT, REQUIRED, Reader, too_long
from bot.sandbox.discord.world.components import SELECTS, ComponentType, texts, walk
from bot.sandbox.discord.world.errors import InvalidFormError
from bot.sandbox.wire import Json, as_object

MAX_ROWS = 5
MAX_COMPONENTS = 40
MAX_TEXT = 4000
MAX_MEDIA_TEXT = 1024

_ATTACHED = ("attachment",)
_SHOWN = ("http", "https", *_ATTACHED)

_IN_ROW = frozenset({ComponentType.BUTTON, *SELECTS})
_IN_CONTAINER = frozenset(
    {
        ComponentType.ACTION_ROW,
        ComponentType.SECTION,
        ComponentType.TEXT_DISPLAY,
        ComponentType.MEDIA_GALLERY,
        ComponentType.FILE,
        ComponentType.SEPARATOR,
    }
)
_ON_TOP = _IN_CONTAINER | {ComponentType.CONTAINER}
_ACCESSORIES = frozenset({ComponentType.BUTTON, ComponentType.THUMBNAIL})


def read_components(reader: Reader) -> list[Json] | None:
    """Check a form's `components` and return them."""
    components = reader.objects("components", MAX_COMPONENTS)
    if not components:
        return components
    for index, component in enumerate(components):
        _check(reader.child(f"components.{index}", component), _ON_TOP)
    walked = list(walk(components))
    check_unique_ids(reader, walked)
    if len(walked) > MAX_COMPONENTS:
        text = f"The total number of components exceeded the maximum of {MAX_COMPONENTS}"
        reader.wrong("components", ("COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", text))
    if sum(map(len, texts(components))) > MAX_TEXT:
        text = f"Components displayable text size exceeds maximum size of {MAX_TEXT}"
        reader.wrong("components", ("COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", text))
    return components


def check_layout(components: list[Json], content: str, embeds: list[Json], *, v2: bool) -> None:
    """Check a whole message against its Components V2 flag. Raises InvalidFormError."""
    errors: dict[str, tuple[str, str]] = {}
    if v2:
        for key, value in (("content", content), ("embeds", embeds)):
            if value:
                text = f"The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
                errors[key] = ("MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", text)
    elif len(components) > MAX_ROWS:
        errors["components"] = too_long(MAX_ROWS)
    else:
        for index, component in enumerate(components):
            if component["type"] != ComponentType.ACTION_ROW:
                text = 'Value of field "type" must be one of (1,).'
                errors[f"components.{index}"] = ("UNION_TYPE_CHOICES", text)
    if errors:
        raise InvalidFormError(errors)


def check_attached(components: list[Json], filenames: set[str]) -> None:
    """Refuse references to files that the message does not have. Raises InvalidFormError.

    No source tells under which path Discord notes the fault.
    """
    reason = ("UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", "The referenced attachment was not found")
    urls = [(f"{path}.{inner}", url) for path, one in walk(components) for inner, url in _urls(one)]
    scheme = f"{_ATTACHED[0]}://"
    errors = {
        path: reason for path, url in urls if url.startswith(scheme) and url.removeprefix(scheme) not in filenames
    }
    if errors:
        raise InvalidFormError(errors)


def _urls(component: Json) -> Iterator[tuple[str, str]]:
    for key in ("media", "file"):
        if key in component:
            yield f"{key}.url", component[key]["url"]
    for index, item in enumerate(component.get("items", [])):
        yield f"items.{index}.media.url", item["media"]["url"]


def _check(reader: Reader, allowed: frozenset[ComponentType]) -> ComponentType | None:
    kind = check_kind(reader, allowed)
    if kind in _LAYOUTS:
        _LAYOUTS[kind](reader)
    elif kind is not None:
        check_interactive(reader, kind)
    return kind


def _check_row(reader: Reader) -> None:
    children = check_list(reader, "components", 1, 5)
    kinds = [_check(child, _IN_ROW) for child in children]
    for child, kind in zip(children[1:], kinds[1:], strict=True):
        if SELECTS & {kind, kinds[0]}:
            child.wrong("", ("COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The specified component exceeds the maximum width"))


def _check_section(reader: Reader) -> None:
    for child in check_list(reader, "components", 1, 3):
        _check(child, frozenset({ComponentType.TEXT_DISPLAY}))
    accessory = reader.inner("accessory")
    if accessory is None:
        reader.wrong("accessory", REQUIRED)
    else:
        _check(accessory, _ACCESSORIES)


def _check_container(reader: Reader) -> None:
    reader.integer("accent_color", low=0, high=0xFFFFFF)
    reader.flag("spoiler")
    for child in check_list(reader, "components", 1, MAX_COMPONENTS):
        _check(child, _IN_CONTAINER)


def _check_text_display(reader: Reader) -> None:
    check_text(reader, "content", MAX_TEXT, low=1, required=True)


def _check_separator(reader: Reader) -> None:
    check_number(reader, "spacing", 1, 2, 1)
    reader.flag("divider")


def _check_gallery(reader: Reader) -> None:
    for item in check_list(reader, "items", 1, 10):
        _check_media(item, "media")
        check_text(item, "description", MAX_MEDIA_TEXT)


def _check_file(reader: Reader) -> None:
    _check_media(reader, "file", _ATTACHED)


def _check_thumbnail(reader: Reader) -> None:
    _check_media(reader, "media")
    check_text(reader, "description", MAX_MEDIA_TEXT)


def _check_media(reader: Reader, key: str, schemes: Sequence[str] = _SHOWN) -> None:
    reader.flag("spoiler")
    if as_object(reader.body.get(key)) is None:
        reader.wrong(key, BAD_OBJECT)
    elif (media := reader.inner(key)) is not None:
        check_text(media, "url", 2048, low=1, required=True)
        check_url(media, "url", schemes)


_LAYOUTS: dict[ComponentType | None, Callable[[Reader], None]] = {
    ComponentType.ACTION_ROW: _check_row,
    ComponentType.SECTION: _check_section,
    ComponentType.CONTAINER: _check_container,
    ComponentType.TEXT_DISPLAY: _check_text_display,
    ComponentType.SEPARATOR: _check_separator,
    ComponentType.MEDIA_GALLERY: _check_gallery,
    ComponentType.FILE: _check_file,
    ComponentType.THUMBNAIL: _check_thumbnail,
}
