import Testing

/// All tests that use the shared control plane. They run one after the other, because some of them stop a part of it.
@Suite(.serialized, .timeLimit(.minutes(5)))
enum EndToEnd {}
