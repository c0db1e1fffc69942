"""`python -m ich_model COMMAND ...`: the model's commands, each imported only when it runs.

Invalid input is refused by one sentence on stderr and exit code 2.
"""

import logging
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from ich_model import software
from ich_model.command_line import REFUSED, exit_code

Main = Callable[[list[str]], int]

COMMANDS = {
    "predict": ("ich_model.commands.predict", "predict", "prognosis, GCS and age from head CT files"),
    "explain": ("ich_model.commands.explain", "main", "saliency maps of one scan or many, as NIfTI on the scan's grid"),
    "train": ("ich_model.commands.train", "main", "train a variant, on one fold or on all"),
    "ablation": ("ich_model.commands.ablation", "main", "train all variants on all folds, beside the paper's numbers"),
    "tabular": ("ich_model.commands.tabular", "main", "prognosis from clinical columns, without an image"),
    "evaluate": ("ich_model.commands.evaluate", "main", "measure runs on held-out cases"),
    "cases": ("ich_model.commands.cases", "main", "the training table of the paper's dataset, with its folds"),
    "weights": ("ich_model.commands.weights", "main", "list, fetch, check or convert weights"),
}
"""Name: module, function, and purpose."""


def main(argv: Sequence[str]) -> int:
    """Runs one command; returns its exit code, 2 where the user's input was refused."""
    if not argv or argv[0] in ("-h", "--help"):
        print(usage(), file=sys.stdout if argv else sys.stderr)
        return 0 if argv else REFUSED
    if argv[0] == "--version":
        print(software.title_and_version())
        return 0
    name, *rest = argv
    if name not in COMMANDS:
        print(f"unknown command {name!r}: expected one of {', '.join(COMMANDS)}", file=sys.stderr)
        return REFUSED
    module, function, _ = COMMANDS[name]
    command: Main = getattr(import_module(module), function)
    return exit_code(lambda: command(rest) or 0, name=name)


def usage() -> str:
    """All commands, one per line."""
    lines = [f"  {name:10}{purpose}" for name, (_, _, purpose) in COMMANDS.items()]
    return "\n".join(["usage: python -m ich_model COMMAND ... (COMMAND --help says more; --version)", "", *lines])


if __name__ == "__main__":
    # Caches that libraries put into the home directory by default stay in the project's folder.
    for variable, folder in (("HF_HOME", "huggingface"), ("MPLCONFIGDIR", "matplotlib")):
        os.environ.setdefault(variable, str(Path(__file__).resolve().parents[1] / ".venv" / folder))
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    sys.exit(main(sys.argv[1:]))
