extension ProfileCheckTests {
    static let volumes: [Mistake] = [
        .init("name: small-token", "name: Small", "volumes[0].name", 9, "lower-case letters"),
        .init("name: small-token", "{name: small-token", "", 10, "malformed YAML"),
        .init("mount: /var/run/secrets/small", "mount: var", "volumes[0].mount", 10, "start with a slash"),
        .init(
            "mount: /var/run/secrets/small",
            "mount: /var/run/secrets/kubernetes.io/x",
            "volumes[0].mount",
            10,
            "Kubernetes'"
        ),
        .init(
            "mount: /var/run/secrets/small",
            "mount: /a\n    mode: 0440",
            "volumes[0].mode",
            11,
            "octal digits in quotes"
        ),
        .init(
            "mount: /var/run/secrets/small",
            "mount: /a\n    mode: \"0888\"",
            "volumes[0].mode",
            11,
            "octal digits up to 0777"
        ),
        .init(
            "mount: /var/run/secrets/small",
            "mount: /a\n    mode: \"01777\"",
            "volumes[0].mode",
            11,
            "octal digits up to 0777"
        ),
        .init(
            "mount: /var/run/secrets/small",
            "mount: /a\n    writable: true",
            "volumes[0].writable",
            11,
            "only an empty volume"
        ),
        .init(
            "mount: /var/run/secrets/small",
            "mount: /a\n    nameSuffix: x",
            "volumes[0].nameSuffix",
            11,
            "must be podHash"
        ),
        .init(
            "mount: /var/run/secrets/small",
            "mount: /a\n    nameSuffix: podHash",
            "volumes[0].name",
            9,
            "must end in a hyphen"
        ),
        .init("audience: small, ", "", "volumes[0].sources[0].token", 11, "audience is missing"),
        .init(
            "expiration: \"${seconds}\"",
            "expiration: 599",
            "volumes[0].sources[0].token.expiration",
            11,
            "600 to 4294967296"
        ),
        .init(
            "expiration: \"${seconds}\"",
            "expiration: \"${name}\"",
            "volumes[0].sources[0].token.expiration",
            11,
            "type seconds"
        ),
        .init("{path: token,", "{path: ../token,", "volumes[0].sources[0].token.path", 11, "without \"..\""),
        .init("[{token:", "[{secret:", "volumes[0].sources[0].secret", 11, "no field \"secret\""),
        .init(
            "[{token:",
            "[{configMap: {name: a, items: {x: a}}, token:",
            "volumes[0].sources[0]",
            11,
            "must be one of"
        ),
        .init(
            "[{token:",
            "[{token: {path: token, audience: b}}, {token:",
            "volumes[0].sources",
            11,
            "conflict"
        ),
        .init(
            "[{token:",
            "[{file: {path: f, json: []}}, {token:",
            "volumes[0].sources[0].file.json",
            11,
            "must be a mapping"
        ),
        .init(
            "[{token:",
            "[{file: {path: f, ini: {a: [1]}}}, {token:",
            "volumes[0].sources[0].file.ini.a",
            11,
            "has no lists"
        ),
        .init(
            "[{token:",
            "[{file: {path: f, ini: {\"a=\": x}}}, {token:",
            "volumes[0].sources[0].file.ini.a=",
            11,
            "without = :"
        ),
        .init(
            "[{token:",
            "[{file: {path: f, toml: {a: null}}}, {token:",
            "volumes[0].sources[0].file.toml.a",
            11,
            "has no null"
        ),
        .init(
            "[{token:",
            "[{file: {path: f, properties: {a: {b: c}}}}, {token:",
            "volumes[0].sources[0].file.properties.a.b",
            11,
            "nested deeper"
        ),
        .init(
            "[{token:",
            "[{file: {path: f, annotation: other.example/f, json: {a: b}}}, {token:",
            "volumes[0].sources[0].file.annotation",
            11,
            "its own prefix"
        ),
        .init(
            "[{token:",
            "[{file: {path: f, annotation: seconds, json: {a: b}}}, {token:",
            "",
            1,
            "it cannot hold a file"
        ),
    ]

    static let environment: [Mistake] = [
        .init("SMALL_NAME:", "SMALL-NAME:", "environment[0].values.SMALL-NAME", 13, "letters, digits and underscores"),
        .init("SMALL_NAME:", "LD_PRELOAD:", "environment[0].values.LD_PRELOAD", 13, "run code"),
        .init("SMALL_NAME:", "\"${name}_ID\":", "environment[0].values.${name}_ID", 13, "at least 4 letters"),
        .init(
            "\"${name}\"",
            "\"${nam}\"",
            "environment[0].values.SMALL_NAME",
            13,
            "nothing fills the hole ${nam}; did you mean ${name}?"
        ),
        .init("\"${name}\"", "\"${name\"", "environment[0].values.SMALL_NAME", 13, "no closing brace"),
        .init("\"${name}\"", "1", "environment[0].values.SMALL_NAME", 13, "put it in quotes"),
        .init(
            "small-token/token}",
            "small-token/tken}",
            "environment[0].values.SMALL_FILE",
            13,
            "has no file \"tken\"; it has token"
        ),
        .init(
            "small-token/token}",
            "small-tokn/token}",
            "environment[0].values.SMALL_FILE",
            13,
            "did you mean small-token?"
        ),
        .init("- values:", "- policy: always\n    values:", "environment[0].policy", 13, "keep or together or replace"),
        .init(
            "- values:",
            "- {name: A, value: b, fieldRef: metadata.name}\n  - values:",
            "environment[0].name",
            13,
            "either a value or a fieldRef"
        ),
        .init(
            "- values:",
            "- {name: A, fieldRef: spec.containers}\n  - values:",
            "environment[0].fieldRef",
            13,
            "must be one of metadata.name"
        ),
        .init("- values:", "- {name: SMALL_FILE, value: x}\n  - values:", "environment", 12, "SMALL_FILE stands twice"),
    ]
}
