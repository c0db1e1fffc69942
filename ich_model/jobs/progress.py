"""The progress callback for callers that want no progress."""


def no_progress(*_numbers: int) -> None:
    """Ignores a progress report."""
