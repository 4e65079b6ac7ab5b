import TestNetwork
import TestSupport

extension ScriptedServer.Action {
    static func status(_ code: Int, reason: String = "", message: String = "", more: String = "") -> Self {
        .json(
            #"{"kind":"Status","code":\#(code),"reason":"\#(reason)","message":"\#(message)"\#(more)}"#,
            status: code
        )
    }

    /// The response at `/version`; the minor version may end in a sign.
    static func version(_ minor: String, build: String = "") -> Self {
        .json(#"{"major":"1","minor":"\#(minor)","gitVersion":"v1.\#(minor)\#(build)"}"#)
    }

    static func event(_ type: String, _ object: String) -> Self {
        .chunk(#"{"type":"\#(type)","object":\#(object)}"# + "\n")
    }
}

enum Objects {
    static func object(_ name: String, _ version: Int) -> String {
        #"{"metadata":{"namespace":"n","name":"\#(name)","resourceVersion":"\#(version)","annotations":{"v":"\#(version)"}}}"#
    }

    static func list(_ items: [String], version: Int, continueToken: String = "") -> String {
        #"{"kind":"PartialObjectMetadataList","metadata":{"resourceVersion":"\#(version)","continue":"\#(continueToken)"},"#
            + #""items":[\#(items.joined(separator: ","))]}"#
    }

    static func bookmark(_ version: Int) -> String { #"{"metadata":{"resourceVersion":"\#(version)"}}"# }

    /// The bookmark after the initial events.
    static func end(_ version: Int) -> String {
        #"{"metadata":{"resourceVersion":"\#(version)","annotations":{"k8s.io/initial-events-end":"true"}}}"#
    }
}
