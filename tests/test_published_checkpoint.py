"""Fetching published checkpoints, from a Hub made here that holds files with exactly the published key names."""

import hashlib
import json
from types import SimpleNamespace

import pytest
import torch
from monai.networks.nets import DenseNet121

from ich_model import published_checkpoint, weights, weights_command
from ich_model.published_checkpoint import REPOSITORIES, fetch
from ich_model.variants import VARIANTS, Variant

SHA = "4f0c" * 10
HEADS = {  # the authors' module names of the heads, by the variant's tasks (method of Cobo et al. 2024)
    ("prognosis",): {},
    ("prognosis", "gcs"): {"gcs": "ordinal_head"},
    ("prognosis", "age"): {"age": "ordinal_headAge"},
    ("prognosis", "gcs", "age"): {"gcs": "ordinal_headGCS", "age": "ordinal_headAge"},
}
CNN_SHAPES = {
    "feature_extractor.0.weight": (16, 1, 3, 3, 3), "feature_extractor.3.weight": (32, 16, 3, 3, 3),
    "feature_extractor.3.bias": (32,), "feature_extractor.7.weight": (64, 32, 3, 3, 3),
    "feature_extractor.7.bias": (64,), "feature_extractor.10.weight": (128, 64, 3, 3, 3),
    "feature_extractor.12.weight": (128,), "feature_extractor.12.bias": (128,),
    "feature_extractor.12.running_mean": (128,), "feature_extractor.12.running_var": (128,),
    "feature_extractor.12.num_batches_tracked": (), "classifier.1.weight": (1, 128), "classifier.1.bias": (1,),
}  # fmt: skip


@pytest.fixture(scope="module")
def densenet() -> DenseNet121:
    torch.manual_seed(0)
    return DenseNet121(spatial_dims=3, in_channels=1, out_channels=1, dropout_prob=0.2).eval()


def head(size: int) -> dict[str, torch.Tensor]:
    return {"weight": torch.rand(size, 1024), "bias": torch.rand(size)}


def published_state(variant: Variant, densenet: DenseNet121) -> dict[str, torch.Tensor]:
    """A state dict with the names and shapes of a variant's published file."""
    if variant.key == "baseline_cnn":
        whole = {"num_batches_tracked": lambda _: torch.tensor(7)}
        return {name: whole.get(name.rsplit(".", 1)[1], torch.rand)(shape) for name, shape in CNN_SHAPES.items()}
    if len(variant.heads) == 1:
        state = {name: value for name, value in densenet.state_dict().items() if name.startswith("features.")}
        size = variant.heads[0].target.n_logits
        return state | {f"class_layers.out.{name}": value for name, value in head(size).items()}
    state = {f"feature_extractor.features.{name}": value for name, value in densenet.features.state_dict().items()}
    names = {"prognosis": "binary_head", **HEADS[tuple(map(str, variant.tasks))]}
    for one in variant.heads:
        published = names[str(one.target.task)]
        state |= {f"{published}.3.{name}": value for name, value in head(one.target.n_logits).items()}
    return state


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A Hub with one repository of files; returns a function that puts a state dict into a variant's folder."""
    files, asked = {}, []

    def model_info(repository, **_):
        asked.append(repository)
        if repository != REPOSITORIES[1]:
            raise FileNotFoundError("404 Client Error.\nRepository Not Found")
        rows = [SimpleNamespace(rfilename=name, lfs=SimpleNamespace(sha256=sha)) for name, (_, sha) in files.items()]
        return SimpleNamespace(sha=SHA, siblings=[SimpleNamespace(rfilename="README.md", lfs=None), *rows])

    def hf_hub_download(repository, file, **options):
        assert (repository, options["revision"], options["token"]) == (REPOSITORIES[1], SHA, False)
        assert options["cache_dir"].is_relative_to(weights.DEMO_WEIGHTS.parents[2])  # inside the project
        return str(files[file][0])

    def put(variant, content, *, sha256=None):
        path = tmp_path / f"{variant.key}_fold0.pth"
        torch.save(content, path)
        sha256 = sha256 or hashlib.sha256(path.read_bytes()).hexdigest()
        files[f"models/{variant.checkpoint_folder}/MT_fold0.pth"] = (path, sha256)
        return sha256

    monkeypatch.setattr(published_checkpoint, "model_info", model_info)
    monkeypatch.setattr(published_checkpoint, "hf_hub_download", hf_hub_download)
    return SimpleNamespace(put=put, asked=asked)


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=lambda row: row.key)
def test_every_published_checkpoint_comes_with_where_it_came_from(hub, densenet, variant, tmp_path):
    state = published_state(variant, densenet)
    sha256 = hub.put(variant, state)
    loaded = weights.load(fetch(variant, tmp_path / "out"))
    recipe = loaded.manifest.recipe
    assert (recipe["repository"], recipe["revision"], recipe["sha256"]) == (REPOSITORIES[1], SHA, sha256)
    assert recipe["file"].endswith("_fold0.pth")
    assert hub.asked == list(REPOSITORIES)
    kept = loaded.network.state_dict()
    assert sum(value.double().sum() for value in kept.values()) == sum(v.double().sum() for v in state.values())


def test_a_fetched_network_says_what_monais_construction_says_bit_for_bit(hub, densenet, tmp_path):
    variant = VARIANTS["prognosis"]
    hub.put(variant, densenet.state_dict())
    loaded = weights.load(fetch(variant, tmp_path))
    x = torch.rand(1, 1, 32, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        assert torch.equal(loaded.network(x)["prognosis"], densenet(x))


def test_a_file_that_is_not_the_one_the_hub_states_is_refused(hub, densenet, tmp_path):
    variant = VARIANTS["baseline_cnn"]
    hub.put(variant, published_state(variant, densenet), sha256="0" * 64)
    with pytest.raises(ValueError, match=f"the Hub states {'0' * 64}; delete .* and fetch it again"):
        fetch(variant, tmp_path / "out")


def test_another_variants_file_is_refused_and_leaves_nothing(hub, densenet, tmp_path):
    hub.put(VARIANTS["baseline_cnn"], {"feature_extractor.0.weight": torch.zeros(16, 1, 3, 3, 3)})
    with pytest.raises(ValueError, match=r"does not fit baseline_cnn, which is missing encoder\.features\.10\.weight"):
        fetch(VARIANTS["baseline_cnn"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_where_nothing_is_found_both_repositories_are_named(hub, tmp_path):
    message = rf"{REPOSITORIES[0]} cannot be asked \(404 Client Error\); {REPOSITORIES[1]} has no \.pth in BinaryAge_"
    with pytest.raises(ValueError, match=message):
        fetch(VARIANTS["bin_age"], tmp_path)


def test_the_command_fetches_once(hub, densenet, tmp_path, capsys):
    variant = VARIANTS["baseline_cnn"]
    hub.put(variant, published_state(variant, densenet))
    argv = ["fetch", "baseline_cnn", "--repository", REPOSITORIES[1], "--out", str(tmp_path / "out")]
    assert weights_command.main(argv) == 0
    path, printed = capsys.readouterr().out.split("\n", 1)
    assert path.endswith("baseline_cnn_published.safetensors")
    assert json.loads(printed)["synthetic"] is False
    assert hub.asked == [REPOSITORIES[1]]
    with pytest.raises(ValueError, match="exists already; use it, or choose another --out"):
        weights_command.main(argv)
