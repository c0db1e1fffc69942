"""The comparison as one HTML page that needs nothing else: methods, figures, tables, checklist, origin."""

from base64 import b64encode
from collections.abc import Mapping
from html import escape

import pandas as pd

from reader_study.provenance import Provenance

_STYLE = """
body { font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; color: #1b1f24; max-width: 62rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; border-bottom: 1px solid #ccd2d8; }
table { border-collapse: collapse; font-size: 12.5px; margin: 0.6rem 0 1.2rem; }
td, th { border-bottom: 1px solid #e3e7eb; padding: 0.2rem 0.6rem; text-align: left; vertical-align: top; }
th { border-bottom: 1.5px solid #8a939d; } .wide { overflow-x: auto; }
.caution { border-left: 3px solid #b7791f; padding-left: 0.7rem; color: #7a4b0a; }
figure { margin: 1rem 0; } figure img { max-width: 100%; } figcaption, .note { color: #57606a; font-size: 13px; }
@media print { h2 { break-after: avoid; } figure, tr { break-inside: avoid; } }
"""
SECTIONS = (  # table, heading, what it says
    ("performance_wide", "Performance", "Each rater against the reference standard; value and interval."),
    ("agreement_wide", "Agreement", "Pairs of raters, raters with the reference standard (truth), all readers (all)."),
    ("mrmc", "Readers and cases", "Differences of the readers' means, for random readers and cases (RRRC), for these "
                                  "readers (FRRC) and for these cases (RRFC)."),
    ("tests", "Tests of raters", "p_holm is adjusted within each test and metric."),
    ("aid_effect", "Effect of aid", "Switches, agreement with the model, reading time and use of the map."),
    ("ordinal", "Ordered bands", "Errors in bands; the UOC index is 0 where all is right."),
    ("calibration", "Calibration", "Intercept 0 and slope 1 are right; a Brier score of 0 is perfect."),
    ("subgroups", "Subgroups", "Groups under 20 cases carry a warning."),
    ("performance_paper_mode", "Paper mode", "Resampled as the published code does; values are means of resamples."),
    ("cases", "Cases", "Every case with every call."),
)


def html(tables: Mapping[str, pd.DataFrame], figures: Mapping[str, tuple[str, bytes]], *, provenance: Provenance,
         about: Mapping[str, str], methods: tuple[str, list[str]], checklist: pd.DataFrame) -> str:
    """The page. `figures`: name -> title and SVG file."""
    paragraph, references = methods
    parts = [f"<h1>{escape(provenance.title)}</h1>",
             f'<p class="caution">{escape(provenance.caution)}</p>' if provenance.caution else "",
             "<p>Not for clinical use.</p><h2>Methods</h2>", f"<p>{escape(paragraph)}</p>", "<ol>",
             *(f"<li>{escape(reference)}</li>" for reference in references), "</ol><h2>Figures</h2>"]
    parts += [f'<figure><img alt="{escape(title)}" src="data:image/svg+xml;base64,{b64encode(svg).decode()}">'
              f"<figcaption>{escape(title)}</figcaption></figure>" for title, svg in figures.values()]
    for name, heading, caption in SECTIONS:
        if name in tables and len(tables[name]):
            parts += [f"<h2>{escape(heading)}</h2>", f'<p class="note">{escape(caption)} File: {name}.csv</p>',
                      _table(tables[name])]
    parts += ["<h2>Reporting checklist</h2>", _table(checklist), "<h2>Origin</h2>",
              _table(pd.DataFrame(sorted(about.items()), columns=["item", "value"]))]
    return (f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(provenance.title)}</title>'
            f"<style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>")


def _table(frame: pd.DataFrame) -> str:
    """A table with at most four digits behind the point; the CSV files have all of them."""
    head = "".join(f"<th>{escape(str(column))}</th>" for column in frame)
    rows = "".join("<tr>" + "".join(f"<td>{escape(shown(value))}</td>" for value in row) + "</tr>"
                   for row in frame.itertuples(index=False))
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def shown(value: object) -> str:
    """A cell as text: empty for what is not defined, numbers to four digits."""
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
