"""A local HTTP server with the Hub's API for one repository; it records the requests.

It serves the repository's metadata (`/api/models/OWNER/NAME`, with each file's size and sha256) and its files
(`/OWNER/NAME/resolve/COMMIT/FILE`, by HEAD and GET, with ETag and X-Repo-Commit); other addresses return 404. Addresses
and fields follow huggingface.co/docs/hub/api and the Hub's client.
"""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit


@dataclass
class FakeHub:
    """One repository at one commit; `sent` lists downloaded files, `asked` the repositories of metadata requests."""

    repository: str
    commit: str | None
    endpoint: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    stated_sha256: dict[str, str] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    loses_files: bool = False

    def put(self, name: str, content: bytes, *, sha256: str | None = None) -> str:
        """Adds a large file; returns the sha256 that the metadata will state."""
        self.files[name] = content
        self.stated_sha256[name] = sha256 or hashlib.sha256(content).hexdigest()
        return self.stated_sha256[name]

    def state(self) -> dict:
        """The repository's metadata."""
        rows = [{"rfilename": "README.md", "size": 3, "blobId": "0" * 40}]
        for name, content in self.files.items():
            lfs = {"sha256": self.stated_sha256[name], "size": len(content), "pointerSize": 134}
            rows.append({"rfilename": name, "size": len(content), "blobId": "1" * 40, "lfs": lfs})
        return {"id": self.repository, "modelId": self.repository, "sha": self.commit, "private": False, "tags": [],
                "downloads": 0, "likes": 0, "siblings": rows}  # fmt: skip


@contextmanager
def serving(hub: FakeHub) -> Iterator[FakeHub]:
    """The Hub, served on a free port within the context."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(hub))
    hub.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler_of(hub: FakeHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def _answer(self) -> None:
            path = unquote(urlsplit(self.path).path)
            start = f"/{hub.repository}/resolve/{hub.commit}/"
            if path.startswith("/api/models/"):
                hub.asked.append(path.removeprefix("/api/models/"))
                if hub.asked[-1] == hub.repository:
                    return self._send(json.dumps(hub.state()).encode(), {"Content-Type": "application/json"})
            elif path.startswith(start) and not hub.loses_files:
                return self._send_file(path.removeprefix(start))
            return self._missing("EntryNotFound" if path.startswith(start) else "RepoNotFound")

        def _send_file(self, name: str) -> None:
            if name not in hub.files:
                return self._missing("EntryNotFound")
            if self.command == "GET":
                hub.sent.append(name)
            headers = {"ETag": f'"{hub.stated_sha256[name]}"', "X-Repo-Commit": hub.commit}
            return self._send(hub.files[name], headers)

        def _send(self, content: bytes, headers: dict[str, str], *, status: int = 200) -> None:
            self.send_response(status)
            for key, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(key, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        def _missing(self, code: str) -> None:
            self._send(b"", {"X-Error-Code": code}, status=404)

        def log_message(self, *_: object) -> None:
            """Suppresses the log on stderr."""

    return Handler
