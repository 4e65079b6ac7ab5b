internal import GoSyntax
internal import ProviderSupport

extension AdmissionPolicy {
    /// The policy's variables, which its mutations refer to. Variables about containers are lists of their names,
    /// because init containers and other containers have different types.
    ///
    /// Variables may not reflect what mutations have added, because they may have been evaluated earlier.
    var variables: [(name: String, expression: String)] {
        var variables = annotationVariables + podVariables
        variables.append(("withoutRole", containersWithout(IRSAProvider.variables)))
        variables.append(("withoutRegion", containersWithout(AWSEnvironment.region)))
        variables.append(("withoutSTS", containersWithout([AWSEnvironment.sts])))
        variables.append(("leftAlone", leftAlone))
        variables.append(("served", served))
        return variables
    }

    private var annotationVariables: [(name: String, expression: String)] {
        [
            ("serviceAccount", "params.metadata.annotations"),
            ("pod", "has(object.metadata.annotations) ? object.metadata.annotations : {}"),
            ("role", role),
            (
                "audience",
                """
                \(key("audience")) in variables.serviceAccount && variables.serviceAccount[\(key("audience"))].trim() != ""
                  ? variables.serviceAccount[\(key("audience"))].trim() : \(CELText.string(settings.tokenAudience))
                """
            ),
            ("usesRegionalSTS", usesRegionalSTS),
            (
                "lifetimes",
                """
                [variables.pod, variables.serviceAccount].filter(annotations,
                  \(key("token-expiration")) in annotations &&
                  annotations[\(key("token-expiration"))].matches("^[+-]?0*[0-9]{1,18}$")
                ).map(annotations, int(annotations[\(key("token-expiration"))].replace("+", "")))
                """
            ),
            (
                "lifetime",
                "size(variables.lifetimes) > 0 ? variables.lifetimes[0] : \(settings.tokenExpiration.seconds)"
            ),
            (
                "expirationSeconds",
                """
                variables.lifetime < \(TokenExpiration.minimum) ? \(TokenExpiration.minimum) :
                  variables.lifetime > \(TokenExpiration.maximum) ? \(TokenExpiration.maximum) : variables.lifetime
                """
            ),
            (
                "skipped",
                """
                [variables.pod, variables.serviceAccount].filter(annotations,
                  \(key("skip-containers")) in annotations
                ).map(annotations, annotations[\(key("skip-containers"))].replace("\\"", "").split(",").map(name, name.trim()))
                """
            ),
            ("isReadable", isReadable),
        ]
    }

    private var role: String {
        let text = "variables.serviceAccount[\(key("role-arn"))].trim()"
        guard let composition = settings.roleComposition else { return text }
        return """
            \(text).contains("arn:") ? \(text) :
              \(CELText.string(composition.roleARN(""))) + \(text)
            """
    }

    /// The words that Go accepts as booleans.
    private static let booleans = ["1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"]

    private var usesRegionalSTS: String {
        let key = key("sts-regional-endpoints")
        // Only words that differ from the default matter.
        let words = Self.booleans.filter { GoSyntax.parseBool($0) == !settings.usesRegionalSTS }
        return """
            \(settings.usesRegionalSTS ? "!(" : "")\(key) in variables.serviceAccount &&
              variables.serviceAccount[\(key)] in \(CELText.list(words))\(settings.usesRegionalSTS ? ")" : "")
            """
    }

    /// The maximum number of characters of an annotation: the webhook reads a little more, and cuts off the rest.
    private static let maximumText = 2048

    /// A field in a list of containers that means the same whether or not it is parsed as CSV: printable ASCII
    /// characters, spaces and tabs, without quotation marks and commas.
    private static let plainField = #"[\t !#-+.-~-]*"#

    /// Whether the annotations mean the same here as to the webhook, which recognises more kinds of white space,
    /// numbers that do not fit into 64 bits, and CSV. (A text that refers to a variable, as in `$(NAME)`, cannot be a
    /// role.)
    private var isReadable: String {
        let field = "(\"\(Self.plainField)\"|\(Self.plainField))"
        let list = "^\(field)(,\(field))*$"
        return """
            [\(key("role-arn")), \(key("audience"))].all(key, !(key in variables.serviceAccount) ||
              size(variables.serviceAccount[key]) <= \(Self.maximumText) &&
              variables.serviceAccount[key].matches(\(CELText.string(#"^[\t\n\r -~]*$"#)))) &&
            !variables.role.contains("$") &&
            [variables.pod, variables.serviceAccount].all(annotations,
              (!(\(key("token-expiration")) in annotations) ||
                size(annotations[\(key("token-expiration"))]) <= \(Self.maximumText) &&
                !annotations[\(key("token-expiration"))].matches("[1-9][0-9]{18}")) &&
              (!(\(key("skip-containers")) in annotations) ||
                size(annotations[\(key("skip-containers"))]) <= \(Self.maximumText) &&
                annotations[\(key("skip-containers"))].matches(\(CELText.string(list)))))
            """
    }
}
