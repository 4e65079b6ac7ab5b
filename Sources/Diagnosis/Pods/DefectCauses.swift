internal import KubernetesObjects
internal import PodIdentity

/// Why containers of a pod have defects, and what to do about them.
struct DefectCauses {
    let cluster: ClusterView
    let pod: PodFacts
    let gap: PodExamination.Gap
    let account: NamespacedName?
    /// The cloud of the identity; nil if there is only one.
    let cloud: String?

    /// The word for the identity.
    private var noun: String { cluster.noun(of: cloud) }

    func cause(of kind: ContainerDefect.Kind) -> Cause {
        switch kind {
        case .missed: causeOfMiss()
        case .otherIdentity: causeOfOtherIdentity()
        case .mountConflict:
            Cause(
                .problem,
                .mountConflict,
                "the pod's own mount there is kept",
                remedy: pod.changeCommand(mountElsewhere)
            )
        case .unreachable:
            Cause(
                .problem,
                .tokenUnreachable,
                "the webhook does not change or complete what a container sets itself",
                remedy: pod.changeCommand(
                    "remove the variables from the container, so that the webhook sets all of them"
                )
            )
        case .ownIdentity, .overridden:
            Cause(
                .warning,
                .ownCredentials,
                "",
                remedy: acknowledgeCommand(gap.defects.filter { $0.kind == kind }.flatMap(\.containers))
            )
        case .ephemeral:
            Cause(
                .warning,
                .containersWithoutIdentity,
                "it was added while the webhook did not answer, or was not called for it",
                remedy: Remedy(
                    "kubectl -n \(pod.namespace) debug \(pod.name) -it --image=IMAGE",
                    note: "a new one gets it"
                )
            )
        }
    }

    private var mountElsewhere: String {
        let flag = cloud.flatMap { cluster.flags[$0]?.tokenMountPath }
        return "mount that volume elsewhere" + (flag.map { ", or move the token with \($0)" } ?? "")
    }

    private func acknowledgeCommand(_ containers: [String]) -> Remedy? {
        let providers = cluster.providers.providers(of: cloud, cluster.configurations)
        let keys = providers.lazy.flatMap(\.serviceAccountAnnotations)
        guard let account, let key = keys.first(where: { $0.hasSuffix("/acknowledge-warnings") }) else { return nil }
        // The annotation's existing names are kept.
        let acknowledged = cluster.accounts[account]?.annotations[key]
        let others = acknowledged?.split(separator: ",").map { String($0).onOneLine }.filter { !$0.isEmpty } ?? []
        let value = "\(key)=\((others + containers).joined(separator: ","))"
        let overwrite: ShellCommand = acknowledged == nil ? "" : " --overwrite"
        return Remedy(
            "kubectl -n \(account.namespace) annotate serviceaccount \(account.name) \(value)\(overwrite)",
            note: "if this is intended; if not, remove the variables from the container"
        )
    }

    // MARK: Another identity

    private func causeOfOtherIdentity() -> Cause {
        let common =
            "the \(noun) was changed after it was created, or it is a copy of a pod with that \(noun), such as from a backup"
        let place = account.map { cluster.rolePlace(of: $0, cloud) }
        var reason = common
        if let place, let made = pod.creation, let annotated = place.annotated, made < annotated {
            reason = "it was created at \(made.text), before \(place) was changed (\(annotated.text))"
        }
        return Cause(
            .problem,
            .otherIdentity,
            reason,
            common: common,
            remedy: pod.replaceCommand(change: "remove the variables and the annotation of the other \(noun)")
        )
    }

    // MARK: No identity

    private func causeOfMiss() -> Cause {
        func replaced(_ code: Finding.Code, _ reason: String, common: String? = nil) -> Cause {
            Cause(.problem, code, reason, common: common, remedy: pod.replaceCommand())
        }
        guard cluster.isRegistrationKnown else {
            return olderThanRole() ?? replaced(.webhookDidNotAnswer, Cause.unknownRegistration)
        }
        guard let registration = cluster.registration, cluster.podWebhook != nil else {
            return cluster.notRegistered
        }
        switch cluster.exclusion(namespace: pod.namespace, labels: pod.labels) {
        case .namespace(let selector): return .excludedNamespace(pod.namespace, selector)
        case .object(let selector):
            return Cause(.ok, .objectExcluded, "the registration leaves it out by its labels (\(selector))")
        case nil: break
        }
        if gap.wasSeen {
            let called = cluster.webhooks(for: pod.namespace, labels: pod.labels)
            let isNever = called.allSatisfy { $0.reinvocationPolicy == .never }
            let policy = isNever ? "; reinvocationPolicy is Never" : ""
            let reason = "they were added after the webhook saw the pod\(policy)"
            return replaced(.containersWithoutIdentity, reason)
        }
        if let cause = olderThanRole() { return cause }
        if let made = pod.creation, let registered = registration.creation, made < registered {
            return replaced(
                .olderThanRegistration,
                "it was created at \(made.text), before the webhook was registered (\(registered.text))",
                common: "created before the webhook was registered"
            )
        }
        return replaced(.webhookDidNotAnswer, missed())
    }

    /// What the webhook did when it was called for the pod, or should have been.
    private func missed() -> String {
        let isStrict = cluster.isCreationRefused(namespace: pod.namespace, labels: pod.labels)
        let answer =
            isStrict
            ? "the webhook did not know the \(noun) then" : "the webhook did not answer then (failurePolicy is Ignore)"
        let place = account.map { cluster.rolePlace(of: $0, cloud) }
        guard let place, place.annotated == nil else {
            return isStrict
                ? "the webhook did not know the \(noun) when it was created"
                : "the webhook did not answer when it was created, and failurePolicy is Ignore"
        }
        return "it was created before \(place) got the \(noun), whose time is not recorded, or \(answer)"
    }

    private func olderThanRole() -> Cause? {
        guard let name = self.account, let account = cluster.accounts[name], let made = pod.creation else { return nil }
        func older(_ than: String, _ time: Timestamp) -> Cause {
            Cause(
                .problem,
                .olderThanRole,
                "it was created at \(made.text), before \(than) (\(time.text))",
                common: "created before \(than)",
                remedy: pod.replaceCommand()
            )
        }
        if let creation = account.creation, made < creation {
            return older("its ServiceAccount \(name.name)", creation)
        }
        let place = cluster.rolePlace(of: name, cloud)
        guard let annotated = place.annotated, made < annotated else { return nil }
        return older("\(place) got the \(noun)", annotated)
    }
}
