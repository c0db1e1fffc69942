"""The parts of the compare page: each shows figures and tables of the selected ratings with what they mean.

Only the part on the screen is worked out.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from urllib.parse import urlencode

import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig  # a type, which st.column_config does not name

from pages.shared import resources
from pages.shared.compare import tables as compare_tables
from reader_study.figures import plotly_charts
from reader_study.report import methods, study_saliency
from reader_study.statistics.agreement.agreement import PAIR_STATISTICS
from reader_study.statistics.comparison import all_tables, some_tables
from reader_study.statistics.input.settings import Covariance, Plan, Settings
from reader_study.statistics.labels import POSITIVE
from reader_study.statistics.selection import BOTH, Selection, selected

RIGHT_COLUMN = st.column_config.LinkColumn("Case", display_text=r"case=(.+)$", help="Opens the case in Review.")


@dataclass(frozen=True, eq=False)
class View:
    """What a part shows: the ratings of a study that are compared, and what of them is selected."""

    study: str
    everything: pd.DataFrame
    selection: Selection
    readers: pd.DataFrame  # who of them is compared, and why not: `compared_readers.Compared.table`

    @cached_property
    def ratings(self) -> pd.DataFrame:
        """The selected ratings."""
        return selected(self.everything, self.selection)

    def of_both_conditions(self) -> "View":
        """The same with unaided and aided reads."""
        return replace(self, selection=replace(self.selection, condition=BOTH))

    def tables(self, *groups: str, settings: Settings | None = None) -> dict[str, pd.DataFrame]:
        """The tables of some groups."""
        return some_tables(self.ratings, *groups, question=self.selection.question, settings=settings or Settings())

    def table(self, name: str, caption: str, frame: pd.DataFrame, *, digits: int = 3, **columns: ColumnConfig) -> None:
        """A table with its caption and its download."""
        st.caption(caption)
        if frame.empty:
            st.markdown(":gray[Nothing of this kind in these ratings.]")
            return
        st.dataframe(frame, hide_index=True, height="content" if len(frame) <= 16 else 560, placeholder="",
                     column_config=compare_tables.decimals(frame, digits=digits) | columns)
        self._download(name)

    def print_table(self, name: str, caption: str, frame: pd.DataFrame) -> None:
        """A table in its print form, which is there before any figure or grid has loaded."""
        st.html(f'<p class="ich-note-quiet">{escape(caption)}</p>'
                f'<div class="ich-scroll">{compare_tables.print_table(frame)}</div>')
        self._download(name)

    def _download(self, name: str) -> None:
        st.html(compare_tables.download_link(self.study, f"{name}.csv", self.selection, text=f"{name}.csv"))

    def figure(self, name: str, figure: go.Figure | None, caption: str) -> None:
        """A figure with its caption and its forms for print."""
        if figure is None:
            return
        st.plotly_chart(figure, theme=None, key=name, width="content" if figure.layout.width else "stretch")
        st.caption(caption)
        st.html(compare_tables.figure_links(self.study, name, self.selection))


def performance(view: View) -> None:
    """The paper's metrics."""
    found = view.tables("performance")
    view.print_table(
        "performance_wide", "Each rater against the reference standard. Positive is "
        f"{POSITIVE[view.selection.question]}. Brackets hold the 95 % interval: Wilson for proportions, DeLong for the "
        "AUC, bootstrap for balanced accuracy and F1. With few cases intervals are wide. A dash is not defined: the "
        "AUC needs graded answers.",
        compare_tables.performance_for_screen(found["performance_wide"]))
    view.figure("metrics", plotly_charts.metric_bars(found["performance"]),
                "Metrics with their intervals: readers blue, models orange, all readers together grey.")
    view.figure("roc", plotly_charts.roc(view.ratings, question=view.selection.question),
                "A curve is a model at every threshold, with its band (95 %, bootstrap of cases); a point is where a "
                "reader works. A reader above a curve does better than the model at that reader's specificity.")
    with st.expander("The same numbers in long form, with counts, methods and notes"):
        view.table("performance", "One row a rater and metric. An empty value is not defined; its note says why.",
                   compare_tables.for_screen(found["performance"]))
    if st.toggle("Resample as the published code does (paper mode)", key="paper_mode"):
        paper = view.tables("paper_mode")["performance_paper_mode"]
        view.table("performance_paper_mode", "100 cases drawn 1000 times whatever the number of cases; the value is "
                   "the mean of the resamples, and what is not defined counts as 0. Only to set numbers beside the "
                   "paper's.", compare_tables.for_screen(paper))


def agreement(view: View) -> None:
    """How far raters agree."""
    found, question = view.tables("agreement"), view.selection.question
    statistic = st.selectbox("Statistic", list(PAIR_STATISTICS), index=1, format_func=PAIR_STATISTICS.__getitem__,
                             width=320, key="statistic")
    view.figure("agreement",
                plotly_charts.agreement_heatmap(found["agreement"], question=question, statistic=statistic),
                "1 is full agreement, 0 what chance alone would give (percent agreement: the share of equal answers). "
                "The print form has Cohen's kappa and Gwet's AC1 side by side.")
    wide = found["agreement_wide"]
    view.print_table(
        "agreement_wide", "All readers together. Kappa is low where one answer is rare although readers agree; AC1 is "
        "not. Krippendorff's alpha takes missing reads.", compare_tables.groups_of(wide, question))
    view.table("agreement_wide", "Each pair of raters, and each rater with the reference standard; a reader's "
               "repeats, where there are any, with their own first reads.",
               compare_tables.pairs_of(wide, question))
    with st.expander("Long form, with prevalence, methods and notes"):
        view.table("agreement", "All questions.", compare_tables.for_screen(found["agreement"]))


def tests(view: View) -> None:
    """Raters against each other."""
    view.table("tests", "Exact McNemar: did one of the two get more cases right? DeLong: do their AUCs differ? "
               "Cochran's Q: do the readers differ among themselves? p (Holm) is adjusted for many tests of one kind. "
               "A large p is no proof of equality.", compare_tables.for_screen(view.tables("tests")["tests"]))


def readers_and_cases(view: View) -> None:
    """The multi-reader multi-case analysis."""
    left, right = st.columns(2)
    covariance = left.segmented_control("Covariance", list(Covariance), default=Covariance.DELONG,
                                        required=True, key="covariance")
    margin = right.number_input("Non-inferiority margin (0: none asked)", 0.0, 0.5, 0.0, 0.01, key="margin", width=280)
    settings = Settings(covariances=(covariance,), margin=margin or None)
    found = view.tables("mrmc", settings=settings)
    view.table("mrmc", "The readers' mean under one condition less that under another, or less a model. RRRC holds for "
               "other readers and other cases like these, FRRC for these readers and other cases, RRFC for other "
               "readers on these cases. Obuchowski-Rockette with Hillis' degrees of freedom; the model's own error "
               "counts. The file has DeLong covariance.", compare_tables.for_screen(found["mrmc"]))
    with st.expander("Variance components"):
        view.table("mrmc_components", "What the test is made of. A negative variance is shown as it came out.",
                   compare_tables.for_screen(found["mrmc_components"], digits=6), digits=6)


def aid(view: View) -> None:
    """What aid changed, and how long reading took."""
    view = view.of_both_conditions()
    found = view.tables("aid_effect")["aid_effect"]
    view.figure("aid", plotly_charts.aid_arrows(view.ratings, question=view.selection.question),
                "From the open mark (unaided) to the filled one (aided): up is more of the positive found, right is "
                "more false alarms. Only cases that the reader read both ways, whatever is chosen in Reads.")
    view.table("aid_effect", "Switches from right to wrong and back, agreement with the model before and after, mean "
               "active seconds, and use of the map.", compare_tables.for_screen(found),
               Model=st.column_config.TextColumn(width="medium"))
    view.figure("reading_time", plotly_charts.learning_curve(view.ratings),
                "Each reader's active seconds in their own order, with a running median of five: a falling line is "
                "getting used to the task.")


def bands_and_calibration(view: View) -> None:
    """Ordered bands and probabilities."""
    found = view.tables("ordinal", "calibration")
    view.table("ordinal", "GCS bands: errors are counted in bands (0 is perfect), quadratic kappa forgives near "
               "misses, the UOC index is 0 where all is right and 1 at worst. Bootstrap intervals.",
               compare_tables.for_screen(found["ordinal"]))
    view.table("calibration", "Do probabilities mean what they say? Intercept 0 and slope 1 are right; a slope under 1 "
               "is too sure. Brier score: 0 is perfect, 0.25 is always saying one half.",
               compare_tables.for_screen(found["calibration"]))
    view.figure("calibration", plotly_charts.calibration_curves(found["calibration_curve"]),
                "On the dotted line a probability is right; five groups of cases by p, with Wilson intervals.")


def subgroups(view: View) -> None:
    """Groups of cases."""
    view.table("subgroups", "Age and GCS bands of the reference standard, and sex and haematoma volume where they are "
               "known. Groups under 20 cases say little and carry a note.",
               compare_tables.for_screen(view.tables("subgroups")["subgroups"]))


def cases(view: View) -> None:
    """Case by case."""
    found = view.tables("cases")["cases"]
    view.figure("cases", plotly_charts.case_grid(view.ratings, question=view.selection.question),
                "Blue is right, a cross on orange is wrong, an empty field was not read. Cases that all readers got "
                "right come first.")
    for title, missed in compare_tables.missed(found).items():
        st.markdown(f"**{title}:** {', '.join(missed) or 'none'}")
    view.table("cases", "Sort by any column; a case's name opens it in Review. Readers right: how many of those that "
               "read it.", compare_tables.cases_for_screen(found, view.ratings), digits=2, Case=RIGHT_COLUMN)


def maps(view: View) -> None:
    """The saliency figure."""
    known = study_saliency.cases_with_maps(resources.store(), resources.workspace(), view.study)
    if not known:
        st.markdown(":gray[No saliency maps of prognosis in this study.]")
        return
    telling = [case for case in study_saliency.telling_cases(view.ratings) if case in known]
    chosen = st.multiselect("Cases", known, default=telling, key="map_cases",
                            max_selections=study_saliency.MOST_CASES)
    if chosen:
        extra = urlencode({"cases": ",".join(chosen)})
        source = compare_tables.address(view.study, "figures/saliency.png", view.selection)
        shown = escape(f"Saliency maps of {', '.join(chosen)}")
        st.html(f'<img class="ich-print" alt="{shown}" src="{source}&amp;{extra}">')
        links = " ".join(f'<a class="ich-download" download href="'
                         f'{compare_tables.address(view.study, f"figures/saliency.{kind}", view.selection)}'
                         f'&amp;{extra}">'
                         f"{kind.upper()}</a>" for kind in ("svg", "pdf", "png"))
        st.html(links)
    st.caption("Guided Grad-CAM of prognosis over the slice where it is strongest, values under half of the maximum "
               "left out, p of poor outcome above, readers right below. A map shows what the network used, not where "
               "the disease is; its depth is interpolated.")


def planning(view: View) -> None:
    """The power of further studies."""
    one, two, three = st.columns(3)
    difference = one.number_input("Difference to find", 0.01, 0.3, 0.05, 0.01, key="plan_difference")
    readers = two.multiselect("Readers", range(2, 41), default=Plan().readers, key="plan_readers")
    planned = three.multiselect("Cases", [50, 100, 150, 200, 250, 300, 400, 500, 750, 1000], default=Plan().cases,
                                key="plan_cases")
    settings = Settings(plan=Plan(tuple(sorted(readers)), tuple(sorted(planned)), (difference,)))
    view.table("sample_size", "The chance that a planned study with other readers and cases finds the difference, with "
               "this study as its pilot (Hillis, Obuchowski and Berbaum 2011). From a small pilot it is a rough guide. "
               "The file has the default plan.",
               compare_tables.for_screen(view.tables("sample_size", settings=settings)["sample_size"]))


def methods_text(view: View) -> None:
    """The methods paragraph."""
    tables = all_tables(view.ratings, question=view.selection.question) | {"readers": view.readers}
    paragraph, references = methods.paragraph(tables, Settings())
    st.caption("Exactly the methods used for these tables, to paste into a paper. The archive has it with a reporting "
               "checklist (CLAIM, STARD-AI, TRIPOD+AI, GRRAS).")
    st.code("\n".join([paragraph, "", *(f"{n}. {text}" for n, text in enumerate(references, 1))]), language=None,
            wrap_lines=True)


PARTS: dict[str, Callable[[View], None]] = {
    "Performance": performance, "Agreement": agreement, "Tests": tests, "Readers and cases": readers_and_cases,
    "Aid and time": aid, "Bands and calibration": bands_and_calibration, "Subgroups": subgroups, "Cases": cases,
    "Maps": maps, "Planning": planning, "Methods": methods_text}
