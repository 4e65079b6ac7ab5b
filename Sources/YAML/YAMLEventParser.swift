internal import CYaml

/// Gives the events of a YAML text one after the other, as libyaml finds them.
package final class YAMLEventParser {
    static let stringTag = "tag:yaml.org,2002:str"

    private let input: UnsafeMutableBufferPointer<UInt8>
    private let parser: UnsafeMutablePointer<yaml_parser_t>

    package init(_ text: ArraySlice<UInt8>) throws(YAMLSyntaxError) {
        // libyaml keeps pointers to the text and to the parser.
        input = .allocate(capacity: text.count)
        _ = input.initialize(fromContentsOf: text)
        parser = .allocate(capacity: 1)
        parser.initialize(to: yaml_parser_t())
        guard yaml_parser_initialize(parser) == 1 else {
            throw YAMLSyntaxError(problem: "no memory for a parser", line: 0)
        }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, input.baseAddress, input.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    package func next() throws(YAMLSyntaxError) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw error }
        defer { yaml_event_delete(&event) }
        return YAMLEvent(
            kind: Self.kind(of: event),
            anchor: Self.anchor(of: event).map { String(cString: $0) },
            start: YAMLEvent.Mark(event.start_mark),
            end: YAMLEvent.Mark(event.end_mark)
        )
    }

    private static func kind(of event: yaml_event_t) -> YAMLEvent.Kind {
        switch event.type {
        case YAML_SCALAR_EVENT: .scalar(scalar(of: event))
        case YAML_ALIAS_EVENT: .alias(String(cString: event.data.alias.anchor))
        case YAML_SEQUENCE_START_EVENT:
            .sequenceStart(isFlow: event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE)
        case YAML_SEQUENCE_END_EVENT: .sequenceEnd
        case YAML_MAPPING_START_EVENT: .mappingStart(isFlow: event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE)
        case YAML_MAPPING_END_EVENT: .mappingEnd
        case YAML_DOCUMENT_START_EVENT: .documentStart
        case YAML_DOCUMENT_END_EVENT: .documentEnd
        case YAML_STREAM_START_EVENT: .streamStart
        default: .streamEnd
        }
    }

    private static func anchor(of event: yaml_event_t) -> UnsafeMutablePointer<yaml_char_t>? {
        switch event.type {
        case YAML_SCALAR_EVENT: event.data.scalar.anchor
        case YAML_SEQUENCE_START_EVENT: event.data.sequence_start.anchor
        case YAML_MAPPING_START_EVENT: event.data.mapping_start.anchor
        default: nil
        }
    }

    private static func scalar(of event: yaml_event_t) -> YAMLEvent.Scalar {
        let scalar = event.data.scalar
        let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
        // A quoted scalar without a tag is a string.
        let tag = scalar.quoted_implicit == 1 ? stringTag : scalar.tag.map { String(cString: $0) }
        return YAMLEvent.Scalar(text: text, tag: tag, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE)
    }

    private var error: YAMLSyntaxError {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "no memory for it"
        guard parser.pointee.error == YAML_READER_ERROR else {
            return YAMLSyntaxError(problem: problem, line: Int(parser.pointee.problem_mark.line))
        }
        let read = input.prefix(Int(parser.pointee.problem_offset))
        return YAMLSyntaxError(problem: problem, line: read.count { $0 == UInt8(ascii: "\n") })
    }
}

extension YAMLEvent.Mark {
    fileprivate init(_ mark: yaml_mark_t) {
        index = Int(mark.index)
        line = Int(mark.line)
    }
}
