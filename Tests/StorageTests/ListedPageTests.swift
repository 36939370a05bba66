import Testing

@testable import StorageS3

@Suite("Listings of buckets")
struct ListedPageTests {
    @Test(
        "Names are read as they are, and whether there are more",
        arguments: [
            ("<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>", [], nil, false),
            (
                "<ListBucketResult><IsTruncated>true</IsTruncated><Contents><Key>a/1</Key><Size>5</Size></Contents>"
                    + "<Contents><Key>a/&amp;b</Key></Contents><NextContinuationToken>x==</NextContinuationToken>"
                    + "</ListBucketResult>", ["a/1", "a/&b"], "x==", true
            ),
            ("<html>maintenance", [], nil, false), ("", [], nil, false),
            (
                "<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/hostname\">]><ListBucketResult><Contents><Key>&e;</Key></Contents>"
                    + "</ListBucketResult>", [""], nil, false
            ),
        ] as [(String, [String], String?, Bool)])
    func pages(text: String, keys: [String], next: String?, isTruncated: Bool) {
        let page = ListedPage(Array(text.utf8))
        #expect(page.keys == keys)
        #expect(page.next == next)
        #expect(page.isTruncated == isTruncated)
    }
}
