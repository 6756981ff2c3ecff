// Tokens of small texts, and what the lexer refuses.
import Diagnostics
import Syntax
import Testing

@Suite struct LexerTests {
  private func tokens(_ text: String) -> String {
    let lexed = Lexer.lex(source(text))
    let bytes = Array(text.utf8)
    return lexed.tokens.dropLast().map { token in
      String(decoding: bytes[Int(token.start)..<Int(token.end)], as: UTF8.self)
    }.joined(separator: " ")
  }

  private func kinds(_ text: String) -> [TokenKind] { Lexer.lex(source(text)).tokens.dropLast().map(\.kind) }

  @Test(arguments: [
    ("a+b", "a + b"), ("a++b", "a ++ b"), ("a+=1", "a += 1"), ("a++=b", "a ++= b"), ("a//b", "a // b"),
    ("a//=b", "a //= b"),
    ("x<-1", "x < - 1"), ("x=>y", "x => y"), ("x|>f", "x |> f"), ("a..b", "a .. b"), ("a...b", "a ... b"),
    ("1..3", "1 .. 3"),
    ("1.5.x", "1.5 . x"), ("1.e", "1 . e"), ("1.T", "1 . T"), ("0..n", "0 .. n"), ("x[..-1]", "x [ .. - 1 ]"),
    ("1.", "1."),
    (".5", ".5"), ("x.5", "x . 5"), ("[.5,.25]", "[ .5 , .25 ]"), ("1e-3", "1e-3"), ("1e5x", "1e5x"), ("2e", "2e"),
    ("0x1F", "0x1F"),
    ("1_000", "1_000"), ("a # comment\nb", "a b"), ("größe+1", "größe + 1"), ("x := 1", "x := 1"), ("a..<b", "a ..< b"),
  ])
  func splitting(text: String, expected: String) { #expect(tokens(text) == expected) }

  @Test func keywordsAreWholeWords() {
    #expect(
      kinds("if iff elsewhere else notin not in") == [.ifWord, .name, .name, .elseWord, .name, .notWord, .inWord])
    #expect(kinds("param test rec by as") == [.name, .name, .name, .name, .name])
  }

  @Test func everySpellingIsFoundAgain() {
    for kind in TokenKind.allCases where kind.isKeyword || kind.rawValue.allSatisfy({ $0.isPunctuation || $0.isSymbol })
    {
      #expect(kinds("a \(kind.rawValue) b").dropFirst().first == kind)
    }
  }

  @Test func stringsWithValues() {
    #expect(kinds("\"a {x:.2f} b {y}\"") == [.stringStart, .name, .format, .stringMiddle, .name, .stringEnd])
    #expect(
      kinds("\"{f(\"in {x}\")}\"")
        == [.stringStart, .name, .parenOpen, .stringStart, .name, .stringEnd, .parenClose, .stringEnd])
    #expect(kinds("\"{ {a: 1} }\"") == [.stringStart, .braceOpen, .name, .colon, .int, .braceClose, .stringEnd])
    #expect(kinds("\"\\{x}\"") == [.string])
    #expect(kinds("r\"{x}\\\"") == [.string])
    #expect(kinds("\"\"\"a \"quoted\" {x}\n\"\"\"") == [.stringStart, .name, .stringEnd])
  }

  @Test(arguments: [
    ("\"abc", ["unterminated-string@1:1"]), ("\"{x", ["unterminated-string@1:1"]),
    ("\"{f(\"a)}\"", ["unterminated-string@1:1"]),
    ("\"\"\"a\nb", ["unterminated-string@1:1"]), ("\"\\q\"", ["bad-escape@1:2"]),
    ("\"\\u{110000}\"", ["bad-escape@1:2"]),
    ("12ab", ["bad-number@1:1"]), ("0xZ", ["bad-number@1:1"]), ("1__0", ["bad-number@1:1"]), ("1_", ["bad-number@1:1"]),
    ("a § b", ["unexpected-character@1:3"]), ("a ≤≤ b", ["unexpected-character@1:3"]), ("'a'", ["foreign-habit@1:1"]),
  ])
  func refusing(text: String, expected: [String]) { #expect(problems(Lexer.lex(source(text)).diagnostics) == expected) }

  @Test func badUTF8HasItsByteAndPlace() {
    let file = SourceFile(name: "x", bytes: Array("let a = \"".utf8) + [0xC3, 0x28] + Array("\"".utf8))
    let diagnostics = Parser.parse(file).diagnostics
    #expect(problems(diagnostics) == ["invalid-utf8@1:10"])
    #expect(diagnostics.first?.problem.message == "byte 0xC3 is not valid UTF-8 here")
  }

  @Test func documentationBlocks() {
    let text =
      "## The file.\n\n## A function.\n##   more\nfn f() = 1\n# no\n## lost\n\nlet x = 1  ## not this\n### nor this\n"
    let module = Parser.parse(source(text)).module
    #expect(module.documentation == "The file.")
    #expect(module.documentationBlocks.map(\.text) == ["The file.", "A function.\n  more", "lost"])
    guard case .function(let function) = module.statements[0].kind else { return #expect(Bool(false)) }
    #expect(function.documentation == "A function.\n  more")
  }
}
