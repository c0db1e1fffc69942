"""The published form equals what M3d-CAM itself made of a network and a scan that are written down here.

The values were recorded on 2026-11-28 from M3d-CAM 0.1.22 (PyPI `medcam`) under torch 2.13 and numpy 2, on one thread:
`inject(model, backend=..., layer="network.encoder.features.10", label=0, return_attention=True)`, the second call of
each. Ours equalled its maps bit for bit in all voxels.
"""

import numpy as np
import pytest
import torch

from ich_model import saliency
from ich_model.autograd_pass import AutogradPass
from ich_model.evidence import Evidence
from ich_model.network import MultiTaskNetwork
from ich_model.tasks import PROGNOSIS
from ich_model.variants import VARIANTS
from ich_model.waiting_line import Watch

GRID = (46, 46, 54)  # of which the last convolution makes 2 x 2 x 3
VOXELS = np.s_[4::11, 20, 4::13]
M3D_CAM = {
    "guided_backprop": [0.517801, 0.535238, 0.525989, 0.518927, 0.499657, 0.458921, 0.493971, 0.518593,
                        0.543717, 0.571154, 0.527224, 0.517731, 0.478409, 0.468454, 0.517120, 0.517113],
    "grad_cam": [0.900393, 0.867404, 0.840833, 0.879092, 0.748890, 0.728312, 0.712254, 0.738038,
                 0.332259, 0.345809, 0.358660, 0.350138, 0.029254, 0.067626, 0.101500, 0.068030],
    "guided_grad_cam": [0.548951, 0.579400, 0.562631, 0.550865, 0.520862, 0.461544, 0.513868, 0.549474,
                        0.564056, 0.584006, 0.553586, 0.546669, 0.543086, 0.538824, 0.545569, 0.545479],
}  # fmt: skip
MEANS = {"guided_backprop": 0.516439, "grad_cam": 0.471942, "guided_grad_cam": 0.545863}


def written_down_network() -> MultiTaskNetwork:
    """The plain CNN whose weights are sines, so that no random generator's version matters."""
    network = MultiTaskNetwork(VARIANTS["baseline_cnn"]).eval()
    with torch.no_grad():
        for k, weight in enumerate(network.parameters(), start=1):
            waves = torch.sin(k * torch.arange(weight.numel(), dtype=torch.float64))
            weight.copy_(waves.reshape(weight.shape) / max(weight[0].numel(), 1) ** 0.5)
    return network


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    values = (np.arange(np.prod(GRID)) * 37 % 101 / 100).astype(np.float32).reshape(1, *GRID)
    layer = saliency.LAYERS[VARIANTS["baseline_cnn"].encoder]
    return AutogradPass(written_down_network(), values, layer=layer, watch=Watch()).evidence(PROGNOSIS)


@pytest.mark.parametrize("method", M3D_CAM)
def test_the_published_form_has_the_values_that_m3d_cam_gave(evidence, method):
    found = saliency.METHODS[method].published(evidence)[0, 0].numpy()
    np.testing.assert_allclose(found[VOXELS].ravel(), M3D_CAM[method], atol=2e-5)
    assert found.mean() == pytest.approx(MEANS[method], abs=2e-5)
