"""The bodies and the answers of the routes of webhooks."""

from marshmallow import fields, validate

from app.models import DeliveryStatus
from app.rest.schemas import PageQuery, PageSchema
from app.rest.validation import JsonBoolean, List, OneOf, Range, Schema, Timestamp
from app.webhooks.outbox import PATTERNS

MAX_DESCRIPTION_CHARACTERS = 500

MAX_OVERLAP_SECONDS = 7 * 24 * 3600
DEFAULT_OVERLAP_SECONDS = 24 * 3600

SIGNS_WITH = (
    "Signs the messages. `whsec_` followed by base64 of 24 to 64 bytes, or any text of 16 to 256 characters, "
    "whose UTF-8 bytes sign. Without one, a `whsec_` secret is drawn."
)


def _url(*, required: bool) -> fields.String:
    return fields.String(
        required=required,
        metadata={"description": "https, on the public internet. Redirects are not followed."},
    )


def _events(*, required: bool) -> List:
    return List(
        fields.String(validate=OneOf(PATTERNS)),
        least=1,
        most=len(PATTERNS),
        required=required,
        metadata={"description": "Events, families of them (`vector.*`), or `*` for all."},
    )


class WebhookReplacement(Schema):
    """All that can be changed of a webhook; what is missing gets its default."""

    url = _url(required=True)
    events = _events(required=True)
    description = fields.String(allow_none=True, validate=validate.Length(max=MAX_DESCRIPTION_CHARACTERS))
    enabled = JsonBoolean()


class WebhookBody(WebhookReplacement):
    secret = fields.String(metadata={"description": SIGNS_WITH})


class WebhookChanges(WebhookReplacement):
    """The fields to change; the others stay."""

    url = _url(required=False)
    events = _events(required=False)


class RotationBody(Schema):
    secret = fields.String(metadata={"description": SIGNS_WITH})
    overlap_seconds = fields.Integer(
        strict=True,
        load_default=DEFAULT_OVERLAP_SECONDS,
        validate=Range(min=0, max=MAX_OVERLAP_SECONDS),
        metadata={"description": "How long messages also carry a signature of the previous secret."},
    )


class WebhookSchema(Schema):
    id = fields.UUID(required=True)
    url = fields.String(required=True)
    events = fields.List(fields.String(), required=True)
    description = fields.String(required=True, allow_none=True)
    enabled = fields.Boolean(required=True)
    disabled_reason = fields.String(
        required=True, allow_none=True, metadata={"description": "Why Qloom disabled it; null if it did not."}
    )
    failing_since = Timestamp(
        required=True,
        allow_none=True,
        metadata={"description": "The first failure after the last success; disabled after five days."},
    )
    previous_secret_expires_at = Timestamp(required=True, allow_none=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)


class WebhookSecretSchema(WebhookSchema):
    """One webhook with its secret, which is shown this once."""

    secret = fields.String(required=True)


class WebhookListSchema(Schema):
    webhooks = fields.List(fields.Nested(WebhookSchema), required=True)


class AttemptSchema(Schema):
    """One attempt of a delivery; an HTTP status, or an error where there was no answer."""

    attempt = fields.Integer(required=True)
    at = Timestamp(required=True)
    status_code = fields.Integer(required=True, allow_none=True)
    duration_ms = fields.Float(required=True)
    response = fields.String(
        required=True, metadata={"description": "The first 1,000 characters of the response's body."}
    )
    error = fields.String(required=True, allow_none=True)


class DeliverySchema(Schema):
    """One event for one webhook, with the log of its attempts."""

    id = fields.UUID(required=True)
    webhook_id = fields.UUID(required=True)
    message_id = fields.String(
        required=True,
        metadata={"description": "The header webhook-id; the same in every attempt."},
    )
    event = fields.String(required=True)
    status = fields.String(required=True, validate=OneOf([status.value for status in DeliveryStatus]))
    redelivery_of = fields.UUID(required=True, allow_none=True)
    attempts = fields.List(fields.Nested(AttemptSchema), required=True)
    next_attempt_at = Timestamp(required=True, allow_none=True)
    created_at = Timestamp(required=True)
    finished_at = Timestamp(required=True, allow_none=True)


class DeliveryListSchema(PageSchema):
    deliveries = fields.List(fields.Nested(DeliverySchema), required=True)


class DeliveryListQuery(PageQuery):
    status = fields.String(validate=OneOf([status.value for status in DeliveryStatus]))
