"""What the models page shows: networks, weights with their synthetic label, published numbers beside own ones."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from ich_model.network import weights
from ich_model.training import fold_tables, overview
from ich_model.variants import VARIANTS
from pages.shared import resources
from tests.ich_model.training.test_fold_tables import folds_of
from tests.pages.test_pages import PAGES, sent, without_failure
from tests.support import app_study
from tests.support.random_networks import random_network


@pytest.fixture
def weights_file(tmp_path):
    """Weights with a manifest that tells of their training and two held-out metrics."""
    loaded, path = random_network("prognosis"), tmp_path / "w.safetensors"
    recipe = {"training_cases": 630, "best_epoch": 11, "epochs_run": 16}
    auc = {"value": 0.75, "ci_low": 0.65, "ci_high": 0.85, "n": 90, "reason": ""}
    measured = {"source": "held out", "prognosis": {"auc": auc, "npv": {**auc, "value": None, "reason": "no cases"}}}
    weights.save(path, network=loaded.network, manifest=replace(loaded.manifest, recipe=recipe, metrics=measured))
    return path


def test_every_network_is_a_row():
    assert list(overview.networks()["Key"]) == list(VARIANTS)


def test_weights_say_what_they_were_trained_on(weights_file, tmp_path):
    table = overview.weights_at_hand([weights_file, tmp_path / "without_manifest.safetensors"])
    (row,) = table.to_dict("records")
    assert (row["Trained on"], row["Input grid"]) == ("630 synthetic phantoms", "32 × 32 × 32")
    assert row["Epoch kept"] == "11 of 16"


def test_held_out_metrics_come_with_their_intervals(weights_file):
    table = overview.held_out([weights_file]).set_index("Metric")["Value (95 % interval)"]
    assert table.to_dict() == {"AUC": "0.750 (0.650 to 0.850)", "NPV": "not defined: no cases"}


def test_own_numbers_stand_beside_published_ones(tmp_path):
    folds_of({"bin_age": [0.6, 0.8]}).to_csv(tmp_path / fold_tables.FOLDS, index=False)
    own = overview.own_results(tmp_path)
    assert (own.description, own.synthetic) == ("20 patients, 2 folds", False)
    table = overview.published_and_own(own).set_index("Network")
    assert table.loc["MT (bin age)", "AUC, published"] == "0.724 ± 0.081"
    assert table.loc["MT (bin age)", "AUC, own"] == "0.700 ± 0.141"
    assert table.loc["DenseNet121", "AUC, own"] == "–"
    assert overview.own_results(tmp_path / "nothing") is None


@pytest.fixture
def opened(tmp_path, monkeypatch):
    """The models page for the holder of a session token, on a fresh workspace."""
    app_study.open_workspace(tmp_path, monkeypatch)

    def open_page(token: str | None) -> AppTest:
        monkeypatch.setattr(resources, "session_token", lambda: token)
        return without_failure(AppTest.from_file(PAGES / "models.py", default_timeout=120).run())

    yield open_page
    resources.store().close()
    resources.forget()


def test_the_page_is_for_coordinators(opened):
    assert "Sign in to open this page" in sent(opened(None))
    page = opened(app_study.reader())
    assert "for coordinators of the study" in page.info[0].value
    assert not page.dataframe


def test_the_page_says_which_numbers_are_published(opened):
    page = opened(app_study.coordinator())
    assert [one.value for one in page.header][1] == "Prognosis: published beside own"
    assert "AUC, published" in page.dataframe[-2].value.columns
    assert any("Cobo et al., MLMI 2024" in caption.value for caption in page.caption)


def test_until_there_are_own_runs_the_page_shows_those_on_phantoms_and_says_so(opened):
    page = opened(app_study.coordinator())
    assert any("Own: 600 synthetic phantoms, 5 folds" in caption.value for caption in page.caption)
    assert "cannot be compared with the published ones of patients" in sent(page)
