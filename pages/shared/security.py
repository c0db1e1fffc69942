"""Security headers of every answer, and how a request from a foreign page is told from one of our own."""

from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Streamlit's bundle evaluates chart code and mounts components from blobs; nothing may come from or go to elsewhere.
CONTENT_SECURITY_POLICY = "; ".join((
    "default-src 'self'",
    "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
))
EVERY_ANSWER = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    # An invitation's token stands in the address; "no-referrer" would also make a form's Origin "null".
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
GUARDED_ANSWER = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class SecurityHeaders:
    """Middleware that adds `EVERY_ANSWER` to every HTTP answer, Streamlit's own included."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on and stamps the head of its answer."""
        async def stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in EVERY_ANSWER.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, stamped if scope["type"] == "http" else send)


def form_is_ours(request: Request) -> bool:
    """Whether a posted form comes from one of our own pages.

    Browsers name the sending site in `Sec-Fetch-Site`, but only over https and on localhost; elsewhere `Origin` must be
    the host that was asked. A form without either is refused.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == request.headers.get("host")


def fetch_is_ours(request: Request) -> bool:
    """Whether a read of voxels comes from our own page; a browser that does not say is told by its SameSite cookie."""
    return request.headers.get("sec-fetch-site", "same-origin") == "same-origin"


def over_https(request: Request) -> bool:
    """Whether the browser came by https, directly or through a proxy that says so."""
    return "https" in (request.url.scheme, request.headers.get("x-forwarded-proto", ""))
