"""A prediction as small cards, one a task, with the probability of each band. HTML made here, shown by the pages."""

from dataclasses import dataclass
from html import escape

from ich_model.tasks import CLASS_TEXTS, Prediction, Target
from ich_model.variants import variant_named
from pages.shared.scans import TASK_TITLES

SYNTHETIC_WEIGHTS = "Weights trained on synthetic phantoms"
SYNTHETIC_CASE = "Synthetic case"


def model_cards(prediction: Prediction) -> str:
    """The model's name and grid, and a card for each task it answers."""
    cards = "".join(_card(prediction, target) for target in prediction.targets)
    return f'{model_head(prediction)}<div class="ich-cards">{cards}</div>'


def tag(text: str) -> str:
    """A conspicuous mark, as HTML."""
    return f'<span class="ich-tag">{escape(text)}</span>'


def note(text: str) -> str:
    """A mark of a whole sentence."""
    return f'<p class="ich-note">{escape(text)}</p>'


@dataclass(frozen=True)
class ModelName:
    """Which network speaks: its name, weights and input grid, and a mark where it only knows phantoms."""

    title: str
    weights: str
    grid: str
    mark: str


def named(prediction: Prediction) -> ModelName:
    """The network of a prediction in words."""
    return ModelName(variant_named(prediction.variant).title, prediction.weights_id[:8],
                     " × ".join(str(size) for size in prediction.input_grid),
                     SYNTHETIC_WEIGHTS if prediction.synthetic_weights else "")


def model_head(prediction: Prediction) -> str:
    """The same above a model's answers."""
    name = named(prediction)
    mark = tag(name.mark) if name.mark else ""
    return (f'<div class="ich-model-head"><b>Model: {escape(name.title)}</b> {mark}'
            f"<small>weights {escape(name.weights)}, input grid {name.grid}</small></div>")


def _card(prediction: Prediction, target: Target) -> str:
    label, bands = prediction.label(target), prediction.probabilities(target)
    rows = "".join(_band(code, value, chosen=code == label) for code, value in reversed(bands.items()))
    return f'<div class="ich-card"><h2>{TASK_TITLES[target.task]}</h2>{rows}</div>'


def _band(code: str, value: float, *, chosen: bool) -> str:
    look = "ich-band ich-chosen" if chosen else "ich-band"
    return (f'<div class="{look}"><span>{escape(CLASS_TEXTS[code])}</span><span>{value:.2f}</span>'
            f'<i style="width:{100 * value:.0f}%"></i></div>')
