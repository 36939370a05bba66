import Models
import Testing

@testable import AuditLog

@Suite("Signed notes") struct SignedNoteTests {
    /// Of golang.org/x/mod/sumdb/note: its documentation's example.
    private static let verifier = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    private static let signer = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
    private static let text = """
        If you think cryptography is the answer to your problem,
        then you don't know what your problem is.

        """
    private static let signature =
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"

    @Test("a note of Go's implementation is signed by its key")
    func known() throws {
        let note = try #require(SignedNote(Self.text + "\n" + Self.signature))
        let key = try #require(NoteKey(Self.verifier))
        #expect(key.name == "PeterNeumann")
        #expect(key.description == Self.verifier)
        #expect(note.text == Self.text)
        #expect(note.bytes == Self.text + "\n" + Self.signature)
        #expect(key.isSigned(note.text, by: try #require(note.signatures.first)))
        #expect(!key.isSigned(note.text + " ", by: try #require(note.signatures.first)))
    }

    @Test("a key of Go's implementation signs as it does there")
    func signs() throws {
        let signer = try #require(NoteSigner(secret: Self.signer))
        #expect(signer.key.description == Self.verifier)
        #expect(signer.secret == Self.signer)
        let note = SignedNote(text: Self.text, signatures: [try signer.sign(Self.text)])
        #expect(signer.key.isSigned(Self.text, by: try #require(SignedNote(note.bytes)?.signatures.first)))
    }

    @Test(
        "what is no note is none",
        arguments: [
            "", "text", "text\n", "text\n\n", "text\n\nsignature\n", "text\n\n— name\n", "text\n\n— name AAAA\n",
            "text\n\n— name AAAAAA==", "text\n\n— a b AAAAAA==\n", "text\n\n— name !!!!!!!!\n",
        ])
    func malformed(text: String) { #expect(SignedNote(text) == nil) }

    @Test(
        "what is no key is none",
        arguments: [
            "", "a", "a+b", "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "PeterNeumann+c74f20a3+AhpcQcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "PeterNeumann+c74f20a3+AQ==",
        ])
    func noKey(text: String) {
        #expect(NoteKey(text) == nil)
        #expect(NoteSigner(secret: "PRIVATE+KEY+" + text) == nil)
    }

    @Test("a key signs for nobody else")
    func others() throws {
        let (one, other) = (try #require(NoteSigner(drawnFor: "a/1")), try #require(NoteSigner(drawnFor: "a/1")))
        let signature = try one.sign("x\n")
        #expect(one.key.isSigned("x\n", by: signature))
        #expect(!other.key.isSigned("x\n", by: signature))
        let borrowed = SignedNote.Signature(by: other.key, bytes: signature.bytes)
        #expect(!other.key.isSigned("x\n", by: borrowed))
        #expect(NoteSigner(drawnFor: "a b") == nil)
    }

    @Test("a checkpoint is written and read back; what is none is not")
    func checkpoints() throws {
        let checkpoint = Checkpoint(origin: "peerage/x", size: 12, root: Digest(of: [1]))
        #expect(Checkpoint(text: checkpoint.text) == checkpoint)
        #expect(Checkpoint(text: checkpoint.text + "more\n") == checkpoint)
        for text in [
            "", "a\n1\n", "a\n01\n\(checkpoint.text.split(separator: "\n")[2])\n", "a\n-1\nAAAA\n", "a\n1\nAAAA\n",
            "\n1\n\(checkpoint.text.split(separator: "\n")[2])\n", String(checkpoint.text.dropLast()),
        ] {
            #expect(Checkpoint(text: text) == nil, "\(text)")
        }
    }
}
