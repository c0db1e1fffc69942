"""Load of concurrent readers over HTTP: a draft about every second, and a lock every 5 s where locks are requests."""

import http.client
import json
import secrets
import time
from dataclasses import dataclass, field
from random import Random
from threading import Thread
from typing import Any

from benchmarks.reading_parts.forms import Step
from benchmarks.reading_parts.reader import COOKIE
from benchmarks.reading_parts.served import App

EVERY_S = 1.0  # a draft, on average
READ_S = 5.0  # a read
PATIENCE_S = 30.0
VIEWING = {"active_s": 3.0, "overlay_s": 0.0, "slices_visited": 5, "measurements": [], "presets": ["Brain"],
           "maps": [], "overlay_opened": 0, "kept": {"k": 16}}
ANSWERS = {"prognosis": "poor", "p_poor": "90", "gcs": "severe", "age": "80_or_more"}


@dataclass
class Visitor:
    """One reader's client: a connection, a cookie, a tab, and the drafts and locks that the server acknowledged."""

    app: App
    name: str
    seconds: list[float] = field(default_factory=list)  # of the draft requests
    refused: int = 0
    at: int = 0
    saves: int = 0
    kept: str = ""  # the comment of the newest acknowledged draft; "" right after a lock
    locked: dict[Step, str] = field(default_factory=dict)  # step -> comment of an acknowledged lock
    tab: str = field(default_factory=lambda: secrets.token_hex(8))
    _connection: http.client.HTTPConnection | None = None

    @property
    def step(self) -> Step:
        """The current step."""
        return self.app.desk.steps[self.name][self.at]

    def of_step(self, what: str) -> str:
        """The address of the current step's draft or lock, relative to the study's."""
        case, condition, repeat = self.step
        return f"{case}/{what}/{condition}/{repeat}"

    def send(self, method: str, where: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """The status and the JSON of a response; 0 and {} where there is none."""
        address = f"/data/{self.app.desk.study}/{where}"
        headers = {"Cookie": f"{COOKIE}={self.app.desk.tokens[self.name]}", "Origin": self.app.address,
                   "Content-Type": "application/json"}
        connection = self._connection or http.client.HTTPConnection("127.0.0.1", self.app.port, timeout=PATIENCE_S)
        self._connection = connection
        try:
            connection.request(method, address, json.dumps(body), headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            self.hang_up()
            return 0, {}
        return answer.status, json.loads(content) if answer.status == 200 else {}

    def hang_up(self) -> None:
        """Closes the connection."""
        if self._connection:
            self._connection.close()
        self._connection = None

    def draft(self) -> None:
        """Sends a draft, and records its time and whether it was acknowledged."""
        self.saves += 1
        comment = f"{self.name}, {self.saves}"
        began = time.perf_counter()
        kept = self.put(comment)
        self.seconds.append(time.perf_counter() - began)
        if kept:
            self.kept = comment
        else:
            self.refused += 1

    def open(self) -> None:
        """Opens the page, where the version does so by an HTTP request."""

    def put(self, comment: str) -> bool:
        """Sends a draft with this comment; returns whether it was acknowledged.

        Raises:
            NotImplementedError: in this base class.
        """
        raise NotImplementedError

    def lock(self) -> None:
        """Locks the read and continues with the next, where the version does so by an HTTP request."""

    def read_for(self, seconds: float, chance: Random) -> None:
        """Sends drafts and locks for a number of seconds."""
        until, next_lock = time.monotonic() + seconds, time.monotonic() + chance.uniform(0, READ_S)
        time.sleep(chance.uniform(0, EVERY_S))
        if not self.saves and not self.locked:
            self.open()
        while time.monotonic() < until:
            self.draft()
            if time.monotonic() > next_lock:
                self.lock()
                next_lock += READ_S
            time.sleep(chance.uniform(0.5 * EVERY_S, 1.5 * EVERY_S))
        self.hang_up()  # servers close idle connections, and browsers then open another


@dataclass
class WidgetVisitor(Visitor):
    """The client of the version whose locks go through Streamlit: it only saves drafts, all for its first read."""

    sitting: str = ""

    def put(self, comment: str) -> bool:
        """See `Visitor`."""
        body = {"tab": self.tab, "sitting": self.sitting, "answers": {"comment": comment}, "viewing": VIEWING}
        return self.send("POST", self.of_step("draft"), body)[0] == 204


@dataclass
class ComponentVisitor(Visitor):
    """The client of the version with drafts and locks over HTTP."""

    form: str = field(default_factory=lambda: secrets.token_hex(8))
    revision: int = 0

    def open(self) -> None:
        """See `Visitor`; the response to a lock opens the next read."""
        if self.send("POST", "desk", {"reader": self.name, "tab": self.tab, "take": True})[0] != 200:
            self.refused += 1

    def _body(self, comment: str) -> dict[str, Any]:
        return {"reader": self.name, "tab": self.tab, "form": self.form, "revision": self.revision, "save": self.saves,
                "answers": ANSWERS | {"comment": comment}, "viewing": VIEWING}

    def put(self, comment: str) -> bool:
        """See `Visitor`."""
        status, content = self.send("PUT", self.of_step("draft"), self._body(comment))
        self.revision = content.get("revision", self.revision)
        return status == 200

    def lock(self) -> None:
        """See `Visitor`."""
        if self.at + 1 == len(self.app.desk.steps[self.name]):
            return
        self.saves += 1
        comment = f"{self.name}, {self.saves}, locked"
        status, _ = self.send("POST", self.of_step("lock"), self._body(comment) | {
            "press": secrets.token_hex(16), "pressed_at": time.time() * 1000, "shown": "", "asked": None})
        if status != 200:
            self.refused += 1
            return
        self.locked[self.step] = comment
        self.at += 1
        self.form, self.revision, self.saves, self.kept = secrets.token_hex(8), 0, 0, ""


def read_at_once(visitors: list[Visitor], seconds: float, seed: int) -> None:
    """Runs all clients concurrently for a number of seconds."""
    threads = [Thread(target=visitor.read_for, args=(seconds, Random(f"{seed} {visitor.name}")))
               for visitor in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def lost(visitors: list[Visitor]) -> int:
    """Number of requests that were not acknowledged, plus acknowledged drafts and locks that are not in the store."""
    desk, missing = visitors[0].app.desk, 0
    stored = {(read["reader"], *read["step"]): read["answers"]["comment"] for read in desk.ask("stored")}
    drafts = desk.ask("drafts", readers=[visitor.name for visitor in visitors])
    for visitor in visitors:
        missing += sum(stored.get((visitor.name, *step)) != comment for step, comment in visitor.locked.items())
        missing += bool(visitor.kept) and drafts[visitor.name].get("comment") != visitor.kept
    return missing + sum(visitor.refused for visitor in visitors)
