/// An injection that many requests refer to, because it is too large to be copied for each.
final class SharedInjection: Sendable {
    let injection: Injection

    init(_ injection: Injection) { self.injection = injection }
}
