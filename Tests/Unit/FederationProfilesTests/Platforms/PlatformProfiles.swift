/// The federations of further platforms as profiles.
enum PlatformProfiles {
    static let all: [String] = []
}
