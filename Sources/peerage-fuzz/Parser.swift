import Foundation
import Inspection
import ModelCards
import Models
import Registry
import Schemas
import Search

/// What reads bytes of strangers.
enum Parser: String, CaseIterable {
    case safetensors, shards, gguf, onnx, numpy, json, template
    case pickle, joblib, zip, torch, npz, keras, tar, hdf5
    case text, card, query, schema, document, licence, reference, command

    /// Reads bytes to an end. What a file does wrong is told, not thrown; a trap, a hang or memory without bound is what
    /// is searched for.
    func read(_ bytes: [UInt8]) async {
        switch self {
        case .safetensors: await inspect(bytes, named: "model.safetensors")
        case .shards: await inspect(bytes, named: "model.safetensors.index.json")
        case .gguf: await inspect(bytes, named: "model.gguf")
        case .onnx: await inspect(bytes, named: "model.onnx")
        case .numpy: await inspect(bytes, named: "array.npy")
        case .json: await inspect(bytes, named: "tokenizer_config.json")
        case .template: await inspect(bytes, named: "chat_template.jinja")
        case .pickle: await inspect(bytes, named: "model.pkl")
        case .joblib: await inspect(bytes, named: "model.joblib")
        case .zip: await inspect(bytes, named: "model.zip")
        case .torch: await inspect(bytes, named: "model.pt")
        case .npz: await inspect(bytes, named: "arrays.npz")
        case .keras: await inspect(bytes, named: "model.keras")
        case .tar: await inspect(bytes, named: "model.tar")
        case .hdf5: await inspect(bytes, named: "model.h5")
        case .text:
            var scan = SecretScan()
            for start in stride(from: 0, to: bytes.count, by: 100) { scan.append(Array(bytes[start...].prefix(100))) }
            _ = scan.finish()
        case .card:
            attempt { try ModelCard(reading: bytes) }
            _ = ModelCard(readingBodyOf: bytes)
        case .query: attempt { try SearchQuery(parsing: String(decoding: bytes, as: UTF8.self)) }
        case .schema: if let value = json(bytes) { attempt { try JSONSchema(value).violations(of: value) } }
        case .document: if let value = json(bytes) { read(value) }
        case .licence: _ = LicenceExpression.problem(of: String(decoding: bytes, as: UTF8.self))
        case .reference: attempt { try ModelReference(String(decoding: bytes, as: UTF8.self)) }
        case .command: attempt { try CommandEnvelope(canonicalBytes: bytes) }
        }
    }

    private func attempt(_ body: () throws -> some Any) {
        // Probe: what is read may be refused.
        _ = try? body()
    }

    private func inspect(_ bytes: [UInt8], named name: String) async {
        do {
            let finding = try await ModelFile.inspect(Memory(bytes: bytes), named: name)
            precondition(finding.reasons.isEmpty == (finding.verdict == .safe), "\(finding)")
            precondition(finding.reasons.count <= 20, "\(finding)")
        } catch {
            preconditionFailure("memory is always readable: \(error)")
        }
    }

    private func json(_ bytes: [UInt8]) -> JSONValue? {
        // Probe: most bytes are no JSON.
        try? JSONDecoder().decode(JSONValue.self, from: Data(bytes))
    }

    private func read(_ metadata: JSONValue) {
        _ = Metric.all(in: metadata)
        attempt { try Lineage.links(in: metadata) }
        guard RegisterVersion.problem(ofMetadata: metadata) == nil else { return }
        // What the log takes it gives back.
        attempt {
            let again = try JSONValue(canonicalBytes: metadata.canonicalBytes)
            precondition(again.canonicalBytes == metadata.canonicalBytes)
        }
    }
}

/// A file in memory, which says so when more is read than it has.
private struct Memory: RandomAccessBytes {
    let bytes: [UInt8]

    var size: UInt64 { UInt64(bytes.count) }

    func read(_ range: Range<UInt64>) async throws(InspectionError) -> [UInt8] {
        precondition(range.upperBound <= size, "a read of \(range) in \(size) bytes")
        return Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])
    }
}
