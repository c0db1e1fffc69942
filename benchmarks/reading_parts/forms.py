"""The form of a read in two versions: how it is told in the page that it can be used and what is chosen."""

from dataclasses import dataclass

from benchmarks.reading_parts.in_page import Seen, exactly

Step = tuple[str, str, int]
"""Case, condition, repeat."""


def heading(number: int) -> Seen:
    """Which read of how many it is."""
    return Seen(".ich-step", rf"^{number} of ")


def first_slice(step: Step) -> Seen:
    """The case's scan, drawn."""
    return Seen(f'.ich-viewer[data-ready="{step[0]}"]')


@dataclass(frozen=True)
class WidgetForm:
    """The form of Streamlit's widgets.

    The page does not tell when it hears its keys: it counts as ready when the step's first button is there. A reader at
    a person's pace leaves it another second before the first key.
    """

    def ready(self, step: Step) -> Seen:
        """The form of a step, as far as the page tells."""
        case, condition, _ = step
        return Seen(f'[class*="-{case}-{condition}-"] button:not([disabled])')

    def chosen(self, text: str) -> Seen:
        """The button of a choice, filled."""
        return Seen("button[kind=primary]", exactly(text))


@dataclass(frozen=True)
class ComponentForm:
    """The form in the browser's component: it names its step as soon as it hears its keys."""

    def ready(self, step: Step) -> Seen:
        """The form of a step that hears its keys."""
        case, condition, repeat = step
        return Seen(f'form.ich-read[data-step="{case}/{condition}/{repeat}"]')

    def chosen(self, text: str) -> Seen:
        """The button of a choice, filled."""
        return Seen('form.ich-read button[aria-pressed="true"]', exactly(text))


Form = WidgetForm | ComponentForm
