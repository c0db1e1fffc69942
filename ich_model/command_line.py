"""The common frame of all commands: a refusal is one sentence on stderr and exit code 2. Torch-free."""

import argparse
import sys
from collections.abc import Callable
from typing import NoReturn

REFUSED = 2
"""The exit code of every command for refused input."""


class Arguments(argparse.ArgumentParser):
    """An argument parser that raises its errors as ValueError, so that they are reported like other refusals."""

    def error(self, message: str) -> NoReturn:
        """Raises:
            ValueError: always, with the error and how to list the options.
        """
        raise ValueError(f"{self.prog}: {message}; see {self.prog} --help")


def exit_code(command: Callable[[], int], *, name: str) -> int:
    """The exit code of a command; REFUSED, after one sentence on stderr, where it raises a refusal.

    Refusals are ValueError and OSError (a path that is missing or not permitted). Other errors are bugs and propagate.
    """
    try:
        return command()
    except ValueError as error:
        print(" ".join(str(error).split()), file=sys.stderr)
    except OSError as error:
        print(f"{error.filename or name}: {error.strerror or error}; check the path", file=sys.stderr)
    return REFUSED
