internal import Logging
package import PodIdentity
internal import Synchronization

extension ConfigurationStore {
    /// Replaces a configuration with the content of a text. If the text is nil or empty, there is no configuration.
    ///
    /// - Returns: What was skipped in the text.
    /// - Throws: `ClusterStateError.configuration`; in this case, the previous configuration stays in use.
    @discardableResult
    package func update(_ source: ProviderConfigurationSource, _ text: [UInt8]?) throws(ClusterStateError) -> Warnings {
        try update(source, texts: text.map { [ConfigurationText($0)] })
    }

    /// Replaces a configuration with the content of texts. If its providers read more than is kept of ServiceAccounts
    /// and Namespaces, this happens only after the lists have been read again.
    ///
    /// - Parameter texts: Empty texts do not count; without any text, there is no configuration. Nil means that there
    ///   is nothing at this place, which has the same effect unless it is a mistake.
    /// - Returns: What was skipped in the texts.
    /// - Throws: `ClusterStateError.configuration`; in this case, the previous configuration stays in use, or, if there
    ///   is none, the usable parts of this one are used.
    @discardableResult
    package func update(
        _ source: ProviderConfigurationSource,
        texts: [ConfigurationText]?
    ) throws(ClusterStateError) -> Warnings {
        let place = source.place
        if place.mustExist { state.withLock { $0.statuses[place, default: Status()].texts = texts } }
        // Parsing takes a long time, so it happens outside the lock.
        var problems: Warnings = []
        let value: (any ProviderConfiguration)?
        do {
            guard texts != nil || !place.mustExist else { throw Absence() }
            let texts = texts?.filter { !$0.bytes.isEmpty } ?? []
            value = texts.isEmpty ? nil : try source.read(texts, &problems)
        } catch {
            let reason = "\(error)"
            refuse(place, reason, usable: (error as? any PartlyUsable)?.usable)
            throw .configuration(place: "\(place)", reason: reason)
        }
        change { state in
            state.statuses[place, default: Status()].refusal = nil
            return state.changes.offer(value, at: place)
        }
        return problems
    }

    /// Notes that the texts at a place cannot be used. The previous configuration stays in use; if there is none, the
    /// usable parts of the new one are used.
    private func refuse(
        _ place: ProviderConfigurationSource.Place,
        _ reason: String,
        usable: (any ProviderConfiguration)?
    ) {
        change { state in
            state.statuses[place, default: Status()].refusals += 1
            state.statuses[place, default: Status()].refusal = (.now, reason)
            guard !state.changes.isKnown(place) else { return [] }
            if let usable { return state.changes.offer(usable, at: place) }
            state.configurations.markAsRead(place)
            return []
        }
    }

    /// Notes that the texts at a place cannot be read, and logs it. The previous configuration stays in use.
    func refuse(_ source: ProviderConfigurationSource, unreadable error: ClusterStateError, logger: Logger) {
        // If the same texts reappear, they are read again.
        state.withLock { $0.statuses[source.place, default: Status()].texts = nil }
        let hasPrevious = isKnown(source.place)
        refuse(source.place, "\(error)", usable: nil)
        logRefusal(of: source.place, "\(error)", hasPrevious: hasPrevious, logger: logger)
    }

    /// Whether a configuration at a place, which may be an empty one, is used or waits for lists.
    func isKnown(_ place: ProviderConfigurationSource.Place) -> Bool { state.withLock { $0.changes.isKnown(place) } }

    /// Logs that what is at a place cannot be used.
    ///
    /// - Parameter hasPrevious: whether there was a configuration before, which then stays in use.
    func logRefusal(
        of place: ProviderConfigurationSource.Place,
        _ error: String,
        hasPrevious: Bool,
        logger: Logger
    ) {
        let metadata: Logger.Metadata = ["configuration": "\(place)", "error": "\(error)"]
        if hasPrevious {
            logger.warning("the configuration cannot be used; the previous one stays in use", metadata: metadata)
        } else if isKnown(place) {
            logger.error("the configuration has errors; only its valid parts are in use", metadata: metadata)
        } else {
            logger.error("the configuration cannot be used", metadata: metadata)
        }
    }

    private struct Absence: Error, CustomStringConvertible {
        var description: String { "it does not exist" }
    }

    /// As above, but logs the result. Texts that have not changed are not read again.
    func update(_ source: ProviderConfigurationSource, texts: [ConfigurationText]?, logger: Logger) {
        let place: Logger.MetadataValue = "\(source.place)"
        let status = status(of: source.place)
        if source.place.mustExist, let texts, texts == status.texts { return }
        let hasPrevious = isKnown(source.place)
        do throws(ClusterStateError) {
            let problems = try update(source, texts: texts)
            for problem in problems.texts {
                logger.warning(
                    "part of a configuration cannot be used",
                    metadata: ["configuration": place, "error": "\(problem)"]
                )
            }
            guard texts?.contains(where: { !$0.bytes.isEmpty }) ?? false else {
                logger.info("the configuration is absent or empty", metadata: ["configuration": place])
                return
            }
            logger.info(
                "the configuration was read",
                metadata: ["configuration": place, "problems": .stringConvertible(problems.count)]
            )
        } catch {
            for line in "\(error)".split(separator: "\n") {
                logRefusal(of: source.place, String(line), hasPrevious: hasPrevious, logger: logger)
            }
        }
    }
}
