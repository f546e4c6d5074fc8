"""The guard at the page's door: only a browser on this machine that opened the page itself comes in.

A web site could let its visitors' browsers ask 127.0.0.1, under its own name (DNS rebinding) or across origins; the first
shows in Host, the second in Origin.
"""

from aiohttp import web
from aiohttp.typedefs import Handler

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard:
    """Refuses requests of other hosts and origins, and tells the browser what the page may load."""

    def __init__(self) -> None:
        self._hosts: frozenset[str] = frozenset()
        self._headers: dict[str, str] = {}

    def opens(self, port: int, files_origin: str) -> None:
        """Let in who asks for this port; images may come from the sandbox's own file server."""
        self._hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})
        sockets = " ".join(f"ws://{host}" for host in sorted(self._hosts))
        policy = (
            f"default-src 'self'; img-src 'self' data: {files_origin}; media-src {files_origin}; "
            f"connect-src 'self' {sockets}; object-src 'none'; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        self._headers = {**_HEADERS, "Content-Security-Policy": policy}

    @web.middleware
    async def check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer 403 to strangers; put the headers on everything else."""
        origin = request.headers.get("Origin")
        at_home = request.host in self._hosts
        own = origin is None or origin.removeprefix("http://") in self._hosts
        if not at_home or not own:
            return web.Response(status=403, text="This page answers only to its own address.\n")
        try:
            response = await handler(request)
        except web.HTTPException as error:
            error.headers.update(self._headers)
            raise
        if not response.prepared:
            for name, value in self._headers.items():
                response.headers.setdefault(name, value)
        return response
