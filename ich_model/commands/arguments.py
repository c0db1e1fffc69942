"""The argument parser of all commands of this package."""

import argparse
from typing import NoReturn


class Arguments(argparse.ArgumentParser):
    """A parser whose refusal is one sentence like any other."""

    def error(self, message: str) -> NoReturn:
        raise ValueError(f"{self.prog}: {message}; see {self.prog} --help")
