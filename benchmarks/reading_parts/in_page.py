"""The clock in the page: from a key's event to the frame that shows what it has done.

It begins at the event's own time, which the browser notes when the key comes in, before any script hears of it. In
each frame it looks whether the page, or an open shadow root in it, holds what is waited for; the time is taken when
that frame has been painted.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from playwright.sync_api import Page

PATIENCE_S = 30.0


@dataclass(frozen=True)
class Seen:
    """What is waited for: an element of a selector whose text begins with or holds a pattern."""

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
    """Presses a key: the seconds until each thing is seen; what is not seen in time is missing.

    Raises:
        ValueError: One of them is there before the key.
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
    """Whether all of it is on the page in time."""
    asked = [{"selector": each.selector, "text": each.text} for each in wanted]
    for _ in range(round(patience_s / 0.05)):
        if page.evaluate("(wanted) => wanted.every(ichSeen)", asked):
            return True
        page.wait_for_timeout(50)
    return False


def text_of(page: Page) -> str:
    """What stands on the page, also in its shadow roots."""
    text: str = page.evaluate("() => ichText()")
    return text


def has_fetched(page: Page, end: str, size: int) -> bool:
    """Whether the page has fetched so many bytes from an address that ends so.

    The page is asked, since Chromium reports some of such fetches as broken off when all of their bytes have come.
    """
    fetched: bool = page.evaluate("([end, size]) => ichFetched(end, size)", [end, size])
    return fetched


def exactly(text: str) -> str:
    """A pattern that finds a text as it stands."""
    return re.escape(text)
