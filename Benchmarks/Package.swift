// swift-tools-version: 6.2
import Foundation
import PackageDescription

/// What is measured has `package` access, which SwiftPM gives by a name that it makes of the package's folder.
let measured = URL(fileURLWithPath: Context.packageDirectory).deletingLastPathComponent().lastPathComponent
let packageName = String(measured.lowercased().map { $0.isLetter || $0.isNumber ? $0 : "_" })

let package = Package(
    name: "benchmarks",
    dependencies: [
        .package(name: "pod-identity-webhook", path: ".."),
        .package(url: "https://github.com/apple/swift-nio.git", exact: "2.101.2"),
    ],
    targets: [
        .executableTarget(
            name: "microbenchmarks",
            dependencies: [
                .product(name: "Measured", package: "pod-identity-webhook"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            packageAccess: false,
            swiftSettings: [
                .swiftLanguageMode(.v6),
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .enableUpcomingFeature("InternalImportsByDefault"),
                .treatAllWarnings(as: .error),
                .unsafeFlags(["-package-name", packageName]),
            ]
        )
    ],
    cxxLanguageStandard: .cxx17
)
