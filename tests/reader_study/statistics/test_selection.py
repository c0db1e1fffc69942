"""Which ratings a comparison takes, from the page or from an address."""

import pandas as pd
import pytest

from reader_study.statistics.selection import Selection, conditions_in, from_query, selected

RATINGS = pd.DataFrame(
    [("Ana", "reader", "c1", "unaided"), ("Ana", "reader", "c2", "unaided"), ("Ana", "reader", "c1", "aided"),
     ("Ben", "reader", "c1", "unaided"), ("net", "model", "c1", "model")],
    columns=["readerID", "rater_type", "caseID", "condition"],
).assign(modalityID=lambda table: table["condition"], question="prognosis")  # fmt: skip


def rows(selection: Selection) -> list[tuple[str, str]]:
    """Reader and condition of the rows taken."""
    taken = selected(RATINGS, selection)
    return list(zip(taken["readerID"], taken["condition"], strict=True))


def test_a_condition_leaves_out_the_other_and_models_stay():
    assert rows(Selection("aided")) == [("Ana", "aided"), ("net", "model")]


def test_both_conditions_are_offered_where_readers_read_in_both():
    assert conditions_in(RATINGS) == ["unaided", "aided", "both"]
    assert conditions_in(RATINGS[RATINGS["condition"] == "aided"]) == ["aided"]


@pytest.mark.parametrize("selection", [Selection(), Selection("aided"), Selection("unaided", threshold=0.25)])
def test_an_address_says_what_the_page_selected(selection):
    assert from_query(dict(pair.split("=") for pair in selection.query.split("&"))) == selection


def test_an_address_with_nonsense_means_the_default():
    assert from_query({"condition": "'; drop", "threshold": "?"}) == Selection()
