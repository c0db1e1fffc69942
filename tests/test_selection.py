"""Which ratings a comparison takes, from the page or from an address."""

import pandas as pd
import pytest

from pages.shared.selection import Selection, conditions_in, from_query, selected, unfinished

RATINGS = pd.DataFrame(
    [("Ana", "reader", "c1", "unaided"), ("Ana", "reader", "c2", "unaided"), ("Ana", "reader", "c1", "aided"),
     ("Ben", "reader", "c1", "unaided"), ("net", "model", "c1", "model")],
    columns=["readerID", "rater_type", "caseID", "condition"],
).assign(modalityID=lambda table: table["condition"], question="prognosis")  # fmt: skip


def rows(selection: Selection) -> list[tuple[str, str]]:
    """Reader and condition of the rows taken."""
    taken = selected(RATINGS, selection, n_cases=2)
    return list(zip(taken["readerID"], taken["condition"], strict=True))


def test_only_readers_who_are_done_are_taken_and_models_always():
    assert rows(Selection()) == [("Ana", "unaided"), ("Ana", "unaided"), ("net", "model")]


def test_a_condition_leaves_out_the_other():
    assert rows(Selection("aided", all_readers=True)) == [("Ana", "aided"), ("net", "model")]


def test_both_conditions_are_offered_where_readers_read_in_both():
    assert conditions_in(RATINGS) == ["unaided", "aided", "both"]
    assert conditions_in(RATINGS[RATINGS["condition"] == "aided"]) == ["aided"]


def test_readers_who_are_not_done_are_named():
    assert unfinished(RATINGS, n_cases=2) == ["Ana", "Ben"]


@pytest.mark.parametrize("selection", [Selection(), Selection("aided"), Selection("unaided", all_readers=True)])
def test_an_address_says_what_the_page_selected(selection):
    assert from_query(dict(pair.split("=") for pair in selection.query.split("&"))) == selection


def test_an_address_with_nonsense_means_the_default():
    assert from_query({"condition": "'; drop", "readers": "?"}) == Selection()
