"""A reader's form without a browser: a client that uses the routes as the page's scripts do."""

from typing import Any

from httpx2 import Response
from starlette.applications import Starlette
from starlette.testclient import TestClient

from pages.shared import resources
from pages.shared import routes as data_routes
from pages.shared.reading import desk
from reader_study.access import accounts
from reader_study.study.read import Step
from tests.support.app_study import KEY

OURS = {"origin": "http://testserver"}
VIEWING: dict[str, Any] = {
    "active_s": 12.5, "overlay_s": 2.0, "slices_visited": 3, "overlay_opened": 1, "presets": ["Brain"], "maps": [],
    "measurements": [{"id": 1, "kind": "ruler", "plane": "axial", "depth": 3, "points": [[1, 2], [3, 4.5]], "slices": 0,
                      "lengthMm": 20.5}],
    "kept": {"size": [96, 112, 32], "state": {
        "at": [1, 2, 3], "centre": [1.5, 2, 3], "zoom": 1, "window": {"width": 80, "level": 40}, "inverted": False,
        "smooth": True, "contour": False, "overlay": {"on": True, "opacity": 0.5, "threshold": 0.5, "colours": "hot"},
        "layout": "one", "shown": {"one": [0], "two": [-1, 0], "three": [-1, 0, 1], "four": [-1, 0, 1, 2]},
        "tool": "scroll", "measurements": [], "selected": None}},
}
"""The viewer's reading log of a scan after some seconds."""


class DeskClient:
    """A form in a browser tab, with the server's last response."""

    def __init__(self, token: str | None, *, tab: str = "a tab", form: str = "a form", study: str = KEY) -> None:
        self.http = TestClient(Starlette(routes=data_routes.ROUTES))
        if token:
            self.http.cookies.set(resources.COOKIE, token)
        self.tab, self.form, self.study = tab, form, study
        self.told: dict[str, Any] = {}
        self.answers: dict[str, Any] = {}
        person = accounts.person(resources.store(), token)
        self.reader = person.username if person else "Ana"
        self.revision = self.saves = 0

    def ask(self, method: str, url: str, content: object, headers: dict[str, str] | None = None) -> Response:
        """The response to a JSON request of our own origin."""
        return self.http.request(method, f"/{url}", json=content, headers=OURS if headers is None else headers)

    def sit_down(self, *, take: bool = False) -> "DeskClient":
        """Requests the reader's current read and shows its form; `take` takes it over from another tab."""
        asked = {"reader": self.reader, "tab": self.tab, "take": take}
        self.show(self.ask("POST", desk.address(self.study), asked).json())
        return self

    def show(self, told: dict[str, Any]) -> None:
        """Replaces the form's state by a response."""
        self.told = told
        self.answers = dict(told.get("form", {}).get("answers", {}))
        self.revision = told.get("revision", 0)
        self.reader = told.get("scan", {}).get("reader") or self.reader

    @property
    def step(self) -> str:
        """The step of the form."""
        return self.told["step"]

    def body(self, **more: object) -> dict[str, Any]:
        """The body of the form's requests, with further fields."""
        self.saves += 1
        return {"reader": self.reader, "tab": self.tab, "form": self.form, "revision": self.revision,
                "save": self.saves, "answers": self.answers, "viewing": VIEWING} | more

    def save(self, step: Step | None = None, *, headers: dict[str, str] | None = None, **more: object) -> Response:
        """Saves the draft of the form's step, or of another step."""
        url = desk.step_address(self.study, step, "draft") if step else self.told["draft_url"]
        answer = self.ask("PUT", url, self.body(**more), headers)
        if answer.status_code == 200:
            self.revision = answer.json()["revision"]
        return answer

    def answer(self, **answers: object) -> Response:
        """Changes answers and saves the draft."""
        self.answers |= answers
        return self.save()

    def lock(self, **more: object) -> Response:
        """Locks the read; after success the form shows the next one."""
        told = {"press": f"press {self.saves}", "pressed_at": self.told.get("now"), "shown": self.told.get("shown"),
                "asked": None, "taken_over": []}
        answer = self.ask("POST", self.told["lock_url"], self.body(**told | more))
        if answer.status_code == 200:
            self.show(answer.json())
        if answer.status_code == 422:
            self.revision = answer.json()["revision"]
        return answer


ALL_ANSWERS = {"prognosis": "poor", "p_poor": "80", "gcs": "severe", "age": "under_80"}
"""An answer to every question of the default study, as typed."""
