import Models
import Storage

/// What the state makes of a command's id.
enum Recognition {
    /// Not seen, or forgotten.
    case new
    /// This very command was applied before and gave this.
    case repeated(Outcome)
    /// Another command has the id.
    case reused
}

extension StateTransaction {
    /// Whether the request was seen before.
    mutating func recognise(_ request: Request) throws(StorageError) -> Recognition {
        guard let id = request.header?.id, let first: OutcomeRecord = try record(.outcome(id)) else { return .new }
        guard first.request == request.digest else { return .reused }
        return .repeated(first.explained(by: try record(.explanation(id))))
    }

    /// Writes the command's audit record (invariant 5). An entry that names nobody is put down to `unknown`, at the
    /// epoch.
    mutating func audit(_ request: Request, _ effect: Effect) {
        let (header, command) = (request.header, request.understood)
        var object = command?.object ?? ""
        if case .accepted(.version(_, _, let number, _)) = effect.outcome { object += ":\(number)" }
        applied.auditRecords += 1
        let record = AuditRecord(
            sequence: applied.auditRecords, index: applied.index, at: header?.at ?? Timestamp(milliseconds: 0),
            by: header?.principal ?? .unknown, site: header?.site ?? .unknown, action: command?.action ?? "unknown",
            object: object, outcome: effect.outcome.code)
        insert(record, at: .audit(record.sequence))
    }

    /// Keeps the outcome for repetitions, and forgets the oldest when there are too many.
    mutating func remember(_ outcome: Outcome, of request: Request) throws(StorageError) {
        guard let id = request.header?.id else { return }
        applied.outcomes += 1
        insert(RememberedRecord(id), at: .remembered(applied.outcomes))
        insert(OutcomeRecord(request: request.digest, outcome: outcome.unexplained), at: .outcome(id))
        if case .rejected(let rejection) = outcome { try put(Explanation(rejection.detail), at: .explanation(id)) }
        if applied.outcomes > rememberedOutcomes { try forget(applied.outcomes - rememberedOutcomes) }
    }

    private mutating func forget(_ sequence: UInt64) throws(StorageError) {
        guard let oldest: RememberedRecord = try record(.remembered(sequence)) else { return }
        try delete(.remembered(sequence))
        try delete(.outcome(oldest.id))
        try delete(.explanation(oldest.id))
    }
}

extension Request {
    fileprivate var understood: Command? {
        switch command {
        case .success(let command): command
        case .failure: nil
        }
    }
}

extension Outcome {
    /// The outcome without the sentence of a refusal, whose wording is not part of the hashed state.
    fileprivate var unexplained: Outcome {
        guard case .rejected(let rejection) = self else { return self }
        return .rejected(Rejection(rejection.code, ""))
    }
}

extension OutcomeRecord {
    /// The outcome with the sentence it was given.
    func explained(by explanation: Explanation?) -> Outcome {
        guard case .rejected(let rejection) = outcome else { return outcome }
        return .rejected(Rejection(rejection.code, explanation?.text ?? ""))
    }
}
