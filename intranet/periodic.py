"""What the intranet has done by the clock."""

from __future__ import annotations


def publish() -> None:
    """Publish and take down the pages whose time has come."""
    from intranet.actions.schedule import publish_due

    publish_due()


class Pictures:
    """Renders what is missing of the pictures; what cannot be rendered is tried once.

    An upload brings all that is shown of a picture. What is older than that, or than a size that
    is shown, gets it here: nothing is rendered while a page is read.
    """

    def __init__(self) -> None:
        self._refused: set[str] = set()

    def __call__(self) -> bool:
        """Render a few; tell whether there may be more."""
        from intranet.pictures.completing import complete

        return bool(complete(self._refused))
