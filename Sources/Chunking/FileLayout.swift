package import Models

/// A part of one chunk: what a range of a file takes from it.
package struct ChunkSlice: Hashable, Sendable {
    /// The chunk.
    package let chunk: ChunkReference
    /// Which of its bytes; never empty.
    package let bytes: Range<Int>
}

/// A page that a range of a file needs, and where the page lies.
package struct PlacedPage: Hashable, Sendable {
    /// The page.
    package let page: PageReference
    /// Where in the file its first chunk begins.
    package let start: UInt64
}

/// Which pages and chunks hold a range of a file.
package enum FileLayout {
    /// Those of a file's `pages` that hold bytes of `range`, in order. What lies beyond the file is ignored.
    package static func pages(_ pages: [PageReference], holding range: Range<UInt64>) -> [PlacedPage] {
        overlaps(pages, from: 0, sizes: \.size, range: range).map { PlacedPage(page: $0.part, start: $0.start) }
    }

    /// What `range` of the file takes from the chunks of `page`, which begins at `start` of the file, in order.
    package static func slices(of page: ChunkPage, startingAt start: UInt64, holding range: Range<UInt64>)
        -> [ChunkSlice]
    {
        overlaps(page.references, from: start, sizes: { UInt64($0.size) }, range: range).map { chunk, begin in
            let end = begin + UInt64(chunk.size)
            let lower = max(range.lowerBound, begin) - begin
            return ChunkSlice(chunk: chunk, bytes: Int(lower)..<Int(min(range.upperBound, end) - begin))
        }
    }

    /// The parts that share a byte with `range`, with where each begins, when they lie one behind the other from
    /// `start`.
    private static func overlaps<Part>(
        _ parts: [Part], from start: UInt64, sizes: (Part) -> UInt64, range: Range<UInt64>
    ) -> [(part: Part, start: UInt64)] {
        var found: [(part: Part, start: UInt64)] = []
        var begin = start
        for part in parts {
            guard !range.isEmpty, begin < range.upperBound else { break }
            // Sizes come from the log and from pages: a sum beyond 64 bits ends the file rather than the process.
            let (end, overflow) = begin.addingReportingOverflow(sizes(part))
            guard !overflow else { break }
            if end > range.lowerBound, end > begin { found.append((part, begin)) }
            begin = end
        }
        return found
    }
}
