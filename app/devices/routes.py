"""``/api/devices``: devices whose noise programs can have."""

from typing import Any

from flask import Response

from app.circuits.devices import Calibration
from app.database import UnitOfWork
from app.devices import schemas, service
from app.devices.responses import Device, DeviceList
from app.idempotency.changes import change, deletion
from app.models import Role
from app.rest.blueprint import Blueprint
from app.rest.headers import IDEMPOTENCY_KEY
from app.rest.json import json_response
from app.rest.principal import current_principal
from app.rest.wiring import current_connections

blueprint = Blueprint(
    "devices", __name__, url_prefix="/api/devices", description="Devices whose noise programs can have."
)

NAME = {
    "in": "path",
    "name": "name",
    "required": True,
    "schema": {"type": "string"},
    "description": "The device's name.",
}
LOCATION = {"Location": {"description": "The device.", "schema": {"type": "string"}}}


@blueprint.route("")
@blueprint.arguments(schemas.DeviceListQuery, location="query")
@blueprint.response(200, DeviceList)
def list_devices(query: dict[str, Any]) -> Response:
    """List devices by name, with medians of their errors."""
    return json_response(service.list_page(current_connections().database, query))


@blueprint.route("/<name>", parameters=[NAME])
@blueprint.arguments(schemas.DeviceQuery, location="query")
@blueprint.response(200, Device)
@blueprint.errors(404)
def read_device(query: dict[str, Any], name: str) -> Response:
    """Read one device with the calibration of each qubit and each gate."""
    return json_response(service.read(current_connections().database, name, query.get("calibration")))


@blueprint.route("/<name>", methods=["PUT"], parameters=[NAME, IDEMPOTENCY_KEY])
@blueprint.requires(Role.ADMIN)
@blueprint.body(Calibration)
@blueprint.response(200, Device)
@blueprint.alt_response(201, schema=Device, headers=LOCATION, success=True)
@blueprint.errors(409, 413, 415)
def put_device(body: Calibration, name: str) -> Response:
    """Put a calibration of your own under a name; later executions use it, past ones keep theirs."""
    owner = current_principal().owner

    def put(unit: UnitOfWork) -> Response:
        device, is_new = service.put(unit.session, name, body, owner)
        response = json_response(device, 201 if is_new else 200)
        if is_new:
            response.headers["Location"] = f"{blueprint.url_prefix}/{name}"
        return response

    return change(put)


@blueprint.route("/<name>", methods=["DELETE"], parameters=[NAME, IDEMPOTENCY_KEY])
@blueprint.requires(Role.ADMIN)
@blueprint.response(204)
@blueprint.errors(404, 409)
def delete_device(name: str) -> Response:
    """Delete a calibration of your own; a snapshot of the same name is used again."""
    return deletion(service.delete, name)
