"""The query parameters of the routes of devices; the body is a calibration (``app.circuits.devices``)."""

from typing import get_args

from marshmallow import fields, validate

from app.circuits.devices import MAX_QUBITS, ONE_QUBIT_GATES, TWO_QUBIT_GATES, Operation
from app.rest.schemas import PageQuery
from app.rest.validation import OneOf, QueryInteger, Range, Schema

MAX_NAME_CHARACTERS = 64

SHA256 = r"^[0-9a-f]{64}$"


class DeviceListQuery(PageQuery):
    """Filters of the list of devices; a device must match all that are given."""

    name = fields.String(
        validate=validate.Length(max=MAX_NAME_CHARACTERS), metadata={"description": "A part of the name."}
    )
    source = fields.String(validate=OneOf(["snapshot", "own"]))
    min_qubits = QueryInteger(
        validate=Range(min=1, max=MAX_QUBITS),
        metadata={"description": "At least so many connected qubits that work."},
    )
    gate = fields.String(
        validate=OneOf(sorted(ONE_QUBIT_GATES | TWO_QUBIT_GATES)),
        metadata={"description": "A gate that the device has itself."},
    )
    operation = fields.String(
        validate=OneOf(get_args(Operation)), metadata={"description": "if_else is classical feedback."}
    )


class DeviceQuery(Schema):
    """Which calibration of a device."""

    calibration = fields.String(
        validate=validate.Regexp(SHA256, error="a calibration is named by 64 hexadecimal digits"),
        metadata={"description": "A former calibration, by the name that executions carry."},
    )
