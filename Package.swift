// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// Of targets that have little or no part in a request, which are smaller for it.
let smallSettings = settings + [.unsafeFlags(["-Osize"], .when(configuration: .release))]

/// The commit of the sources, which scripts/swift-release.sh gives.
let commit = Context.environment["BUILD_COMMIT"] ?? ""

func nio(_ product: String) -> Target.Dependency { .product(name: product, package: "swift-nio") }
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let coreMetrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let serviceLifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")

/// Tests of one target that start no program.
func unitTests(_ target: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: "\(target)Tests",
        dependencies: [.target(name: target), "TestSupport"] + dependencies,
        path: "Tests/Unit/\(target)Tests",
        swiftSettings: settings
    )
}

/// Tests of a subject that start programs.
func integrationTests(_ subject: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(
        name: "\(subject)IntegrationTests",
        dependencies: ["TestPrograms", "TestSupport"] + dependencies,
        path: "Tests/Integration/\(subject)IntegrationTests",
        swiftSettings: settings
    )
}

let package = Package(
    name: "pod-identity-webhook",
    products: [
        .executable(name: "pod-identity-webhook", targets: ["pod-identity-webhook"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio.git", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-log.git", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics.git", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", exact: "1.8.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", exact: "2.13.0"),
    ],
    targets: [
        // System libraries
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CYaml", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CLinuxCapabilities"),
        .systemLibrary(name: "CMalloc"),
        .target(name: "CBuildCommit", cSettings: [.define("COMMIT", to: "\"\(commit)\"")]),
        .target(name: "CSimdjson", linkerSettings: [.linkedLibrary("simdjson")]),

        // Leaves: each knows one subject and none of the others
        .target(
            name: "NIOOpenSSL",
            dependencies: ["COpenSSL", nio("NIOCore"), nio("NIOTLS")],
            swiftSettings: settings
        ),
        .target(name: "JSON", dependencies: ["CSimdjson"], swiftSettings: settings),
        .target(name: "GoSyntax", dependencies: ["JSON"], swiftSettings: smallSettings),
        .target(name: "YAML", dependencies: ["CYaml", "JSON"], swiftSettings: smallSettings),
        .target(name: "Prometheus", dependencies: [coreMetrics], swiftSettings: smallSettings),
        .target(name: "ServiceSupport", dependencies: [serviceLifecycle], swiftSettings: settings),

        // HTTP
        .target(
            name: "HTTPServer",
            dependencies: [
                "NIOOpenSSL", "ServiceSupport", nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"), nio("NIOTLS"),
                logging, serviceLifecycle,
            ],
            swiftSettings: settings
        ),

        .target(
            name: "HTTPClient",
            dependencies: [
                "GoSyntax", "NIOOpenSSL", nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"), nio("NIOTLS"), logging,
            ],
            swiftSettings: smallSettings
        ),

        // What clouds ask for a token
        .target(name: "OIDCIssuer", dependencies: ["HTTPClient", "JSON", "NIOOpenSSL"], swiftSettings: smallSettings),
        .target(
            name: "AWSSecurityTokenService",
            dependencies: ["HTTPClient", "NIOOpenSSL", nio("NIOCore"), nio("NIOHTTP1"), logging],
            swiftSettings: smallSettings
        ),

        // Kubernetes
        .target(name: "KubernetesObjects", dependencies: ["JSON"], swiftSettings: settings),
        .target(
            name: "Kubernetes",
            dependencies: [
                "HTTPClient", "JSON", "KubernetesObjects", "NIOOpenSSL", "Prometheus", "ServiceSupport", "YAML",
                nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"), coreMetrics, logging,
            ],
            swiftSettings: smallSettings
        ),

        // The domain and its providers: no I/O, no clock
        .target(
            name: "PodIdentity",
            dependencies: ["GoSyntax", "JSON", "KubernetesObjects"],
            swiftSettings: settings
        ),
        .target(
            name: "ProviderSupport",
            dependencies: ["GoSyntax", "JSON", "KubernetesObjects", "PodIdentity"],
            swiftSettings: settings
        ),
        .target(
            name: "AWSIdentity",
            dependencies: ["GoSyntax", "JSON", "KubernetesObjects", "PodIdentity", "ProviderSupport"],
            swiftSettings: settings
        ),
        .target(
            name: "FederationProfiles",
            dependencies: ["GoSyntax", "JSON", "KubernetesObjects", "PodIdentity", "ProviderSupport", "YAML"],
            swiftSettings: settings
        ),
        .target(
            name: "GoogleIdentity",
            dependencies: ["GoSyntax", "JSON", "KubernetesObjects", "PodIdentity", "ProviderSupport"],
            swiftSettings: settings
        ),
        .target(
            name: "AzureIdentity",
            dependencies: ["GoSyntax", "JSON", "KubernetesObjects", "PodIdentity", "ProviderSupport"],
            swiftSettings: settings
        ),
        .target(
            name: "AWSInstanceMetadata",
            dependencies: ["AWSIdentity", "HTTPClient", nio("NIOCore"), nio("NIOHTTP1"), logging],
            swiftSettings: smallSettings
        ),
        .target(name: "AWSTrust", dependencies: ["AWSIdentity", "JSON"], swiftSettings: smallSettings),

        // The parts of the webhook
        .target(
            name: "ClusterState",
            dependencies: [
                "JSON", "Kubernetes", "KubernetesObjects", "PodIdentity", "Prometheus", "ServiceSupport",
                nio("NIOCore"), coreMetrics, logging, serviceLifecycle,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "ServingCertificates",
            dependencies: [
                "JSON", "Kubernetes", "KubernetesObjects", "NIOOpenSSL", "Prometheus", "ServiceSupport",
                nio("NIOCore"), nio("NIOHTTP1"), coreMetrics, logging, serviceLifecycle,
            ],
            swiftSettings: smallSettings
        ),
        .target(
            name: "Admission",
            dependencies: [
                "ClusterState", "GoSyntax", "HTTPServer", "JSON", "Kubernetes", "KubernetesObjects", "PodIdentity",
                "Prometheus", "ServiceSupport", nio("NIOCore"), nio("NIOHTTP1"), coreMetrics, logging,
                serviceLifecycle,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Diagnosis",
            dependencies: [
                "AWSIdentity", "AWSSecurityTokenService", "AWSTrust", "HTTPClient", "JSON", "Kubernetes",
                "KubernetesObjects", "NIOOpenSSL", "OIDCIssuer", "PodIdentity", "Prometheus",
                nio("NIOCore"), nio("NIOHTTP1"), nio("NIOPosix"), nio("NIOTLS"), logging, coreMetrics,
                serviceLifecycle,
            ],
            swiftSettings: smallSettings
        ),
        .target(
            name: "Operations",
            dependencies: [
                "CZlib", "ClusterState", "HTTPServer", "JSON", "KubernetesObjects", "PodIdentity", "Prometheus",
                "ServiceSupport", nio("NIOCore"), nio("NIOHTTP1"), coreMetrics,
            ],
            swiftSettings: smallSettings
        ),

        // The command
        .executableTarget(
            name: "pod-identity-webhook",
            dependencies: [
                "AWSIdentity", "AWSInstanceMetadata", "AWSSecurityTokenService", "AWSTrust", "Admission",
                "AzureIdentity", "CBuildCommit", "CLinuxCapabilities", "CMalloc", "ClusterState", "Diagnosis",
                "FederationProfiles",
                "GoSyntax", "GoogleIdentity", "HTTPClient", "HTTPServer", "JSON", "Kubernetes", "KubernetesObjects",
                "NIOOpenSSL", "OIDCIssuer", "Operations",
                "PodIdentity",
                "Prometheus", "ProviderSupport", "ServiceSupport", "ServingCertificates",
                coreMetrics, logging, nio("NIOCore"), nio("NIOPosix"), serviceLifecycle,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: smallSettings
        ),

        // What fuzzing feeds; its seeds are also a test.
        .target(name: "CSimdjsonDOM", path: "Fuzzing/CSimdjsonDOM", linkerSettings: [.linkedLibrary("simdjson")]),
        .target(
            name: "FuzzTargets",
            dependencies: [
                "AWSIdentity", "Admission", "COpenSSL", "CSimdjsonDOM", "ClusterState", "HTTPServer", "JSON",
                "KubernetesObjects", "NIOOpenSSL", "PodIdentity", nio("NIOCore"), nio("NIOEmbedded"), nio("NIOHTTP1"),
            ],
            path: "Fuzzing/FuzzTargets",
            swiftSettings: settings
        ),

        // Single steps of a request, for callgrind
        .executableTarget(
            name: "microbenchmarks",
            dependencies: [
                "AWSIdentity", "Admission", "ClusterState", "FederationProfiles", "HTTPServer", "JSON",
                "KubernetesObjects", "NIOOpenSSL", "Operations", "PodIdentity", "Prometheus", nio("NIOCore"),
                nio("NIOEmbedded"), logging,
            ],
            path: "Benchmarks/microbenchmarks",
            swiftSettings: settings
        ),

        // What tests have in common: data and generators; servers and certificates in this process; other programs
        .target(
            name: "TestSupport",
            dependencies: [
                "AWSIdentity", "JSON", "Kubernetes", "KubernetesObjects", "PodIdentity", "ProviderSupport", logging,
            ],
            path: "Tests/TestSupport",
            resources: [.copy("Fixtures")],
            swiftSettings: settings
        ),
        .target(
            name: "TestNetwork",
            dependencies: [
                "COpenSSL", "NIOOpenSSL", "TestSupport",
                nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"), nio("NIOTLS"), nio("NIOEmbedded"),
            ],
            path: "Tests/TestNetwork",
            swiftSettings: settings
        ),
        .target(
            name: "TestPrograms",
            dependencies: ["JSON", "Kubernetes", "TestNetwork", "TestSupport"],
            path: "Tests/TestPrograms",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "cluster",
            dependencies: [
                "TestPrograms", "TestSupport", "pod-identity-webhook",
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Tests/Cluster",
            swiftSettings: settings
        ),

        // Unit tests: they start no program, and run in parallel
        unitTests("AWSIdentity", ["JSON", "KubernetesObjects", "PodIdentity", "ProviderSupport"]),
        unitTests(
            "AWSInstanceMetadata",
            ["AWSIdentity", "HTTPClient", "PodIdentity", "TestNetwork", nio("NIOCore"), nio("NIOPosix"), logging]
        ),
        unitTests("AWSTrust", ["AWSIdentity", "JSON"]),
        unitTests("AzureIdentity", ["JSON", "KubernetesObjects", "PodIdentity", "ProviderSupport"]),
        unitTests(
            "AWSSecurityTokenService",
            ["HTTPClient", "TestNetwork", nio("NIOCore"), nio("NIOHTTP1"), nio("NIOPosix"), logging]
        ),
        unitTests(
            "Admission",
            [
                "AWSIdentity", "ClusterState", "HTTPServer", "JSON", "KubernetesObjects", "PodIdentity", "Prometheus",
                logging, nio("NIOCore"), nio("NIOEmbedded"), nio("NIOHTTP1"),
            ]
        ),
        unitTests(
            "ClusterState",
            [
                "Kubernetes", "KubernetesObjects", "PodIdentity", "ServiceSupport", "TestNetwork", nio("NIOCore"),
                nio("NIOPosix"), logging,
            ]
        ),
        unitTests(
            "Diagnosis",
            [
                "AWSIdentity", "AWSSecurityTokenService", "AWSTrust", "JSON", "Kubernetes", "KubernetesObjects",
                "NIOOpenSSL", "OIDCIssuer", "PodIdentity", "Prometheus", "TestNetwork", logging, nio("NIOCore"),
                nio("NIOHTTP1"), nio("NIOPosix"),
            ]
        ),
        unitTests(
            "FederationProfiles",
            ["AWSIdentity", "AzureIdentity", "GoogleIdentity", "JSON", "KubernetesObjects", "PodIdentity", "YAML"]
        ),
        unitTests("FuzzTargets"),
        unitTests("GoSyntax"),
        unitTests(
            "HTTPClient",
            [
                "NIOOpenSSL", "TestNetwork", nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"), nio("NIOEmbedded"),
                nio("NIOTLS"), logging,
            ]
        ),
        unitTests("GoogleIdentity", ["JSON", "KubernetesObjects", "PodIdentity"]),
        unitTests("HTTPServer", [nio("NIOCore"), nio("NIOHTTP1"), nio("NIOEmbedded")]),
        unitTests("JSON", ["FuzzTargets"]),
        unitTests(
            "Kubernetes",
            [
                "HTTPClient", "JSON", "KubernetesObjects", "NIOOpenSSL", "Prometheus", "ServiceSupport", "TestNetwork",
                nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"), nio("NIOEmbedded"), coreMetrics, logging,
            ]
        ),
        unitTests("KubernetesObjects", ["JSON"]),
        unitTests("NIOOpenSSL", ["COpenSSL", "FuzzTargets", "TestNetwork", nio("NIOCore"), nio("NIOEmbedded")]),
        unitTests(
            "Operations",
            [
                "HTTPServer", "NIOOpenSSL", "Prometheus", nio("NIOCore"), nio("NIOHTTP1"), nio("NIOTLS"),
                nio("NIOEmbedded"),
            ]
        ),
        unitTests("PodIdentity", ["JSON", "KubernetesObjects"]),
        unitTests("OIDCIssuer", ["JSON", "NIOOpenSSL"]),
        unitTests("Prometheus", [coreMetrics]),
        unitTests("ProviderSupport", ["PodIdentity"]),
        unitTests("ServiceSupport"),
        unitTests("ServingCertificates", ["JSON", "Kubernetes", "NIOOpenSSL", nio("NIOCore"), logging]),
        unitTests("YAML", ["JSON"]),
        .testTarget(name: "LayoutTests", path: "Tests/Unit/LayoutTests", swiftSettings: settings),
        .testTarget(
            name: "TestSupportTests",
            dependencies: ["JSON", "Kubernetes", "TestSupport"],
            path: "Tests/Unit/TestSupportTests",
            swiftSettings: settings
        ),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "AWSIdentity", "AWSTrust", "AzureIdentity", "Diagnosis", "FederationProfiles", "GoSyntax",
                "GoogleIdentity", "HTTPServer",
                "JSON", "KubernetesObjects", "PodIdentity", "Prometheus", "ServiceSupport", "TestSupport",
                "pod-identity-webhook", logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/Unit/CommandTests",
            swiftSettings: settings
        ),

        // Integration tests: the webhook's program, openssl, curl, Python; one after the other
        integrationTests("Benchmarks", ["microbenchmarks"]),
        integrationTests(
            "ClusterState",
            [
                "ClusterState", "Kubernetes", "KubernetesObjects", "PodIdentity", "ServiceSupport",
                nio("NIOCore"), nio("NIOPosix"), logging,
            ]
        ),
        integrationTests(
            "Command",
            [
                "AWSIdentity", "Admission", "JSON", "Kubernetes", "PodIdentity", "ProviderSupport",
                "pod-identity-webhook", logging,
            ]
        ),
        integrationTests("JSON", ["JSON"]),
        integrationTests(
            "Kubernetes",
            [
                "HTTPClient", "JSON", "Kubernetes", "KubernetesObjects", "NIOOpenSSL", "TestNetwork", nio("NIOCore"),
                nio("NIOPosix"), nio("NIOHTTP1"), logging,
            ]
        ),
        integrationTests("NIOOpenSSL", ["NIOOpenSSL", "TestNetwork", nio("NIOCore"), nio("NIOPosix")]),
        integrationTests("PodIdentity", ["JSON", "PodIdentity"]),
        integrationTests("Prometheus", ["Prometheus", coreMetrics]),
        integrationTests(
            "Webhook",
            [
                "AWSIdentity", "FuzzTargets", "JSON", "PodIdentity", "Prometheus", "TestNetwork",
                "pod-identity-webhook",
                nio("NIOCore"), nio("NIOPosix"),
            ]
        ),

        // Against a real control plane
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "AWSIdentity", "JSON", "Kubernetes", "KubernetesObjects", "TestNetwork", "TestPrograms", "TestSupport",
                nio("NIOCore"), nio("NIOPosix"), logging, "cluster", "pod-identity-webhook",
            ],
            path: "Tests/EndToEnd/EndToEndTests",
            swiftSettings: settings
        ),
    ],
    cxxLanguageStandard: .cxx17
)

// Only links where the compiler is told to bring libFuzzer along, as scripts/fuzz.sh does.
if Context.environment["FUZZING"] != nil {
    package.targets += [
        .systemLibrary(name: "CLibFuzzer", path: "Fuzzing/CLibFuzzer"),
        .executableTarget(
            name: "fuzz",
            dependencies: ["CLibFuzzer", "FuzzTargets"],
            path: "Fuzzing/fuzz",
            swiftSettings: settings
        ),
    ]
}
