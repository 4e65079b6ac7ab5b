// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

func nio(_ product: String) -> Target.Dependency { .product(name: product, package: "swift-nio") }
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let coreMetrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let serviceLifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

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
        .package(url: "https://github.com/jpsim/Yams.git", exact: "6.2.2"),
    ],
    targets: [
        // System libraries
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CMalloc"),
        .target(name: "CSimdjson", linkerSettings: [.linkedLibrary("simdjson")]),

        // Leaves: each knows one subject and none of the others
        .target(
            name: "NIOOpenSSL",
            dependencies: ["COpenSSL", nio("NIOCore"), nio("NIOTLS")],
            swiftSettings: settings
        ),
        .target(name: "JSON", dependencies: ["CSimdjson"], swiftSettings: settings),
        .target(name: "GoSyntax", dependencies: ["JSON"], swiftSettings: settings),
        .target(name: "Prometheus", dependencies: [coreMetrics], swiftSettings: settings),
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
                "NIOOpenSSL", nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"), nio("NIOTLS"), logging,
            ],
            swiftSettings: settings
        ),

        // Kubernetes
        .target(name: "KubernetesObjects", dependencies: ["JSON"], swiftSettings: settings),
        .target(
            name: "Kubernetes",
            dependencies: [
                "HTTPClient", "JSON", "KubernetesObjects", "NIOOpenSSL", "Prometheus", "ServiceSupport",
                nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"), coreMetrics, logging, yams,
            ],
            swiftSettings: settings
        ),

        // The domain and its providers: no I/O, no clock
        .target(name: "PodIdentity", dependencies: ["JSON", "KubernetesObjects"], swiftSettings: settings),
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
            name: "AWSInstanceMetadata",
            dependencies: ["AWSIdentity", "HTTPClient", nio("NIOCore"), nio("NIOHTTP1"), logging],
            swiftSettings: settings
        ),

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
            swiftSettings: settings
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
                "HTTPClient", "JSON", "Kubernetes", "KubernetesObjects", "NIOOpenSSL", "PodIdentity", "Prometheus",
                nio("NIOCore"), nio("NIOHTTP1"), nio("NIOPosix"), nio("NIOTLS"), logging, coreMetrics,
                serviceLifecycle,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Operations",
            dependencies: [
                "ClusterState", "HTTPServer", "JSON", "KubernetesObjects", "PodIdentity", "Prometheus",
                "ServiceSupport", nio("NIOCore"), nio("NIOHTTP1"), coreMetrics,
            ],
            swiftSettings: settings
        ),

        // The command
        .executableTarget(
            name: "pod-identity-webhook",
            dependencies: [
                "AWSIdentity", "AWSInstanceMetadata", "Admission", "CMalloc", "ClusterState", "Diagnosis", "GoSyntax",
                "HTTPClient", "HTTPServer", "JSON", "Kubernetes", "KubernetesObjects", "NIOOpenSSL", "Operations",
                "PodIdentity",
                "Prometheus", "ProviderSupport", "ServiceSupport", "ServingCertificates",
                coreMetrics, logging, nio("NIOCore"), nio("NIOPosix"), serviceLifecycle,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings
        ),

        // What fuzzing feeds; its seeds are also a test.
        .target(
            name: "FuzzTargets",
            dependencies: [
                "AWSIdentity", "Admission", "COpenSSL", "ClusterState", "HTTPServer", "JSON", "KubernetesObjects",
                "NIOOpenSSL", "PodIdentity", nio("NIOCore"), nio("NIOEmbedded"), nio("NIOHTTP1"),
            ],
            path: "Fuzzing/FuzzTargets",
            swiftSettings: settings
        ),

        // Tests
        .target(
            name: "TestSupport",
            dependencies: [
                "AWSIdentity", "JSON", "Kubernetes", "KubernetesObjects", "NIOOpenSSL", "PodIdentity", nio("NIOCore"),
                nio("NIOPosix"), nio("NIOHTTP1"),
            ],
            path: "Tests/TestSupport",
            resources: [.copy("Fixtures")],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "cluster",
            dependencies: [
                "TestSupport", "pod-identity-webhook",
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Tests/Cluster",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "microbenchmarks",
            dependencies: [
                "AWSIdentity", "Admission", "ClusterState", "JSON", "KubernetesObjects", "NIOOpenSSL", "PodIdentity",
                nio("NIOCore"), nio("NIOEmbedded"),
            ],
            path: "Benchmarks/Micro",
            swiftSettings: settings
        ),
        .testTarget(
            name: "NIOOpenSSLTests",
            dependencies: [
                "COpenSSL", "FuzzTargets", "NIOOpenSSL", "TestSupport",
                nio("NIOCore"), nio("NIOPosix"), nio("NIOTLS"), nio("NIOEmbedded"),
            ],
            swiftSettings: settings
        ),
        .testTarget(name: "JSONTests", dependencies: ["JSON", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "HTTPClientTests",
            dependencies: [
                "HTTPClient", "NIOOpenSSL", "TestSupport",
                nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"), nio("NIOEmbedded"), logging,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "KubernetesTests",
            dependencies: [
                "HTTPClient", "JSON", "Kubernetes", "KubernetesObjects", "ServiceSupport", "NIOOpenSSL", "TestSupport",
                nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"), nio("NIOEmbedded"), logging,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "PodIdentityTests",
            dependencies: ["JSON", "KubernetesObjects", "PodIdentity", "TestSupport"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "AWSIdentityTests",
            dependencies: [
                "AWSIdentity", "GoSyntax", "ProviderSupport", "KubernetesObjects", "JSON", "Kubernetes", "PodIdentity",
                "TestSupport",
            ],
            resources: [.copy("Golden")],
            swiftSettings: settings
        ),
        .testTarget(
            name: "PrometheusTests",
            dependencies: ["JSON", "Prometheus", "TestSupport", coreMetrics],
            swiftSettings: settings
        ),
        .testTarget(
            name: "AWSInstanceMetadataTests",
            dependencies: [
                "AWSIdentity", "AWSInstanceMetadata", "HTTPClient", "TestSupport", nio("NIOCore"), nio("NIOPosix"),
                logging,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "WebhookTests",
            dependencies: [
                "AWSIdentity", "Admission", "ClusterState", "Diagnosis", "FuzzTargets", "GoSyntax", "HTTPServer",
                "JSON", "Kubernetes", "KubernetesObjects",
                "NIOOpenSSL", "Operations", "PodIdentity", "Prometheus", "ServiceSupport", "ServingCertificates",
                "TestSupport",
                nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"), nio("NIOEmbedded"), logging, coreMetrics,
                "pod-identity-webhook",
            ],
            swiftSettings: settings
        ),
        .testTarget(name: "FuzzTargetsTests", dependencies: ["FuzzTargets", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "DiagnosisTests",
            dependencies: [
                "AWSIdentity", "Diagnosis", "JSON", "Kubernetes", "KubernetesObjects", "NIOOpenSSL", "PodIdentity",
                "TestSupport",
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "AWSIdentity", "Admission", "ClusterState", "Diagnosis", "GoSyntax", "HTTPServer", "JSON", "Kubernetes",
                "KubernetesObjects", "Operations", "PodIdentity", "Prometheus", "ServiceSupport", "ServingCertificates",
                "TestSupport",
                "microbenchmarks", "pod-identity-webhook", logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "JSON", "Kubernetes", "KubernetesObjects", "TestSupport", nio("NIOCore"), nio("NIOPosix"), "cluster",
                "pod-identity-webhook",
            ],
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
