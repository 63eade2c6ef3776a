"""The tables, one per file. Importing this package registers all of them."""

from app.models.api_key import ApiKey, Role
from app.models.audit import AuditEntry
from app.models.base import Base
from app.models.device_calibration import DeviceCalibration
from app.models.entanglement import EntanglementGroup, EntanglementMember
from app.models.execution import Execution, ExecutionTotalChange, GraphStatus
from app.models.execution_states import ExecutionStates
from app.models.idempotency_key import IdempotencyKey
from app.models.import_chunk import ImportChunk
from app.models.job import TERMINAL_STATUSES, Job, JobStatus, Queue
from app.models.store import Store, StoreVersion
from app.models.sweep import Sweep, SweepResult
from app.models.vector import Vector, VectorState
from app.models.webhook import Webhook
from app.models.webhook_delivery import DeliveryStatus, WebhookDelivery
from app.models.webhook_event import WebhookEvent
from app.models.worker import Worker
