"""The documents by which the service describes itself."""

from marshmallow import fields

from app.rest.validation import OneOf, Schema


class AboutSchema(Schema):
    name = fields.String(required=True)
    version = fields.String(required=True)
    oldest_client = fields.String(
        required=True, metadata={"description": "The oldest version of the Python client that fits."}
    )
    description = fields.String(required=True)
    links = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class StatusSchema(Schema):
    up = fields.Boolean(required=True)
    parts = fields.Dict(
        keys=fields.String(), values=fields.String(validate=OneOf(["up", "down"])), required=True
    )


class ParameterSchema(Schema):
    name = fields.String(required=True)
    default = fields.Integer(required=True)
    minimum = fields.Integer(required=True)
    maximum = fields.Integer(required=True)
    description = fields.String(required=True)


class CircuitSchema(Schema):
    """One circuit of the library; ``num_qubits`` is that of the default parameters."""

    name = fields.String(required=True)
    description = fields.String(required=True)
    num_qubits = fields.Integer(required=True, attribute="qubits")
    parameters = fields.List(fields.Nested(ParameterSchema), required=True)


class CatalogSchema(Schema):
    circuits = fields.List(fields.Nested(CircuitSchema), required=True)
