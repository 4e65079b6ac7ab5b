/// Finds what profiles that are enabled at the same time, or profiles and the program's providers, would both write.
enum ProfileCollisions {
    struct Collision: Equatable {
        /// The index of the profile that comes later.
        let profile: Int
        let reason: String
    }

    /// - Parameter others: What the program's providers write.
    static func among(_ profiles: [Profile], _ others: [ReservedNames]) -> [Collision] {
        var collisions: [Collision] = []
        for (index, profile) in profiles.enumerated() {
            for other in others {
                let reasons = other.reasons(against: profile) + other.reasons(againstOpenNamesOf: profile)
                collisions += reasons.map { Collision(profile: index, reason: $0) }
            }
            for other in profiles[..<index] {
                // If a profile occurs in two places, everything that it writes is the same too.
                guard other.name != profile.name else {
                    let reason = "the name \(profile.name) is taken by another profile: rename or remove one of them"
                    if !profile.name.isEmpty { collisions.append(Collision(profile: index, reason: reason)) }
                    continue
                }
                let reserved = ReservedNames(
                    owner: "the profile \(other.name)",
                    variables: other.variables,
                    volumes: other.volumeNames,
                    mounts: other.mounts,
                    annotations: other.writtenAnnotations,
                    annotationPrefixes: []
                )
                collisions += reserved.reasons(against: profile).map { Collision(profile: index, reason: $0) }
            }
        }
        return collisions
    }
}

/// What is already taken, so that no profile may write it.
package struct ReservedNames: Sendable {
    /// The owner of the names, for messages.
    package var owner: String
    package var profiles: [String]
    package var variables: [String]
    /// A name that ends in a hyphen is followed by a suffix for each pod.
    package var volumes: [String]
    package var mounts: [String]
    package var annotations: [String]
    /// Including the slash at the end.
    package var annotationPrefixes: [String]

    package init(
        owner: String,
        profiles: [String] = [],
        variables: [String] = [],
        volumes: [String] = [],
        mounts: [String] = [],
        annotations: [String] = [],
        annotationPrefixes: [String] = []
    ) {
        self.owner = owner
        self.profiles = profiles
        self.variables = variables
        self.volumes = volumes
        self.mounts = mounts
        self.annotations = annotations
        self.annotationPrefixes = annotationPrefixes
    }

    /// What a profile writes that is already taken.
    package func reasons(against profile: Profile) -> [String] {
        var reasons: [String] = []
        if profiles.contains(profile.name) { reasons.append("the name \(profile.name) is taken by \(owner)") }
        for name in profile.variables where variables.contains(name) {
            reasons.append("the variable \(name) is set by \(owner) too")
        }
        for name in profile.volumeNames where volumes.contains(where: { Self.canBeSame($0, name) }) {
            reasons.append("the volume \(name) is one of \(owner) too")
        }
        for path in profile.mounts {
            for other in mounts where MountPath.overlaps(path, other) {
                reasons.append("\(path) and \(other), where \(owner) has a volume, conflict")
            }
        }
        for key in profile.writtenAnnotations where annotations.contains(key) {
            reasons.append("the annotation \(key) is written by \(owner) too")
        }
        let keys =
            profile.serviceAccountAnnotations + profile.podAnnotations + profile.writtenAnnotations
            + profile.writtenLabels
        if let key = keys.first(where: { key in annotationPrefixes.contains { key.hasPrefix($0) } }) {
            reasons.append("the annotation or label \(key) has a prefix of \(owner)")
        }
        return reasons
    }

    /// What a profile writes that would already be taken in some pods. If it is another profile's, the pods' owners may
    /// have intended this.
    func reasons(againstOpenNamesOf profile: Profile) -> [String] {
        profile.openVariables.flatMap { start, end in
            variables.filter { $0.hasPrefix(start) && $0.hasSuffix(end) }.map { name in
                "the variable \(start)…\(end) can be \(name), which is set by \(owner) too"
            }
        }
    }

    /// Whether two volumes can have the same name, given their names without suffixes.
    private static func canBeSame(_ one: String, _ other: String) -> Bool {
        one == other || one.hasSuffix("-") && other.hasPrefix(one) || other.hasSuffix("-") && one.hasPrefix(other)
    }
}
