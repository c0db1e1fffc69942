"""Helpers for pages run alone under AppTest: the messages that they send, and clicks on their buttons."""

from streamlit.testing.v1 import AppTest


def without_failure(page: AppTest) -> AppTest:
    """The page, checked to have raised no exception."""
    assert [error.message for error in page.exception] == []
    return page


def sent(page: AppTest) -> str:
    """The representation of all messages that the page sends to the browser, including widgets and components."""
    def walk(node: object) -> str:
        inner = "".join(walk(child) for child in getattr(node, "children", {}).values())
        return repr(getattr(node, "proto", "")) + inner

    return walk(page._tree)


def press(page: AppTest, label: str) -> AppTest:
    """The page after a click on the button with a label."""
    return without_failure(next(button for button in page.button if button.label == label).click().run())
