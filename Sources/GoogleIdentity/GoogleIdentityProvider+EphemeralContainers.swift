internal import JSON
package import PodIdentity

extension GoogleIdentityProvider {
    package func injections(foundIn pod: PodView) -> [(container: ContainerView, injection: Injection)] {
        pod.injections(of: Self.shape, method: Self.method(.direct)) { _, injection in
            if injection.files.contains(where: { $0.volume == GooglePaths.gcloudVolume }) {
                injection.method = Self.method(.gcloud)
            }
            injection.identity = pod.annotation(keys.email) ?? pod.annotation(keys.provider) ?? ""
            injection.files.append(
                IdentityFile(nil, volume: GooglePaths.tokenVolume, path: GooglePaths.tokenFileName)
            )
            setContainers(of: &injection, pod, Annotations())
        }
    }

    private static let shape = InjectionShape(
        environment: [
            (.replaceFirst, [credentialsVariable, overrideVariable]),
            (.addIfAbsent, [folderVariable, regionVariable, projectVariable, libraryProjectVariable]),
        ],
        identityVariables: [credentialsVariable],
        fileVariable: credentialsVariable,
        volumes: [GooglePaths.tokenVolume, GooglePaths.credentialsVolume, GooglePaths.gcloudVolume]
    )
}
