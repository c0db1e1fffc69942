"""The commands that keep a study's records: backup, restore, verify, a reader's profile, a reader to be forgotten."""

import argparse
import re
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from ich_model.command_line import REFUSED
from reader_study.access import erasure, profiles
from reader_study.access.profiles import Profile
from reader_study.store import backup
from reader_study.store.workspace import Workspace

HASH = re.compile(r"(?:\d+:)?([0-9a-f]{64})")
NOTE = "Note this hash elsewhere: `verify --head` tells whether the trail still holds it."


def back_up(arguments: argparse.Namespace, workspace: Workspace) -> int:
    """Write a backup while readers read."""
    with closing(workspace.existing_store()) as store:
        manifest = backup.write(store, arguments.file, scans_of=workspace if arguments.with_scans else None)
    print(f"{arguments.file}: {manifest.rows['read']} reads, {manifest.rows['audit']} audit entries, "
          f"{'with' if arguments.with_scans else 'without'} scans. It holds names and password hashes: keep it safe.")
    print(f"Last audit entry: {manifest.audit_head}\n{NOTE}")
    return 0


def restore(arguments: argparse.Namespace, workspace: Workspace) -> int:
    """Make an empty workspace the one of a backup."""
    manifest = backup.restore(arguments.file, workspace)
    print(f"{workspace.root}: {manifest.rows['read']} reads and {manifest.rows['audit']} audit entries restored, all "
          f"as they were written, of {manifest.made_at}. Everyone signs in again.")
    return 0


def verify(arguments: argparse.Namespace, workspace: Workspace) -> int:
    """Walk the audit trail and the reads; name the first that was changed."""
    noted = None if arguments.head is None else _hash_of(arguments.head)
    with closing(workspace.existing_store()) as store:
        broken = store.verify()
        if broken is not None:
            print(f"{broken.name}: {broken.reason}", file=sys.stderr)
            return REFUSED
        last, head = store.head()
        place = store.place_of(noted) if noted else None
    if noted and place is None:
        print(f"{noted}: no audit entry has this hash: the trail was written anew after the hash was noted, or the "
              "hash is another study database's", file=sys.stderr)
        return REFUSED
    print("The audit trail and all reads are as they were written.")
    if place is not None:
        print(f"The noted hash is that of entry {place}; {last - place} came after it.")
    print(f"Last audit entry: {last}:{head}\n{NOTE}")
    return 0


def _hash_of(text: str) -> str:
    match = HASH.fullmatch(text)
    if match is None:
        raise ValueError(f"--head {text}: expected the 64 characters 0-9, a-f of a noted hash")
    return match[1]


def profile(arguments: argparse.Namespace, workspace: Workspace) -> int:
    """Record what a paper says of a reader."""
    new = Profile(specialty=arguments.specialty, board_certified=arguments.board_certified == "yes",
                  years_experience=arguments.years, institution_code=arguments.institution)
    with closing(workspace.existing_store()) as store:
        profiles.record(store, arguments.study, arguments.name, new)
    print(f"The profile of {arguments.name} is recorded.")
    return 0


def forget_reader(arguments: argparse.Namespace, workspace: Workspace) -> int:
    """Delete a reader's account and profile; their reads stay under a pseudonym."""
    with closing(workspace.existing_store()) as store:
        pseudonym = erasure.forget(store, arguments.study, arguments.name)
    print(f"{arguments.name} is forgotten: the reads stay under the name {pseudonym}.")
    print("Backups and exports made before still hold the name: delete them too.")
    return 0


def add_to(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add these commands to the parser; `command` makes one, with its STUDY unless told otherwise."""
    new = command("backup", back_up, "write database, and scans where asked for, into one file", of_study=False)
    new.add_argument("file", metavar="FILE", type=Path)
    new.add_argument("--with-scans", action="store_true", help="with the scans and the models' outputs")
    old = command("restore", restore, "make an empty workspace or database the one of a backup", of_study=False)
    old.add_argument("file", metavar="FILE", type=Path)
    check = command("verify", verify, "check that nothing stored was changed", of_study=False)
    check.add_argument("--head", metavar="HASH", help="hash noted earlier, of an export, a backup or a verify")
    known = command("profile", profile, "record what a paper says of a reader")
    known.add_argument("name", metavar="NAME")
    known.add_argument("--specialty", required=True)
    known.add_argument("--board-certified", required=True, choices=("yes", "no"))
    known.add_argument("--years", required=True, type=float, help="of experience")
    known.add_argument("--institution", required=True, metavar="CODE")
    gone = command("forget-reader", forget_reader, "delete a reader's data on request, for good; the reads stay")
    gone.add_argument("name", metavar="NAME")
