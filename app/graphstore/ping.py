"""Whether the graph server answers."""

from app.graphstore.driver import GraphStore


def ping(store: GraphStore) -> None:
    """Run the smallest statement there is.

    Raises:
        UnavailableError: there is no graph server, or it does not answer.
    """
    store.read(lambda transaction: transaction.run("RETURN 1"))
