import Testing

@Suite("Layers")
struct LayerTests {
    @Test("imports go down only")
    func importsGoDown() {
        let sources = Repository.swiftFiles.filter { $0.path.hasPrefix("Sources/") }
        #expect(!sources.isEmpty)
        expectNone(sources.flatMap(Layer.violations(in:)))
    }

    @Test("each row of the table names targets of rows above it only")
    func tableGoesDown() {
        var above: Set<String> = []
        for layer in Layer.all {
            #expect(layer.targets.isSubset(of: above), "\(layer.target) names a target that is not above it")
            above.insert(layer.target)
        }
    }

    @Test("each row of the table has a folder with sources")
    func rowsHaveFolders() {
        for layer in Layer.all {
            #expect(Repository.swiftFiles.contains { $0.path.hasPrefix(layer.folder) }, "\(layer.folder) is empty")
        }
        for folder in Layer.foldersOfC {
            #expect(!Repository.swiftFiles.contains { $0.path.hasPrefix(folder) }, "\(folder) holds Swift")
        }
    }

    @Test(
        "the check bites",
        arguments: [
            ("Sources/Consensus/Log.swift", "import Foundation"),
            ("Sources/Models/Names.swift", "@preconcurrency public import Storage"),
            ("Sources/Registry/State.swift", "import struct Foundation.Date"),
            ("Sources/Registry/State.swift", "  package import StorageRocksDB // for speed"),
            ("Sources/Fresh/Thing.swift", "let fresh = true"),
        ])
    func bites(path: String, text: String) {
        #expect(Layer.violations(in: SourceFile(path: path, text: text)).count == 1)
    }

    @Test(
        "the check lets good imports pass",
        arguments: ["import Models", "package import Storage", "// import Foundation", "let text = \" import Node\""])
    func passes(text: String) {
        #expect(Layer.violations(in: SourceFile(path: "Sources/Registry/State.swift", text: text)).isEmpty)
    }
}
