// The layout of diagnostics: carets under tabs, wide and broken characters, labels, long lines, call stacks, JSON.
import Diagnostics
import Testing

@Suite struct RendererTests {
  private func span(_ text: String, _ part: String, name: String = "train.trl") -> Span {
    let bytes = Array(text.utf8)
    let wanted = Array(part.utf8)
    for start in 0...(bytes.count - wanted.count) where Array(bytes[start..<(start + wanted.count)]) == wanted {
      return Span(SourceFile(name: name, bytes: bytes), start, start + wanted.count)
    }
    return Span(SourceFile(name: name, bytes: bytes), 0, 0)
  }

  @Test func theFormOfTheReference() {
    let text =
      String(repeating: "\n", count: 7)
      + "var p = {w: normal(rng, [748, 10]) * 0.01}\n\n\n\nfn scores(p, x) = x @ p.w + p.b\n"
    let place = span(text, "x @ p.w")
    let made = Span(place.source, 19, 41)
    let diagnostic = Diagnostic(
      .shapeMismatch(operation: "@", detail: "needs inner sizes to agree, found 784 and 748"), at: place,
      labels: [.init(place, "[n = 64, 784] @ [748, 10]"), .init(made, "`p.w` was made here")],
      help: "did you mean normal(rng, [784, 10])?")
    #expect(
      Renderer().text(diagnostic) == """
        error[shape-mismatch]: `@` needs inner sizes to agree, found 784 and 748
          --> train.trl:12:19
           12 | fn scores(p, x) = x @ p.w + p.b
              |                   ^^^^^^^ [n = 64, 784] @ [748, 10]
           8  | var p = {w: normal(rng, [748, 10]) * 0.01}
              |             ---------------------- `p.w` was made here
           = help: did you mean normal(rng, [784, 10])?

        """)
  }

  private func marked(_ text: String, _ part: String) -> [String] {
    Renderer().text(Diagnostic(.interrupted, at: span(text, part))).split(separator: "\n").dropFirst(2).map(String.init)
  }

  @Test func caretsStayUnderWhatTheyMark() {
    #expect(marked("\tx = y", "y") == ["   1 |     x = y", "     |         ^"])
    #expect(marked("a\tx", "x") == ["   1 | a   x", "     |     ^"])
    #expect(marked("let 名前 = y", "y") == ["   1 | let 名前 = y", "     |            ^"])
    #expect(marked("let 名前 = y", "名前") == ["   1 | let 名前 = y", "     |     ^^^^"])
    #expect(marked("\"👩‍👩‍👧\" + y", "y") == ["   1 | \"👩‍👩‍👧\" + y", "     |        ^"])
    #expect(marked("\"e\u{301}🇨🇭\" + y", "y") == ["   1 | \"e\u{301}🇨🇭\" + y", "     |         ^"])
    #expect(marked("a\u{7}\u{202E}y", "y") == ["   1 | a\u{FFFD}\u{FFFD}y", "     |    ^"])
  }

  @Test func brokenBytesAreShownAsOneEach() {
    let file = SourceFile(name: "x", bytes: [0x61, 0xFF, 0xC3, 0x62])
    let text = Renderer().text(Diagnostic(.interrupted, at: Span(file, 3, 4)))
    #expect(text == "error[interrupted]: interrupted\n  --> x:1:4\n   1 | a\u{FFFD}\u{FFFD}b\n     |    ^\n")
  }

  @Test func severalLinesAndEmptyPlaces() {
    #expect(marked("f(\n1)", "f(\n1)") == ["   1 | f(", "     | ^^"])
    let file = SourceFile(name: "x", bytes: Array("a =".utf8))
    #expect(Renderer().text(Diagnostic(.interrupted, at: Span(file, 3, 3))).hasSuffix("   1 | a =\n     |    ^\n"))
    #expect(Renderer().text(Diagnostic(.interrupted, at: nil)) == "error[interrupted]: interrupted\n")
    #expect(
      Renderer().text(Diagnostic(.interrupted, at: Span(SourceFile(name: "x", bytes: []), 0, 0))).hasSuffix(
        "   1 |\n     | ^\n"))
  }

  @Test func longLinesAreCut() {
    let text = String(repeating: "a + ", count: 500) + "wrong" + String(repeating: " + b", count: 500)
    let lines = marked(text, "wrong")
    #expect(lines[0].count < 140)
    let column = lines[1].distance(from: lines[1].startIndex, to: lines[1].firstIndex(of: "^") ?? lines[1].startIndex)
    #expect(lines[0].dropFirst(column).hasPrefix("wrong"))
  }

  @Test func labelsInOtherFiles() {
    let other = span("let x = 1\n", "x", name: "nn.trl")
    let text = Renderer().text(Diagnostic(.interrupted, at: span("y", "y"), labels: [.init(other, "here")]))
    #expect(text.hasSuffix("     | ^\n  ::: nn.trl:1:5\n   1 | let x = 1\n     |     - here\n"))
  }

  @Test func stacksAreFolded() {
    let place = span("f(x)\ng(x)\n", "g")
    func stack(_ names: [String]) -> [String] {
      var diagnostic = Diagnostic(.callDepth(limit: 1000), at: nil, help: "h")
      diagnostic.stack = names.map { .init(function: $0, span: place) }
      return Renderer().text(diagnostic).split(separator: "\n").dropFirst(2).map { String($0.dropFirst(3)) }
    }
    let at = "(train.trl:2:1)"
    #expect(stack([""]) == [])
    #expect(stack(["f", ""]) == ["at f \(at)", "at the script \(at)"])
    #expect(
      stack(Array(repeating: "f", count: 1000) + [""]) == [
        "at f \(at)", "   the line above, 1000 times", "at the script \(at)",
      ])
    let mutual = Array(repeating: ["f", "g"], count: 500).flatMap { $0 }
    #expect(
      stack(mutual + ["main", ""]) == [
        "at f \(at)", "at g \(at)", "   the 2 lines above, 500 times", "at main \(at)", "at the script \(at)",
      ])
    let many = stack((0..<100).map { "f\($0)" })
    #expect(many.count == 14)
    #expect(many[9] == "   ... 87 more ...")
  }

  @Test func severalAreSortedByPlace() {
    let file = SourceFile(name: "x", bytes: Array("a b c".utf8))
    let text = Renderer().text([4, 0, 2].map { Diagnostic(.outsideLoop("\($0)"), at: Span(file, $0, $0 + 1)) })
    let order = text.split(separator: "\n").filter { $0.contains("-->") }
    #expect(order == ["  --> x:1:1", "  --> x:1:3", "  --> x:1:5"])
    let many = Renderer().text(Array(repeating: Diagnostic(.interrupted, at: nil), count: 30))
    #expect(many.hasSuffix("\n10 more errors are not shown.\n"))
  }

  @Test func coloursOnlyWhenAsked() {
    let diagnostic = Diagnostic(.outsideLoop("break"), at: span("break", "break"))
    #expect(!Renderer().text(diagnostic).contains("\u{1B}"))
    let coloured = Renderer(colour: true).text(diagnostic)
    #expect(coloured.contains("\u{1B}[1;31merror[outside-loop]\u{1B}[0m"))
  }

  @Test func json() {
    let place = span("let \"ö\" = y", "y")
    var diagnostic = Diagnostic(.unknownName("y\n", near: ["x"]), at: place, labels: [.init(place, "here")])
    diagnostic.stack = [.init(function: "f", span: place)]
    let where_ = #""file":"train.trl","line":1,"column":11,"endLine":1,"endColumn":12,"start":11,"end":12"#
    #expect(
      Renderer.json(diagnostic)
        == #"{"severity":"error","id":"unknown-name","message":"the name `y\n` is not defined","# + where_
        + #","labels":[{"#
        + where_ + #","text":"here"}],"help":"did you mean `x`?","stack":[{"function":"f","# + where_ + "}]}")
    #expect(
      Renderer.json([Diagnostic(.interrupted, at: nil)])
        == "{\"severity\":\"error\",\"id\":\"interrupted\",\"message\":\"interrupted\"}\n")
    #expect(Renderer.quoted("\u{1}\t\"\\") == #""\u0001\t\"\\""#)
  }
}
