"""Fetching published checkpoints over HTTP, from a Hub on this machine whose files have exactly the published names."""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from monai.networks.nets import DenseNet121

from ich_model import __main__ as commands
from ich_model.network import hub as published_hub
from ich_model.network import weights
from ich_model.network.hub import REPOSITORIES, fetch
from ich_model.variants import VARIANTS, Variant
from tests.support.fake_hub import FakeHub, serving

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
def hub(tmp_path, monkeypatch) -> Iterator[FakeHub]:
    """A Hub with the second of the published repositories, and nothing fetched from it yet."""
    monkeypatch.setattr(published_hub, "CACHE", tmp_path / "cache")
    with serving(FakeHub(REPOSITORIES[1], SHA)) as hub:
        yield hub


def pth(content: object) -> bytes:
    """What torch.save writes."""
    file = io.BytesIO()
    torch.save(content, file)
    return file.getvalue()


def name_in(variant: Variant, fold: int = 0) -> str:
    return f"models/{variant.checkpoint_folder}/MT_fold{fold}.pth"


def fetch_argv(hub: FakeHub, out: Path, *more: str, key: str = "baseline_cnn") -> list[str]:
    return ["weights", "fetch", key, "--endpoint", hub.endpoint, "--out", str(out), *more]


def refused(argv: list[str], capsys) -> str:
    """The sentence with which a command fails."""
    assert commands.main(argv) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert "Traceback" not in output.err
    return output.err.strip().splitlines()[-1]


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=lambda row: row.key)
def test_every_published_checkpoint_comes_with_where_it_came_from(hub, densenet, variant, tmp_path):
    state = published_state(variant, densenet)
    sha256 = hub.put(name_in(variant), pth(state))
    loaded = weights.load(fetch(variant, tmp_path / "out", endpoint=hub.endpoint))
    recipe = loaded.manifest.recipe
    assert (recipe["repository"], recipe["revision"], recipe["sha256"]) == (REPOSITORIES[1], SHA, sha256)
    assert recipe["file"] == name_in(variant)
    assert hub.asked == list(REPOSITORIES)
    kept = loaded.network.state_dict()
    assert sum(value.double().sum() for value in kept.values()) == sum(v.double().sum() for v in state.values())


def test_a_fetched_network_says_what_monais_construction_says_bit_for_bit(hub, densenet, tmp_path):
    variant = VARIANTS["prognosis"]
    hub.put(name_in(variant), pth(densenet.state_dict()))
    loaded = weights.load(fetch(variant, tmp_path, endpoint=hub.endpoint))
    x = torch.rand(1, 1, 32, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        assert torch.equal(loaded.network(x)["prognosis"], densenet(x))


def test_the_command_fetches_once_and_downloads_nothing_again(hub, densenet, tmp_path, capsys):
    variant = VARIANTS["baseline_cnn"]
    sha256 = hub.put(name_in(variant), pth(published_state(variant, densenet)))
    assert commands.main(fetch_argv(hub, tmp_path / "out", "--repository", REPOSITORIES[1])) == 0
    path, printed = capsys.readouterr().out.split("\n", 1)
    manifest = json.loads(printed)
    assert path == str(tmp_path / "out" / "baseline_cnn_published.safetensors")
    assert (manifest["synthetic"], manifest["recipe"]["sha256"], manifest["recipe"]["revision"]) == (False, sha256, SHA)
    assert (hub.asked, hub.sent) == ([REPOSITORIES[1]], [name_in(variant)])
    assert "exists already; use it, or choose another --out" in refused(fetch_argv(hub, tmp_path / "out"), capsys)
    assert hub.asked == [REPOSITORIES[1]]
    assert commands.main(fetch_argv(hub, tmp_path / "other")) == 0
    assert hub.sent == [name_in(variant)]


def test_downloads_are_kept_in_the_projects_own_folder():
    assert published_hub.CACHE.is_relative_to(weights.DEMO_WEIGHTS.parents[2])


def test_one_of_several_checkpoints_must_be_chosen(hub, densenet, tmp_path, capsys):
    variant = VARIANTS["baseline_cnn"]
    for fold in (0, 1):
        hub.put(name_in(variant, fold), pth(published_state(variant, densenet)))
    assert refused(fetch_argv(hub, tmp_path), capsys).endswith(
        f"{REPOSITORIES[1]} has 2 checkpoints in Baseline_Perez_et_al (MT_fold0.pth, MT_fold1.pth); "
        "choose one with --file"
    )
    assert hub.sent == []
    assert commands.main(fetch_argv(hub, tmp_path, "--file", "MT_fold1.pth")) == 0
    assert hub.sent == [name_in(variant, 1)]


def test_where_nothing_is_found_both_repositories_are_named(hub, tmp_path, capsys):
    assert refused(fetch_argv(hub, tmp_path, key="bin_age"), capsys) == (
        f"bin_age: {REPOSITORIES[0]} cannot be reached (404 Client Error); {REPOSITORIES[1]} has no .pth in "
        "BinaryAge_PrognosisICH; check the network or give another --repository"
    )


def test_a_hub_that_does_not_answer_is_told(hub, tmp_path, capsys):
    with serving(FakeHub("a/b", SHA)) as gone:
        pass
    assert "cannot be reached ([Errno 111] Connection refused); check the network" in refused(
        fetch_argv(gone, tmp_path, "--repository", "a/b"), capsys
    )


def test_a_file_that_is_listed_and_does_not_come_is_told(hub, tmp_path, capsys):
    hub.put(name_in(VARIANTS["baseline_cnn"]), b"")
    hub.loses_files = True
    refusal = refused(fetch_argv(hub, tmp_path), capsys)
    assert "MT_fold0.pth could not be downloaded (404 Client Error); try again" in refusal


def test_a_hub_that_states_no_revision_is_told_and_nothing_is_fetched(hub, tmp_path, capsys):
    hub.put(name_in(VARIANTS["baseline_cnn"]), b"")
    hub.commit = None
    assert f"{REPOSITORIES[1]} does not say at which revision it is" in refused(fetch_argv(hub, tmp_path), capsys)
    assert hub.sent == []


def with_code(target: Path) -> object:
    class Code:
        def __reduce__(self) -> tuple:
            return (Path.touch, (target,))

    return {"classifier.1.weight": Code()}


def of_another_shape(densenet: DenseNet121) -> dict[str, torch.Tensor]:
    return published_state(VARIANTS["baseline_cnn"], densenet) | {"classifier.1.weight": torch.zeros(2, 128)}


@pytest.mark.parametrize(
    ("content", "stated", "sentence"),
    [
        (lambda densenet, _: of_another_shape(densenet), None,
         r"MT_fold0\.pth: heads\.prognosis\.weight has shape \(2, 128\), expected \(1, 128\) for baseline_cnn"),
        (lambda *_: {"feature_extractor.0.weight": torch.zeros(16, 1, 3, 3, 3)}, None,
         r"does not fit baseline_cnn, which is missing encoder\.features\.10\.weight"),
        (lambda _, target: with_code(target), None, r"MT_fold0\.pth: refused, code in it or damaged"),
        (lambda densenet, _: of_another_shape(densenet), "0" * 64,
         f"the Hub states {'0' * 64}; delete .* and fetch it again"),
    ],
    ids=["another shape", "missing keys", "code", "another file than the Hub states"],
)  # fmt: skip
def test_a_file_that_is_not_right_is_refused_and_leaves_nothing(
    hub, densenet, tmp_path, capsys, content, stated, sentence
):
    hub.put(name_in(VARIANTS["baseline_cnn"]), pth(content(densenet, tmp_path / "ran")), sha256=stated)
    assert re.search(sentence, refused(fetch_argv(hub, tmp_path / "out"), capsys))
    assert {path.name for path in tmp_path.iterdir()} == {"cache"}
