"""Components: the rows, buttons and other parts under a message, as a tree of JSON objects."""

from collections.abc import Iterator

from bot.sandbox.wire import Json, as_list, as_object

BUTTON = 2


def walk(components: list[Json], path: str = "components") -> Iterator[tuple[str, Json]]:
    """Go through a tree of components from the top, each with the path that a form's errors name it by."""
    for index, component in enumerate(components):
        here = f"{path}.{index}"
        yield here, component
        inner = [one for child in as_list(component.get("components")) or [] if (one := as_object(child))]
        yield from walk(inner, f"{here}.components")
        if accessory := as_object(component.get("accessory")):
            yield f"{here}.accessory", accessory


def numbered(components: list[Json]) -> list[Json]:
    """Give every component without an id the next free number, as Discord does."""
    taken = {component["id"] for _, component in walk(components) if component.get("id")}
    number = 0
    for _, component in walk(components):
        if not component.get("id"):
            number = next(n for n in range(number + 1, number + len(taken) + 2) if n not in taken)
            component["id"] = number
    return components


def buttons(components: list[Json]) -> list[Json]:
    """Return all buttons of a message."""
    return [component for _, component in walk(components) if component.get("type") == BUTTON]
