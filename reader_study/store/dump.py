"""Dump and load of all tables as a zip: one file of JSON lines a table and a manifest, for both databases alike.

The tables are taken as they are found, so that a database of any schema revision can be written and read.
Browser sessions are left out: whoever was signed in signs in again.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from sqlalchemy import Connection, MetaData, Table, select, text

from ich_model import software
from ich_model.atomic import atomic_file

FORMAT = "ICH Reader backup 1"
MANIFEST = "manifest.json"
LEFT_OUT = ("alembic_version", "browser_session")
ROWS_AT_ONCE = 500


@dataclass(frozen=True)
class Manifest:
    """What a backup holds: schema revision, rows by table, and "sequence:hash" of the last audit entry.

    `software` is what wrote it, "" where a backup is older than that entry.
    """

    format: str
    made_at: str
    schema_revision: str
    audit_head: str
    rows: dict[str, int]
    software: str = ""


@contextmanager
def new_zip(file: Path) -> Iterator[ZipFile]:
    """A zip that appears under its name when it is whole and on disk; ValueError where the name is taken."""
    with (atomic_file(file, private=True, replaces=False) as written,
          ZipFile(written, "w", ZIP_DEFLATED) as archive):
        yield archive


@contextmanager
def open_zip(file: Path) -> Iterator[ZipFile]:
    """A backup to read; ValueError where the file is none, or is damaged."""
    try:
        with ZipFile(file) as archive:
            yield archive
    except (BadZipFile, KeyError, EOFError) as error:
        raise ValueError(f"{file.name}: expected a backup that this software wrote, whole: {error}") from error


def write(connection: Connection, archive: ZipFile, *, revision: str, made_at: datetime) -> Manifest:
    """Write every table that a transaction sees, and the manifest."""
    rows = {table.name: _write_table(connection, archive, table) for table in _tables(connection)}
    head = connection.scalar(text("SELECT value FROM meta WHERE key = 'audit_head'"))
    manifest = Manifest(FORMAT, made_at.isoformat(), revision, head, rows, software.title_and_version())
    archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=2))
    return manifest


def _tables(connection: Connection) -> list[Table]:
    """The tables of a database, those first that others point to."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name not in LEFT_OUT]


def _write_table(connection: Connection, archive: ZipFile, table: Table) -> int:
    written = 0
    with archive.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as member:
        rows = select(table).order_by(*table.primary_key).execution_options(yield_per=ROWS_AT_ONCE)
        for row in connection.execute(rows).mappings():
            member.write(json.dumps(dict(row), ensure_ascii=False, allow_nan=False).encode() + b"\n")
            written += 1
    return written


def manifest_of(archive: ZipFile) -> Manifest:
    """The manifest of a backup; ValueError where it is of another format."""
    values = json.loads(archive.read(MANIFEST))
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise ValueError(f"{archive.filename}: expected a file in the format {FORMAT!r}")
    known: dict[str, Any] = {"software": ""} | values  # as JSON gives it
    return Manifest(**{field.name: known[field.name] for field in fields(Manifest)})


def read(connection: Connection, archive: ZipFile) -> None:
    """Fill the tables of a new database of the backup's schema revision; ValueError where rows are missing."""
    expected = manifest_of(archive).rows
    for table in _tables(connection):
        if table.name == "meta":
            connection.execute(table.delete())  # a new database has an audit head of its own
        with archive.open(f"tables/{table.name}.jsonl") as member:
            lines = TextIOWrapper(member, encoding="utf-8", newline="\n")
            found = 0
            while batch := [json.loads(line) for line in islice(lines, ROWS_AT_ONCE)]:
                connection.execute(table.insert(), batch)
                found += len(batch)
        if found != expected[table.name]:
            raise ValueError(f"table {table.name}: expected {expected[table.name]} rows, got {found}")
        go_on_counting(connection, table)


def go_on_counting(connection: Connection, table: Table) -> None:
    """Let PostgreSQL's next number follow the last one; SQLite looks for itself."""
    if connection.dialect.name == "postgresql" and "id" in table.c:
        connection.execute(text(f"SELECT setval(pg_get_serial_sequence('\"{table.name}\"', 'id'), max(id)) "
                                f'FROM "{table.name}" HAVING max(id) IS NOT NULL'))
