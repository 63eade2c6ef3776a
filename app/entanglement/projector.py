"""From PostgreSQL to Neo4j: the thread of a worker process that writes changed groups into the graph.

A change of a group makes it due in its own transaction; some worker takes it up within ``SWEEP_SECONDS``.
Workers share the work by the rows' locks, and what one that died had taken up is due again later.
"""

import logging
from functools import partial

from app.background import Background
from app.database import Database
from app.entanglement import graph_rows
from app.entanglement.graph_rows import DueGroup
from app.errors import UnavailableError
from app.graphstore import entanglement as graph
from app.graphstore.driver import GraphStore
from app.graphstore.rebuilding import Left, Rebuilt, write_marked

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 2.0

BATCH = 16
"""Groups taken up at once: they are written within the pause after which another worker would try."""


class GroupProjector(Background):
    """Writes due groups to Neo4j and notes it in PostgreSQL; once started, a thread does so now and then."""

    def __init__(self, database: Database, graph_store: GraphStore) -> None:
        super().__init__("group-projector")
        self._database = database
        self._graph_store = graph_store

    def take_up_due(self) -> int:
        """Write and remove a batch of groups that are due; return how many were taken up.

        Raises:
            UnavailableError: Neo4j or PostgreSQL is down; they are tried again later.
        """
        with self._database.unit_of_work() as unit:
            due = graph_rows.take_due(unit.session, BATCH)
        for group in due:
            try:
                self._remove(group) if group.is_deleted else self._write(group)
            except UnavailableError:
                if not self._graph_store.is_available:
                    raise  # the server is down: the others would fare no better
                logger.info("The group %s stays due: Neo4j is busy", group.graph.group_id)
            except Exception:
                logger.exception("The group %s stays due after a fault", group.graph.group_id)
        return len(due)

    def _write(self, group: DueGroup) -> None:
        """Write a group, and remove it again if it was deleted meanwhile."""
        group_id, version = group.graph.group_id, group.graph.version
        graph.project(self._graph_store, group.graph)
        with self._database.autocommit() as unit:
            stands = graph_rows.set_projected(unit.session, group_id, version)
        if not stands:
            graph.remove(self._graph_store, group_id, version)

    def _remove(self, group: DueGroup) -> None:
        group_id, version = group.graph.group_id, group.graph.version
        graph.remove(self._graph_store, group_id, version)
        with self._database.autocommit() as unit:
            graph_rows.remove_deleted(unit.session, group_id, version)

    def _loop(self) -> None:
        pause = 0.0
        while not self._stopping.wait(pause):
            pause = 0.0 if self._sweep() == BATCH else SWEEP_SECONDS

    def _sweep(self) -> int:
        try:
            return self.take_up_due() if self._graph_store.is_available else 0
        except UnavailableError as error:
            logger.info("Groups stay due: %s", error.message)
        except Exception:
            logger.exception("Groups stay due after a fault")
        return 0


def rebuild(database: Database, graph_store: GraphStore, *, missing_only: bool, batch: int) -> Rebuilt:
    """Write all groups to Neo4j anew, together with the running workers; return how many were written.

    Raises:
        UnavailableError: Neo4j or PostgreSQL is down; it can be done again.
    """
    if not missing_only:
        graph.remove_all(graph_store)
    make_due = partial(graph_rows.make_due, limit=batch, also_stored=not missing_only)
    marked = database.in_batches(make_due)

    def count_left() -> Left:
        with database.reading() as session:
            return graph_rows.count_due(session)

    return write_marked(marked, GroupProjector(database, graph_store).take_up_due, count_left)
