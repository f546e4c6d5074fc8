"""The answers that are filled into the fields of a modal. Source: Discord's documentation, Component Reference."""

from typing import Any

import pytest

from bot.sandbox import Channel, Person, RefusedError, Sandbox
from bot.sandbox.discord.forms.modals import read_modal
from bot.sandbox.discord.payloads.resolved import Resolved
from bot.sandbox.discord.world.modals import Modal
from bot.sandbox.driver.filling import submission

OPTIONS = [{"label": "Red", "value": "r"}, {"label": "Blue", "value": "b", "default": True}]


def label(name: str, **field: object) -> dict[str, Any]:
    """Return a labelled field."""
    return {"type": 18, "label": name, "component": {"custom_id": name.lower(), **field}}


@pytest.fixture
def modal() -> Modal:
    """A modal with fields of the newer kinds, and a text above them."""
    parts = [
        {"type": 10, "content": "Please"},
        label("Colour", type=21, options=OPTIONS),
        label("Others", type=22, options=OPTIONS, required=False, max_values=2),
        label("Sure", type=23),
        label("Name", type=4, style=1, value="Ada", required=False),
    ]
    return read_modal({"custom_id": "m", "title": "Colours", "components": parts})


@pytest.fixture
def resolved(box: Sandbox, general: Channel, alice: Person) -> Resolved:
    """Nothing resolved yet."""
    return Resolved(box.discord.world, general, alice.user)


def test_every_field_has_its_own_answer(modal: Modal, resolved: Resolved) -> None:
    """Each kind of field sends its own answer: a value, several, a yes or no, a text.

    (Component Reference, "Interaction Response Structure" of each)
    """
    text, colour, others, sure, name = submission(
        modal, {"Colour": "Red", "Others": ["Red", "b"], "sure": True}, resolved
    )
    assert text == {"type": 10, "id": 1}
    assert colour["component"] == {"type": 21, "id": 3, "custom_id": "colour", "value": "r"}
    assert others["component"]["values"] == ["r", "b"]
    assert (sure["component"]["value"], name["component"]["value"]) == (True, "Ada")


def test_what_is_left_alone_keeps_its_default(modal: Modal, resolved: Resolved) -> None:
    """A field that is left alone sends its default (Component Reference, "Select Option Structure", `default`)."""
    _, colour, others, sure, _ = submission(modal, {}, resolved)
    assert (colour["component"]["value"], others["component"]["values"]) == ("b", ["b"])
    assert sure["component"]["value"] is False


def test_a_required_choice_is_made(resolved: Resolved) -> None:
    """A modal without an answer to a required field is refused (Component Reference, "Radio Group Structure", `required`)."""
    options = [{"label": "Red", "value": "r"}, {"label": "Blue", "value": "b"}]
    form = {"custom_id": "m", "title": "Colours", "components": [label("Colour", type=21, options=options)]}
    with pytest.raises(RefusedError, match="'Colour' must be filled in"):
        submission(read_modal(form), {}, resolved)


def test_files_are_not_uploaded_here(resolved: Resolved) -> None:
    """A field for files is refused as one that cannot be filled in (Component Reference, "File Upload", is left out)."""
    form = {"custom_id": "m", "title": "Files", "components": [label("File", type=19)]}
    with pytest.raises(RefusedError, match="cannot be filled in here"):
        submission(read_modal(form), {}, resolved)
