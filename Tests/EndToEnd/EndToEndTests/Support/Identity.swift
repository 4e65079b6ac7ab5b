import TestPrograms
import TestSupport

/// A container's cloud identity: the variables of IAM roles for service accounts, and the token's mount.
struct Identity: Equatable {
    let role: String
    let tokenFile: String
    let mount: APIObject

    static let mountPath = "/var/run/secrets/eks.amazonaws.com/serviceaccount"

    /// The identity that the webhook gives every container of a pod.
    static func expected(role: String) -> Identity {
        Identity(
            role: Installation.roleARN(role),
            tokenFile: "\(mountPath)/token",
            mount: .object([
                "name": .string("aws-iam-token"), "mountPath": .string(mountPath), "readOnly": .bool(true),
            ])
        )
    }

    /// Nil if the container has no part of it.
    init?(of container: APIObject) {
        let role = container["env"].named("AWS_ROLE_ARN")["value"].string
        let tokenFile = container["env"].named("AWS_WEB_IDENTITY_TOKEN_FILE")["value"].string
        let mount = container["volumeMounts"].named("aws-iam-token")
        if role == nil, tokenFile == nil, mount == .null { return nil }
        self.init(role: role ?? "", tokenFile: tokenFile ?? "", mount: mount)
    }

    private init(role: String, tokenFile: String, mount: APIObject) {
        self.role = role
        self.tokenFile = tokenFile
        self.mount = mount
    }

    /// The identities of all containers, init containers first.
    static func all(in pod: APIObject) -> [Identity?] {
        (pod["spec"]["initContainers"].elements + pod["spec"]["containers"].elements).map(Identity.init)
    }

    /// The token that the pod's volume requests; nil if there is no such volume.
    static func projectedToken(in pod: APIObject) -> APIObject? {
        let volume = pod["spec"]["volumes"].named("aws-iam-token")
        return volume == .null ? nil : volume["projected"]["sources"][0]["serviceAccountToken"]
    }
}
