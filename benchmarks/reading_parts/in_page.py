"""Timing in the page, from a key's event to the frame that shows its effect.

The start is the event's timestamp, which the browser sets before any script runs. In each animation frame a script
checks whether the page, or an open shadow root in it, has the expected elements; the end is the time at which that
frame has been painted.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from playwright.sync_api import Page

PATIENCE_S = 30.0


@dataclass(frozen=True)
class Seen:
    """An expected element: a selector, and a regular expression that its text must match."""

    selector: str
    text: str = ""  # a regular expression


SCRIPT = """
(() => {
  performance.setResourceTimingBufferSize(100000);
  window.ichFetched = (end, bytes) => performance.getEntriesByType("resource")
    .some((entry) => entry.name.endsWith(end) && entry.decodedBodySize >= bytes);
  const roots = () => {
    const found = [document];
    for (const root of found)
      for (const element of root.querySelectorAll("*")) if (element.shadowRoot) found.push(element.shadowRoot);
    return found;
  };
  const seen = ({ selector, text }) => roots().some((root) => [...root.querySelectorAll(selector)]
    .some((element) => new RegExp(text).test(element.textContent.trim())));
  const afterPainting = (act) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = act;
    port2.postMessage(null);
  };
  window.ichSeen = seen;
  window.ichText = () => roots().map((root) => (root.body ?? root.host).innerText + [...root.children ?? []]
    .map((child) => child.innerText ?? "").join(" ")).join(" ").replace(/\\s+/g, " ");
  window.ichWatch = (key, held, wanted, patience) => new Promise((resolve) => {
    const times = {};
    let began = 0;
    const left = () => Object.keys(wanted).filter((name) => !(name in times));
    const look = () => {
      const shown = left().filter((name) => seen(wanted[name]));
      if (shown.length) afterPainting(() => {
        for (const name of shown) times[name] = performance.now() - began;
        if (!left().length) resolve(times);
      });
      if (performance.now() - began > patience) resolve(times);
      else if (shown.length < left().length) requestAnimationFrame(look);
    };
    const hear = (event) => {
      if (event.key.toLowerCase() !== key.toLowerCase() || event.ctrlKey !== held) return;
      removeEventListener("keydown", hear, true);
      began = event.timeStamp;
      requestAnimationFrame(look);
    };
    addEventListener("keydown", hear, true);
    setTimeout(() => {
      removeEventListener("keydown", hear, true);
      resolve(times);
    }, patience + 1000);
  });
})();
"""


def time_of_key(
    page: Page, key: str, wanted: Mapping[str, Seen], *, patience_s: float = PATIENCE_S
) -> dict[str, float]:
    """Presses a key and returns the seconds until each expected element is shown; those not shown in time are missing.

    Raises:
        ValueError: where one of them is shown before the key is pressed.
    """
    asked = {name: {"selector": each.selector, "text": each.text} for name, each in wanted.items()}
    letter, held = key.removeprefix("Control+"), key.startswith("Control+")
    already = page.evaluate("""([key, held, wanted, patience]) => {
      window.ichWatched = ichWatch(key, held, wanted, patience);
      return Object.keys(wanted).filter((name) => ichSeen(wanted[name]));
    }""", [letter, held, asked, patience_s * 1000])
    if already:
        raise ValueError(f"key {key}: expected nothing of it on the page before it is pressed, found {already}")
    page.keyboard.press(key)
    milliseconds: dict[str, float] = page.evaluate("() => window.ichWatched")
    return {name: each / 1000 for name, each in milliseconds.items()}


def wait_for(page: Page, *wanted: Seen, patience_s: float = PATIENCE_S) -> bool:
    """Whether all expected elements are on the page before the timeout."""
    asked = [{"selector": each.selector, "text": each.text} for each in wanted]
    for _ in range(round(patience_s / 0.05)):
        if page.evaluate("(wanted) => wanted.every(ichSeen)", asked):
            return True
        page.wait_for_timeout(50)
    return False


def text_of(page: Page) -> str:
    """The text of the page, including its shadow roots."""
    text: str = page.evaluate("() => ichText()")
    return text


def has_fetched(page: Page, end: str, size: int) -> bool:
    """Whether the page has fetched at least `size` bytes from an address that ends with `end`.

    This uses the page's resource timing, because Chromium reports some complete fetches as aborted.
    """
    fetched: bool = page.evaluate("([end, size]) => ichFetched(end, size)", [end, size])
    return fetched


def exactly(text: str) -> str:
    """A regular expression that matches a text literally."""
    return re.escape(text)
