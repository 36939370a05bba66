// Peering: how the nodes of one cluster talk.
//
// Purpose. Two links lead from each node to each other node, both TLS 1.3 with certificates on both ends: one for
// messages (one-way, in order, may be lost: Raft repairs it), one for the exchange (questions with answers, and chunks
// in bulk), so that model bytes never delay a heartbeat. A node dials for what it wants to send or ask; so between two
// nodes up to four connections are open. `ChunkTransfer` fetches what is missing here and checks every byte by its
// name.
//
// What it does not do. It reads no message and knows nothing of Raft, leaders or versions: messages are opaque bytes.
// It decides nothing about who belongs to the cluster: it is told (`update(peers:)`). It keeps no bytes of its own, and
// it never resends a message.
//
// Invariants.
// - Nothing that comes over a link is looked at before the certificate chains to the cluster's own authority, is valid
//   now, and names exactly the node that the topology has for that member.
// - A chunk or page is written only after its bytes were checked against its name.
// - A receipt is given only after the store said that everything named survives a crash.
// - Disk reads, writes and hashing run on the threads handed in, never on an event loop or the cooperative pool.
// - Every buffer, queue, frame and wait has a limit in `PeerLimits`.
//
// Why not gRPC: measured at a quarter of the throughput and three times the CPU (docs/decisions). Why not one
// connection for both: a heartbeat behind four megabytes of chunks on a slow line is an election. Why not host names:
// certificates are bound to nodes, and nodes move; a DNS entry is nobody's word. Why the accepting end speaks first:
// when it refuses the other's certificate nothing unread is left behind, so its TLS alert, with the reason, arrives.
