// Several mistakes in one file are all found, each once, and nothing else is reported.
import Diagnostics
import Syntax
import Testing

@Suite struct RecoveryTests {
  @Test(arguments: [
    ("let x = \nlet y = 2\nlet z = *", ["unexpected-token@1:8", "unexpected-token@3:9"]),
    ("f(1,, 2)\ng(3 4)\nh()", ["unexpected-token@1:5", "unexpected-token@2:5"]),
    ("fn f( {\n  let a = 1\n}\nlet b = *", ["missing-bracket@1:5", "unexpected-token@4:9"]),
    ("fn f() {\n  if a {\n    b\n  c\n}\nlet d = +", ["missing-bracket@2:8", "foreign-habit@6:9"]),
    ("fn f() {\n  a\n\nfn g() {\n  b\n}\n", ["missing-bracket@1:8"]),
    ("fn f() { a }\n}\nlet x =", ["stray-bracket@2:1", "unexpected-token@3:8"]),
    ("x = f(a, b]\ny = 1 +", ["unexpected-token@1:11", "unexpected-token@2:8"]),
    ("while x == {\n  y = * 2\n}\nz = ]", ["unexpected-token@1:12", "unexpected-token@2:7", "stray-bracket@4:5"]),
    ("print(\"a {f(x} b\")\nlet = 3", ["missing-bracket@1:12", "unexpected-token@2:5"]),
    ("print(\"abc)\nlet y = $", ["unterminated-string@1:7", "unexpected-character@2:9"]),
    ("rec v[i < n] {\n v[0 = 1\n v[i] = * 2\n}", ["missing-bracket@2:3", "unexpected-token@3:9"]),
    ("if a = b { c }\nif x { y } elif z { w }", ["foreign-habit@1:6", "foreign-habit@2:12"]),
    ("let a, b = f()\nvar c d", ["unexpected-token@1:6", "unexpected-token@2:7"]),
    ("a\n  - b", ["unexpected-token@2:3"]), ("x[]", ["unexpected-token@1:3"]), ("(1, 2)", ["unexpected-token@1:3"]),
    ("f(sum(x for x in xs), 1)\nsum(a, b for b in c)", ["misplaced-comprehension@2:8"]),
    ("9223372036854775808", ["bad-number@1:1"]), ("1e999", ["bad-number@1:1"]),
  ])
  func mistakes(text: String, expected: [String]) { #expect(syntaxProblems(text) == expected) }

  @Test func namesOfFailedDeclarationsAreKnown() {
    let text = "let a = (1\nlet [b, c] = * 2\nfn d(x) = \nvar e = [1 2]\nprint(a, b, c, d, e)\nunknown_one"
    #expect(problems(allProblems(text)).filter { $0.hasPrefix("unknown") } == ["unknown-name@6:1"])
  }

  @Test(arguments: [
    ("f(", true), ("let x =", true), ("fn f(x) {", true), ("fn f(x)", true), ("if a", true), ("a +", true),
    ("\"\"\"a", true),
    ("x => ", true), ("[1, 2", true), ("{a: 1,", true), ("while a {\n b", true), ("try { a }", true), ("a |>", true),
    ("import", true),
    ("f(1)", false), ("", false), ("# comment", false), ("a b", false), ("f)", false), ("\"abc", false),
    ("(a, b]", false), ("if a { b }", false),
    ("let x = 1\n", false), ("let x = = \n f(", true), ("1 +\n2", false), ("12ab + (", false),
  ])
  func incomplete(text: String, expected: Bool) { #expect(Parser.isIncomplete(source(text)) == expected) }
}
