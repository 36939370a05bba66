extension Lifecycle: CanonicalCodable {
    /// The least format that says all of it: the second what is asked by risk, the third where bytes are kept.
    package var format: UInt8 {
        if stages.contains(where: { $0.sites != nil }) { return 3 }
        return transitions.contains { !$0.risk.isEmpty } ? 2 : 1
    }

    package func encode(to writer: inout CanonicalWriter) {
        let format = format
        writer.write(format)
        writer.write(list: stages) {
            $0.write($1.name)
            $0.write($1.serves)
            if format > 2 { $0.write($1.sites) { $0.write(list: $1) } }
        }
        writer.write(list: transitions) {
            $0.write($1.from)
            $0.write($1.to)
            $0.write($1.role)
            $0.write($1.approvals)
            $0.write($1.authorMayApprove)
            $0.write($1.approvalDays)
            $0.write(list: $1.gates)
            guard format > 1 else { return }
            let rules = $1.risk.sorted { $0.key.rawValue < $1.key.rawValue }
            $0.write(list: rules) {
                $0.write($1.key)
                $0.write($1.value.approvals)
                $0.write(list: $1.value.gates)
            }
        }
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        let format = try reader.readVersion(of: "lifecycle", known: 1...3)
        let stages = try reader.readList { (reader) throws(CanonicalError) in
            Stage(
                name: try reader.read(), serves: try reader.readBool(),
                sites: format > 2 ? try reader.readOptional(Self.readSites) : nil)
        }
        let transitions = try reader.readList { (reader) throws(CanonicalError) in
            Transition(
                from: try reader.read(), to: try reader.read(), role: try reader.read(),
                approvals: try reader.readInteger(), authorMayApprove: try reader.readBool(),
                approvalDays: try reader.readInteger(), gates: try reader.readList(),
                risk: format > 1 ? try Self.readRisk(from: &reader) : [:])
        }
        self.init(stages: stages, transitions: transitions)
        guard self.format == format else { throw .invalid("a lifecycle says what another format is for") }
    }

    private static func readSites(from reader: inout CanonicalReader) throws(CanonicalError) -> [SiteName] {
        let sites: [SiteName] = try reader.readList()
        guard zip(sites, sites.dropFirst()).allSatisfy({ $0.text < $1.text }) else {
            throw .invalid("the sites of a stage are not in order")
        }
        return sites
    }

    private static func readRisk(from reader: inout CanonicalReader) throws(CanonicalError) -> [RiskTier: RiskRule] {
        let rules = try reader.readList { (reader) throws(CanonicalError) in
            (
                try reader.read(RiskTier.self),
                RiskRule(approvals: try reader.readInteger(), gates: try reader.readList())
            )
        }
        guard zip(rules, rules.dropFirst()).allSatisfy({ $0.0.rawValue < $1.0.rawValue }) else {
            throw .invalid("the tiers of risk are not in order")
        }
        return Dictionary(rules, uniquingKeysWith: { first, _ in first })
    }
}

extension Gate: CanonicalCodable {
    package func encode(to writer: inout CanonicalWriter) {
        switch self {
        case .verdicts(let verdicts):
            writer.write(UInt8(1))
            writer.write(list: verdicts)
        case .metric(let name, let comparison, let value):
            writer.write(UInt8(2))
            writer.write(name)
            writer.write(comparison.rawValue)
            writer.write(value.bitPattern)
        case .incumbent(let metric):
            writer.write(UInt8(3))
            writer.write(metric)
        case .metadata(let path):
            writer.write(UInt8(4))
            writer.write(path)
        case .tag(let key):
            writer.write(UInt8(5))
            writer.write(key)
        }
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        switch try reader.readInteger(UInt8.self) {
        case 1: self = .verdicts(try reader.readList())
        case 2:
            let (name, text) = (try reader.readString(), try reader.readString())
            guard let comparison = Comparison(rawValue: text) else { throw .invalid("“\(text)” compares nothing") }
            self = .metric(name: name, comparison: comparison, value: Double(bitPattern: try reader.readInteger()))
        case 3: self = .incumbent(metric: try reader.readString())
        case 4: self = .metadata(try reader.readString())
        case 5: self = .tag(try reader.readString())
        case let other: throw .invalid("\(other) is not a kind of gate")
        }
    }
}

extension Gate: Codable {
    private enum CodingKeys: String, CodingKey {
        case verdicts, metric, incumbent, metadata, tag, comparison, value
    }

    /// Decodes one of `{"verdicts": […]}`, `{"metric": "f1", "comparison": ">=", "value": 0.9}`, `{"incumbent": "f1"}`,
    /// `{"metadata": "license"}` and `{"tag": "reviewed"}`.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseMembers(
            except: ["verdicts", "metric", "incumbent", "metadata", "tag", "comparison", "value"])
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let verdicts = try container.decodeIfPresent([Verdict].self, forKey: .verdicts) {
            self = .verdicts(verdicts)
        } else if let name = try container.decodeIfPresent(String.self, forKey: .metric) {
            self = .metric(
                name: name, comparison: try container.decode(Comparison.self, forKey: .comparison),
                value: try container.decode(Double.self, forKey: .value))
        } else if let metric = try container.decodeIfPresent(String.self, forKey: .incumbent) {
            self = .incumbent(metric: metric)
        } else if let path = try container.decodeIfPresent(String.self, forKey: .metadata) {
            self = .metadata(path)
        } else {
            self = .tag(try container.decode(String.self, forKey: .tag))
        }
    }

    /// Encodes what `init(from:)` decodes.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .verdicts(let verdicts): try container.encode(verdicts, forKey: .verdicts)
        case .metric(let name, let comparison, let value):
            try container.encode(name, forKey: .metric)
            try container.encode(comparison, forKey: .comparison)
            try container.encode(value, forKey: .value)
        case .incumbent(let metric): try container.encode(metric, forKey: .incumbent)
        case .metadata(let path): try container.encode(path, forKey: .metadata)
        case .tag(let key): try container.encode(key, forKey: .tag)
        }
    }
}
