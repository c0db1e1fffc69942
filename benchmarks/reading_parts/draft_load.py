"""Many readers at once over HTTP: a draft about every second, and where the version locks over HTTP a lock each 5 s."""

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
    """One reader: a connection, a cookie, a tab, and what the server has said that it holds."""

    app: App
    name: str
    seconds: list[float] = field(default_factory=list)  # of the draft requests
    refused: int = 0
    at: int = 0
    saves: int = 0
    kept: str = ""  # the comment of the newest draft that was answered as kept; "" right after a lock
    locked: dict[Step, str] = field(default_factory=dict)  # step -> comment of an answered lock
    tab: str = field(default_factory=lambda: secrets.token_hex(8))
    _connection: http.client.HTTPConnection | None = None

    @property
    def step(self) -> Step:
        """The step that is read now."""
        return self.app.desk.steps[self.name][self.at]

    def of_step(self, what: str) -> str:
        """Where the draft or the lock of the step is sent, in the study's part of the app."""
        case, condition, repeat = self.step
        return f"{case}/{what}/{condition}/{repeat}"

    def send(self, method: str, where: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """The status and the JSON of an answer; 0 where none came."""
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
        """Ends the connection."""
        if self._connection:
            self._connection.close()
        self._connection = None

    def draft(self) -> None:
        """Sends a draft, timed, and notes what the server said."""
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
        """Opens the page, as far as this goes over HTTP."""

    def put(self, comment: str) -> bool:
        """Whether a draft with this comment was kept."""
        raise NotImplementedError

    def lock(self) -> None:
        """Locks the read and goes on to the next, where the version does so over HTTP."""

    def read_for(self, seconds: float, chance: Random) -> None:
        """Drafts and locks for so long."""
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
        self.hang_up()  # servers end a connection that is idle for a while, browsers then make another


@dataclass
class WidgetVisitor(Visitor):
    """Of the version whose locks go through Streamlit: it only saves drafts, all of its first read."""

    sitting: str = ""

    def put(self, comment: str) -> bool:
        """See `Visitor`."""
        body = {"tab": self.tab, "sitting": self.sitting, "answers": {"comment": comment}, "viewing": VIEWING}
        return self.send("POST", self.of_step("draft"), body)[0] == 204


@dataclass
class ComponentVisitor(Visitor):
    """Of the version with drafts and locks over HTTP."""

    form: str = field(default_factory=lambda: secrets.token_hex(8))
    revision: int = 0

    def open(self) -> None:
        """See `Visitor`; the answer to a lock opens the next read."""
        if self.send("POST", "desk", {"reader": self.name, "tab": self.tab, "take": True})[0] != 200:
            self.refused += 1

    def _body(self, comment: str) -> dict[str, Any]:
        return {"reader": self.name, "tab": self.tab, "form": self.form, "revision": self.revision, "save": self.saves,
                "answers": ANSWERS | {"comment": comment}, "viewing": VIEWING}

    def put(self, comment: str) -> bool:
        """See `Visitor`."""
        status, told = self.send("PUT", self.of_step("draft"), self._body(comment))
        self.revision = told.get("revision", self.revision)
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
    """All of them read for so long."""
    threads = [Thread(target=visitor.read_for, args=(seconds, Random(f"{seed} {visitor.name}")))
               for visitor in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def lost(visitors: list[Visitor]) -> int:
    """Requests that were not answered as kept, and what was answered so but is not in the store."""
    desk, missing = visitors[0].app.desk, 0
    stored = {(read["reader"], *read["step"]): read["answers"]["comment"] for read in desk.ask("stored")}
    drafts = desk.ask("drafts", readers=[visitor.name for visitor in visitors])
    for visitor in visitors:
        missing += sum(stored.get((visitor.name, *step)) != comment for step, comment in visitor.locked.items())
        missing += bool(visitor.kept) and drafts[visitor.name].get("comment") != visitor.kept
    return missing + sum(visitor.refused for visitor in visitors)
