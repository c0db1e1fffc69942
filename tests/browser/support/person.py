"""A person's actions on the pages."""

from playwright.sync_api import Page, expect

CASE_OPEN_MS = 30_000


def accept_invitation(page: Page, app: str, token: str, password: str) -> None:
    """Opens an invitation link and sets a password."""
    page.goto(f"{app}/?invite={token}")
    page.locator("input[name=password]").fill(password)
    page.get_by_role("button", name="Set password and enter").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def join_demo(page: Page, app: str, name: str, password: str) -> None:
    """Joins the demo study as a reader."""
    page.goto(app)
    page.locator("input[name=display_name]").fill(name)
    page.locator("form[action='auth/join'] input[name=password]").fill(password)
    page.get_by_role("button", name="Join the demo as a reader").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def enter_demo(page: Page, app: str) -> None:
    """Enters the demo study as its coordinator."""
    page.goto(app)
    page.get_by_role("button", name="Enter as demo coordinator").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def go_to(page: Page, title: str) -> None:
    """Opens a page by the menu."""
    page.get_by_role("link", name=title, exact=True).click()


def wait_for_step(page: Page, words: str) -> None:
    """Waits until the step's heading and the case's scan are shown."""
    expect(page.locator(".ich-step")).to_contain_text(words, timeout=CASE_OPEN_MS)
    expect(page.locator(".ich-viewer canvas").first).to_be_visible(timeout=CASE_OPEN_MS)


def wait_for_map(page: Page) -> None:
    """Waits until a saliency map is shown over the scan."""
    expect(page.locator('[data-pane="0"] .resolution')).to_contain_text("interpolated", timeout=CASE_OPEN_MS)
    at_rest(page)


def at_rest(page: Page) -> None:
    """Waits until the script run has ended, all components are loaded and initialised, and scans are shown."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=CASE_OPEN_MS)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=CASE_OPEN_MS)
    expect(page.locator(".ich-desk:not([data-told], :has(.ich-read))")).to_have_count(0, timeout=CASE_OPEN_MS)
    expect(page.locator(".ich-viewer:not([data-ready]):visible")).to_have_count(0, timeout=CASE_OPEN_MS)


def answer_with_keys(page: Page, *, letters: str, percent: int, comment: str = "") -> None:
    """Answers by keys once the form accepts them: choices by letters, then the probability and the comment."""
    expect(page.locator("form.ich-read[data-step]")).to_be_visible(timeout=CASE_OPEN_MS)
    for letter in letters:
        page.keyboard.press(letter)
    page.keyboard.press("r")
    page.keyboard.type(str(percent))
    page.keyboard.press("Escape")
    if comment:
        page.keyboard.press("x")
        page.keyboard.type(comment)
        page.keyboard.press("Escape")


def draw_ruler(page: Page) -> None:
    """Draws a ruler measurement on the scan."""
    page.keyboard.press("d")
    box = page.locator(".ich-viewer canvas").first.bounding_box()
    assert box is not None, "the viewer's picture is not on the screen"
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 80, y, steps=4)
    page.mouse.up()
    expect(page.locator(".ich-viewer .chip")).to_have_count(1)
