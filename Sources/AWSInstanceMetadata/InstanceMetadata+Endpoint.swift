package import HTTPClient

extension InstanceMetadata {
    private static let address = "http://169.254.169.254"
    private static let addressIPv6 = "http://[fd00:ec2::254]"

    /// Returns the address of the service, according to the variables that the AWS SDKs read.
    ///
    /// - Throws: `InstanceMetadataError.configuration`.
    package static func endpoint(environment: [String: String]) throws(InstanceMetadataError) -> ServerURL {
        let disabled = "AWS_EC2_METADATA_DISABLED"
        guard environment[disabled]?.lowercased() != "true" else {
            throw .configuration(variable: disabled, reason: "is true, so it must not be used")
        }
        let isIPv6 = environment["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"]?.lowercased() == "ipv6"
        let variable = "AWS_EC2_METADATA_SERVICE_ENDPOINT"
        let given = environment[variable].flatMap { $0.isEmpty ? nil : $0 }
        let url: ServerURL
        do {
            url = try ServerURL(parsing: given ?? (isIPv6 ? addressIPv6 : address))
        } catch {
            throw .configuration(variable: variable, reason: error.reason)
        }
        guard !url.isTLS else { throw .configuration(variable: variable, reason: "must start with http://") }
        return url
    }
}
