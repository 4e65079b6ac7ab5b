import NIOOpenSSL
import TestNetwork
import TestPrograms
import TestSupport
import Testing

@Suite("TLSContext with keys and certificates from openssl", .timeLimit(.minutes(2)))
struct TLSContextToolTests {
    @Test("describes its leaf certificate as openssl does")
    func leaf() throws {
        let identity = try TLSFixture.shared.server
        let context = try TLSContext(
            server: TLSServerConfiguration(certificateChain: identity.certificate, privateKey: identity.key)
        )
        let leaf = try #require(context.leaf)
        let print = ["x509", "-in", identity.certificatePath, "-noout", "-serial", "-enddate", "-dateopt", "iso_8601"]
        let text = try Command("openssl", print).runBlocking().text
        #expect(text.contains("serial=\(leaf.serialNumber)\n"))
        let seconds = try Command("date", ["-u", "-d", "@\(leaf.notAfter)", "+%Y-%m-%d %H:%M:%SZ"]).runBlocking().text
        #expect(text.contains("notAfter=\(seconds)"))
    }

    @Test(
        "accepts private keys in PKCS#8, PKCS#1 and SEC1, with parameters before them and text around them",
        arguments: [
            (TestCertificates.KeyType.rsa2048, ["rsa", "-traditional"], "BEGIN RSA PRIVATE KEY"),
            (.ecdsaP256, ["ec"], "BEGIN EC PRIVATE KEY"),
            (.ecdsaP256, ["pkey"], "BEGIN PRIVATE KEY"),
            (.ecdsaP256, ["ec", "-param_enc", "named_curve"], "BEGIN EC PRIVATE KEY"),
        ]
    )
    func keyFormats(type: TestCertificates.KeyType, convert: [String], header: String) throws {
        let fixture = try TLSFixture.shared
        let identity = try fixture.authority.issue(dnsNames: ["a"], keyType: type)
        let key = try Command("openssl", convert + ["-in", identity.keyPath]).runBlocking().text
        #expect(key.contains(header))
        let parameters = try Command("openssl", ["ecparam", "-name", "prime256v1"]).runBlocking().text
        for text in [key, parameters + key, "A key:\r\n" + key.replacing("\n", with: "\r\n") + "The end"] {
            var configuration = TLSServerConfiguration(certificateChain: identity.certificate, privateKey: [])
            configuration.privateKey = Array(text.utf8)
            #expect(throws: Never.self) { try TLSContext(server: configuration) }
        }
    }

    @Test("refuses an encrypted key with that reason", arguments: [["pkey", "-aes256"], ["ec", "-aes256"]])
    func encryptedKey(convert: [String]) throws {
        let fixture = try TLSFixture.shared
        let options = ["-in", fixture.server.keyPath, "-passout", "pass:secret"]
        let key = try Command("openssl", convert + options).runBlocking().standardOutput
        let configuration = TLSServerConfiguration(certificateChain: fixture.server.certificate, privateKey: key)
        #expect(throws: TLSError.encryptedPrivateKey) { try TLSContext(server: configuration) }
    }

    @Test("refuses a key that is too small for OpenSSL's policy, with the reason")
    func smallKey() throws {
        let directory = try TemporaryDirectory()
        let (key, certificate) = (directory.path("key"), directory.path("crt"))
        let options = ["-newkey", "rsa:1024", "-nodes", "-keyout", key, "-out", certificate, "-subj", "/CN=small"]
        try Command("openssl", ["req", "-x509"] + options).runBlocking()
        let read = { (path: String) in try Command("cat", [path]).runBlocking().standardOutput }
        let configuration = TLSServerConfiguration(
            certificateChain: try read(certificate),
            privateKey: try read(key)
        )
        #expect(throws: TLSError.unusable(.certificateChain, reason: "ee key too small")) {
            try TLSContext(server: configuration)
        }
    }
}
