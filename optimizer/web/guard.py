"""Who may ask what: only pages of this server, in requests of a limited size; headers that keep pages apart.

A page of another site can make a browser send requests here. What changes something must say that it comes from a page
of this server (Origin, Sec-Fetch-Site); whatever is asked must name this machine (Host), or a name that others control
could be pointed here (DNS rebinding).
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from fastapi import HTTPException
from fastapi.responses import PlainTextResponse

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

HOSTS = ("127.0.0.1", "localhost")
LARGEST_REQUEST = 512 * 1024**2
"""Bytes; the reference case has 19 MB."""
LARGEST_QUESTION = 1024**2
"""The same for requests that upload nothing."""
SAFE = ("GET", "HEAD")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


class Guard:
    """The application behind these rules."""

    def __init__(self, application: Application, port: int, uploads: str) -> None:
        """Take an application, the port that it is asked on, and the path that files are uploaded to."""
        self._application, self._uploads = application, uploads
        self._hosts = {f"{host}:{port}" for host in HOSTS}

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self._application(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        refused = self._refusal(scope)
        answer: Any = PlainTextResponse(refused[1], refused[0]) if refused else self._application

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                stated = {name.lower() for name, _ in message["headers"]}
                added = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [*message["headers"], *(each for each in added if each[0] not in stated)]
            await send(message)

        await answer(scope, self._limited(scope, receive), send_with_headers)

    def _refusal(self, scope: MutableMapping[str, Any]) -> tuple[int, str] | None:
        """Return the status and the reason by which a request is refused."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        host = headers.get("host", "")
        if len(hosts) != 1 or host not in self._hosts:
            return 421, "This server answers to its own address only."
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if scope["method"] in SAFE:
            navigates = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
            if site in ("cross-site", "same-site") and not navigates:
                return 403, "Pages of other sites get nothing from here."
        elif site not in (None, "same-origin") or origin not in (None, f"http://{host}") or not (site or origin):
            return 403, "Only a page of this server may ask for a change."
        length = headers.get("content-length", "0")
        if not length.isdecimal():
            return 400, "The length of the request is no number."
        if int(length) > self._most(scope):
            return 413, f"The request is too large: at most {self._most(scope):,} bytes."
        return None

    def _most(self, scope: MutableMapping[str, Any]) -> int:
        return LARGEST_REQUEST if scope["path"] == self._uploads else LARGEST_QUESTION

    def _limited(self, scope: MutableMapping[str, Any], receive: Receive) -> Receive:
        """Return a reader of the request that stops where it is larger than it may be, whatever length it stated."""
        most, taken = self._most(scope), 0

        async def receive_limited() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise HTTPException(413, f"The request is too large: at most {most:,} bytes.")
            return message

        return receive_limited
