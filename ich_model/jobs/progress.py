"""What a long piece of work calls as it goes on, where its caller wants no progress."""


def no_progress(*_numbers: int) -> None:
    """Ignores how far the work is."""
