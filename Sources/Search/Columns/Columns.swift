/// All rows in memory: some 200 bytes a model, mostly names. A copy is a snapshot: segments are shared until one
/// changes.
struct Columns: Sendable {
    /// A row's content.
    struct Entry: Hashable, Sendable {
        var name: String
        var project: String
        var scope: String
        var updated: Int64
        var created: Int64
        /// Ordinals of facets' values.
        var facets: [UInt32]
        var numbers: [Segment.Cell]
    }

    /// A step from one snapshot to the next.
    enum Change: Hashable, Sendable {
        case set(UInt32, Entry)
        case clear(UInt32)
        /// A facet's value is new, with the number of its key.
        case value(ordinal: UInt32, key: UInt32)
    }

    private(set) var segments: [Segment] = []
    private(set) var projectNames: [String] = []
    private(set) var count = 0
    /// The key of each facet's value, by its ordinal; 0 where there is none.
    private(set) var keyOfValue: [UInt32] = []
    /// Grows with every change.
    private(set) var version: UInt64 = 0
    private var projectOrdinals: [String: UInt32] = [:]

    /// One more than the last row.
    var rows: Int { segments.count * Segment.rows }

    func ordinal(ofProject name: String) -> UInt32? { projectOrdinals[name] }

    func isFree(_ row: UInt32) -> Bool {
        let (segment, local) = Columns.place(row)
        return segment >= segments.count || segments[segment].names[local].isEmpty
    }

    static func place(_ row: UInt32) -> (segment: Int, local: Int) {
        (Int(row) / Segment.rows, Int(row) % Segment.rows)
    }

    mutating func apply(_ changes: [Change]) {
        version &+= 1
        for change in changes {
            switch change {
            case .set(let row, let entry): set(row, to: entry)
            case .clear(let row): clear(row)
            case .value(let ordinal, let key): setValue(ordinal, key: key)
            }
        }
    }

    private mutating func set(_ row: UInt32, to entry: Entry) {
        let (segment, local) = Columns.place(row)
        while segments.count <= segment { segments.append(Segment()) }
        if segments[segment].names[local].isEmpty { count += 1 }
        segments[segment].set(
            local, to: entry, project: intern(project: entry.project), scope: intern(project: entry.scope))
    }

    private mutating func clear(_ row: UInt32) {
        if isFree(row) { return }
        let (segment, local) = Columns.place(row)
        segments[segment].clear(local)
        count -= 1
    }

    private mutating func setValue(_ ordinal: UInt32, key: UInt32) {
        let index = Int(ordinal)
        if index >= keyOfValue.count {
            keyOfValue.append(contentsOf: repeatElement(0, count: index + 1 - keyOfValue.count))
        }
        keyOfValue[index] = key
    }

    private mutating func intern(project name: String) -> UInt32 {
        if let ordinal = projectOrdinals[name] { return ordinal }
        let ordinal = UInt32(projectNames.count)
        projectNames.append(name)
        projectOrdinals[name] = ordinal
        return ordinal
    }
}
