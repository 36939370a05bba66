import Foundation

/// Servers that many know, with the certificates of the nodes: what bytes cost elsewhere.
struct FileServer {
    let process: BenchProcess
    let url: String

    /// nginx over the files of `directory`; nil when it is not installed.
    static func nginx(over directory: URL, cluster: BenchCluster, in home: URL) throws -> FileServer? {
        guard let nginx = try executable("nginx") else { return nil }
        let port = try freePorts(1)[0]
        let certificates = cluster.certificates(of: cluster.sites[0])
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        let configuration = """
            daemon off; master_process off; worker_processes 1; pid \(home.path)/pid; error_log \(home.path)/errors;
            events {}
            http {
                access_log off; sendfile on; client_body_temp_path \(home.path)/body;
                proxy_temp_path \(home.path)/proxy; fastcgi_temp_path \(home.path)/fastcgi;
                uwsgi_temp_path \(home.path)/uwsgi; scgi_temp_path \(home.path)/scgi;
                server {
                    listen 127.0.0.1:\(port) ssl; ssl_protocols TLSv1.3;
                    ssl_certificate \(certificates.path)/node.pem; ssl_certificate_key \(certificates.path)/node-key.pem;
                    root \(directory.path);
                }
            }
            """
        let file = home.appending(path: "nginx.conf")
        try Data(configuration.utf8).write(to: file)
        let process = try BenchProcess(nginx, ["-c", file.path], log: home.appending(path: "log"))
        return FileServer(process: process, url: "https://127.0.0.1:\(port)")
    }

    /// Docker's registry, over a directory; nil when it is not installed.
    static func registry(cluster: BenchCluster, in home: URL) throws -> FileServer? {
        guard let registry = try executable("docker-registry") else { return nil }
        let port = try freePorts(1)[0]
        let certificates = cluster.certificates(of: cluster.sites[0])
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        let configuration = """
            version: 0.1
            log: {level: error}
            storage: {filesystem: {rootdirectory: \(home.path)/data}}
            http:
              addr: 127.0.0.1:\(port)
              tls: {certificate: \(certificates.path)/node.pem, key: \(certificates.path)/node-key.pem}
            """
        let file = home.appending(path: "registry.yml")
        try Data(configuration.utf8).write(to: file)
        let process = try BenchProcess(registry, ["serve", file.path], log: home.appending(path: "log"))
        return FileServer(process: process, url: "https://127.0.0.1:\(port)")
    }

    func stop() { process.kill() }

    static func executable(_ name: String) throws -> URL? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return (path.split(separator: ":") + ["/usr/sbin"]).map { URL(filePath: String($0)).appending(path: name) }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }
}

/// curl: one client for all servers, so that only they differ.
struct Curl {
    let authority: URL
    let log: URL

    /// Runs curl to its end, and again while nobody listens yet.
    func run(_ arguments: [String], retries: Int = 50) throws {
        try BenchProcess.run(
            URL(filePath: "/usr/bin/curl"),
            [
                "--silent", "--show-error", "--fail", "--cacert", authority.path, "--retry", "\(retries)",
                "--retry-connrefused", "--retry-delay", "1", "--expect100-timeout", "60",
            ] + arguments, log: log)
    }

    /// Receives and drops what is at `url`.
    func get(_ url: String, token: String? = nil) throws {
        try run(header(token) + ["--output", "/dev/null", url])
    }

    /// Sends a file to `url`.
    func put(_ file: URL, to url: String, token: String? = nil) throws {
        try run(
            header(token) + [
                "--output", "/dev/null", "--request", "PUT", "--header", "Content-Type: application/octet-stream",
                "--upload-file", file.path, url,
            ])
    }

    /// The `Location` that a POST to `url` is answered with.
    func post(_ url: String, in directory: URL) throws -> String {
        let headers = directory.appending(path: "headers")
        try run(["--output", "/dev/null", "--dump-header", headers.path, "--request", "POST", url])
        let lines = try String(contentsOf: headers, encoding: .utf8).split(whereSeparator: \.isNewline)
        guard let line = lines.first(where: { $0.lowercased().hasPrefix("location:") }) else {
            throw BenchFailure("\(url) answered without Location")
        }
        return line.dropFirst("location:".count).trimmingCharacters(in: .whitespaces)
    }

    private func header(_ token: String?) -> [String] {
        token.map { ["--header", "Authorization: Bearer \($0)"] } ?? []
    }
}
