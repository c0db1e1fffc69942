"""Weights files: round trips, published names, and one sentence for each bad file."""

import json
import pickle

import pytest
import torch
from safetensors.torch import load_file

from ich_model.commands import weights as weights_command
from ich_model.network import weights
from ich_model.network.network import MINIMUM_SIZE, MultiTaskNetwork
from ich_model.network.weights import Manifest, WeightsMismatch
from ich_model.variants import VARIANTS

BIN_AGE = VARIANTS["bin_age"]


def network_of(variant) -> MultiTaskNetwork:
    torch.manual_seed(0)
    return MultiTaskNetwork(variant).eval()


def published_state(network: MultiTaskNetwork) -> dict:
    """A bin_age network's state under the published names."""
    renames = {"encoder.features.": "feature_extractor.features.", "heads.prognosis.": "binary_head.3.",
               "heads.age.": "ordinal_headAge.3."}  # fmt: skip
    state = {}
    for name, tensor in network.state_dict().items():
        ours = next(prefix for prefix in renames if name.startswith(prefix))
        state[renames[ours] + name.removeprefix(ours)] = tensor
    return state


@pytest.fixture
def saved(tmp_path):
    """A saved baseline CNN, the smallest network: its path and itself."""
    network = network_of(VARIANTS["baseline_cnn"])
    path = tmp_path / "cnn.safetensors"
    weights.save(path, network=network, manifest=Manifest("baseline_cnn", (40, 64, 64), "", synthetic=True))
    return path, network


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=lambda row: row.key)
def test_every_variant_reloads_as_it_was_saved(variant, tmp_path):
    network, path = network_of(variant).half().float(), tmp_path / "w.safetensors"
    grid = (MINIMUM_SIZE[variant.encoder],) * 3
    written = weights.save(path, network=network, manifest=Manifest(variant.key, grid, "", synthetic=True))
    loaded = weights.load(path)
    x = torch.rand(1, 1, *grid, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        for key, logits in loaded.network(x).items():
            assert torch.equal(logits, network.eval()(x)[key])
    assert loaded.manifest == written


def test_floats_are_stored_as_halves_and_integers_as_they_are(saved):
    path, network = saved
    stored = load_file(path)
    assert stored["heads.prognosis.weight"].dtype == torch.float16
    assert stored["encoder.features.12.num_batches_tracked"].dtype == torch.int64
    assert weights.load(path).network.heads["prognosis"].weight.dtype == torch.float32
    assert network.heads["prognosis"].weight.dtype == torch.float32


def test_values_too_large_for_a_half_stay_fp32(tmp_path):
    network, path = network_of(VARIANTS["baseline_cnn"]), tmp_path / "w.safetensors"
    network.encoder.features[12].running_var[0] = 1e6
    weights.save(path, network=network, manifest=Manifest("baseline_cnn", (40, 64, 64), "", synthetic=True))
    assert weights.load(path).network.encoder.features[12].running_var[0] == 1e6


def test_a_published_checkpoint_loads_under_its_own_names(tmp_path):
    network, path = network_of(BIN_AGE), tmp_path / "MTBinaryAge_fold0.pth"
    torch.save(published_state(network), path)
    loaded = weights.load(path, variant=BIN_AGE)
    assert torch.equal(loaded.network.heads["age"].weight, network.heads["age"].weight)
    assert loaded.manifest.grid == (40, 301, 301)
    assert not loaded.manifest.synthetic


def test_a_checkpoint_of_another_variant_is_refused_by_name_or_shape(tmp_path):
    path = tmp_path / "fold0.pth"
    torch.save(published_state(network_of(BIN_AGE)), path)
    with pytest.raises(WeightsMismatch, match=r"fold0\.pth: does not fit bin_gcs, which is missing heads\.gcs_binary"):
        weights.load(path, variant=VARIANTS["bin_gcs"])
    state = {**published_state(network_of(BIN_AGE)), "binary_head.3.weight": torch.zeros(2, 1024)}
    torch.save(state, path)
    with pytest.raises(WeightsMismatch, match=r"heads\.prognosis\.weight has shape \(2, 1024\), expected \(1, 1024\)"):
        weights.load(path, variant=BIN_AGE)


class Code:
    """Would write a file if it were unpickled."""

    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return (self.target.write_text, ("ran",))


def pickled(protocol: int):
    return lambda thing, path: path.write_bytes(pickle.dumps(thing, protocol=protocol))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("write", [torch.save, pickled(2), pickled(4)])
def test_a_pickle_with_code_is_refused_by_our_sentence_alone_and_does_not_run(write, tmp_path):
    path, target = tmp_path / "bad.pth", tmp_path / "ran.txt"
    write({"binary_head.3.weight": Code(target)}, path)
    with pytest.raises(WeightsMismatch, match=r"bad\.pth: refused, code in it or damaged"):
        weights.load(path, variant=BIN_AGE)
    assert not target.exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut", b"not a checkpoint at all", b"\x80\x02}q\x00"])
def test_an_empty_or_cut_checkpoint_is_one_sentence(content, tmp_path):
    path = tmp_path / "cut.pth"
    path.write_bytes(content)
    with pytest.raises(WeightsMismatch, match=r"cut\.pth: "):
        weights.load(path, variant=BIN_AGE)


def test_a_truncated_checkpoint_is_one_sentence(tmp_path):
    path = tmp_path / "half.pth"
    torch.save(network_of(VARIANTS["baseline_cnn"]).state_dict(), path)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(WeightsMismatch, match=r"half\.pth: empty, truncated or no torch checkpoint"):
        weights.load(path, variant=VARIANTS["baseline_cnn"])


@pytest.mark.parametrize("thing", [[1, 2], {"a": 3}, {"state_dict": {"a": torch.zeros(1)}}])
def test_a_checkpoint_of_other_things_is_refused(thing, tmp_path):
    path = tmp_path / "other.pth"
    torch.save(thing, path)
    with pytest.raises(WeightsMismatch, match="expected a plain state dict"):
        weights.load(path, variant=BIN_AGE)


def test_a_pth_needs_its_variant(tmp_path):
    path = tmp_path / "fold0.pth"
    path.write_bytes(b"")
    with pytest.raises(WeightsMismatch, match="name its variant"):
        weights.load(path)


def test_weights_and_manifest_belong_together(saved):
    path, _ = saved
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(WeightsMismatch, match="not the file of its manifest"):
        weights.load(path)
    manifest = path.with_suffix(".json")
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "weights_id": weights.weights_id_of(path)}))
    with pytest.raises(WeightsMismatch, match="not a readable safetensors file"):
        weights.load(path)
    manifest.unlink()
    with pytest.raises(WeightsMismatch, match=r"its manifest cnn\.json is missing"):
        weights.load(path)


@pytest.mark.parametrize("change", [{"variant": "other"}, {"grid": [20, 64, 64]}, {"grid": None}, {"surplus": 1}])
def test_a_manifest_that_is_none_is_refused(saved, change):
    path, _ = saved
    manifest = path.with_suffix(".json")
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), **change}))
    with pytest.raises(WeightsMismatch, match=r"cnn\.json: not a manifest of weights"):
        weights.load(path)


def test_another_variant_than_the_manifests_is_refused(saved):
    with pytest.raises(WeightsMismatch, match="weights of baseline_cnn, expected bin_age"):
        weights.load(saved[0], variant=BIN_AGE)


def test_values_that_are_not_finite_are_refused(tmp_path):
    network, path = network_of(VARIANTS["baseline_cnn"]), tmp_path / "nan.pth"
    network.heads["prognosis"].bias.data.fill_(float("nan"))
    torch.save(network.state_dict(), path)
    with pytest.raises(WeightsMismatch, match=r"heads\.prognosis\.bias holds values that are not finite"):
        weights.load(path, variant=VARIANTS["baseline_cnn"])


def test_a_published_checkpoint_is_converted_and_listed(tmp_path, capsys):
    source, out = tmp_path / "cnn_fold0.pth", tmp_path / "cnn.safetensors"
    torch.save(network_of(VARIANTS["baseline_cnn"]).state_dict(), source)
    assert weights_command.main(["convert", str(source), "--variant", "baseline_cnn", "--out", str(out)]) == 0
    assert weights_command.main(["check", str(out)]) == 0
    assert weights_command.main(["list"]) == 0
    printed = capsys.readouterr().out
    assert all(key in printed for key in VARIANTS)
