"""What neither a JSON schema nor schemathesis.toml can say of this API; schemathesis loads it."""

import schemathesis

LOGS = "/logs/"


@schemathesis.hook
def before_call(context, case, kwargs):
    """An id may happen to be the name of another address, such as /logs/stream: that one would answer, by its own description."""
    parameters = case.path_parameters or {}
    if case.operation.path != LOGS + "{id}" or "id" not in parameters:
        return
    names = {path[len(LOGS) :] for path in case.operation.schema.raw_schema["paths"] if path.startswith(LOGS)}
    if parameters["id"] in names:
        parameters["id"] = f"no-{parameters['id']}"
