import Testing

/// Everything that runs against the real control plane, one test after the other: they share it, and some of them take
/// a part of it away.
@Suite(.serialized, .timeLimit(.minutes(5)))
enum EndToEnd {}
