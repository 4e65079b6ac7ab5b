import FederationProfiles

/// A small profile whose lines tests change.
enum ProfileText {
    static let plain = """
        profile: small
        prefix: small.example
        settings: {region: ""}
        parameters:
          name: {annotation: name}
          seconds: {annotation: seconds, in: [pod, serviceAccount], type: seconds, default: 3600, min: 600}
        use: {when: [name]}
        volumes:
          - name: small-token
            mount: /var/run/secrets/small
            sources: [{token: {path: token, audience: small, expiration: "${seconds}"}}]
        environment:
          - values: {SMALL_NAME: "${name}", SMALL_REGION: "${region}", SMALL_FILE: "${path:small-token/token}"}
        """

    /// The small profile with some of its text replaced.
    static func changed(_ changes: (String, String)...) -> String {
        changes.reduce(plain) { text, change in
            precondition(text.contains(change.0), "the profile has no \(change.0)")
            let parts = text.components(around: change.0)
            return parts.0 + change.1 + parts.1
        }
    }

    static func with(_ lines: String) -> String { plain + "\n" + lines }
}

extension String {
    fileprivate func components(around text: String) -> (String, String) {
        guard let range = firstRange(of: text) else { return (self, "") }
        return (String(self[..<range.lowerBound]), String(self[range.upperBound...]))
    }
}

extension ProfileReport {
    init(_ text: String, settings: [String: [String: String]] = [:]) {
        self.init([Text(bytes: Array(text.utf8))], settings: ProfileSettings(settings))
    }
}

extension ProfileSet {
    init(_ text: String, settings: [String: [String: String]] = [:]) throws {
        try self.init([.init(bytes: Array(text.utf8))], settings: ProfileSettings(settings))
    }
}
