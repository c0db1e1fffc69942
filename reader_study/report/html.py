"""The comparison as one HTML page that needs nothing else: methods, figures, tables, checklist, origin."""

from base64 import b64encode
from collections.abc import Mapping
from html import escape

import pandas as pd

from reader_study.report.print_tables import print_tables
from reader_study.report.provenance import Provenance

_STYLE = """
body { font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; color: #1b1f24; max-width: 78rem; margin: 2rem auto;
  padding: 0 1rem; }
p, ol { max-width: 60rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; border-bottom: 1px solid #ccd2d8; }
table { border-collapse: collapse; font-size: 12px; margin: 0.6rem 0 1.2rem; }
td, th { border-bottom: 1px solid #e3e7eb; padding: 0.2rem 0.5rem; text-align: left; vertical-align: top; }
th { border-bottom: 1.5px solid #8a939d; vertical-align: bottom; } .wide { overflow-x: auto; }
.numbers td { white-space: nowrap; }
.caution { border-left: 3px solid #b7791f; padding-left: 0.7rem; color: #7a4b0a; }
figure { margin: 1rem 0; } figure img { max-width: 100%; } figcaption, .note { color: #57606a; font-size: 13px; }
@media print { h2 { break-after: avoid; } figure, tr { break-inside: avoid; }
  table { font-size: 9px; } td, th { padding: 0.1rem 0.3rem; } }
"""
CHECKLIST_NOTE = ("The items that a reader study touches, in our own words under the published numbers. It goes before "
                  "the journal's own form, not in its place.")


def html(tables: Mapping[str, pd.DataFrame], figures: Mapping[str, tuple[str, bytes]], *, provenance: Provenance,
         about: Mapping[str, str], methods: tuple[str, list[str]], checklist: pd.DataFrame) -> str:
    """The page. `figures`: name -> title and SVG file."""
    paragraph, references = methods
    parts = [f"<h1>{escape(provenance.title)}</h1>",
             f'<p class="caution">{escape(provenance.caution)}</p>' if provenance.caution else "",
             f"<p>{escape(provenance.readers)}</p>" if provenance.readers else "",
             "<p>Not for clinical use.</p><h2>Methods</h2>", f"<p>{escape(paragraph)}</p>", "<ol>",
             *(f"<li>{escape(reference)}</li>" for reference in references), "</ol><h2>Figures</h2>"]
    parts += [f'<figure><img alt="{escape(title)}" src="data:image/svg+xml;base64,{b64encode(svg).decode()}">'
              f"<figcaption>Figure {number}. {escape(title)}.</figcaption></figure>"
              for number, (title, svg) in enumerate(figures.values(), 1)]
    for one in print_tables(tables):
        parts += [f"<h2>{escape(one.heading)}</h2>", _note(f"{one.caption} All of it: {one.file}."),
                  _table(one.cells, "numbers")]
    parts += ["<h2>Reporting checklist</h2>", _note(CHECKLIST_NOTE), _table(checklist), "<h2>Origin</h2>",
              _table(pd.DataFrame([fact for fact in sorted(about.items()) if fact[1]], columns=["item", "value"]))]
    return (f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(provenance.title)}</title>'
            f"<style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>")


def _note(text: str) -> str:
    """What a table says, in quiet print."""
    return f'<p class="note">{escape(text)}</p>'


def _table(frame: pd.DataFrame, kind: str = "words") -> str:
    """A table of words, or of numbers whose cells keep to a line; it scrolls in itself where it is too broad."""
    head = "".join(f"<th>{escape(str(column))}</th>" for column in frame)
    rows = "".join("<tr>" + "".join(f"<td>{escape(shown(value))}</td>" for value in row) + "</tr>"
                   for row in frame.itertuples(index=False))
    return f'<div class="wide"><table class="{kind}"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def shown(value: object) -> str:
    """A cell as text: empty for what is not defined, numbers to four digits."""
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
