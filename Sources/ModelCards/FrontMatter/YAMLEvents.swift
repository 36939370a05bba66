import CYaml

/// libyaml's parser over a text, freed with this value.
struct YAMLEvents: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let text: UnsafeMutableBufferPointer<UInt8>

    init(_ bytes: [UInt8]) {
        // The parser keeps pointers into itself and to the text: both stay where they are.
        parser = .allocate(capacity: 1)
        parser.initialize(to: yaml_parser_t())
        text = .allocate(capacity: bytes.count)
        _ = text.initialize(from: bytes)
        // Fails without memory only, and then every event does.
        if yaml_parser_initialize(parser) == 1 {
            yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
            yaml_parser_set_input_string(parser, UnsafePointer(text.baseAddress), text.count)
        }
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        text.deallocate()
    }

    /// The next event; after the stream's end there is none to ask for.
    func next() throws(YAMLFailure) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw failure }
        defer { yaml_event_delete(&event) }
        return YAMLEvent(event)
    }

    private var failure: YAMLFailure {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "out of memory"
        let isReader = parser.pointee.error == YAML_READER_ERROR
        // What nothing closes is wrong where it was opened.
        let isUnclosed = problem.hasSuffix("end of stream") && parser.pointee.context != nil
        let mark = isUnclosed ? parser.pointee.context_mark : parser.pointee.problem_mark
        let offset = Int(parser.pointee.problem_offset)
        return YAMLFailure(
            reason: .syntax(problem), position: isReader ? .bytes(offset) : .characters(Int(mark.index)))
    }
}

extension YAMLEvent {
    fileprivate init(_ event: yaml_event_t) {
        var (anchor, tag): (UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<UInt8>?) = (nil, nil)
        var isTagged = false
        switch event.type {
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            kind = .scalar(String(decoding: bytes, as: UTF8.self), isPlain: isPlain)
            (anchor, tag) = (scalar.anchor, scalar.tag)
            // The tag `!` alone is not told of, but that the text is no plain value any more.
            isTagged = isPlain && scalar.plain_implicit == 0
        case YAML_SEQUENCE_START_EVENT:
            kind = .sequenceStart
            (anchor, tag) = (event.data.sequence_start.anchor, event.data.sequence_start.tag)
        case YAML_MAPPING_START_EVENT:
            kind = .mappingStart
            (anchor, tag) = (event.data.mapping_start.anchor, event.data.mapping_start.tag)
        case YAML_ALIAS_EVENT: kind = .alias
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: kind = .end
        case YAML_DOCUMENT_START_EVENT: kind = .documentStart
        case YAML_STREAM_END_EVENT: kind = .streamEnd
        default: kind = .other
        }
        hasAnchor = anchor != nil
        hasTag = tag != nil || isTagged
        position = .characters(Int(event.start_mark.index))
    }
}
