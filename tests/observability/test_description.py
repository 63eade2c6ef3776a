"""How health and metrics are described."""

from flask.testing import FlaskClient


def test_health_has_its_document_also_when_nothing_can_be_served(client: FlaskClient) -> None:
    responses = client.get("/openapi.json").get_json()["paths"]["/v2/health"]["get"]["responses"]
    of_health = {"$ref": "#/components/schemas/Health"}
    assert responses["200"]["content"]["application/json"]["schema"] == of_health
    assert responses["503"]["content"]["application/json"]["schema"] == of_health


def test_every_figure_is_defined_in_the_description(client: FlaskClient) -> None:
    figures = client.get("/openapi.json").get_json()["components"]["schemas"]["Metrics"]["properties"]
    assert {name for name, each in figures.items() if not each.get("description")} == {"timestamp"}
