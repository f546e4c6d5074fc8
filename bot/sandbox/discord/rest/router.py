"""`Router` serves every REST request: body, fault, token, limit, route, answer, and an entry in the log.

Discord answers an unknown path with 404, a known path with another method with 405, another version of its API with 400
and 50041 (this one has version 10 alone). No document tells which of several reasons to refuse comes first; here it is
the body that cannot be read, then the token, then the limit, then the refusals of the route itself.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from aiohttp import web

from bot.sandbox.discord.rest.bodies import read_body
from bot.sandbox.discord.rest.calls import Call, Result, Route
from bot.sandbox.discord.rest.faults import Failure, Faults
from bot.sandbox.discord.rest.limits import Limits
from bot.sandbox.discord.world.errors import ApiError, no_such_method, no_such_version, not_found, unauthorized
from bot.sandbox.discord.world.world import World
from bot.sandbox.wire import reply

API = "/api"
VERSION = "v10"
BASE = f"{API}/{VERSION}"


class Router:
    """Serves a table of routes under `/api/v10`.

    `calls` grows for as long as the sandbox runs, with every body; the bytes of an upload are those that its message has.
    """

    def __init__(self, world: World, faults: Faults, limits: Limits) -> None:
        self.calls: list[Call] = []
        self.routes: list[Route] = []
        self._world = world
        self._faults = faults
        self._limits = limits

    @property
    def served(self) -> list[tuple[str, str]]:
        """Every route: method and template, as the documentation writes it."""
        return [(route.method, route.template) for route in self.routes]

    def mount(self, app: web.Application, routes: Sequence[Route]) -> None:
        """Add the routes to an application, and Discord's refusals for everything else."""
        self.routes += routes
        for route in routes:
            app.router.add_route(route.method, BASE + route.template, self._served_by(route))
        for template in dict.fromkeys(route.template for route in routes):
            self._refuse(app, BASE + template, template, no_such_method())
        self._refuse(app, BASE + "/{tail:.*}", "/{tail}", not_found())
        self._refuse(app, API + "/{tail:v[0-9]+(/.*)?}", "/{tail}", no_such_version())
        self._refuse(app, "/{tail:.*}", "/{tail}", not_found())

    def _refuse(self, app: web.Application, path: str, template: str, error: ApiError) -> None:
        def refuse(call: Call) -> Result:
            del call
            raise error

        app.router.add_route("*", path, self._served_by(Route("*", template, refuse, needs_token=False)))

    def _served_by(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            call = Call(request.method, route.template, request.path, dict(request.match_info), request.query)
            try:
                return await self._serve(route, request, call)
            finally:
                self.calls.append(call)
                self._world.changes.notify()

        return serve

    async def _serve(self, route: Route, request: web.Request, call: Call) -> web.StreamResponse:
        try:
            body = await read_body(request)
        except ApiError as error:
            return self._reply(call, error.body, error.status)
        call.body, call.uploads = body.value, body.uploads
        self._world.witness.asked(call.method, call.template, call.query, call.body)
        fault = self._faults.next(call)
        answer = partial(self._answer, route, call, request.headers.get("Authorization"))
        if fault is None:
            return answer()
        call.fault = type(fault).__name__
        if isinstance(fault, Failure):
            call.status = fault.status
            if fault.said is not None:
                self._world.witness.answered(call.method, call.template, fault.status, fault.said)
        return await fault.meet(request, answer)

    def _answer(self, route: Route, call: Call, token: str | None) -> web.Response:
        headers: dict[str, str] = {}
        try:
            if route.needs_token and token != f"Bot {self._world.application.token}":
                raise unauthorized()
            headers = self._limits.admit(call)
            call.created = route.created
            result = route.handler(call)
        except ApiError as error:
            return self._reply(call, error.body, error.status, headers | error.headers)
        return self._reply(call, result, _status(call, result), headers)

    def _reply(self, call: Call, body: Result, status: int, headers: dict[str, str] | None = None) -> web.Response:
        call.status = status
        if status < 500:  # what an outage answers is a test's order, as faults are, and in no document
            self._world.witness.answered(call.method, call.template, status, body)
        return (
            web.Response(status=status, headers=headers)
            if body is None
            else reply(body, status=status, headers=headers)
        )


def _status(call: Call, result: Result) -> int:
    if result is None:
        return 204
    return 201 if call.created else 200
