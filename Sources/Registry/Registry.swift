// Registry: what the log means.
//
// Purpose. `StateMachine.apply` takes the entries of the log in order and turns them into outcomes and a changed state;
// `Catalog` answers questions to that state. Every node applies the same entries and so has the same state: who may do
// what, which names are free, which numbers come next, what each alias named and when, and what was refused are decided
// here and nowhere else.
//
// What it does not do. It neither reads a clock nor draws a number, opens no file, starts no task and knows nothing of
// leaders, sites' links or tokens in the clear: time, ids and receipts arrive inside the command. It keeps no bytes of
// models, only their names. Who writes the batch, and when, is `Replication`'s affair.
//
// Invariants (numbers of design.md).
// - 2: a version needs receipts for all its bytes from a majority of the voters.
// - 3: a version's record is written once. Nothing here changes or removes it.
// - 4: `apply` is total. Every byte string is an entry, every entry gives an outcome. Only a failing store throws.
// - 4: the state hash after an entry is that of all hashed records, whatever order and grouping they came in.
// - 5: each entry that holds a new command writes one audit record. Sequences have no gaps. A repetition writes none:
//   it is the network's doing, not a principal's.
// - 6: the principal is looked up when the command is applied.
// - Checks come before changes: what is refused has changed nothing but the audit trail and the remembered outcome.
// - Applying a command reads single records, never ranges. Its cost does not grow with the state.
//
// How it changes. A record or command that needs another shape gets a version byte more and is upgraded when decoded. A
// rule that changes gives other states for equal logs: it is switched on by an entry, once every member knows it. Two
// golden tests guard this: `GoldenBytes.lines` for shapes, `GoldenBytes.stateHash` for rules. The wording of refusals
// is free to change, because explanations are not hashed.
//
// Why not hash the log instead of the state: equal logs applied by a defect give unequal states, and that is what must
// be found. Why not a Merkle tree: it finds where states differ, at the price of a path of writes a record; whether
// they differ is enough to stop a node, and it then starts over from a peer. Why not ranges to find "the newest" or
// "how many": a range costs an iterator over the store and a look at every uncommitted change; a count record costs one
// read.
//
// Why are refusals remembered like everything else: a command handed over twice must not be refused to its client first
// and take effect afterwards.
