"""Accessibility checks by axe-core: violations in our own markup, and new ones in Streamlit's widgets."""

from dataclasses import dataclass
from typing import NamedTuple

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page


class Row(NamedTuple):
    """A rule, and the test id of the Streamlit widget that violates it; empty for our own markup."""

    rule: str
    widget: str


@dataclass(frozen=True)
class Violation:
    """An element that violates a rule."""

    row: Row
    html: str


KNOWN = {
    Row("presentation-role-conflict", "stFileUploaderDropzone"):
        "the frame round an upload is `presentation`, and only a script moves the focus to it; its button is named",
    Row("region", "stMultiSelectDropdown"):
        "an open list lies after all of the page, outside its landmarks; the focus stays in the field that controls it",
}
"""Known violations in Streamlit's widgets -> why they exclude no user. Rows without a violation must be removed."""

FIND = """async () => {
  const moves = document.getAnimations().filter(({ effect }) => effect.getComputedTiming().endTime < Infinity);
  await Promise.allSettled(moves.map(move => move.finished));
  const found = await axe.run(document, { resultTypes: ['violations'], selectors: false, elementRef: true });
  const ours = element => element.getRootNode() !== document || element.closest('.stHtml') !== null;
  const widget = element => ours(element) ? '' : element.closest('[data-testid^="st"]')?.dataset.testid ?? '';
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ element, html }) => [id, widget(element), html.slice(0, 200)]));
}"""
"""It waits for animations, because elements that fade in lack contrast. Our own markup is in `st.html` or in the shadow
roots of components."""


def violations(page: Page) -> list[Violation]:
    """All violations that axe-core finds on a page in its current state."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE_SCRIPT)
    return [Violation(Row(rule, widget), html) for rule, widget, html in page.evaluate(FIND)]


def not_allowed(found: list[Violation]) -> list[Violation]:
    """The violations in our own markup, and those of widgets that are not known."""
    return [one for one in found if not one.row.widget or one.row not in KNOWN]


def heading_levels(page: Page) -> list[int]:
    """The levels of a page's visible headings, in document order."""
    levels: list[int] = page.locator(":is(h1, h2, h3, h4, h5, h6):visible").evaluate_all(
        "headings => headings.map(heading => Number(heading.tagName[1]))")
    return levels
