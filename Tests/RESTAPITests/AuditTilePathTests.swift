import Testing

@testable import RESTAPI

@Suite("Paths of tiles") struct AuditTilePathTests {
    @Test(
        "those of tlog-tiles are read",
        arguments: [
            ("tile/0/000", 0, 0, 256), ("tile/3/x001/234", 3, 1_234, 256), ("tile/0/x001/x234/067", 0, 1_234_067, 256),
            ("tile/0/255.p/1", 0, 255, 1), ("tile/1/x001/000.p/255", 1, 1_000, 255), ("tile/entries/007", nil, 7, 256),
            ("tile/entries/x001/000.p/16", nil, 1_000, 16), ("tile/63/999", 63, 999, 256),
        ] as [(String, Int?, UInt64, Int)])
    func known(path: String, level: Int?, index: UInt64, width: Int) throws {
        let tile = try #require(AuditTilePath(path.split(separator: "/").map(String.init)))
        #expect((tile.level, tile.index, tile.width) == (level, index, width))
    }

    @Test(
        "others are none",
        arguments: [
            "tile", "tile/0", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/00/000", "tile/64/000", "tile/-1/000",
            "tile/+1/000", "tile/0/x000/000", "tile/0/001/234", "tile/0/x001/x234", "tile/0/x001", "tile/0/000.p",
            "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/1/2", "tile/0/x00a/000",
            "tile/0/٠٠٠", "tile/data/000", "tile/entries", "entries/000", "tile/0/.p/1",
            "tile/0/x001/x000/x000/x000/x000/x000/000",
        ])
    func unknown(path: String) {
        #expect(AuditTilePath(path.split(separator: "/").map(String.init)) == nil)
    }
}
