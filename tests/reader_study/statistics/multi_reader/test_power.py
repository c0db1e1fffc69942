"""Power of planned studies against the printed output of RJafroc, and what more readers, cases and difference do."""

import numpy as np
import pytest

from reader_study.statistics.input.panel import panel_of
from reader_study.statistics.input.settings import Covariance, Plan, Settings
from reader_study.statistics.multi_reader.figures_of_merit import merits
from reader_study.statistics.multi_reader.obuchowski_rockette import Components, components
from reader_study.statistics.multi_reader.power import auc_power, power_of, table
from tests.support import published
from tests.support.made_ratings import drawn, ratings


def van_dyke() -> tuple[Components, float]:
    """The jackknife components of Van Dyke's study and its observed difference."""
    scores, truth = published.van_dyke()
    found = merits(scores, truth, metric="auc", covariance=Covariance.JACKKNIFE)
    values = found.values.reshape(2, 5)
    return components(values, found.covariance.reshape(2, 5, 2, 5)), float(values[1].mean() - values[0].mean())


@published.needed
def test_power_as_rjafroc_prints_it():
    pilot, difference = van_dyke()  # RJafroc tests: SsPowerGivenJK(dataset02, J = 6, K = 111, method = "ORH")
    found = power_of(pilot, n_pilot=114, difference=difference, readers=6, cases=111)
    assert found[0] == pytest.approx(0.5526116, abs=5e-8)


@published.needed
@pytest.mark.parametrize(("readers", "cases"), [(6, 251), (10, 163)])
def test_cases_for_a_power_of_80_percent_as_rjafroc_prints_them(readers: int, cases: int):
    pilot, difference = van_dyke()  # RJafroc tests and vignette: SsSampleSizeKGivenJ(dataset02, J)
    enough, one_less = (power_of(pilot, n_pilot=114, difference=difference, readers=readers, cases=n)[0]
                        for n in (cases, cases - 1))
    assert one_less < 0.8 <= enough


def test_power_grows_with_readers_cases_and_difference():
    pilot = Components(2, 4, 0.001, 0.004, 0.0006, 0.0008, 0.0003, 0.0004, 0.0002)
    base = {"n_pilot": 100, "difference": 0.05, "readers": 5, "cases": 150}
    for more in ({"readers": 8}, {"cases": 300}, {"difference": 0.08}):
        assert power_of(pilot, **(base | more))[0] > power_of(pilot, **base)[0]
    assert power_of(pilot, **(base | {"difference": 0.0}))[0] == pytest.approx(0.05)


def test_readers_against_a_model_gain_little_from_more_readers_where_the_models_error_is_all():
    pilot = Components(1, 4, None, 0.0001, None, 0.0021, None, 0.002, None)
    few, many = (power_of(pilot, n_pilot=100, difference=0.05, readers=r, cases=100)[0] for r in (4, 40))
    assert few < many < few + 0.05


def test_the_table_has_every_planned_study():
    plan = Plan(readers=(4, 8), cases=(50, 100, 200), differences=(0.05, 0.1))
    found = table(panel_of(drawn(readers=3, models=1)), Settings(plan=plan)).query("metric == 'accuracy'")
    assert len(found) == 12
    assert found["power"].between(0, 1).all()
    assert found["note"].eq("from 3 readers and 40 cases").all()


def test_readings_without_variance_have_no_power_and_say_so():
    calls = [1, 0, 1, 1, 0, 0]
    found = table(panel_of(ratings([1, 0, 0, 1, 1, 0], readers={"A": calls, "B": calls}, models={"M": calls})),
                  Settings(plan=Plan((4,), (50,), (0.05,))))
    assert found["power"].isna().all()
    assert found["note"].str.startswith("not defined: ").all()


def test_power_of_a_chance_area_is_the_size_of_the_test():
    assert auc_power(0.5, positive=40, negative=60) == pytest.approx(0.025)
    assert np.isclose(auc_power(0.8, positive=41, negative=72), auc_power(0.2, positive=41, negative=72), atol=0.01)
