"""Evaluates a MutatingAdmissionPolicy as the API server does, and adds what a CEL library lacks: typed objects, variables,
parameters, and merging of apply configurations."""

import copy
import json
import re
import sys

from cel_expr_python import cel
from cel_expr_python.ext import ext_strings

ENVIRONMENT = cel.NewEnv(
    variables={name: cel.Type.DYN for name in ["object", "params", "request", "variables"]},
    extensions=[ext_strings.ExtStrings()],
)
TYPE = re.compile(r"(?:Object(?:\.\w+)*|JSONPatch)\{")
FIELD = re.compile(r"\s*(\w+)\s*:")
TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|' + TYPE.pattern + r"|[{}()\[\],]|[^\"{}()\[\],OJ]+|.", re.DOTALL)


def untyped(expression):
    """Rewrites typed objects, which only the API server knows, as maps."""
    output, scopes, tokens, position = [], [], expression, 0
    while position < len(tokens):
        token = TOKEN.match(tokens, position).group()
        position += len(token)
        typed = TYPE.fullmatch(token)
        output.append("{" if typed else token)
        if typed or token in ("{", "(", "["):
            scopes.append(bool(typed))
        elif token in ("}", ")", "]"):
            scopes.pop()
        if scopes and scopes[-1] and (typed or token == ","):
            field = FIELD.match(tokens, position)
            if field:
                output.append(f'"{field.group(1)}":')
                position = field.end()
    return "".join(output)


class Failure(Exception):
    pass


class Policy:
    def __init__(self, spec):
        self.spec = spec
        self.variables = {v["name"]: self.compile(v["expression"]) for v in spec["variables"]}
        self.conditions = [self.compile(c["expression"]) for c in spec["matchConditions"]]
        self.mutations = [
            (m["patchType"], self.compile((m.get("applyConfiguration") or m.get("jsonPatch"))["expression"]))
            for m in spec["mutations"]
        ]

    @staticmethod
    def compile(expression):
        names = re.findall(r"\bvariables\.(\w+)", expression)
        return ENVIRONMENT.compile(untyped(expression)), names

    def evaluate(self, compiled, data):
        expression, names = compiled
        for name in names:
            if name not in data["variables"]:
                data["variables"][name] = self.evaluate(self.variables[name], data)
        value = expression.eval(data=data)
        if value.type() == cel.Type.ERROR:
            raise Failure(value.plain_value())
        return value.plain_value()

    def mutate(self, pod, account, namespace, keeps_variables):
        """The mutated pod. Whether variables are kept from one mutation to the next must make no difference."""
        selector = self.spec["matchConstraints"]["objectSelector"]["matchExpressions"]
        labels = pod["metadata"].get("labels") or {}
        if any(e["operator"] == "DoesNotExist" and e["key"] in labels for e in selector):
            return pod
        data = {"object": pod, "params": account, "request": {"namespace": namespace}, "variables": {}}
        try:
            if not all(self.evaluate(condition, data) for condition in self.conditions):
                return pod
        except Failure:
            return pod
        for kind, expression in self.mutations:
            data["object"] = pod
            if not keeps_variables:
                data["variables"] = {}
            try:
                change = self.evaluate(expression, data)
                pod = apply(pod, change) if kind == "ApplyConfiguration" else patch(pod, change)
            except Failure as failure:
                # With failurePolicy Ignore, the next mutation is applied nevertheless.
                print(f"failure: {failure}", file=sys.stderr)
        return pod


KEYS = {"containers": "name", "initContainers": "name", "env": "name", "volumeMounts": "mountPath"}
UNIQUE = KEYS | {"volumes": "name"}
OMITTED = {"annotations", "labels", "env", "initContainers", "volumeMounts", "volumes"}


def apply(pod, configuration):
    require_unique(pod)
    return merge(pod, configuration, ())


def merge(own, other, path):
    """Merges an apply configuration. Lists are merged by their keys, as core/v1 defines them."""
    if isinstance(other, dict):
        own = dict(own or {})
        for key, value in other.items():
            own[key] = merge(own.get(key), value, path + (key,))
        return own
    if not isinstance(other, list):
        return other
    key = KEYS.get(path[-1])
    if key is None:
        raise Failure(f"may not mutate an atomic list: {path}")
    result = list(own or [])
    for element in other:
        index = unique(result, key).get(element[key])
        if index is None:
            result.append(element)
        else:
            result[index] = merge(result[index], element, path)
    return result


def require_unique(value, path=()):
    """Fails if a key occurs twice in any list of the object, because the API server does not merge such objects."""
    if isinstance(value, dict):
        for name, member in value.items():
            require_unique(member, path + (name,))
    elif isinstance(value, list):
        if path and path[-1] in UNIQUE:
            unique(value, UNIQUE[path[-1]])
        for element in value:
            require_unique(element, path)


def unique(elements, key):
    """The indices of elements by their keys. Fails if a key occurs twice, because the API server does not merge such lists."""
    places = {element[key]: index for index, element in enumerate(elements)}
    if len(places) != len(elements):
        raise Failure(f"duplicate {key}")
    return places


def typed(value):
    """An object as the API server writes it after reading it: without nulls, empty lists and empty maps."""
    if isinstance(value, dict):
        members = {key: typed(member) for key, member in value.items()}
        return {key: member for key, member in members.items() if member is not None and (member or key not in OMITTED)}
    return [typed(element) for element in value] if isinstance(value, list) else value


def patch(pod, operations):
    pod = copy.deepcopy(pod)
    for operation in operations:
        assert operation["op"] == "add"
        *parents, last = operation["path"].split("/")[1:]
        place = pod
        for name in parents:
            place = place[name]
        if last == "-":
            place.append(operation["value"])
        else:
            place[last] = operation["value"]
    return pod


def main():
    specification, trials = json.load(sys.stdin)
    policy = Policy(specification)
    answers = []
    for trial in trials:
        pod, account, namespace = typed(trial["pod"]), typed(trial["serviceAccount"]), trial["namespace"]
        once = [typed(policy.mutate(pod, account, namespace, keeps)) for keeps in (True, False)]
        # If a webhook changes the pod afterwards, policies are evaluated again.
        again = typed(policy.mutate(once[0], account, namespace, True))
        answers.append({"before": pod, "once": once[0], "keepingNoVariables": once[1], "again": again})
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
