internal import KubernetesObjects
internal import PodIdentity

extension PodDiagnosis {
    /// Why containers of a pod have a defect of this kind, and what to do about it.
    func cause(
        of kind: ContainerDefect.Kind,
        _ pod: PodFacts,
        _ gap: PodExamination.Gap,
        _ account: NamespacedName?
    ) -> Cause {
        switch kind {
        case .missed: causeOfMiss(pod, gap, account)
        case .otherIdentity: causeOfOtherIdentity(pod, account)
        case .mountConflict:
            Cause(
                .problem,
                .mountConflict,
                "what the pod mounts there itself stays",
                remedy: pod.changeCommand("mount that volume elsewhere, or move the token with --token-mount-path")
            )
        case .unreachable:
            Cause(
                .problem,
                .tokenUnreachable,
                "the webhook does not change or complete what a container sets itself",
                remedy: pod.changeCommand(
                    "take the variables out of the container, so that the webhook sets all of them"
                )
            )
        case .ownIdentity, .overridden:
            Cause(
                .warning,
                .ownCredentials,
                "",
                remedy: acknowledgeCommand(gap.defects.filter { $0.kind == kind }.flatMap(\.containers), account)
            )
        case .ephemeral:
            Cause(
                .warning,
                .containersWithoutIdentity,
                "it was added while the webhook did not answer, or was not called for it",
                remedy: "kubectl -n \(pod.namespace) debug \(pod.name) -it --image=IMAGE  # another one gets it"
            )
        }
    }

    private func acknowledgeCommand(_ containers: [String], _ account: NamespacedName?) -> String? {
        guard let account, let prefix = cluster.providers.annotationPrefixes().first else { return nil }
        let key = "\(prefix)acknowledge-warnings"
        // What the annotation has already stays in it.
        let acknowledged = cluster.accounts[account]?.annotations[key]
        let others = acknowledged?.split(separator: ",").map { String($0).onOneLine }.filter { !$0.isEmpty } ?? []
        let value = (others + containers).joined(separator: ",")
        return "kubectl -n \(account.namespace) annotate serviceaccount \(account.name) "
            + "\(key)=\(value)".shellWord + (acknowledged == nil ? "" : " --overwrite")
            + "  # if it is meant so; if not, take the variables out of the container"
    }

    // MARK: Another identity

    private func causeOfOtherIdentity(_ pod: PodFacts, _ account: NamespacedName?) -> Cause {
        let common =
            "the role was changed after it was created, or it is a copy of a pod with that role, as of a backup"
        let place = account.map { cluster.rolePlace(of: $0) }
        var reason = common
        if let place, let made = pod.creation, let annotated = place.annotated, made < annotated {
            reason = "it was created at \(made.text), before \(place) was changed (\(annotated.text))"
        }
        return Cause(
            .problem,
            .otherIdentity,
            reason,
            common: common,
            remedy: pod.replaceCommand(change: "take out the variables and the annotation of the other role")
        )
    }

    // MARK: No identity

    private func causeOfMiss(_ pod: PodFacts, _ gap: PodExamination.Gap, _ account: NamespacedName?) -> Cause {
        func replaced(_ code: Finding.Code, _ reason: String, common: String? = nil) -> Cause {
            Cause(.problem, code, reason, common: common, remedy: pod.replaceCommand())
        }
        guard cluster.isRegistrationKnown else {
            return olderThanRole(pod, account) ?? replaced(.webhookDidNotAnswer, Cause.unknownRegistration)
        }
        guard let registration = cluster.registration, let webhook = cluster.podWebhook else {
            return cluster.notRegistered
        }
        switch cluster.exclusion(namespace: pod.namespace, labels: pod.labels) {
        case .namespace(let selector): return .excludedNamespace(pod.namespace, selector)
        case .object(let selector):
            return Cause(.ok, .objectExcluded, "the registration leaves it out by its labels (\(selector))")
        case nil: break
        }
        if gap.wasSeen {
            let policy = webhook.reinvocationPolicy == .never ? "; reinvocationPolicy is Never" : ""
            let reason = "they were added after the webhook had seen the pod\(policy)"
            return replaced(.containersWithoutIdentity, reason)
        }
        if let cause = olderThanRole(pod, account) { return cause }
        if let made = pod.creation, let registered = registration.creation, made < registered {
            return replaced(
                .olderThanRegistration,
                "it was created at \(made.text), before the webhook was registered (\(registered.text))",
                common: "created before the webhook was registered"
            )
        }
        return replaced(.webhookDidNotAnswer, missed(pod, account))
    }

    /// What the webhook did when it was asked for the pod, or should have been.
    private func missed(_ pod: PodFacts, _ account: NamespacedName?) -> String {
        let isStrict = cluster.isCreationRefused(namespace: pod.namespace, labels: pod.labels)
        let answer =
            isStrict
            ? "the webhook did not know the role then" : "the webhook did not answer then (failurePolicy is Ignore)"
        let place = account.map { cluster.rolePlace(of: $0) }
        guard let place, place.annotated == nil else {
            return isStrict
                ? "the webhook did not know the role when it was created"
                : "the webhook did not answer when it was created, and failurePolicy is Ignore"
        }
        return "it was created before \(place) got the role, whose time is not recorded, or \(answer)"
    }

    private func olderThanRole(_ pod: PodFacts, _ name: NamespacedName?) -> Cause? {
        guard let name, let account = cluster.accounts[name], let made = pod.creation else { return nil }
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
        let place = cluster.rolePlace(of: name)
        guard let annotated = place.annotated, made < annotated else { return nil }
        return older("\(place) got the role", annotated)
    }
}
