"""Reading the text of a CSV file as spreadsheets write it: UTF-8 or cp1252, separated by commas or semicolons."""

from pathlib import Path


def csv_text(path: Path) -> tuple[str, str]:
    """A file's text and its separator: ";" where the first line has more semicolons than commas, else ","."""
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    first_line = text.partition("\n")[0]
    return text, ";" if first_line.count(";") > first_line.count(",") else ","
