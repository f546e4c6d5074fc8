"""The kinds of values that settings have: texts, secrets, addresses, lists of ids. And the base class of a section."""

from collections.abc import Collection
from typing import Annotated, Any, Final, Literal, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, SecretStr, StringConstraints

from bot.config.cleaning import bare, base_of, ids, not_json

MOST_TOKENS: Final = 100_000_000
"""Ten times the longest context that a model was announced with (Llama 4 Scout: 10,000,000 tokens)."""
DAY: Final = 86_400
YEAR: Final = 365 * DAY


class Section(BaseModel):
    """Base class of the sections of the configuration. Unknown keys are refused, and no error shows a value."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False)


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


def _http_proxy(value: str) -> str:
    """Return the address of a proxy, which may hold a user and a password; an empty text for none."""
    text = bare(value)
    if not text:
        return ""
    try:
        parts = urlsplit(_http_url(text))
    except ValueError:
        parts = urlsplit("")
    if parts.scheme != "http" or parts.path or parts.query or parts.fragment:
        raise ValueError("must be like http://host:port, with user:password@ before the host where it needs them")
    return text.rstrip("/")


def _whole_text(value: str) -> str:
    """Return a text that JSON and UTF-8 can hold. A variable of another encoding arrives with halves of characters."""
    if not_json(value, "text") or "\0" in value:
        raise ValueError("holds half a character or NUL: write it as UTF-8")
    return value


def _one_line(value: str) -> str:
    if not value.isprintable():
        raise ValueError("must be one line without control characters")
    return value


def _base_url(value: str) -> str:
    return base_of(value)[0]


def _no_or_base_url(value: str) -> str:
    return _base_url(_http_url(value)) if value.strip() else ""


def _time_zone(value: str) -> str:
    name = value.strip()
    try:
        if name:
            ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:  # a name of a folder, or with dots or NUL in it
        raise ValueError("is no time zone: write a name like Europe/Berlin, or nothing for the machine's") from error
    return name


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


def _json_table(value: dict[str, Any]) -> dict[str, Any]:
    try:
        found = not_json(value, "extra")
    except RecursionError:
        found = "extra"
    if found:
        raise ValueError(f"the value of {found} is no JSON (JSON has no dates, nan or inf): write a number or a text")
    return value


Token = Annotated[SecretStr, _without("Bot"), AfterValidator(_secret)]
Key = Annotated[SecretStr, _without("Bearer"), AfterValidator(_secret)]
PlainUrl = Annotated[str, AfterValidator(_http_url), AfterValidator(_plain_url)]
BaseUrl = Annotated[str, AfterValidator(_http_url), AfterValidator(_base_url)]
NoOrBaseUrl = Annotated[str, AfterValidator(_no_or_base_url)]
Switch = Annotated[Literal["auto"] | bool, BeforeValidator(_auto_or_switch)]
Ids = Annotated[frozenset[Annotated[int, AfterValidator(_discord_id)]], BeforeValidator(_id_list)]
WholeText = Annotated[str, AfterValidator(_whole_text)]
OneLine = Annotated[str, AfterValidator(_one_line)]
ModelName = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_one_line)]
ProxyUrl = Annotated[str, AfterValidator(_http_proxy)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
Parameters = Annotated[dict[str, Any], AfterValidator(_json_table)]
