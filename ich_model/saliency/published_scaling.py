"""Maps as the paper shows them: each stretched to 0-1, as M3d-CAM does (Gotkowski et al. 2020).

    Guided Backpropagation   minmax(guided gradient)
    Grad-CAM                 trilinear(minmax(relu(CAM)))
    Guided Grad-CAM          minmax(trilinear(minmax(relu(CAM))) x guided gradient)

minmax(x) = (x - min x) / (max x - min x), or 0 everywhere where x is the same everywhere. The guided gradient has its
sign, so in the first and the last no evidence is not 0 but somewhere near the middle. The paper then sets what is
below 0.5 to 0, which hides absent and negative evidence alike. For display, not for measuring.

These equal the maps of M3d-CAM 0.1.22 to 4e-7, except its first one after it was injected into a model: its trial run
leaves the plain gradient in that scan's own, and the guided one is added to it.
"""

from torch import Tensor

from ich_model.saliency.gradients.base import Evidence, on_grid


def guided_backprop(evidence: Evidence) -> Tensor:
    """Guided Backpropagation (1, 1, D, H, W), 0 to 1."""
    return minmax(evidence.guided_gradient)


def grad_cam(evidence: Evidence) -> Tensor:
    """Grad-CAM (1, 1, D, H, W), 0 to 1."""
    return on_grid(minmax(evidence.cam), evidence.run.grid)


def guided_grad_cam(evidence: Evidence) -> Tensor:
    """Guided Grad-CAM (1, 1, D, H, W), 0 to 1."""
    return minmax(grad_cam(evidence) * evidence.guided_gradient)


def minmax(x: Tensor) -> Tensor:
    """Values (..., D, H, W) stretched to 0-1; 0 everywhere where all are equal."""
    low, high = x.min(), x.max()
    return (x - low) / (high - low) if high > low else x * 0
