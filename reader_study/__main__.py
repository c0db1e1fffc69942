"""`python -m reader_study COMMAND`: set a study up, bring in cases and readers, unlock, export, compare, verify."""

import argparse
import os
import secrets
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from ich_model import software
from ich_model.command_line import REFUSED, Arguments, exit_code
from reader_study.access import accounts, setup_links
from reader_study.commands import compare, import_cases, models, records
from reader_study.report import compared_readers, study_archive
from reader_study.store.workspace import Workspace, from_environment
from reader_study.study import study_file
from reader_study.study.design import Design, Role, Study

SEED_BITS = 32
TAKE_IN = "take-in"


def init(arguments: argparse.Namespace, workspace: Workspace) -> int:
    """Create a study and print its coordinator's one-time invitation."""
    study = _defined(arguments)
    name = f"{study.key}-coordinator"
    with closing(workspace.open_store()) as store:
        store.create_study(study)
        token = accounts.invite(store, study.key, name, role=Role.COORDINATOR)
    print(f"Study {study.key} created. Its coordinator, {name}, sets a password once, within seven days, at")
    print(f"/?invite={token}")
    return 0


def _defined(arguments: argparse.Namespace) -> Study:
    """The new study of a study file, or of the flags."""
    seed = secrets.randbits(SEED_BITS) if arguments.seed is None else arguments.seed
    if arguments.file is not None:
        return study_file.read(arguments.file, key=arguments.study, seed=seed)
    if arguments.title is None:
        raise ValueError("init: expected --title TITLE, or --file study.toml")
    return Study(key=arguments.study, title=arguments.title, seed=seed, design=arguments.design)


def open_(arguments: argparse.Namespace, workspace: Workspace) -> int:
    """Let reading begin, or say each reason why it cannot."""
    with closing(workspace.existing_store()) as store:
        if why := store.why_not_open(arguments.study):
            print("\n".join([f"Study {arguments.study} cannot open yet:", *why]), file=sys.stderr)
            return REFUSED
        store.open_study(arguments.study)
    print(f"Study {arguments.study} is open: its readers can read.")
    return 0


def close(arguments: argparse.Namespace, workspace: Workspace) -> int:
    """Take no further reads."""
    with closing(workspace.existing_store()) as store:
        store.set_closed(arguments.study)
    print(f"Study {arguments.study} is closed: no further reads are taken.")
    return 0


def first_link(arguments: argparse.Namespace, workspace: Workspace) -> int:
    """Print a one-time link to set up the workspace's first own study; nothing where there is one already."""
    with closing(workspace.open_store()) as store:
        if setup_links.has_study(store):
            return 0
        token = setup_links.offer(store)
    print(f"Your own study: set it up and become its coordinator, once, within seven days, at\n"
          f"{arguments.address}/?setup={token}\nThe demo study's accounts open the demo only.", flush=True)
    return 0


def add_person(arguments: argparse.Namespace, workspace: Workspace) -> int:
    """Invite a reader or a coordinator and print the one-time invitation; a lost one is replaced."""
    with closing(workspace.existing_store()) as store:
        token = accounts.invite(store, arguments.study, arguments.name, role=arguments.role)
    print(f"{arguments.name} sets a password once, within seven days, at\n/?invite={token}")
    return 0


def unlock(arguments: argparse.Namespace, workspace: Workspace) -> int:
    """Open a study's results."""
    with closing(workspace.existing_store()) as store:
        store.set_unlocked(arguments.study)
    print(f"Study {arguments.study} is unlocked: its coordinator and readers who are done may see the results.")
    return 0


def unfinished(arguments: argparse.Namespace, workspace: Workspace) -> int:
    """Take readers who are not done into the comparison, or leave them out."""
    with closing(workspace.existing_store()) as store:
        store.take_in_unfinished(arguments.study, arguments.choice == TAKE_IN)
    print(f"Study {arguments.study}: readers who are not done are "
          f"{'taken in' if arguments.choice == TAKE_IN else 'left out'}.")
    return 0


def export(arguments: argparse.Namespace, workspace: Workspace) -> int:
    """Write a study's records into a new folder."""
    with closing(workspace.existing_store()) as store:
        study_archive.write(store, arguments.study, arguments.out)
        sentence = compared_readers.compared(store, arguments.study).sentence
    print(f"Study {arguments.study} written to {arguments.out}{f'. {sentence}' if sentence else ''}")
    return 0


Command = Callable[[argparse.Namespace, Workspace], int]


def _parser() -> argparse.ArgumentParser:
    parser = Arguments(prog="python -m reader_study", description=__doc__)
    parser.add_argument("--version", action="version", version=software.title_and_version())
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Command, text: str, *, of_study: bool = True) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        if of_study:
            added.add_argument("study", metavar="STUDY", help="key of the study")
        return added

    new = command("init", init, "create a study and invite its coordinator")
    new.add_argument("--title")
    new.add_argument("--file", type=Path, metavar="study.toml", help="the whole definition")
    new.add_argument("--design", choices=list(Design), default=Design.UNAIDED_ONLY, type=Design)
    new.add_argument("--seed", type=int, help="of the readers' orders; drawn at random unless given")
    import_cases.add_to(command)
    models.add_to(command)
    for role in Role:
        person = command(f"add-{role}", add_person, f"invite a {role}, or renew an invitation that was not used")
        person.add_argument("name", metavar="NAME")
        person.set_defaults(role=role)
    link = command("first-link", first_link, "a one-time link to set up a study in the browser", of_study=False)
    link.add_argument("--address", default="", metavar="URL", help="of the app")
    command("open", open_, "let reading begin, or say why it cannot")
    command("close", close, "take no further reads")
    command("unlock", unlock, "open the results")
    command("unfinished", unfinished, "what becomes of readers who are not done, on the page and in every export"
            ).add_argument("choice", choices=(TAKE_IN, "leave-out"))
    command("export", export, "write a study's records").add_argument("--out", required=True, metavar="DIR", type=Path)
    commands.add_parser("compare", help="compare raters: see compare --help", add_help=False)
    records.add_to(command)
    return parser


def main(argv: Sequence[str]) -> int:
    """Run one command; the exit code is 2, with one sentence, where something is refused."""
    if argv[:1] == ["compare"]:  # needs no workspace: it reads a ratings table from a file
        return compare.main(list(argv[1:])) or 0
    return exit_code(lambda: _run(argv), name="reader_study")


def _run(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    run: Command = arguments.run
    try:
        return run(arguments, from_environment(os.environ))
    except SQLAlchemyError as error:
        raise ValueError(str(error).splitlines()[0]) from error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
