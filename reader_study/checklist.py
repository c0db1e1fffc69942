"""What reporting guidelines ask for, with what the study itself can answer; the rest is for the authors.

CLAIM 2024 (Tejani et al.), STARD 2015 on which STARD-AI builds (Bossuyt et al., Sounderajah et al.), TRIPOD+AI 2024
(Collins et al.) and GRRAS 2011 (Kottner et al.), in our own words. Item numbers follow the published lists; those of
CLAIM 2024 and of STARD-AI are still to be checked against the originals.
"""

from collections.abc import Mapping

import pandas as pd

from reader_study.settings import Settings

COLUMNS = ["guideline", "item", "topic", "state", "answer"]
FILLED, AUTHORS = "filled by the study", "authors"
_ITEMS: tuple[tuple[str, str, str, str], ...] = (  # guideline, item, topic, key of the answer ("" is for the authors)
    ("CLAIM", "1", "Title or abstract names the AI method", ""),
    ("CLAIM", "4", "Objectives and hypotheses", ""),
    ("CLAIM", "5", "Prospective or retrospective", ""),
    ("CLAIM", "7", "Data sources", ""),
    ("CLAIM", "8", "Which cases were eligible", ""),
    ("CLAIM", "11", "De-identification", ""),
    ("CLAIM", "12", "Missing data", "missing"),
    ("CLAIM", "14", "Reference standard, defined", "reference"),
    ("CLAIM", "15", "Why this reference standard", ""),
    ("CLAIM", "18", "Inter- and intra-rater variability", "agreement"),
    ("CLAIM", "21", "Intended sample size", "power"),
    ("CLAIM", "22", "Model described", "models"),
    ("CLAIM", "23", "Software", "software"),
    ("CLAIM", "28", "Metrics of performance", "metrics"),
    ("CLAIM", "29", "Uncertainty and significance", "uncertainty"),
    ("CLAIM", "30", "Robustness", "subgroups"),
    ("CLAIM", "31", "Explainability", "saliency"),
    ("CLAIM", "35", "Numbers of cases and readers", "numbers"),
    ("CLAIM", "36", "Demographics", ""),
    ("CLAIM", "37", "Performance on the test cases, beside humans", "performance"),
    ("CLAIM", "38", "Estimates with their precision", "performance"),
    ("CLAIM", "39", "Failure analysis", "failures"),
    ("CLAIM", "40", "Limitations", ""),
    ("CLAIM", "44", "Funding", ""),
    ("STARD-AI", "STARD 10", "Index tests, in enough detail to repeat them", "models"),
    ("STARD-AI", "STARD 12", "Thresholds, and whether fixed in advance", "threshold"),
    ("STARD-AI", "STARD 13", "Who knew what while reading", "blinding"),
    ("STARD-AI", "STARD 14", "How accuracy was estimated and compared", "metrics"),
    ("STARD-AI", "STARD 15", "Results that were not defined", "missing"),
    ("STARD-AI", "STARD 16", "Missing data", "missing"),
    ("STARD-AI", "STARD 17", "Variability of accuracy, subgroups", "subgroups"),
    ("STARD-AI", "STARD 18", "Intended sample size", "power"),
    ("STARD-AI", "STARD 19", "Flow of cases", "numbers"),
    ("STARD-AI", "STARD 23", "Cross tabulation with the reference standard", "failures"),
    ("STARD-AI", "STARD 24", "Accuracy with intervals", "performance"),
    ("STARD-AI", "STARD 26", "Limitations", ""),
    ("STARD-AI", "STARD 28", "Registration", ""),
    ("TRIPOD+AI", "5-6", "Data and participants", ""),
    ("TRIPOD+AI", "8", "Outcome, and who assessed it", "reference"),
    ("TRIPOD+AI", "10", "Sample size", "power"),
    ("TRIPOD+AI", "11", "Missing data", "missing"),
    ("TRIPOD+AI", "12", "Analysis", "metrics"),
    ("TRIPOD+AI", "14", "Fairness", "subgroups"),
    ("TRIPOD+AI", "15", "Output of the model and thresholds", "threshold"),
    ("TRIPOD+AI", "17", "Ethics approval", ""),
    ("TRIPOD+AI", "18", "Protocol, data and code sharing", "software"),
    ("TRIPOD+AI", "20", "Participants in the results", "numbers"),
    ("TRIPOD+AI", "22", "Model specification", "models"),
    ("TRIPOD+AI", "23", "Performance with intervals, also in subgroups; calibration", "calibration"),
    ("TRIPOD+AI", "25-27", "Interpretation, limitations, use", ""),
    ("GRRAS", "1", "Title or abstract names the agreement study", ""),
    ("GRRAS", "2", "What is rated, and with what", "rated"),
    ("GRRAS", "3", "Population of subjects", ""),
    ("GRRAS", "4", "Population of raters", ""),
    ("GRRAS", "5", "What is known already, and why the study is made", ""),
    ("GRRAS", "6", "How the numbers were chosen", "power"),
    ("GRRAS", "7", "How cases and readers were sampled", ""),
    ("GRRAS", "8", "The rating process: time, information, blinding", "blinding"),
    ("GRRAS", "9", "Whether ratings were independent", "blinding"),
    ("GRRAS", "10", "Statistical analysis", "agreement_methods"),
    ("GRRAS", "11", "Numbers of raters, subjects and replicates", "numbers"),
    ("GRRAS", "12", "Characteristics of raters and subjects", ""),
    ("GRRAS", "13", "Agreement with its uncertainty", "agreement"),
    ("GRRAS", "14", "Practical relevance", ""),
    ("GRRAS", "15", "Detailed results", "details"),
)


def table(tables: Mapping[str, pd.DataFrame], about: Mapping[str, str], settings: Settings) -> pd.DataFrame:
    """One row an item: filled by the study where it can, else left to the authors."""
    answers = _answers(tables, about, settings)
    rows = [(guideline, item, topic, FILLED if answers.get(key) else AUTHORS, answers.get(key, ""))
            for guideline, item, topic, key in _ITEMS]
    return pd.DataFrame(rows, columns=COLUMNS)


def _answers(tables: Mapping[str, pd.DataFrame], about: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """Key -> what the study says; a key without an answer is left out."""
    ratings = tables["ratings"]
    readers, models = (ratings[ratings["rater_type"] == kind] for kind in ("reader", "model"))
    truth = ratings[ratings["question"] == "prognosis"].groupby("caseID")["truth"].first()
    repeats = int((ratings["repeat"] > 0).sum())
    answers = {
        "numbers": f"{ratings['caseID'].nunique()} cases ({int((truth == 1).sum())} poor, {int((truth == 0).sum())} "
                   f"good), {readers['readerID'].nunique()} readers, {models['readerID'].nunique()} models, "
                   f"{repeats} repeated ratings (ratings.csv)",
        "missing": "unread cases, reads without a score and undefined values are counted in the note of each row; "
                   "nothing is imputed",
        "reference": "poor outcome (1) against good outcome (0) as recorded for each case (ratings.csv, column truth); "
                     "the authors say how it was established",
        "metrics": "methods.txt", "agreement_methods": "methods.txt",
        "uncertainty": f"{100 * (1 - settings.alpha):g} % intervals in every table; tests in tests.csv and mrmc.csv",
        "performance": "performance.csv, figures metrics and roc", "agreement": "agreement.csv, figure agreement",
        "failures": "cases.csv: every case with the readers and models that missed it; figure cases",
        "threshold": "readers called good or poor; a model's call is poor from p = 0.5 on, or from its threshold "
                     "recorded before unlocking" + _recorded(about),
        "software": f"about.csv: versions, digests, seed {settings.seed}",
        "rated": "prognosis (good, poor), GCS band and age band from one non-contrast head CT, on screen",
        "details": "ratings.csv and ratings.imrmc hold every rating",
    }
    if len(tables["subgroups"]):
        answers["subgroups"] = f"subgroups.csv: {', '.join(dict.fromkeys(tables['subgroups']['subgroup']))}"
    if len(tables["calibration"]):
        answers["calibration"] = "performance.csv, subgroups.csv, calibration.csv, figure calibration"
    if tables["sample_size"]["power"].notna().any():
        answers["power"] = "sample_size.csv projects the power of further studies; the authors say how this one was set"
    weights = [f"{name.removeprefix('weights of ')}: {value}" for name, value in about.items()
               if name.startswith("weights of ")]
    if weights:
        answers["models"] = f"weights {'; '.join(weights)}"
    if "design" in about:
        answers["blinding"] = (f"design {about['design']}: cases came in an order of each reader's own (seed "
                               f"{about['order seed']}), never with another read or the reference standard of a case "
                               "that is analysed; model output only in aided reads, and afterwards only where no read "
                               f"of the case was still to come; clinical data shown: {about['clinical data shown']}; "
                               "every read is in the audit trail "
                               f"(last hash {about['audit trail, last hash'][:12]})")
        answers["saliency"] = "saliency maps of the model beside the scans (figure saliency where it was made)"
    return answers


def _recorded(about: Mapping[str, str]) -> str:
    """The recorded thresholds, in brackets; nothing where there are none."""
    known = [f"{name.removeprefix('threshold of ')}: {value}" for name, value in about.items()
             if name.startswith("threshold of ")]
    return f" ({'; '.join(known)})" if known else ""
