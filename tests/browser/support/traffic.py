"""Recording everything that a browser receives: response bodies and headers, addresses, and websocket frames."""

import struct
from collections.abc import Iterable

from playwright.sync_api import Page, Request, WebSocket

OF_STREAMLIT = "/static/"  # scripts and fonts of the package, the same for all users


class Traffic:
    """Everything that a page has received since its creation, except Streamlit's own files."""

    def __init__(self, page: Page) -> None:
        self.received: list[tuple[str, bytes]] = []
        page.on("requestfinished", self._record_response)
        page.on("websocket", self._listen)

    def _record_response(self, request: Request) -> None:
        """Records a response when it is complete, because the browser discards its body with the next page."""
        if OF_STREAMLIT in request.url:
            return
        response = request.response()
        has_body = response.status not in (204, 304) and not 300 <= response.status < 400
        head = repr(response.all_headers()).encode()
        self.received.append((request.url, request.url.encode() + head + (response.body() if has_body else b"")))

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: self.received.append((socket.url, as_bytes(frame))))

    def sources_of(self, secrets: Iterable[bytes]) -> list[tuple[bytes, str]]:
        """The secrets that were received, each with the address of its response."""
        return [(secret, url) for url, content in self.received for secret in secrets if secret in content]


def as_bytes(frame: str | bytes) -> bytes:
    """A text or binary websocket frame as bytes."""
    return frame.encode() if isinstance(frame, str) else frame


def forms_of(number: float) -> list[bytes]:
    """The encodings in which a probability could be sent: in full, rounded, in percent, as a float or a double."""
    texts = [repr(number), f"{number:.4f}", f"{number:.3f}", f"{100 * number:.2f}", f"{100 * number:.1f}"]
    return [text.encode() for text in texts] + [struct.pack("<f", number), struct.pack("<d", number)]
