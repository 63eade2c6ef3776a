"""Schemas of msgspec structs for OpenAPI: the struct that reads a body also describes it.

A member is declared once: ``top_k: Annotated[int, Meta(ge=1, le=1000, description="…", examples=[…])]``.
msgspec refuses what is out of these bounds, in words of its own. Where the refusal needs a sentence of ours
or the name of a limit, ``described`` gives the bounds: msgspec does not check them, and the feature does.
"""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

Schema = dict[str, Any]

REFERENCE = "#/components/schemas/{name}"

EXCLUSIVE_BOUNDS = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}


def described(description: str | None = None, **keywords: Any) -> msgspec.Meta:
    """Describe a member by keywords of JSON Schema (``maxLength=256``) that msgspec does not check."""
    return msgspec.Meta(description=description, extra_json_schema=keywords)


DateTime = Annotated[str, described(format="date-time")]
"""A moment as one half of the API writes it."""


def reference_to(struct: type) -> Schema:
    """Return the reference to the schema of a struct."""
    return {"$ref": REFERENCE.format(name=struct.__name__)}


def schemas_of(struct: type) -> dict[str, Schema]:
    """Return the schemas of a struct and of all structs in it, by their names.

    Docstrings are left out, since they are written for readers of the code. No object has other members:
    structs of bodies refuse them, and structs of responses have none.
    """
    _, schemas = msgspec.json.schema_components([struct], ref_template=REFERENCE)
    for schema in schemas.values():
        schema.pop("description", None)
    enums = {name: schema for name, schema in schemas.items() if "enum" in schema}
    return {
        name: {**_for_openapi(schema, enums), "additionalProperties": False}
        for name, schema in schemas.items()
        if name not in enums
    }


def _for_openapi(schema: Schema, enums: Mapping[str, Schema]) -> Schema:
    """Convert JSON Schema 2020-12 to the dialect of OpenAPI 3.0; put ``enums`` in place of references."""
    if (name := schema.get("$ref", "").rpartition("/")[2]) in enums:
        schema = {**enums[name], **{key: value for key, value in schema.items() if key != "$ref"}}
    made = {**_implied(schema), **_renamed(schema)}
    if "properties" in made:
        made["properties"] = {name: _for_openapi(value, enums) for name, value in made["properties"].items()}
    for name in ("items", "additionalProperties"):
        if isinstance(made.get(name), dict):
            made[name] = _for_openapi(made[name], enums)
    if made.get("default", ...) in (None, [], {}):
        del made["default"]  # it says no more than that the member may be left out
    if made.get("required") == []:
        del made["required"]  # OpenAPI 3.0 does not allow an empty one
    if "$ref" in made and len(made) > 1:  # what stands beside a reference is not read
        made["allOf"] = [{"$ref": made.pop("$ref")}]
    return _with_choices(made, [_for_openapi(each, enums) for each in schema.get("anyOf", ())])


def _renamed(schema: Schema) -> Schema:
    """Return the members that OpenAPI 3.0 has too, by its names."""
    made = {name: value for name, value in schema.items() if name not in ("title", "anyOf")}
    for exclusive, bound in EXCLUSIVE_BOUNDS.items():
        if exclusive in made:
            made |= {bound: made[exclusive], exclusive: True}
    if "examples" in made:
        made["example"] = made.pop("examples")[0]
    return made


def _implied(schema: Schema) -> Schema:
    """Return what OpenAPI 3.0 or generators of clients need and JSON Schema leaves out.

    All our enumerations are of texts. Generators take an object without properties as one that is empty.
    """
    if "enum" in schema:
        return {"type": "string"}
    if schema.get("type") == "object" and "properties" not in schema:
        return {"additionalProperties": True}
    return {"items": {}} if schema.get("type") == "array" else {}


def _with_choices(schema: Schema, choices: list[Schema]) -> Schema:
    """Add ``anyOf``, where null is no type but ``nullable``."""
    others = [choice for choice in choices if choice != {"type": "null"}]
    if len(others) < len(choices) and len(others) == 1 and "type" in others[0]:
        values = {"enum": [*others[0]["enum"], None]} if "enum" in others[0] else {}
        return {**others[0], **schema, **values, "nullable": True}
    if len(others) < len(choices):
        others.append({"type": "object", "nullable": True})
    return {**schema, "anyOf": others} if others else schema
