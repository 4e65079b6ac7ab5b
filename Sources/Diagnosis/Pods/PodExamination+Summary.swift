extension PodExamination {
    /// What is wrong with pods, as `Gap.summary`; nil if nothing is.
    package var summary: String? {
        switch self {
        case .lacking(let gap): gap.summary
        case .denied: Self.summary("pods like the existing ones are denied, because a setting is invalid")
        case .leftAlone, .undecided, .complete, .ownCredentials: nil
        }
    }

    fileprivate static func summary(_ problem: String) -> String {
        "\(problem); \"pod-identity-webhook doctor\" lists the pods and how to fix them"
    }
}

extension PodExamination.Gap {
    /// What pods lack, as one of a few texts that do not name a pod, so that many pods share one Event.
    package var summary: String { PodExamination.summary(problem) }

    /// The pod's own settings that prevent a container from having its identity; nil if the webhook has left something
    /// out.
    var ownFault: Finding.Code? {
        let kinds = losses.map(\.kind)
        guard !kinds.contains(.missed) else { return nil }
        switch kinds.first {
        case .otherIdentity: return .otherIdentity
        case .mountConflict: return .mountConflict
        case .unreachable: return .tokenUnreachable
        default: return nil
        }
    }

    private var problem: String {
        guard malformation == nil else {
            return "pods cannot use the identity that they have, because its name is malformed"
        }
        switch losses.first?.kind {
        case .otherIdentity:
            return
                "pods have the wrong identity: it was changed later, or they are copies of other pods"
        case .mountConflict:
            return "pods mount another volume where the token of their identity belongs"
        case .unreachable:
            return "containers cannot reach the token of their identity, because of their own settings"
        case .missed, .ownIdentity, .overridden, .ephemeral, nil:
            return
                "pods lack their identity: the webhook gave it to none, or not to all, of their containers"
        }
    }
}

extension PodExamination.Unknown {
    /// What is not known.
    ///
    /// - Parameter noun: The word for an identity.
    func text(_ noun: String) -> String {
        let identity = "\(noun == "identity" ? "an" : "a") \(noun)"
        switch self {
        case .serviceAccount: return "its ServiceAccount, which may give it \(identity), could not be read"
        case .namespace: return "its Namespace, which may give its ServiceAccount \(identity), could not be read"
        case .configuration: return "what else may give it \(identity), such as profiles, could not be read"
        case .serverVersion: return "the API server's version, on which it depends what the pod gets, could not be read"
        }
    }
}
