internal import JSON
package import PodIdentity

extension GoogleIdentityProvider {
    package func injections(foundIn pod: PodView) -> [(container: ContainerView, injection: Injection)] {
        let direct = injections(of: .direct, in: pod)
        return direct.isEmpty ? injections(of: .gcloud, in: pod) : direct
    }

    private func injections(
        of mode: GoogleSettings.Mode,
        in pod: PodView
    ) -> [(container: ContainerView, injection: Injection)] {
        let paths = GooglePaths(isForWindows: pod.isForWindows)
        let found = pod.injections(of: Self.shape(mode), method: Self.method(mode)) { _, injection in
            let identity = pod.annotation(keys.email) ?? pod.annotation(keys.provider) ?? ""
            injection.identity = identity
            injection.files.append(
                IdentityFile(nil, volume: GooglePaths.tokenVolume, path: GooglePaths.tokenFileName)
            )
            setContainers(of: &injection, pod, Annotations())
        }
        guard mode == .gcloud else { return found }
        // What the init container wrote is not in the pod, so its path tells.
        return found.filter { $0.container.value(of: Self.credentialsVariable) == paths.gcloudCredentials }
    }

    private static func shape(_ mode: GoogleSettings.Mode) -> InjectionShape {
        let common = [folderVariable, regionVariable, projectVariable, libraryProjectVariable]
        return switch mode {
        case .direct:
            InjectionShape(
                environment: [(.replaceFirst, [credentialsVariable, overrideVariable]), (.addIfAbsent, common)],
                identityVariables: [credentialsVariable],
                fileVariable: credentialsVariable,
                volumes: [GooglePaths.tokenVolume, GooglePaths.credentialsVolume, GooglePaths.gcloudVolume]
            )
        case .gcloud:
            InjectionShape(
                environment: [(.replaceFirst, [credentialsVariable, folderVariable]), (.addIfAbsent, common)],
                identityVariables: [credentialsVariable],
                fileVariable: nil,
                volumes: [GooglePaths.tokenVolume, GooglePaths.gcloudVolume]
            )
        }
    }
}
