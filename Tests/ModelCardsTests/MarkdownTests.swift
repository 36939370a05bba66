import ModelCards
import Testing

@Suite struct MarkdownTests {
    @Test(
        arguments: [
            ("a **bold** _and_ *italic* ~~gone~~ word", "a bold and italic gone word"),
            ("snake_case_name and 2 * 3 and a~b", "snake_case_name and 2 * 3 and a~b"),
            ("[text](http://x \"t\") [text][ref] [text][] [text]", "text text text [text]"),
            ("[a [b] c](<x y>) [d](e(f)g) [h](i", "a [b] c d [h](i"),
            ("![alt](x.png) left ![alt][ref]", "left"),
            ("[![badge](b.svg)](http://x)", ""),
            ("interval [0, 1) and ![", "interval [0, 1) and !["),
            ("`` code ` <b> `` and ` alone", "code ` <b> and ` alone"),
            ("\\*not\\* \\<b> a\\b", "*not* <b> a\\b"),
            (
                "&lt;b&gt; &#39;x&#x27; &#x1F917; &unknown; & &#0; &#xD800;",
                "<b> 'x' \u{1F917} &unknown; & \u{FFFD} \u{FFFD}"
            ),
            ("H<sub>2</sub>O a<br>b<BR/>c", "H2O a b c"),
            ("<img src='a>b' alt=\"x\">after", "after"),
            ("<https://example.org> <a@b.org> <b:c>", "https://example.org a@b.org b:c"),
            ("a < b and c > d, x<3", "a < b and c > d, x<3"),
            ("<a\nhref=\"x\"\n>text</a>", "text"),
            ("<p title=\"open>text</p>", "text"),
            ("<!-- a -->b<!-- c\n\n d --> e", "b e"),
            ("a <script>alert('<p>')\n\n</script >b <style>p{}</STYLE>c", "a b c"),
            ("a <script>never closed\n\nb", "a"),
            ("# `code <!--` stays\n\nb", "code <!-- stays\nb"),
            ("Title\n===\ntext\n---\nnext", "Title\ntext\nnext"),
            ("## A ##\n###B\n####### C", "A\n###B ####### C"),
            ("- a\n* b\n1. c\n- [ ] d\n  e", "a\nb\nc\nd e"),
            ("~~~\n```\n**x**\n~~~\ny", "```\n**x**\ny"),
            ("```py\nx\n\n  y", "x\n\n  y"),
            ("- ```\n  x\n  ```\ny", "  x\ny"),
            ("a | b\n--|--\nc | d", "a b\nc | d"),
            ("[ref]: http://x\n[^1]: note", "[^1]: note"),
            ("***\n- - -\n___\na", "a"),
            ("a\u{0}b\u{1B}[0m \u{202E}c", "a b [0m c"),
        ])
    func `plain text has the words and not the marks`(markdown: String, text: String) throws {
        #expect(try body(markdown).text == text)
    }

    @Test(
        arguments: [
            ("# One\n# Two", "One"), ("text\n\nTwo\n---", "Two"), ("<h2>A\nb</h2>c", "A b"),
            ("# ![logo](x.png)\n# Real", "Real"), ("# \n# Real", "Real"), ("```\n# code\n```\n# Real", "Real"),
            ("#hashtag", nil), ("", nil), ("<!-- # hidden -->\n# Real", "Real"),
        ] as [(String, String?)])
    func `the title is the first heading that shows`(markdown: String, title: String?) throws {
        #expect(try body(markdown).title == title)
    }

    @Test(
        arguments: [
            ("# T\n\n- item\n\n| a |\n\n> quote\n\n```\ncode\n```\n\nThe text\nof it.\n\nNext.", "The text of it."),
            ("[![b](b)](x) ![c](c)\n\n---\n\n•\n\nText", "Text"), ("# T", nil), ("<p>One</p><p>Two</p>", "One"),
            ("<table><tr><td>cell</td></tr></table>\n\nText", "Text"),
        ] as [(String, String?)])
    func `the summary is the first paragraph of words`(markdown: String, summary: String?) throws {
        #expect(try body(markdown).summary == summary)
    }

    @Test func `long texts end before the character that is too much`() throws {
        let family = "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}"
        let card = try body("# \(String(repeating: family, count: 20))\n\nA\(String(repeating: family, count: 9_000))")
        #expect(card.title == String(repeating: family, count: 200 / 18))
        #expect(card.summary == "A" + String(repeating: family, count: 499 / 18))
        #expect(card.text.utf8.count <= 64 << 10)
        #expect(card.text.utf8.count > (64 << 10) - 18)
    }
}
