"""The data dictionary: the meaning of every column of every exported table."""

import pandas as pd

from reader_study.statistics.agreement.agreement import MANY_STATISTICS, PAIR_STATISTICS
from reader_study.statistics.input.ratings import NO_CALL
from reader_study.statistics.performance.performance import METRIC_TITLES

_ESTIMATE = {
    "value": "the estimate; empty where not defined, with the reason in note",
    "ci_low": "lower end of the interval (95 % unless another level was asked for); empty where not defined",
    "ci_high": "upper end of the interval; empty where not defined",
    "n": "cases that entered",
    "method": "how the interval was made",
    "note": "why a value or an interval is not defined, and what was left out",
}
_RATER = {
    "raterID": "reader or model; also Readers' mean and Majority vote (a tie counts as positive)",
    "rater_type": "reader, model, or readers for rows about all readers of a modality",
    "modalityID": "how the rater read: unaided, aided, or the model's name",
}
_RATINGS = {
    "readerID": "reader or model",
    "rater_type": "reader or model",
    "caseID": "case",
    "modalityID": "how the rater read: unaided, aided, or the model's name",
    "condition": "unaided, aided or model",
    "repeat": "0 for the first reading of a case, 1 for the first repeat, and so on",
    "question": "prognosis, gcs (mild, moderate, severe), age (under 80, 80 or more)",
    "decision": "class index of the call, 0 for the lowest class; prognosis: 0 good, 1 poor; empty where a score on "
                "another scale than 0 to 1 came without a call, and no --threshold was given to make it",
    "score": "graded answer, for prognosis the probability of a poor outcome from 0 to 1, or a score on the file's own "
             "scale; empty where none was given",
    "truth": "class index of the reference standard; empty where not known",
    "seconds": "active seconds that the reader spent on the read, where known",
    "overlay_seconds": "of these, with the model's map on the screen, where known",
    "position": "place of the read in the reader's own order, 0 for the first, where known",
    "sex": "of the patient, where known",
    "haematoma_ml": "volume of the haematoma in millilitres, where known",
}
_PAIR = {"question": "what was asked", "rater_a": "first rater, or the readers together",
         "rater_b": "second rater; truth for the reference standard, all for a statistic over all readers"}
_TEXT = "value (interval) to print; the numbers are in the long table"
_TEST = {
    "ci_low": "lower end of the difference's interval; empty where there is none",
    "ci_high": "upper end of the difference's interval",
    "p": "two-sided p value; 1e-300 stands for anything smaller",
    "note": "counts, what was left out, and why something is not defined",
}
MEANINGS: dict[str, dict[str, str]] = {
    "ratings": _RATINGS,
    "readers": {
        "readerID": "reader who has locked a read that can be compared",
        "reads": "locked reads of the reader's own worklist, training left out",
        "reads_to_make": "all reads of that worklist: of the cases assigned to the reader, in all conditions, with "
                         "repeats",
        "compared": "yes, or no: left out of all other tables", "note": "why a reader is, or would be, left out"},
    "performance": _RATER | {
        "metric": f"{', '.join(METRIC_TITLES)}; positive is the highest class, for prognosis poor",
        "numerator": "cases counted in the numerator; for f1 twice the true positives",
        "denominator": "cases in the denominator; for f1 twice the true positives plus all errors"} | _ESTIMATE,
    "performance_paper_mode": _RATER | _ESTIMATE | {
        "metric": "as in performance", "value": "mean of the resamples, as the published code prints it"},
    "performance_wide": _RATER | dict.fromkeys(METRIC_TITLES.values(), _TEXT),
    "agreement": _PAIR | {
        "statistic": ", ".join(PAIR_STATISTICS | MANY_STATISTICS) + "; krippendorff_ordinal is of the scores where "
                     "its note says so",
        "prevalence": "share of these ratings in the highest class of the question; kappa falls where it is near 0 or 1"
    } | _ESTIMATE,
    "agreement_wide": _PAIR | dict.fromkeys((PAIR_STATISTICS | MANY_STATISTICS).values(), _TEXT),
    "cases": {"caseID": "case", "truth": "reference standard"},
    "tests": _PAIR | _TEST | {
        "test": "exact McNemar, paired DeLong, unpaired DeLong (no shared case), Cochran's Q, Fleiss' or Cohen's kappa "
                "against 0",
        "metric": "what is compared", "difference": "first rater less second; the kappa itself for a kappa against 0",
        "statistic": "cases right only by the first rater (McNemar), Z (DeLong, kappas), t (unpaired), Q (Cochran)",
        "df": "degrees of freedom, where there are any",
        "p_holm": "p adjusted after Holm within all rows of the same test and metric"},
    "mrmc": _TEST | {
        "analysis": "RRRC random readers and cases, FRRC these readers and random cases, RRFC random readers and these "
                    "cases", "comparison": "first side - second side", "metric": "figure of merit",
        "covariance": "how the error covariance was estimated", "estimate_a": "mean of the first side",
        "estimate_b": "mean of the second side", "difference": "estimate_a - estimate_b",
        "se": "standard error of the difference", "statistic": "t (z for FRRC) of the difference",
        "df1": "1: one difference, so t squared is F", "df2": "degrees of freedom after Hillis; empty for z"},
    "mrmc_components": {
        "comparison": "as in mrmc", "metric": "figure of merit", "covariance": "as in mrmc", "n_readers": "readers",
        "n_cases": "cases that enter the metric", "value": "its value; negative ones are kept", "note": "remarks",
        "component": "mean squares ms_t (modality), ms_r (reader), ms_tr; variances var_r, var_tr, var (error); cov1 "
                     "same reader, cov2 same modality, cov3 neither"},
    "sample_size": {
        "comparison": "as in mrmc, taken as a pilot", "metric": "figure of merit", "covariance": "as in mrmc",
        "difference": "difference to detect", "n_readers": "planned readers",
        "n_cases": "planned cases that enter the metric (positives for recall, negatives for specificity), classes "
                   "mixed as in the pilot",
        "power": "chance that the planned study finds the difference, random readers and cases",
        "df2": "denominator degrees of freedom", "noncentrality": "of the F test",
        "note": "the pilot, and why a power is not defined"},
    "aid_effect": _ESTIMATE | {
        "raterID": "reader; all for all readers together", "modelID": "model, for agreement with it",
        "quantity": "changed, right_to_wrong, wrong_to_right: share of cases read twice; agreement_before, "
                    "agreement_after: share of cases with the model's call; seconds_before, seconds_after, "
                    "seconds_change: mean active seconds a read; map_seconds: mean seconds with the map on screen; "
                    "map_used: share of aided reads with it",
        "numerator": "cases counted", "denominator": "cases read both unaided and aided"},
    "ordinal": _RATER | _ESTIMATE | {
        "question": "what was asked", "metric": "accuracy, balanced_accuracy, mae and rmse in classes, "
                                                "quadratic_kappa, uoc_index (0 is perfect)"},
    "calibration": _RATER | _ESTIMATE | {
        "metric": "brier (0 is perfect), calibration_intercept (0 is right), calibration_slope (1 is right)"},
    "calibration_curve": _RATER | _ESTIMATE | {
        "bin": "group of cases by p, about equal in size", "mean_p": "mean probability in the group",
        "share_poor": "share of the group with a poor outcome, with Wilson's interval"},
    "subgroups": _RATER | _ESTIMATE | {
        "subgroup": "what divides the cases: age or gcs of the reference standard, sex, haematoma_ml",
        "level": "its class",
        "metric": "as in performance"},
}
_CASE_COLUMNS = {  # cases.csv has columns for each rater; the end of the name, before a modality, says which
    "call": f"this rater's call; {NO_CALL} where a score has none, which needs --threshold",
    "score": "this reader's graded answer",
    "p": "this model's probability of poor outcome, or its score on the file's own scale",
    "k_right": "readers that were right of those with a call on the case; empty where there is none",
    "n_right": "number of readers that were right", "n_readers": "number of readers with a call on the case"}


def dictionary_of(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """One row a table and column, with its meaning; ValueError for a column that nobody has described."""
    rows = [(name, str(column), _meaning(name, str(column))) for name, frame in tables.items() for column in frame]
    return pd.DataFrame(rows, columns=["table", "column", "meaning"])


def _meaning(table: str, column: str) -> str:
    """The meaning of one column."""
    known = MEANINGS.get(table, {})
    if column in known:
        return known[column]
    if table == "cases":
        for word in (column.split(" (")[0], column.rsplit(" ", 1)[-1]):
            if word in _CASE_COLUMNS:
                return _CASE_COLUMNS[word]
    raise ValueError(f"data dictionary: column {column} of table {table} has no meaning; describe it in MEANINGS")
