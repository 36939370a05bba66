import Models

/// Reads pickles without executing anything: what they would import, call and change is judged instruction by
/// instruction. Takes the bytes in portions of any size and keeps little of them.
///
/// It does not unpickle what lies within texts and byte strings; an import that would do so is on no list of harmless
/// ones.
package struct PickleStream {
    /// Who wrote the pickle: what lies between and beside the instructions.
    package enum Dialect: Hashable, Sendable {
        /// Python's own `pickle`. An old file of PyTorch is recognised by its magic number.
        case plain
        /// PyTorch's `data.pkl`: it refers to storages beside it.
        case torch
        /// joblib: bytes of arrays lie between instructions.
        case joblib
    }

    /// What is passed over before the next instruction.
    enum Gap {
        case nothing
        case bytes(UInt64)
        case lines(Int)
        /// A byte that says how many bytes follow it, and so many more.
        case paddedBytes(UInt64)
    }

    let dialect: Dialect
    let limits: InspectionLimits
    var machine: PickleMachine
    /// Nothing that follows is of interest.
    package internal(set) var isDone = false
    /// Pickles that have come to their end.
    package internal(set) var pickles = 0
    /// The highest protocol that was announced.
    package internal(set) var protocolVersion: UInt8 = 0
    /// The file begins with the magic number of PyTorch: five pickles, then storages.
    package internal(set) var isTorch = false
    var gap = Gap.nothing
    /// The pickle in which one of an array of objects is read.
    private var outer: PickleMachine.Values?
    private var buffer: [UInt8] = []
    private var position = 0
    private var opcodes = 0
    /// Instructions since the last pickle ended.
    private var opcodesOfPickle = 0
    private var passed: UInt64 = 0

    /// A reader at the beginning of a file or member.
    package init(_ dialect: Dialect, limits: InspectionLimits = .standard) {
        self.dialect = dialect
        self.limits = limits
        machine = PickleMachine(readsStorages: dialect == .torch, limits: limits)
    }

    /// What has been found.
    var evidence: Evidence { machine.evidence }

    /// The instruction at hand gives the first value of the file.
    var isFirstValue: Bool { pickles == 0 && opcodesOfPickle <= 2 }

    /// What was imported so far, in the order of appearance.
    package var imports: [PickleImport] { machine.imports }

    /// Bytes ahead that need not be given: `pass` says that they were left out.
    package var passable: UInt64 {
        if case .bytes(let count) = gap, position == buffer.count { count } else { 0 }
    }

    /// Leaves out `count` of the `passable` bytes.
    package mutating func pass(_ count: UInt64) {
        guard case .bytes(let all) = gap, position == buffer.count else { return }
        gap = count < all ? .bytes(all - count) : .nothing
        passed &+= count
    }

    /// Reads on.
    package mutating func append(_ bytes: [UInt8]) {
        if position == buffer.count {
            buffer = bytes
        } else {
            buffer.removeFirst(position)
            buffer.append(contentsOf: bytes)
        }
        position = 0
        while !isDone, fillGap(), step() {}
    }

    /// The file is at its end.
    package mutating func finish() {
        if isDone { return }
        isDone = true
        let isBetween = opcodesOfPickle == 0 && position == buffer.count && outer == nil
        if case .nothing = gap, isBetween, pickles > 0, !isTorch { return }
        end(pickles == 0 && opcodes == 0 ? "it is no pickle" : "it ends in the middle of a pickle")
    }

    /// Passes over the gap; false when that needs more bytes.
    private mutating func fillGap() -> Bool {
        switch gap {
        case .nothing: return true
        case .bytes(let count):
            let step = min(count, UInt64(buffer.count - position))
            position += Int(step)
            gap = step == count ? .nothing : .bytes(count - step)
            return step == count
        case .lines(let count):
            guard let end = buffer[position...].firstIndex(of: UInt8(ascii: "\n")) else {
                position = buffer.count
                return false
            }
            position = end + 1
            gap = count > 1 ? .lines(count - 1) : .nothing
            return count == 1 || fillGap()
        case .paddedBytes(let count):
            guard position < buffer.count else { return false }
            gap = .bytes(count &+ UInt64(buffer[position]))
            position += 1
            return fillGap()
        }
    }

    /// Reads and follows one instruction; false when that needs more bytes.
    private mutating func step() -> Bool {
        guard position < buffer.count else { return false }
        guard let opcode = PickleOpcode(rawValue: buffer[position]) else {
            end("byte \(buffer[position]) is no instruction of a pickle")
            return true
        }
        let argument: PickleArgument
        switch PickleArgument.read(opcode, buffer[(position + 1)...], limits: limits) {
        case .incomplete: return false
        case .invalid(let reason):
            end(reason)
            return true
        case .complete(let read, let count, let rest):
            argument = read
            position += 1 + count
            gap = rest
        }
        opcodes &+= 1
        opcodesOfPickle &+= 1
        guard opcodes <= limits.opcodes else {
            machine.lose("it has more than \(limits.opcodes) instructions")
            isDone = true
            return true
        }
        follow(opcode, argument)
        if machine.isLost { isDone = true }
        return true
    }

    /// No loader gets further than here. What was found up to here would have run.
    private mutating func end(_ reason: String) {
        isDone = true
        if pickles > 0, !isTorch, outer == nil {
            machine.evidence.add(.unknown, "what follows the last whole pickle is none: \(reason)")
        } else {
            machine.breakDown(reason)
        }
    }

    /// `STOP`.
    mutating func stop() {
        _ = machine.pop()
        if let values = outer {
            outer = nil
            machine.values = values
            return machine.push(.opaque)
        }
        machine.clear()
        pickles += 1
        opcodesOfPickle = 0
        if isTorch, pickles == 5 { isDone = true }
        if pickles >= limits.pickles {
            machine.lose("it has more than \(limits.pickles - 1) pickles")
        }
    }

    /// What joblib does after `BUILD`: reads an array, which takes the place of its description.
    mutating func readArray(_ array: PickledArray) {
        // In the pickle of an array of objects, arrays are written as Python does.
        guard dialect == .joblib, outer == nil else { return }
        switch array {
        case .uncertain:
            return machine.lose("it cannot be told how many bytes of an array lie between its instructions")
        case .bytes(let count, let isPadded): gap = isPadded ? .paddedBytes(count) : .bytes(count)
        case .objects: break
        }
        _ = machine.pop()
        guard array == .objects else { return machine.push(.opaque) }
        outer = machine.values
        machine.values = PickleMachine.Values()
    }
}
