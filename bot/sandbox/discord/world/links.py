"""`Links` signs the addresses of attachments, and tells whether a signed address still holds.

Source: Discord's documentation, Reference, "Signed Attachment CDN URLs": `ex` and `is` are hex timestamps, `hm` signs
them. The lifetime of a link is not documented; public tools report 24 hours.
"""

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import parse_qs, quote, urlsplit

from bot.sandbox.clock import Clock

PREFIX = "/attachments/"


@dataclass(eq=False, slots=True)
class Links:
    """Signs addresses and tells whether one still holds. `lifetime` is that of links signed from now on."""

    clock: Clock
    lifetime: timedelta = timedelta(hours=24)
    _secret: bytes = field(default_factory=lambda: secrets.token_bytes(16), repr=False)

    def signed(self, channel_id: int, attachment_id: int, filename: str) -> str:
        """Return the path of an attachment with its signature."""
        return self.renewed(f"{PREFIX}{channel_id}/{attachment_id}/{quote(filename)}")

    def renewed(self, path: str) -> str:
        """Return a path, signed now."""
        now = self.clock.now()
        issued, ends = f"{int(now.timestamp()):x}", f"{int((now + self.lifetime).timestamp()):x}"
        return f"{path}?ex={ends}&is={issued}&hm={self._mark(path, ends, issued)}&"

    def expire(self) -> None:
        """Let every link that was signed so far hold no longer."""
        self._secret = secrets.token_bytes(16)

    def holds(self, url: str) -> bool:
        """Tell whether a link was signed here for this very path and has not expired."""
        parts = urlsplit(url)
        asked = parse_qs(parts.query)
        ends, issued, mark = (asked.get(name, [""])[0] for name in ("ex", "is", "hm"))
        if not hmac.compare_digest(mark.encode(), self._mark(parts.path, ends, issued).encode()):
            return False
        return self.clock.now().timestamp() < int(ends, 16)

    def _mark(self, path: str, ends: str, issued: str) -> str:
        return hmac.digest(self._secret, f"{path} {ends} {issued}".encode(), "sha256").hex()
