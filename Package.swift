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

        // TLS, HTTP, JSON and the Kubernetes API
        .target(
            name: "NIOOpenSSL",
            dependencies: ["COpenSSL", nio("NIOCore"), nio("NIOTLS")],
            swiftSettings: settings
        ),
        .target(name: "JSON", dependencies: ["CSimdjson"], swiftSettings: settings),
        .target(
            name: "HTTPClient",
            dependencies: [
                "NIOOpenSSL", nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"), nio("NIOTLS"), logging,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Kubernetes",
            dependencies: [
                "HTTPClient", "JSON", "NIOOpenSSL", nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"), logging, yams,
            ],
            swiftSettings: settings
        ),

        // Metrics
        .target(name: "Prometheus", dependencies: [coreMetrics], swiftSettings: settings),

        // The domain: no I/O, no clock
        .target(name: "PodIdentity", dependencies: ["JSON"], swiftSettings: settings),
        .target(name: "AWSIdentity", dependencies: ["PodIdentity", "JSON"], swiftSettings: settings),

        .target(
            name: "AWSInstanceMetadata",
            dependencies: ["AWSIdentity", "HTTPClient", nio("NIOCore"), nio("NIOHTTP1"), logging],
            swiftSettings: settings
        ),

        // Diagnosis of a cluster, and of its pods
        .target(
            name: "Doctor",
            dependencies: [
                "HTTPClient", "JSON", "Kubernetes", "NIOOpenSSL", "PodIdentity",
                nio("NIOCore"), nio("NIOHTTP1"), nio("NIOPosix"), nio("NIOTLS"), logging, coreMetrics, serviceLifecycle,
            ],
            swiftSettings: settings
        ),

        // The server and the command
        .target(
            name: "Webhook",
            dependencies: [
                "JSON", "Kubernetes", "NIOOpenSSL", "PodIdentity", "Prometheus",
                nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"), nio("NIOTLS"), logging, coreMetrics,
                serviceLifecycle,
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "pod-identity-webhook",
            dependencies: [
                "AWSIdentity", "AWSInstanceMetadata", "CMalloc", "Doctor", "HTTPClient", "JSON", "Kubernetes",
                "PodIdentity", "Prometheus", "Webhook", coreMetrics, logging, nio("NIOCore"), nio("NIOPosix"),
                serviceLifecycle,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings
        ),

        // What fuzzing feeds; its seeds are also a test.
        .target(
            name: "FuzzTargets",
            dependencies: [
                "AWSIdentity", "COpenSSL", "JSON", "NIOOpenSSL", "PodIdentity", "Webhook",
                nio("NIOCore"), nio("NIOEmbedded"), nio("NIOHTTP1"),
            ],
            path: "Fuzzing/FuzzTargets",
            swiftSettings: settings
        ),

        // Tests
        .target(
            name: "TestSupport",
            dependencies: [
                "AWSIdentity", "JSON", "Kubernetes", "NIOOpenSSL", "PodIdentity",
                nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"),
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
                "AWSIdentity", "JSON", "NIOOpenSSL", "PodIdentity", "Webhook", nio("NIOCore"), nio("NIOEmbedded"),
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
                "HTTPClient", "JSON", "Kubernetes", "NIOOpenSSL", "TestSupport",
                nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"), logging,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "PodIdentityTests",
            dependencies: ["JSON", "PodIdentity", "TestSupport"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "AWSIdentityTests",
            dependencies: ["AWSIdentity", "JSON", "Kubernetes", "PodIdentity", "TestSupport"],
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
                "AWSIdentity", "AWSInstanceMetadata", "TestSupport", nio("NIOCore"), nio("NIOPosix"), logging,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "WebhookTests",
            dependencies: [
                "AWSIdentity", "FuzzTargets", "JSON", "Kubernetes", "NIOOpenSSL", "PodIdentity", "Prometheus",
                "TestSupport", "Webhook",
                nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"), nio("NIOEmbedded"), logging,
                "pod-identity-webhook",
            ],
            swiftSettings: settings
        ),
        .testTarget(name: "FuzzTargetsTests", dependencies: ["FuzzTargets", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "DoctorTests",
            dependencies: ["AWSIdentity", "Doctor", "JSON", "Kubernetes", "NIOOpenSSL", "PodIdentity", "TestSupport"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "AWSIdentity", "Doctor", "JSON", "Kubernetes", "PodIdentity", "Prometheus", "TestSupport", "Webhook",
                "microbenchmarks", "pod-identity-webhook", logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["JSON", "TestSupport", nio("NIOCore"), nio("NIOPosix"), "cluster", "pod-identity-webhook"],
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
