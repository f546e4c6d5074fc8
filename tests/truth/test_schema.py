"""The schemas of a document, made ready for a validator."""

from tests.truth.schema import Schema, referred


def ref(name: str) -> Schema:
    """A reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def test_a_validator_is_given_the_schemas_that_its_own_refers_to() -> None:
    """Schemas that are referred to at any depth, by others and in a circle are found; the rest of the document is left out."""
    schemas: dict[str, Schema] = {
        "Message": {"properties": {"author": ref("User"), "parts": {"type": "array", "items": ref("Part")}}},
        "User": {"anyOf": [ref("Name"), {"type": "null"}]},
        "Name": {"type": "string"},
        "Part": {"properties": {"message": ref("Message")}},
        "Guild": {"properties": {"owner": ref("User")}},
    }
    needed = referred({"type": "array", "items": ref("Message")}, schemas)
    assert needed == {name: one for name, one in schemas.items() if name != "Guild"}
