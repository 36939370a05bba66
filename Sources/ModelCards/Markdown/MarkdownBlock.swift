/// A part of a body, in its order.
struct MarkdownBlock {
    /// What it is.
    enum Kind {
        case heading
        case paragraph
        /// An item, a row or a quotation.
        case other
        case code
    }

    var kind: Kind
    var bytes: [UInt8]
}
