"""The table of formats that people choose from."""

from bot.export import FORMATS


def test_the_formats_are_those_that_people_can_choose() -> None:
    """An export comes as Markdown, as JSON with everything, or as the bare messages, each with an extension of its own."""
    assert {name: made().extension for name, made in FORMATS.items()} == {
        "markdown": "md", "json": "json", "messages": "messages.json"
    }  # rows of a table # fmt: skip


def test_each_export_has_a_format_of_its_own() -> None:
    """Two exports that are written at the same time share nothing."""
    assert all(made() is not made() for made in FORMATS.values())
