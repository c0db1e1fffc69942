"""The published form equals what M3d-CAM itself made of a network and a scan that are written down here.

Both were computed in double precision. This network's Grad-CAM is the same all over to within 4 %; to stretch it to 0-1
takes four digits away, so that single precision leaves an error of 1e-3, which changes with the processor and the
number of threads, and double precision one of 1e-11.

The values were recorded on 2026-12-01 from M3d-CAM 0.1.22 (PyPI `medcam`) under torch 2.13.0 and numpy 2.4.6, with
`torch.set_default_dtype(torch.float64)`: `written_down_network()` in `benchmarks.peers.saliency.OneOutput`, then the
second call of `inject(model, backend=..., layer="network.encoder.features.10", label=0, return_attention=True)` with
the scan. Ours equalled its maps to 1.4e-7 in all voxels: the last step of M3d-CAM rounds to single precision.
"""

import numpy as np
import pytest
import torch

from ich_model.jobs.queue import Watch
from ich_model.network.network import MultiTaskNetwork
from ich_model.saliency import methods
from ich_model.saliency.gradients.autograd import AutogradPass
from ich_model.saliency.gradients.base import Evidence
from ich_model.tasks import PROGNOSIS
from ich_model.variants import VARIANTS

pytestmark = pytest.mark.numeric

GRID = (46, 46, 54)  # of which the last convolution makes 2 x 2 x 3
VOXELS = np.s_[4::11, 20, 4::13]
M3D_CAM = {
    "guided_backprop": [
        0.5178008, 0.5352384, 0.5259892, 0.5189266, 0.4996571, 0.4589206, 0.4939706, 0.5185930,
        0.5437170, 0.5711545, 0.5272241, 0.5177313, 0.4784088, 0.4684539, 0.5171201, 0.5171134],
    "grad_cam": [
        0.9004112, 0.8674312, 0.8408399, 0.8789816, 0.7488392, 0.7282486, 0.7121596, 0.7378775,
        0.3320161, 0.3454966, 0.3582887, 0.3498413, 0.0288721, 0.0671315, 0.1009281, 0.0676331],
    "guided_grad_cam": [
        0.5488936, 0.5793505, 0.5625764, 0.5508080, 0.5208008, 0.4614758, 0.5138078, 0.5494162,
        0.5639887, 0.5839214, 0.5535216, 0.5466100, 0.5430564, 0.5388121, 0.5455100, 0.5454198],
}  # fmt: skip
MEANS = {"guided_backprop": 0.5164391, "grad_cam": 0.4716912, "guided_grad_cam": 0.5458047}
ROUNDED = 8 * 2**-24  # M3d-CAM interpolates in single precision: a mean of 8 values from 0 to 1, each half a digit off


def written_down_network() -> MultiTaskNetwork:
    """The plain CNN in double precision whose weights are sines, so that no random generator's version matters."""
    network = MultiTaskNetwork(VARIANTS["baseline_cnn"]).double().eval()
    with torch.no_grad():
        for k, weight in enumerate(network.parameters(), start=1):
            waves = torch.sin(k * torch.arange(weight.numel(), dtype=torch.float64))
            weight.copy_(waves.reshape(weight.shape) / max(weight[0].numel(), 1) ** 0.5)
    return network


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    scan = (np.arange(np.prod(GRID)) * 37 % 101 / 100).reshape(1, *GRID)
    layer = methods.LAYERS[VARIANTS["baseline_cnn"].encoder]
    return AutogradPass(written_down_network(), scan, layer=layer, watch=Watch()).evidence(PROGNOSIS)


@pytest.mark.parametrize("method", M3D_CAM)
def test_the_published_form_has_the_values_that_m3d_cam_gave(evidence, method):
    found = methods.METHODS[method].published(evidence)[0, 0].numpy()
    assert found.dtype == np.float64
    np.testing.assert_allclose(found[VOXELS].ravel(), M3D_CAM[method], rtol=0, atol=ROUNDED)
    assert found.mean() == pytest.approx(MEANS[method], abs=ROUNDED)
