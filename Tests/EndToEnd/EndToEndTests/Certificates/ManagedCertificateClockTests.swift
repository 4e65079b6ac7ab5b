import Foundation
import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// Managed certificates on nodes whose clocks are wrong.
    @Suite struct ManagedCertificateClockTests {
        private static let name = OwnInstallation.name
        private static let day = 86_400

        /// A library that shifts the clock of the program that preloads it.
        private static let source = """
            #define _GNU_SOURCE
            #include <stdlib.h>
            #include <sys/syscall.h>
            #include <sys/time.h>
            #include <time.h>
            #include <unistd.h>
            static long skew(void) { const char *text = getenv("CLOCK_SKEW"); return text ? atol(text) : 0; }
            int clock_gettime(clockid_t clock, struct timespec *now) {
                int result = syscall(SYS_clock_gettime, clock, now);
                if (result == 0 && clock == CLOCK_REALTIME) now->tv_sec += skew();
                return result;
            }
            time_t time(time_t *result) {
                struct timespec now;
                clock_gettime(CLOCK_REALTIME, &now);
                if (result) *result = now.tv_sec;
                return now.tv_sec;
            }
            int gettimeofday(struct timeval *restrict result, void *restrict zone) {
                struct timespec now;
                clock_gettime(CLOCK_REALTIME, &now);
                result->tv_sec = now.tv_sec;
                result->tv_usec = now.tv_nsec / 1000;
                return 0;
            }
            """

        private static func environment(ahead seconds: Int, _ folder: TemporaryDirectory) async throws -> [String:
            String]
        {
            let library = folder.path("clock.so")
            let source = try folder.write(source, to: "clock.c")
            try await Command("clang", ["-O1", "-shared", "-fPIC", "-o", library, source]).runText()
            // A sanitizer may need to preload a library as well.
            let others = ProcessInfo.processInfo.environment["LD_PRELOAD"].map { ":\($0)" } ?? ""
            return ["LD_PRELOAD": library + others, "CLOCK_SKEW": "\(seconds)"]
        }

        @Test func `Two replicas create one CA, and no pod fails, if one node's clock is weeks ahead`() async throws {
            let folder = try TemporaryDirectory()
            let ahead = try await Self.environment(ahead: 25 * Self.day, folder)
            // Two thirds of the CA's lifetime are 20 days.
            let flags = ["--ca-validity=720h", "--certificate-validity=240h", "--ca-settling-time=1s"]
            try await OwnInstallation.with(replicas: 2, flags: flags, environments: [ahead]) { installation in
                let bundle = try await installation.bundle()
                let result = try await installation.whilePodsAreMade {
                    // Each change makes every replica read the Secret again.
                    for change in 0..<3 {
                        try await installation.patchSecret(#"{"metadata": {"annotations": {"change": "\#(change)"}}}"#)
                        for _ in 0..<5 { #expect(try await installation.isPodMutated()) }
                    }
                }
                #expect(result.failures == [])
                #expect(result.greeted > 5)
                #expect(try await installation.bundle() == bundle)
                #expect(bundle.components(separatedBy: "BEGIN CERTIFICATE").count == 2)
                let warning = "this node's clock differs from the API server's"
                #expect(installation.replicas.map { $0.log.contains(warning) } == [true, false])
                // 25 days, in seconds.
                #expect(installation.replicas[0].log.contains(/node_clock_offset=2\d{6}\s/))
            }
        }

        @Test func `A CA created before the registration is valid immediately, whatever the node's clock says`()
            async throws
        {
            let controlPlane = try await ControlPlane.shared()
            try await Deploy.apply(Deploy.account, to: controlPlane)
            let folder = try TemporaryDirectory()
            let ahead = try await Self.environment(ahead: 25 * Self.day, folder)
            let replica = try await OwnInstallation.start(1, flags: [], environments: [ahead], on: controlPlane)[0]
            var secret = APIObject.null
            try await eventually("the Secret", log: replica.logTail) {
                let found = try? await controlPlane.get("secret", Self.name, namespace: OwnInstallation.systemNamespace)
                secret = found ?? .null
                return found != nil
            }
            await replica.stop()
            let authority = try #require(secret["data"]["ca.crt"].string)
            let verify =
                "base64 -d >'\(folder.path("ca.crt"))' && openssl verify -CAfile '\(folder.path("ca.crt"))' '\(folder.path("ca.crt"))'"
            let answer = try await Command("bash", ["-c", verify]).run(input: Array(authority.utf8))
            #expect(answer.status == 0, "\(answer.errorText)")
            try await controlPlane.kubectl(["delete", "secret", Self.name, "-n", OwnInstallation.systemNamespace])
        }
    }
}
