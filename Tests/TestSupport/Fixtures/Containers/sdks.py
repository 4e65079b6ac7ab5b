"""Runs in a container: calls each SDK with the code in the variable `sources`, and prints the results."""

import json
import traceback

results = {}
for name, source in sources.items():
    scope = {}
    try:
        exec(compile(source, f"{name}.py", "exec"), scope)
        results[name] = scope["call"]()
    except Exception as error:
        lines = traceback.format_exception(error)
        results[name] = {"error": f"{type(error).__name__}: {error}", "trace": "".join(lines)}
print(json.dumps(results))
