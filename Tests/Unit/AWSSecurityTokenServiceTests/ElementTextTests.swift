import Testing

@testable import AWSSecurityTokenService

@Suite("The text of an element in STS' responses", .timeLimit(.minutes(5)))
struct ElementTextTests {
    private func find(_ path: [String], _ text: String) -> String? { ElementText.find(path, in: text.utf8) }

    @Test("is found inside the outer elements, with its entities decoded once")
    func found() {
        let text =
            "<ErrorResponse xmlns=\"x\">\n <Error>\n <Type>Sender</Type><Code>A</Code>\n"
            + "<Message>it&apos;s  &lt;b&gt; &amp;lt; &#39;x&quot;\n</Message></Error></ErrorResponse>"
        #expect(find(["Error", "Code"], text) == "A")
        #expect(find(["Error", "Message"], text) == "it's <b> &lt; 'x\"")
        #expect(find(["Result", "Code"], text) == nil && find(["Error", "Codes"], text) == nil)
    }

    @Test(
        "is nil if the document does not have the element",
        arguments: [
            "", "<Error>", "<Error><Code>", "<Error><Code>a", "</Code><Error><Code>", "<Error></Error><Code>a</Code>",
            "<Error><Code><x/></Code></Error>", "<Error <Code>a</Code></Error>", "<<<<", "{\"Error\":{\"Code\":\"a\"}}",
        ]
    )
    func missing(text: String) {
        #expect(find(["Error", "Code"], text) == nil)
    }

    @Test("is cut, and found only near the start")
    func bounds() {
        let long = "<Code>\(String(repeating: "a", count: 5000))</Code>"
        #expect(find(["Code"], long)?.utf8.count == 1024)
        #expect(find(["Code"], String(repeating: " ", count: 64 * 1024) + "<Code>a</Code>") == nil)
    }
}
