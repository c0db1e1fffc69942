"""Pages run alone: what they send to the browser, and presses on their buttons."""

from streamlit.testing.v1 import AppTest


def without_failure(page: AppTest) -> AppTest:
    """The page, which must not have failed."""
    assert [error.message for error in page.exception] == []
    return page


def sent(page: AppTest) -> str:
    """All that the page sends to the browser, widgets and components included."""
    def walk(node: object) -> str:
        inner = "".join(walk(child) for child in getattr(node, "children", {}).values())
        return repr(getattr(node, "proto", "")) + inner

    return walk(page._tree)


def press(page: AppTest, label: str) -> AppTest:
    """The page after a press on the button with that label."""
    return without_failure(next(button for button in page.button if button.label == label).click().run())
