"""The methods paragraph of an export: a sentence for each method that the tables hold, and no other."""

import pandas as pd

from ich_model import software
from ich_model.estimate import Interval
from reader_study.report.references import REFERENCES
from reader_study.statistics.agreement.agreement import OF_SCORES
from reader_study.statistics.input.ratings import NO_CALLS
from reader_study.statistics.input.score_scale import Scale
from reader_study.statistics.input.settings import Covariance, Settings
from reader_study.statistics.labels import subgroup_names
from reader_study.statistics.performance import published_bootstrap

Tables = dict[str, pd.DataFrame]
Sentence = tuple[str, tuple[str, ...]]
"""A sentence and the keys of what it cites."""
_INTERVALS = {Interval.WILSON: ("Wilson score intervals", "wilson"),
              Interval.EXACT: ("exact Clopper-Pearson intervals", "clopper"),
              Interval.AGRESTI_COULL: ("Agresti-Coull intervals", "agresti")}


def paragraph(tables: Tables, settings: Settings) -> tuple[str, list[str]]:
    """The paragraph, with numbers in brackets, and the cited works in the order of those numbers."""
    numbers: dict[str, int] = {}
    text = []
    for sentence, cited in sentences(tables, settings):
        for key in cited:
            numbers.setdefault(key, len(numbers) + 1)
        marks = f" [{', '.join(str(numbers[key]) for key in cited)}]" if cited else ""
        text.append(f"{sentence}{marks}.")
    return " ".join(text), [REFERENCES[key] for key in numbers]


def sentences(tables: Tables, settings: Settings) -> list[Sentence]:
    """What was done, in the order of the tables."""
    made = [*_readers(tables), *_performance(tables, settings), *_agreement(tables, settings), *_tests(tables),
            *_mrmc(tables, settings), *_rest(tables, settings)]
    made.append((f"The analysis was made with {software.title_and_version()}", ()))
    made.append((f"Intervals are at the level of {100 * (1 - settings.alpha):g} %; what is not defined is left empty "
                 "with its reason, and reads that are missing are counted in the notes of the tables", ()))
    return made


def _readers(tables: Tables) -> list[Sentence]:
    """A sentence on readers who were not done, where a study has such readers."""
    if "readers" not in tables or not (tables["readers"]["note"] != "").any():
        return []
    readers = tables["readers"]
    unfinished = readers[readers["note"] != ""]
    done = ", ".join(f"{row.reads} of {row.reads_to_make}" for row in unfinished.itertuples())
    what = "left out" if (unfinished["compared"] == "no").all() else "taken in although"
    because = " because" if what == "left out" else ""
    return [(f"Of {len(readers)} readers who had begun, {len(unfinished)} {'was' if len(unfinished) == 1 else 'were'} "
             f"{what}{because} their reads were not complete ({done})", ())]


def _performance(tables: Tables, settings: Settings) -> list[Sentence]:
    """Sentences on the metrics of single raters."""
    table, (name, key) = tables["performance"], _INTERVALS[settings.interval]
    found = _scale(tables["ratings"], settings.scale)
    if table.query("metric != 'auc'")["note"].str.contains(NO_CALLS, regex=False).all():
        return found + _areas(table)
    found += [("Readers and models were compared with the reference standard by accuracy, balanced accuracy, "
              "specificity, negative predictive value, precision, recall and F1, with the highest class (of prognosis, "
               f"a poor outcome) as the positive one; proportions have {name}", (key,)),
              (f"Balanced accuracy and F1 have percentile intervals of {settings.resamples} bootstrap resamples of "
              f"cases, stratified by the reference standard (seed {settings.seed})", ("bootstrap",))]
    found += _areas(table)
    if (table["raterID"] == "Majority vote").any():
        found.append(("A majority vote counts ties as positive; the readers' mean has Obuchowski-Rockette intervals "
                      "for random readers and cases where the metric allows, and bootstrap intervals elsewhere", ()))
    if "performance_paper_mode" in tables:
        found.append((f"The table performance_paper_mode resamples {published_bootstrap.CASES} cases "
                      f"{published_bootstrap.RESAMPLES} times as the published code of the compared paper does; its "
                      "values are means of the resamples", ("paper",)))
    return found


def _scale(ratings: pd.DataFrame, scale: Scale) -> list[Sentence]:
    """A sentence on scores of another scale than probabilities, and on the calls made of them."""
    if scale.is_probability:
        return []
    without = ratings["decision"].isna()
    if not without.any():
        made = scale.threshold is not None
        calls = f"; where a read had no call, a score from {scale.threshold:g} on is a positive one" if made else ""
    else:
        which = "no calls were made of them" if without.all() else f"no calls were made of {without.sum()} of them"
        calls = f"; {which}, so that what needs calls is left empty"
    return [(f"Scores lie on a scale from {scale.text}{', the range of the data' if scale.from_data else ''}{calls}; "
             "they were not taken as probabilities, so calibration was not judged", ())]


def _areas(performance: pd.DataFrame) -> list[Sentence]:
    """A sentence on AUCs, where there are any."""
    if performance.query("metric == 'auc'")["value"].isna().all():
        return []
    return [("Areas under the ROC curve (AUC) were worked out from graded scores only, with DeLong intervals; the "
             "direction of a score was never turned round", ("delong",))]


def _agreement(tables: Tables, settings: Settings) -> list[Sentence]:
    """Sentences on agreement."""
    statistics = set(tables["agreement"].dropna(subset=["value"])["statistic"])
    found: list[Sentence] = []
    if "cohen_kappa" in statistics:
        weighted = ", with linear and quadratic weights for ordered bands" if "cohen_kappa_linear" in statistics else ""
        found.append((f"Agreement of two raters was measured by percent agreement, Cohen's kappa{weighted}, PABAK and "
                      "Gwet's AC1, shown with the prevalence because kappa falls where one answer is rare",
                      ("cohen", "fleiss_se", "pabak", "gwet", "paradox")))
    if "fleiss_kappa" in statistics:
        found.append(("Agreement of all readers was measured by Fleiss' kappa, Conger's kappa, Gwet's AC1 (linearised "
                      f"variances) and Krippendorff's alpha (bootstrap of cases, {settings.resamples} resamples)",
                      ("fleiss", "conger", "gwet_book", "krippendorff")))
    of_scores = tables["agreement"].query("statistic == 'krippendorff_ordinal'").dropna(subset=["value"])
    if of_scores["note"].str.contains(OF_SCORES, regex=False).any():
        found.append(("Agreement of scores without calls was measured by Krippendorff's alpha for ordinal data "
                      f"(bootstrap of cases, {settings.resamples} resamples)", ("krippendorff",)))
    if any(f"{a}, repeat " in b for a, b in zip(tables["agreement"]["rater_a"], tables["agreement"]["rater_b"],
                                                strict=True)):
        found.append(("Reads that a reader repeated were compared with the same reader's first reads by the same "
                      "statistics", ()))
    return found


_TESTS: dict[str, Sentence] = {
    "exact McNemar": ("Each reader was compared with each model by the exact McNemar test, with Bonett-Price "
                      "intervals of the difference", ("mcnemar", "bonett")),
    "paired DeLong": ("AUCs on the same cases were compared by DeLong's paired test", ("delong",)),
    "unpaired DeLong": ("AUCs of raters without a shared case were compared by DeLong's unpaired test", ("delong",)),
    "Cochran's Q": ("Differences in accuracy among readers were tested by Cochran's Q", ("cochran",)),
    "Cohen's kappa against 0": ("Kappas were tested against 0 with their variance under independence", ("fleiss_se",)),
}


def _tests(tables: Tables) -> list[Sentence]:
    """Sentences on the tests of raters."""
    done = set(tables["tests"].dropna(subset=["p"])["test"])
    found = [sentence for test, sentence in _TESTS.items() if test in done]
    return [*found, ("P values are two-sided and adjusted after Holm within each test and metric", ("holm",))] * bool(
        found)


def _mrmc(tables: Tables, settings: Settings) -> list[Sentence]:
    """Sentences on readers x cases."""
    done = tables["mrmc"].dropna(subset=["difference"])
    if done.empty:
        return []
    names = ", ".join(dict.fromkeys(done["covariance"]))
    cited = ("obuchowski", "hillis", *(("gallas",) if Covariance.UNBIASED in set(done["covariance"]) else ()))
    found: list[Sentence]
    found = [("Multi-reader multi-case analyses follow Obuchowski and Rockette with Hillis' degrees of freedom and "
              f"{names} covariance, {_generalising(done)}", cited)]
    models = set(tables["performance"].query("rater_type == 'model'")["raterID"])
    if any(name.endswith(tuple(models)) for name in done["comparison"] if models):
        found.append(("The readers' mean was compared with a model by the single-modality test on the differences of "
                      "each reader and the model, so that the model's own sampling error counts", ("hillis",)))
    if settings.margin is not None:
        found.append((f"Non-inferiority was judged by the interval's lower end, with a margin of {settings.margin:g}",
                      ()))
    if tables["sample_size"]["power"].notna().any():
        found.append(("The power of further studies was projected from the variance components", ("hillis_2011",)))
    return found


_ANALYSES = {"RRRC": "for random readers and random cases", "FRRC": "for these readers and random cases",
             "RRFC": "for random readers and these cases"}


def _generalising(done: pd.DataFrame) -> str:
    """To whom the analyses that were made generalise."""
    return ", ".join(text for analysis, text in _ANALYSES.items() if analysis in set(done["analysis"]))


def _rest(tables: Tables, settings: Settings) -> list[Sentence]:
    """Sentences on ordered bands, probabilities, subgroups and aid."""
    found: list[Sentence] = []
    if len(tables["ordinal"]):
        found.append(("Ordered bands were judged by balanced accuracy, mean absolute and root mean square error in "
                      "bands, quadratic kappa and the uniform ordinal classification index", ("uoc",)))
    if len(tables["calibration"]):
        found.append(("Probabilities were judged by the Brier score and by calibration intercept and slope",
                      ("brier", "calibration")))
    if len(tables["subgroups"]):
        by_volume = (tables["subgroups"]["subgroup"] == "haematoma_ml").any()
        found.append((f"Cases were divided by {_listed(subgroup_names(tables['subgroups']))}; groups under 20 cases "
                      "carry a warning", ("hemphill",) if by_volume else ()))
    quantities = set(tables["aid_effect"].dropna(subset=["value"])["quantity"])
    if "changed" in quantities:
        found.append(("The effect of aid is described by switches from right to wrong and back and by agreement with "
                      "the model before and after", ()))
    if quantities & {"seconds_before", "seconds_after"}:
        found.append(("Reading time is active time on the screen, with intervals of Student's t over cases", ()))
    return found


def _listed(words: list[str]) -> str:
    """Words as in a sentence: "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
