internal import JSON
package import PodIdentity
internal import ProviderSupport

extension GoogleKeys {
    /// What is wrong with the names of the identity, so that it cannot exist at Google; nil if they are well-formed.
    func malformation(of account: GoogleAccount) -> String? {
        if let problem = ProviderName.problem(in: account.provider) {
            return "\(problem): \"\(account.provider.abridged)\", in \(provider)"
        }
        guard let address = account.email, let problem = ServiceAccountEmail.problem(in: address) else { return nil }
        return "\(problem): \"\(address.abridged)\", in \(email)"
    }

    /// Warnings for the author of a ServiceAccount that specifies an identity.
    func warnings(of account: GoogleAccount, _ annotations: Annotations) -> Warnings {
        var warnings: Warnings = []
        if let malformation = malformation(of: account) { warnings.append(malformation) }
        if let seconds = account.expiration {
            warnings += Self.warnings(ofExpiration: seconds, "the ServiceAccount's \(expiration)")
        }
        if let user = account.runAsUser, !(0...Int64(Int32.max)).contains(user) {
            warnings.append("\(user) is not a user ID, so the API server rejects the pod: \(runAsUser)")
        }
        if account.email == nil, annotations[email] != nil {
            warnings.append("\(email) is not used, because \(exchange) is direct-access")
        }
        return warnings
    }

    /// - Parameter source: The annotation with the lifetime.
    static func warnings(ofExpiration seconds: Int64, _ source: String) -> Warnings {
        if seconds < GoogleSettings.minimumExpiration {
            let minimum = GoogleSettings.minimumExpiration
            return ["\(seconds) seconds is below the minimum; \(minimum) is used (\(source))"]
        }
        guard seconds > TokenExpiration.maximum else { return [] }
        let maximum = TokenExpiration.maximum
        return ["\(seconds) seconds is above \(maximum), so the API server rejects the pod (\(source))"]
    }
}

extension GoogleIdentityProvider {
    package func problems(ofServiceAccount annotations: Annotations) -> Warnings {
        var problems: Warnings = []
        if keys.giveIdentity(annotations) {
            do throws(MalformedAnnotation) {
                problems += keys.warnings(of: try keys.account(annotations), annotations)
            } catch {
                problems.append("pods are denied: \(error.message)")
            }
        }
        let known = Set(keys.ofServiceAccounts)
        for (key, _) in annotations.pairs where key.hasPrefix(annotationPrefix) && !known.contains(key) {
            problems.append(Spelling.unknownAnnotation(key, prefix: annotationPrefix, known: known))
        }
        return problems
    }
}
