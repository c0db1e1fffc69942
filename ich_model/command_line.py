"""What all commands have in common: a refusal is one sentence on stderr and exit code 2. Torch-free."""

import argparse
import sys
from collections.abc import Callable
from typing import NoReturn

REFUSED = 2
"""The exit code where something was refused, by any command."""


class Arguments(argparse.ArgumentParser):
    """A parser whose refusal is one sentence like any other."""

    def error(self, message: str) -> NoReturn:
        """Raises:
            ValueError: always, with what is wrong and where the options are listed.
        """
        raise ValueError(f"{self.prog}: {message}; see {self.prog} --help")


def exit_code(command: Callable[[], int], *, name: str) -> int:
    """What a command returns; REFUSED, after one sentence on stderr, where it raises a refusal.

    Refusals are ValueError and OSError (a path that is missing or may not be used). Other errors are faults of the
    program and pass.
    """
    try:
        return command()
    except ValueError as error:
        print(" ".join(str(error).split()), file=sys.stderr)
    except OSError as error:
        print(f"{error.filename or name}: {error.strerror or error}; check the path", file=sys.stderr)
    return REFUSED
