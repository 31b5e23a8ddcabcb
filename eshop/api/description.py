"""The OpenAPI description as people read it: operations by subject, each with what it takes and answers in words. (pure)"""

from collections.abc import Mapping
from typing import Any, Final

METHODS: Final = ("get", "post", "put", "patch", "delete")


def with_problems(description: dict[str, Any]) -> dict[str, Any]:
    """The description with every refusal told as what it is (RFC 9457): the framework would call it plain JSON."""
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for answer in description.get("components", {}).get("responses", {}).values():
        answer["content"] = problem
    for operations in description["paths"].values():
        for method in METHODS:
            for status, answer in operations.get(method, {}).get("responses", {}).items():
                if status.startswith(("4", "5")) and "$ref" not in answer:
                    answer["content"] = problem
    return description


def readable(description: Mapping[str, Any]) -> dict[str, Any]:
    """{"info", "subjects": [(name, [operation])], "schemas": [(name, [field])]}, all of it text but for the names that link."""
    subjects: dict[str, list[dict[str, Any]]] = {}
    for path, operations in description["paths"].items():
        for method in METHODS:
            if method in operations:
                operation = operations[method]
                tag = (operation.get("tags") or ["other"])[0].removeprefix("api-")
                shared = operations.get("parameters", [])
                subjects.setdefault(tag, []).append(_operation(path, method, operation, shared))
    schemas = description.get("components", {}).get("schemas", {})
    return {
        "info": description["info"],
        "subjects": sorted(subjects.items()),
        "schemas": [(name, _fields(schema)) for name, schema in sorted(schemas.items())],
    }


def _operation(path: str, method: str, operation: Mapping[str, Any], shared: list[Any]) -> dict[str, Any]:
    parameters = [one for one in [*shared, *operation.get("parameters", [])] if "name" in one]
    body = operation.get("requestBody", {}).get("content", {})
    return {
        "id": f"{method}-{path.strip('/').replace('/', '-').replace('{', '').replace('}', '')}",
        "address": f"{method.upper()} {path}",
        "summary": " ".join(filter(None, (operation.get("summary"), operation.get("description")))),
        "scopes": [scope for one in operation.get("security", []) for scopes in one.values() for scope in scopes],
        "parameters": [
            {
                "name": one["name"],
                "place": one["in"],
                "required": one.get("required", False),
                "type": shape(one.get("schema", {})),
                "about": one.get("description", ""),
            }
            for one in parameters
        ],
        "takes": [
            (media, shape(inner.get("schema", {})), link(inner.get("schema", {}))) for media, inner in body.items()
        ],
        "answers": [
            {
                "status": status,
                "about": answer.get("description", ""),
                "shapes": [
                    (media, shape(inner.get("schema", {})), link(inner.get("schema", {})))
                    for media, inner in answer.get("content", {}).items()
                ],
            }
            for status, answer in operation.get("responses", {}).items()
            if "$ref" not in answer
        ],
    }


def _fields(schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    required = schema.get("required", [])
    return [
        {
            "name": name,
            "required": name in required,
            "type": shape(inner),
            "link": link(inner),
            "about": inner.get("description", ""),
        }
        for name, inner in schema.get("properties", {}).items()
    ]


def shape(schema: Mapping[str, Any]) -> str:
    """'list of OrderShown', 'string (date)', 'accepted | refused'."""
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2]
    if "anyOf" in schema or "oneOf" in schema:
        return " or ".join(shape(one) for one in schema.get("anyOf", schema.get("oneOf", [])))
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"] if one is not None)
    kind = schema.get("type", "any")
    if kind == "array" or (isinstance(kind, list) and "array" in kind):
        return f"list of {shape(schema.get('items', {}))}"
    words = " or ".join(kind) if isinstance(kind, list) else str(kind)
    return f"{words} ({schema['format']})" if "format" in schema else words


def link(schema: Mapping[str, Any]) -> str | None:
    """The schema that is meant, of itself or of each of a list."""
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2]
    return link(schema["items"]) if "items" in schema else None
