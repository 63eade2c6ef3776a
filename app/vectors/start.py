"""The check before a part starts: the dimension of the settings must be that of the stored vectors."""

import logging

from sqlalchemy import text

from app.database import Database
from app.errors import UnavailableError
from app.settings.declaration import SettingsError, invalid
from app.vectors import repository

logger = logging.getLogger(__name__)

HAS_STORE = text("SELECT to_regclass('store') IS NOT NULL")


def check_dimension(database: Database, configured: int | None) -> None:
    """Refuse ``VECTOR_DIMENSION`` if vectors of another dimension are stored.

    Without PostgreSQL nothing is checked, since a part starts without it too.

    Raises:
        SettingsError: the dimensions differ.
    """
    if configured is None:
        return
    try:
        with database.reading() as session:
            stored = repository.dimension_in_use(session) if session.scalar(HAS_STORE) else None
    except UnavailableError as error:
        logger.warning("VECTOR_DIMENSION is not compared with the stored vectors: %s", error.message)
        return
    if stored not in (None, configured):
        raise _differing(configured, stored)


def _differing(configured: int, stored: int | None) -> SettingsError:
    return invalid(
        "VECTOR_DIMENSION",
        f"it is {configured}, and the stored vectors have {stored} numbers; set it to {stored}, leave it "
        "out, or delete the vectors (python -m app.cli empty-store)",
    )
