"""Browser windows with nothing in them, used again: loading the app costs half where a tab did it before.

The tabs of a window share a process, which keeps the app's scripts compiled as long as one of them is open: so each
window has an idle tab. A new window would fetch and compile megabytes of scripts anew.
"""

import contextlib
from typing import Any

from playwright.sync_api import Browser, Error, Page

SHARED = "--process-per-site"
"""The flag of a browser whose tabs share a process."""
IDLE = "http://127.0.0.1/idle"  # of the site of every app that is served here
SIZE = (1280, 800)  # the smallest screen that the app is made for


class Window:
    """A browser context whose idle tab stays; `settings` other than the usual make one that is not used again."""

    def __init__(self, browser: Browser, **settings: Any) -> None:  # Any: each setting of a context has its type
        width, height = SIZE
        usual = {"viewport": {"width": width, "height": height}, "color_scheme": "dark"}
        self.context = browser.new_context(**usual | settings)
        self.usual = not settings
        self._idle = self.context.new_page()
        self._idle.route(IDLE, lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
        self._idle.goto(IDLE)
        self._session = self.context.new_cdp_session(self._idle)

    def tab(self) -> Page:
        """A new tab."""
        return self.context.new_page()

    def empty(self) -> None:
        """Closes its tabs, and forgets cookies and what was stored."""
        for page in self.context.pages:
            if page is not self._idle:
                page.close()
        self.context.set_offline(False)
        self.context.clear_cookies()
        self._session.send("Storage.clearDataForOrigin", {"origin": "*", "storageTypes": "all"})


class Windows:
    """The windows of a browser: one that is taken back is given out again, empty."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: list[Window] = []

    def new(self, **settings: Any) -> Window:
        """An empty window; see `Window`."""
        return Window(self._browser, **settings) if settings or not self._free else self._free.pop()

    def take_back(self, window: Window) -> None:
        """Nobody needs a window any more; its browser may have died, and a test may have closed it."""
        with contextlib.suppress(Error):
            if window.usual and window.context.browser is self._browser:
                window.empty()
                self._free.append(window)
            else:
                window.context.close()
