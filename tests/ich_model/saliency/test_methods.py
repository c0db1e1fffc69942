"""Saliency maps walk every method, variant and form, say where they came from, and leave the network as it was."""

import functools

import numpy as np
import pytest
import torch

from ich_model.jobs.queue import Cancelled, Watch
from ich_model.saliency import captum_reference, methods
from ich_model.saliency.saliency_map import Engine, Form
from ich_model.tasks import Task
from ich_model.variants import VARIANTS
from tests.support.random_networks import random_input, random_network

pytestmark = pytest.mark.numeric

BASELINE_GRID = (40, 40, 40)
QUICK = [method for method, row in methods.METHODS.items() if not row.through_captum]
loaded_once = functools.cache(random_network)


@pytest.mark.parametrize("method", QUICK)
def test_every_method_returns_a_map_with_its_origin(method):
    one = methods.explain(loaded_once(), random_input(), method=method, task=Task.GCS)
    assert one.values.shape == (32, 32, 32)
    assert one.values.dtype == np.float32
    assert np.isfinite(one.values).all()
    assert (one.case, one.variant, one.task, one.method) == ("case", "ord_gcs_bin_age", Task.GCS, method)
    assert len(one.cumulative) == 2


def test_the_native_shape_is_that_of_the_layer_or_of_the_input():
    maps = methods.explain_all(loaded_once(), random_input(), methods=QUICK, tasks=[Task.AGE])
    assert [(one.layer, one.native_shape) for one in maps] == [
        ("input", (32, 32, 32)),
        ("encoder.features.transition3.conv", (2, 2, 2)),
        ("encoder.features.transition3.conv", (2, 2, 2)),
    ]


@pytest.mark.parametrize("key", ["baseline_cnn", "prognosis", "only_ord_gcs"])
def test_variants_explain_each_of_their_tasks(key):
    grid = BASELINE_GRID if key == "baseline_cnn" else (32, 32, 32)
    loaded = random_network(key, grid=grid)
    maps = methods.explain_all(loaded, random_input(grid), methods=QUICK, tasks=VARIANTS[key].tasks)
    assert len(maps) == 3 * len(VARIANTS[key].tasks)


@pytest.mark.parametrize("method", QUICK)
def test_the_network_is_left_as_it_was(method):
    network = loaded_once().network
    before = {name: (type(module), module.training, len(module._forward_hooks), len(module._backward_hooks))
              for name, module in network.named_modules()}  # fmt: skip
    methods.explain(loaded_once(), random_input(), method=method, task=Task.PROGNOSIS)
    assert before == {name: (type(module), module.training, len(module._forward_hooks), len(module._backward_hooks))
                      for name, module in network.named_modules()}  # fmt: skip
    assert all(weight.requires_grad and weight.grad is None for weight in network.parameters())


def test_no_positive_evidence_is_an_empty_map_of_zeros():
    loaded = random_network("prognosis")
    with torch.no_grad():
        loaded.network.heads["prognosis"].weight.zero_()
    one = methods.explain(loaded, random_input(), method="guided_grad_cam", task=Task.PROGNOSIS)
    assert one.empty
    assert (one.values == 0).all()


def test_grad_cam_has_no_negative_values_and_the_product_has():
    cam, product = methods.explain_all(
        loaded_once(), random_input(), methods=["grad_cam", "guided_grad_cam"], tasks=[Task.GCS]
    )
    assert cam.values.min() >= 0
    assert product.values.min() < 0 < product.values.max()


def test_explaining_works_under_no_grad_and_in_inference_mode():
    with torch.inference_mode():
        one = methods.explain(loaded_once(), random_input(), method="guided_backprop", task=Task.AGE)
    assert one.values.any()


def test_another_layer_can_be_chosen_and_a_wrong_one_is_refused():
    one = methods.explain(loaded_once(), random_input(), method="grad_cam", task=Task.AGE,
                          layer="encoder.features.transition2.conv")  # fmt: skip
    assert one.native_shape == (4, 4, 4)
    with pytest.raises(ValueError, match="layer 'nowhere': expected a convolution of ord_gcs_bin_age"):
        methods.explain(loaded_once(), random_input(), method="grad_cam", task=Task.AGE, layer="nowhere")


def test_an_unknown_method_and_a_task_the_network_lacks_are_refused():
    with pytest.raises(ValueError, match="unknown saliency method 'lime': expected one of guided_backprop"):
        methods.explain(loaded_once(), random_input(), method="lime", task=Task.AGE)
    with pytest.raises(ValueError, match="prognosis does not predict age"):
        methods.explain(random_network("prognosis"), random_input(), method="grad_cam", task=Task.AGE)


def test_weights_that_give_no_numbers_are_named():
    loaded = random_network("prognosis")
    with torch.no_grad():
        loaded.network.heads["prognosis"].weight.fill_(float("inf"))
    with pytest.raises(ValueError, match="not finite; replace weights 0123456789ab"):
        methods.explain(loaded, random_input(), method="guided_backprop", task=Task.PROGNOSIS)


def test_the_engine_that_made_a_map_is_told():
    fast = methods.explain(loaded_once(), random_input(), method="grad_cam", task=Task.AGE)
    other = methods.explain(loaded_once(), random_input(), method="grad_cam", task=Task.AGE,
                            layer="encoder.features.transition2.conv")  # fmt: skip
    baseline = random_network("baseline_cnn", grid=BASELINE_GRID)
    assert (fast.engine, other.engine) == (Engine.ONEDNN, Engine.AUTOGRAD)
    assert methods.engine_for(baseline) is Engine.AUTOGRAD


def test_the_fast_engine_is_refused_where_it_cannot_explain():
    with pytest.raises(ValueError, match="engine onednn: cannot explain baseline_cnn at encoder"):
        methods.explain_all(random_network("baseline_cnn", grid=BASELINE_GRID), random_input(BASELINE_GRID),
                            methods=["grad_cam"], tasks=[Task.PROGNOSIS], engine=Engine.ONEDNN)  # fmt: skip


def test_the_absolute_form_is_the_signed_one_without_its_sign():
    ask = functools.partial(methods.explain_all, loaded_once(), random_input(), methods=QUICK, tasks=[Task.GCS])
    for signed, absolute in zip(ask(), ask(form=Form.ABSOLUTE), strict=True):
        np.testing.assert_array_equal(absolute.values, np.abs(signed.values))
        assert (signed.form, absolute.form) == (Form.SIGNED, Form.ABSOLUTE)


def test_methods_the_papers_tool_lacks_have_no_published_form():
    with pytest.raises(ValueError, match="occlusion: has no published form; take signed or absolute"):
        methods.explain_all(loaded_once(), random_input(), methods=["occlusion"], tasks=[Task.GCS],
                            form=Form.PUBLISHED)  # fmt: skip


def test_occlusion_is_how_far_the_logit_falls_with_each_block(monkeypatch):
    monkeypatch.setattr(captum_reference, "WINDOWS", (1, 1, 2))
    loaded, case = random_network("prognosis"), random_input()
    one = methods.explain(loaded, case, method="occlusion", task=Task.PROGNOSIS)
    left = case.values.copy()
    left[..., :16] = 0
    with torch.no_grad():
        whole, without = (loaded.network(torch.from_numpy(x)[None])["prognosis"].item() for x in (case.values, left))
    np.testing.assert_allclose(one.values[..., :16], whole - without, atol=1e-6)
    assert one.engine is Engine.CAPTUM


def test_integrated_gradients_add_up_to_what_the_scan_changed(monkeypatch):
    monkeypatch.setattr(captum_reference, "N_STEPS", 8)
    loaded, case = random_network("prognosis"), random_input()
    one = methods.explain(loaded, case, method="integrated_gradients", task=Task.PROGNOSIS)
    with torch.no_grad():
        whole, nothing = (loaded.network(torch.from_numpy(x)[None])["prognosis"].item()
                          for x in (case.values, 0 * case.values))  # fmt: skip
    assert one.values.sum() == pytest.approx(whole - nothing, rel=0.05)


@pytest.mark.parametrize("method", methods.METHODS)
def test_every_method_stops_when_it_is_told(method):
    watch = Watch()
    watch.stop.set()
    with pytest.raises(Cancelled, match="was stopped"):
        methods.explain_all(loaded_once(), random_input(), methods=[method], tasks=[Task.AGE], watch=watch)
    assert len(methods.EXPLANATIONS) == 0


def test_an_explanation_stops_between_its_passes_and_tells_its_steps():
    steps: list[tuple[int, int]] = []
    watch = Watch(on_step=lambda done, total: (steps.append((done, total)), watch.stop.set()))
    with pytest.raises(Cancelled, match="was stopped"):
        methods.explain_all(loaded_once(), random_input(), methods=["grad_cam"], tasks=list(Task), watch=watch)
    assert steps == [(1, 3)]
