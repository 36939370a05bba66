import Foundation
import Testing

@testable import StorageS3

/// The examples of “Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)” in the S3
/// reference.
@Suite("Signatures of requests to S3")
struct SignatureV4Tests {
    private static let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    private let signature = SignatureV4(
        accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", region: "us-east-1")
    private let date = Date(timeIntervalSince1970: 1_369_353_600)

    private func authorization(
        _ method: String, _ path: String, query: [(String, String)] = [], headers: [(String, String)] = [],
        bodyDigest: String = empty
    ) -> String {
        let all =
            [("host", "examplebucket.s3.amazonaws.com"), ("x-amz-content-sha256", bodyDigest)]
            + [("x-amz-date", SignatureV4.timestamp(date))] + headers
        return signature.authorization(
            for: .init(
                method: method, path: path, query: query, headers: all.map { (name: $0.0, value: $0.1) },
                bodyDigest: bodyDigest), at: date)
    }

    @Test("They are those of the reference")
    func reference() {
        #expect(SignatureV4.timestamp(date) == "20130524T000000Z")
        #expect(
            authorization("GET", "/test.txt", headers: [("range", "bytes=0-9")])
                == "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
                + "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
                + "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
        #expect(
            authorization(
                "PUT", "/" + SignatureV4.encode("test$file.text"),
                headers: [("date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
                bodyDigest: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"
            ).hasSuffix("98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"))
        #expect(
            authorization("GET", "/", query: [("lifecycle", "")])
                .hasSuffix("fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"))
        #expect(
            authorization("GET", "/", query: [("max-keys", "2"), ("prefix", "J")])
                .hasSuffix("34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"))
    }

    @Test("What is not unreserved is encoded, each byte by itself")
    func encoding() {
        #expect(SignatureV4.encode("a b/ü+~") == "a%20b%2F%C3%BC%2B~")
        #expect(SignatureV4.encode("a/b", keeping: "/") == "a/b")
    }
}
