"""To come."""


def test_nothing() -> None:
    """To come."""
