"""The command line: answers for good files; for bad ones one sentence, exit code 2, and nothing left behind."""

import gzip
import json
import pickle
import subprocess
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from ich_model import __main__ as commands
from ich_model.network import weights
from ich_model.variants import VARIANTS
from tests.support.random_networks import saved_network
from tests.support.simple_head import AFFINE, brain, brain_hu, brain_mask, head_hu, written

SCANS = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "ct"
needs_scans = pytest.mark.skipif(not SCANS.is_dir(), reason="the real scans of ../shared/data/ct are not here")


@pytest.fixture(scope="module")
def network(tmp_path_factory) -> str:
    return str(saved_network(tmp_path_factory.mktemp("weights") / "random.safetensors"))


@pytest.fixture
def good(tmp_path) -> str:
    return str(written(tmp_path / "good.nii.gz", brain().hu))


def refused(argv: list[str], capsys) -> str:
    """The sentence on stderr of a command that must fail."""
    assert commands.main(argv) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.count("\n") == 1
    assert "Traceback" not in output.err
    return output.err


def huge_header() -> bytes:
    """A header that announces 9999 x 9999 x 9999 voxels."""
    header = nib.Nifti1Header()
    header["dim"], header["magic"] = [3, 9999, 9999, 9999, 1, 1, 1, 1], b"n+1"
    return header.binaryblock


def torso_hu() -> np.ndarray:
    """Soft tissue in air with a spine in it."""
    hu = np.where(brain_mask(), 40, -1000).astype(np.int16)
    hu[44:52, 40:50] = np.maximum(hu[44:52, 40:50], 800)
    return hu


def nifti_bytes(array: np.ndarray) -> bytes:
    return gzip.compress(nib.Nifti1Image(array, AFFINE).to_bytes())


BAD = {
    "empty": (lambda: b"", "empty"),
    "text": (lambda: b"not a scan " * 99, "not single-file NIfTI"),
    "truncated": (lambda: nifti_bytes(head_hu())[:2000], "cut short"),
    "2d": (lambda: nifti_bytes(head_hu()[:, :, 9]), "got one image"),
    "4d": (lambda: nifti_bytes(np.stack([head_hu()] * 2, -1)), "one phase"),
    "constant": (lambda: nifti_bytes(head_hu() * 0 + 5), "every voxel is 5"),
    "8 bit": (lambda: nifti_bytes((head_hu() // 8 + 125).astype(np.uint8)), "8 bit"),
    "0 to 1": (lambda: nifti_bytes(brain_hu() / np.float32(30)), "rescaled to 0-1"),
    "windowed": (lambda: nifti_bytes(head_hu().clip(0, 80)), "windowed"),
    "not a number": (lambda: nifti_bytes(head_hu() / np.float32(0)), "not numbers"),
    "huge": (huge_header, "voxels; expected at most"),
    "torso": (lambda: nifti_bytes(torso_hu()), "mL was found"),
}


@pytest.mark.filterwarnings("ignore:(divide by zero|invalid value):RuntimeWarning")
@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_is_answered_by_one_sentence_that_names_it(tmp_path, capsys, kind, network):
    make, words = BAD[kind]
    (tmp_path / "case-07.nii.gz").write_bytes(make())
    for command in (["predict"], ["explain", "--out", str(tmp_path / "out")]):
        sentence = refused([*command, str(tmp_path / "case-07.nii.gz"), "--weights", network], capsys)
        assert words in sentence
        assert "case-07" in sentence
    assert [path.name for path in tmp_path.iterdir()] == ["case-07.nii.gz"]


def test_one_bad_file_among_good_ones_is_named_and_no_partial_json_printed(tmp_path, capsys, good, network):
    (tmp_path / "bad.nii.gz").write_bytes(b"words")
    sentence = refused(["predict", good, str(tmp_path / "bad.nii.gz"), "--json", "--weights", network], capsys)
    assert sentence.startswith("bad.nii.gz: ")


def test_predict_prints_a_json_list(capsys, good, network):
    assert commands.main(["predict", good, good, "--json", "--weights", network]) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert (first["case"], first["variant"], first["input_grid"]) == ("good", "ord_gcs_bin_age", [32, 32, 32])
    assert 0 < first["prognosis"]["p_poor"] < 1
    assert first["cumulative"] == second["cumulative"]


def test_predict_prints_a_table_that_says_what_was_done(tmp_path, capsys, good, network):
    head = written(tmp_path / "head.nii.gz", head_hu())
    assert commands.main(["predict", good, str(head), "--weights", network]) == 0
    header, first, second, _, origin = capsys.readouterr().out.splitlines()
    assert header.split() == ["case", "prognosis", "gcs", "age", "brain", "seconds"]
    assert "as given" in first
    assert "extracted" in second
    assert "trained on synthetic cases; not for clinical use" in origin


def test_explain_writes_the_map_and_its_manifest(tmp_path, capsys, good, network):
    out = tmp_path / "out"
    argv = ["explain", good, "--method", "guided_grad_cam", "--task", "prognosis", "--out", str(out)]
    argv += ["--weights", network]
    assert commands.main(argv) == 0
    assert str(out / "guided_grad_cam_prognosis.nii.gz") in capsys.readouterr().out
    assert json.loads((out / "guided_grad_cam_prognosis.json").read_text())["task"] == "prognosis"
    assert "exists already" in refused(argv, capsys)


def test_a_variant_without_weights_says_which_to_give(capsys, good):
    assert "give --weights FILE (published folder BinaryAge_PrognosisICH" in refused(
        ["predict", good, "--variant", "bin_age"], capsys
    )


def test_weights_of_another_variant_are_refused(capsys, good, network):
    assert "weights of ord_gcs_bin_age, expected bin_age" in refused(
        ["predict", good, "--variant", "bin_age", "--weights", network], capsys
    )


def test_a_checkpoint_with_code_in_it_is_refused(tmp_path, capsys, good):
    class Code:
        def __reduce__(self) -> tuple:
            return (Path.touch, (tmp_path / "ran",))

    (tmp_path / "evil.pth").write_bytes(pickle.dumps(Code(), protocol=2))
    argv = ["predict", good, "--variant", "prognosis", "--weights", str(tmp_path / "evil.pth")]
    assert "evil.pth" in refused(argv, capsys)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["dance"], "unknown command 'dance': expected one of predict, explain"),
        (["predict"], "arguments are required: FILE"),
        (["predict", "a.nii", "--variant", "resnet"], "invalid choice: 'resnet'"),
        (["predict", "a.nii", "--loud"], "unrecognized arguments: --loud"),
        (["predict", "nowhere.nii"], "nowhere.nii: there is no such file or folder"),
        (["explain", "a.nii", "--out", "x", "--method", "lime"], "invalid choice: 'lime'"),
        (["explain", "a.nii", "--out", "x", "--task", "weather"], "invalid choice: 'weather'"),
        (["weights", "check", "nowhere.safetensors"], "no such weights file"),
    ],
)
def test_wrong_arguments_are_answered_by_one_sentence(capsys, argv, words):
    assert words in refused(argv, capsys)


def test_a_task_the_network_lacks_is_refused(tmp_path, capsys, good):
    prognosis_only = str(saved_network(tmp_path / "p.safetensors", "prognosis"))
    argv = ["explain", good, "--task", "age", "--weights", prognosis_only, "--out", str(tmp_path / "out")]
    assert "prognosis does not predict age" in refused(argv, capsys)
    assert not (tmp_path / "out").exists()


def test_help_names_every_command_and_needs_no_torch():
    code = "import sys; from ich_model.__main__ import main; main(['--help']); sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert all(command in done.stdout for command in commands.COMMANDS)


def test_predicts_help_names_every_variant(capsys):
    with pytest.raises(SystemExit, match="0"):
        commands.main(["predict", "--help"])
    shown = capsys.readouterr().out
    assert all(key in shown for key in VARIANTS)


@pytest.mark.skipif(not weights.DEMO_WEIGHTS.is_file(), reason="the demo weights are not trained yet")
def test_without_flags_the_demo_weights_answer(capsys, good):
    assert commands.main(["predict", good, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["synthetic_weights"] is True


@needs_scans
def test_a_real_head_is_predicted(capsys, network):
    assert commands.main(["predict", str(SCANS / "GE_head_tiltcorrected.nii.gz"), "--weights", network]) == 0
    assert "extracted" in capsys.readouterr().out


@needs_scans
def test_a_real_torso_is_refused(capsys, network):
    argv = ["predict", str(SCANS / "bad" / "body_ct_not_head.nii.gz"), "--weights", network]
    assert "use a CT of a whole adult head" in refused(argv, capsys)
