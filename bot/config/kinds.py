"""The kinds of values that settings have: secrets, addresses, lists of ids, each with its validator."""

from collections.abc import Collection
from typing import Annotated, Literal, cast
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr

from bot.config.cleaning import bare, base_of, ids, not_json


def _secret(value: SecretStr) -> SecretStr:
    text = bare(value.get_secret_value())
    if not all("!" <= character <= "~" for character in text):
        raise ValueError("holds characters that no token or key has: copy it anew")
    return SecretStr(text)


def _without(word: str) -> AfterValidator:
    """Return a validator that takes away the word before a secret that belongs to a header, such as `Bot`."""
    return AfterValidator(lambda value: SecretStr(bare(value.get_secret_value(), word)))


def _http_url(value: str) -> str:
    text = bare(value)
    try:
        parts = urlsplit(text)
        whole = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:  # a bracket too few, or a port that is no number up to 65535
        whole = False
    if not whole or not text.isprintable() or " " in text:
        raise ValueError("must be a whole URL that begins with http:// or https://")
    return text.rstrip("/")


def _plain_url(value: str) -> str:
    parts = urlsplit(value)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("must hold no user, password, query or fragment")
    return value


def whole_text(value: str) -> str:
    """Return a text that JSON and UTF-8 can hold. A variable of another encoding arrives with halves of characters."""
    if not_json(value, "text") or "\0" in value:
        raise ValueError("holds half a character or NUL: write it as UTF-8")
    return value


def one_line(value: str) -> str:
    """Return a text that is one line without control characters. Raises ValueError."""
    if not value.isprintable():
        raise ValueError("must be one line without control characters")
    return value


def _base_url(value: str) -> str:
    return base_of(value)[0]


def _no_or_base_url(value: str) -> str:
    return _base_url(_http_url(value)) if value.strip() else ""


def _discord_id(value: int) -> int:
    if not 0 < value < 2**63:
        raise ValueError("holds a number that is no Discord id")
    return value


def _id_list(value: object) -> Collection[object]:
    """Return one id, or a text of ids, as a list; a list as it is. Raises ValueError for anything else, also for switches."""
    found = value
    if isinstance(value, str):
        found = ids(value) or None
    elif isinstance(value, int):
        found = [value]
    items = cast("Collection[object]", found) if isinstance(found, list | tuple | set | frozenset) else None
    if items is None or any(isinstance(item, bool) for item in items):
        raise ValueError('must be a list of Discord ids, such as [123, 456] or "123, 456"')
    return items


def _auto_or_switch(value: object) -> object:
    found = {"auto": "auto", "true": True, "false": False}.get(bare(str(value)).lower())
    if found is None:
        raise ValueError('must be true, false or "auto"')
    return found


Token = Annotated[SecretStr, _without("Bot"), AfterValidator(_secret)]
Key = Annotated[SecretStr, _without("Bearer"), AfterValidator(_secret)]
PlainUrl = Annotated[str, AfterValidator(_http_url), AfterValidator(_plain_url)]
BaseUrl = Annotated[str, AfterValidator(_http_url), AfterValidator(_base_url)]
Ids = Annotated[frozenset[Annotated[int, AfterValidator(_discord_id)]], BeforeValidator(_id_list)]
NoOrBaseUrl = Annotated[str, AfterValidator(_no_or_base_url)]
Switch = Annotated[Literal["auto"] | bool, BeforeValidator(_auto_or_switch)]
