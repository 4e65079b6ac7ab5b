package import TestNetwork

/// A real proxy on a free port of 127.0.0.1 that speaks SOCKS 5 and HTTP, with or without TLS. It resolves all names
/// that end in `.test` to 127.0.0.1, except for those below.
package final class ProxyServer: Sendable {
    /// Servers for which the proxy fails.
    package enum Host {
        /// It refuses to connect to this server.
        package static let forbidden = "forbidden.test"
        /// It never responds to a request for this server.
        package static let silent = "silent.test"
        /// It closes the connection when this server is requested.
        package static let cut = "cut.test"
    }

    package let port: Int
    private let process: RunningCommand

    /// - Parameters:
    ///   - credentials: `USER:PASSWORD` that clients must send; nil if none are required.
    ///   - identity: The proxy's certificate; nil for no TLS.
    package static func start(
        credentials: String? = nil,
        identity: TestCertificates.Identity? = nil
    ) async throws -> ProxyServer {
        let files = [identity?.certificatePath ?? "", identity?.keyPath ?? ""]
        let process = try Command("python3", ["-c", script, credentials ?? ""] + files).start()
        try await process.waitForOutput(containing: "\n")
        let port = process.text.split(separator: "\n").first.flatMap { Int($0) }
        guard let port else {
            throw CommandError.endedEarly("proxy", waitingFor: "port", output: process.text + process.errorText)
        }
        return ProxyServer(port: port, process: process)
    }

    private init(port: Int, process: RunningCommand) {
        self.port = port
        self.process = process
    }

    /// The connections that were requested, in order: `SOCKS5 api.test:443` or `CONNECT api.test:443`, or `GET` and the
    /// like for a request to forward.
    package var asked: [String] { process.text.split(separator: "\n").dropFirst().map(String.init) }

    private static let script = #"""
        import asyncio, base64, ipaddress, ssl, sys, urllib.parse
        credentials, certificate, key = sys.argv[1:4]

        async def pump(reader, writer):
            try:
                while data := await reader.read(65536):
                    writer.write(data)
                    await writer.drain()
            finally:
                writer.close()

        async def reach(way, host, port):
            print(f"{way} {host}:{port}", flush=True)
            if host == "silent.test": await asyncio.sleep(600)
            if host == "cut.test": raise ConnectionError
            if host == "forbidden.test": return "forbidden", None
            try:
                return "open", await asyncio.open_connection("127.0.0.1" if host.endswith(".test") else host, port)
            except OSError:
                return "refused", None

        async def read_short(reader):
            return await reader.readexactly((await reader.readexactly(1))[0])

        async def socks(reader, writer):
            methods = await read_short(reader)
            if credentials and 2 not in methods:
                writer.write(b"\5\xff")
                return
            writer.write(b"\5\2" if credentials else b"\5\0")
            if credentials:
                await reader.readexactly(1)
                login = await read_short(reader) + b":" + await read_short(reader)
                writer.write(b"\1\0" if login == credentials.encode() else b"\1\1")
                if login != credentials.encode(): return
            kind = (await reader.readexactly(4))[3]
            if kind == 3: host = (await read_short(reader)).decode()
            else: host = str(ipaddress.ip_address(await reader.readexactly(4 if kind == 1 else 16)))
            port = int.from_bytes(await reader.readexactly(2), "big")
            result, streams = await reach("SOCKS5", host, port)
            writer.write(bytes([5, {"open": 0, "forbidden": 2, "refused": 5}[result], 0, 1, 0, 0, 0, 0, 0, 0]))
            return streams

        async def http(reader, writer, first):
            head = (first + await reader.readuntil(b"\r\n\r\n")).decode()
            method, target, _ = head.split("\r\n")[0].split(" ")
            login = "Proxy-Authorization: Basic " + base64.b64encode(credentials.encode()).decode()
            if credentials and login not in head.split("\r\n"):
                writer.write(b"HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n")
                return
            url = urllib.parse.urlsplit(target if "://" in target else "//" + target)
            result, streams = await reach(method, url.hostname, url.port)
            if result == "forbidden": writer.write(b"HTTP/1.1 403 Forbidden here\r\nContent-Length: 2\r\n\r\nno")
            if result == "refused": writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            if streams and method == "CONNECT": writer.write(b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n")
            elif streams: streams[1].write(head.replace(target, url.path, 1).encode())
            return streams

        async def serve(reader, writer):
            try:
                first = await reader.readexactly(1)
                streams = await (socks(reader, writer) if first == b"\5" else http(reader, writer, first))
                if streams: await asyncio.gather(pump(reader, streams[1]), pump(streams[0], writer))
            except (OSError, asyncio.IncompleteReadError):
                pass
            finally:
                writer.close()

        async def main():
            context = None
            if certificate:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(certificate, key)
            server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
            print(server.sockets[0].getsockname()[1], flush=True)
            await server.serve_forever()

        asyncio.run(main())
        """#
}
