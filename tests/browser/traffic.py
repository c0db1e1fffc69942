"""Everything that a browser receives: bodies of responses, websocket frames, addresses and headers."""

import struct
from collections.abc import Iterable

from playwright.sync_api import Page, Response, WebSocket


class Traffic:
    """What one page has received since it was made."""

    def __init__(self, page: Page) -> None:
        self._parts: list[tuple[str, bytes]] = []
        self._bodies: list[Response] = []
        page.on("response", self._bodies.append)
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: self._parts.append((socket.url, as_bytes(frame))))

    def received(self) -> list[tuple[str, bytes]]:
        """Where from and what, of all that has come so far."""
        while self._bodies:
            response = self._bodies.pop(0)
            head = repr(response.headers).encode()
            has_body = response.status not in (204, 304) and not 300 <= response.status < 400
            self._parts.append((response.url, response.url.encode() + head + (response.body() if has_body else b"")))
        return self._parts

    def sources_of(self, secrets: Iterable[bytes]) -> list[tuple[bytes, str]]:
        """The secrets that were received, each with the address it came from."""
        return [(secret, url) for url, content in self.received() for secret in secrets if secret in content]


def as_bytes(frame: str | bytes) -> bytes:
    """A websocket frame, text or binary."""
    return frame.encode() if isinstance(frame, str) else frame


def forms_of(number: float) -> list[bytes]:
    """A probability as it could travel: in full, rounded for the screen, in percent, as a float or a double."""
    texts = [repr(number), f"{number:.4f}", f"{number:.3f}", f"{100 * number:.2f}", f"{100 * number:.1f}"]
    return [text.encode() for text in texts] + [struct.pack("<f", number), struct.pack("<d", number)]
