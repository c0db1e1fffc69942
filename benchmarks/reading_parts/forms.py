"""The form of a read in two versions: the elements that show that it is ready and which choice is selected."""

from dataclasses import dataclass

from benchmarks.reading_parts.in_page import Seen, exactly

Step = tuple[str, str, int]
"""Case, condition, repeat."""


def heading(number: int) -> Seen:
    """The heading of a read, by its number."""
    return Seen(".ich-step", rf"^{number} of ")


def first_slice(step: Step) -> Seen:
    """The drawn scan of a step's case."""
    return Seen(f'.ich-viewer[data-ready="{step[0]}"]')


@dataclass(frozen=True)
class WidgetForm:
    """The form made of Streamlit's widgets.

    The page does not show when it accepts keys: the form counts as ready when the step's first button is enabled. A
    reader at human pace waits another second before the first key.
    """

    def ready(self, step: Step) -> Seen:
        """The form of a step, as far as the page shows it."""
        case, condition, _ = step
        return Seen(f'[class*="-{case}-{condition}-"] button:not([disabled])')

    def chosen(self, text: str) -> Seen:
        """The button of a choice, filled."""
        return Seen("button[kind=primary]", exactly(text))


@dataclass(frozen=True)
class ComponentForm:
    """The form in the browser's component, which has its step as an attribute as soon as it accepts keys."""

    def ready(self, step: Step) -> Seen:
        """The form of a step once it accepts keys."""
        case, condition, repeat = step
        return Seen(f'form.ich-read[data-step="{case}/{condition}/{repeat}"]')

    def chosen(self, text: str) -> Seen:
        """The button of a choice, filled."""
        return Seen('form.ich-read button[aria-pressed="true"]', exactly(text))


Form = WidgetForm | ComponentForm
