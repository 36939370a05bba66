import Testing

@testable import Inspection

@Suite struct ChatTemplateTests {
    static let plain = [
        "", "{{ bos_token }}{% for message in messages %}{{ '<|' + message['role'] + '|>' }}{% endfor %}",
        "{%- set ns = namespace(is_first=false) -%}{{ messages | map(attribute='role') | list | join(', ') }}",
        "{% macro f(x) %}{{ x | tojson(indent=4) }}{% endmacro %}", "{{ raise_exception('no: a_b, _c and d_') }}",
        "fill in: ____ or a__b, attribute, from here to there; include it", "{{ message.attr }}", "{{ x['attr'] }}",
        "{{ '<|im_start|>\\n\\x41' }}", "<｜tool▁calls▁begin｜>", "{{ strftime_now('%d %b %Y') }}", "a \\", "\\x",
        "\\u00",
    ]

    @Test(arguments: plain) func `plain templates have no problems`(template: String) {
        #expect(ChatTemplate.problems(in: template.utf8) == [])
    }

    static let hostile: [(template: String, word: String)] = [
        ("{{ ''.__class__ }}", "“__class__”"), ("{{ x['__globals__'] }}", "“__globals__”"),
        ("{{ cycler.__init__.__globals__.os.popen('id').read() }}", "“__init__”"),
        ("{{ self._TemplateReference__context }}", "“_TemplateReference__context”"),
        (#"{{ ''['\x5f\x5fclass\x5f\x5f'] }}"#, "“__class__”"), (#"{{ ''['\137\137class'] }}"#, "“__class”"),
        (#"{{ ''['\u005f_cl\x61ss'] }}"#, "“__class”"), (#"{{ ''['\U0000005f_class'] }}"#, "“__class”"),
        (#"{{ ''['\N{LOW LINE}\N{LOW LINE}class'] }}"#, "“__N”"), ("{{ ''['__cla' ~ 'ss__'] }}", "“__cla”"),
        ("{{ ''['_\\\n_class'] }}", "“__class”"), ("{# __import__ #}", "“__import__”"),
        ("{{ ()|attr('x') }}", "(attr)"), ("{{ ()|\n attr ('x') }}", "(attr)"), ("{{ x|map('attr', y) }}", "(attr)"),
        ("{{ x|map( \"attr\", y) }}", "(attr)"), ("{% include 'x' %}", "(include)"),
        ("{%- import 'x' as y %}", "(import)"),
        ("{%+ from 'x' import y %}", "(from)"), ("{%\textends x %}", "(extends)"),
    ]

    @Test(arguments: hostile) func `what reaches outside is told`(template: String, word: String) {
        #expect(ChatTemplate.problems(in: template.utf8).first?.contains(word) == true)
    }

    @Test func `each thing is told once`() {
        #expect(ChatTemplate.problems(in: "__a__ __a__ __b".utf8).count == 2)
    }

    @Test(.timeLimit(.minutes(1))) func `work grows with the text, not faster`() {
        let template = Array(repeating: " from", count: 1_000_000).joined()
        #expect(ChatTemplate.problems(in: template.utf8) == [])
    }

    @Test func `a template of nothing but problems is told in a few`() {
        let template = (0..<10_000).map { "__x\($0)" }.joined(separator: " ")
        #expect(ShownText.reasons(ChatTemplate.problems(in: template.utf8)).count == 20)
    }
}
