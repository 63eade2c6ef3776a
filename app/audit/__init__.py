"""The audit trail: who created, changed, deleted or cancelled what."""

from app.audit.trail import Action, Kind, record

__all__ = ["Action", "Kind", "record"]
