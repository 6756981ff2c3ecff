// Deep and long texts: the parser says so, and neither it nor later walks run out of stack.
import Check
import Diagnostics
import Syntax
import Testing

@Suite struct DepthTests {
  private func ids(_ text: String) -> [String] { allProblems(text).map(\.problem.id) }

  @Test(arguments: [
    "(", "[", "{", "f(", "x[", "-(", "{a: ", "x => ", "if a { ", "while a { ", "\"{", "not (", "fn f() { ", "let [",
    "1 ^ (", "try { ",
  ])
  func nestingIsBounded(unit: String) {
    let text = String(repeating: unit, count: 100_000)
    #expect(ids(text).contains("nested-too-deeply") || ids(text).count < 110)
    #expect(!ids(text).isEmpty)
  }

  @Test func aHundredLevelsAreFine() {
    #expect(ids(String(repeating: "(", count: 150) + "1" + String(repeating: ")", count: 150)) == [])
    #expect(ids(String(repeating: "if true { ", count: 150) + "1" + String(repeating: " }", count: 150)) == [])
  }

  @Test(arguments: [" + 1", " and true", " |> print", "[0]", ".x", "(1)", " ^ 1", " ++ 1"])
  func longChainsAreBounded(unit: String) {
    #expect(ids("pi" + String(repeating: unit, count: 100_000)) == ["nested-too-deeply"])
    #expect(ids("pi" + String(repeating: unit, count: 900)) == [])
  }

  @Test func prefixChainsAreBounded() {
    #expect(ids(String(repeating: "-", count: 100_000) + "1") == ["nested-too-deeply"])
    #expect(ids(String(repeating: "not ", count: 100_000) + "true") == ["nested-too-deeply"])
  }

  @Test func longFlatTextsAreFine() {
    #expect(ids("if true { }" + String(repeating: " else if true { }", count: 900)) == [])
    #expect(ids("if true { }" + String(repeating: " else if true { }", count: 100_000)) == ["nested-too-deeply"])
    #expect(ids("[" + String(repeating: "1, ", count: 100_000) + "]") == [])
    #expect(ids("1 " + String(repeating: "< 2 ", count: 100_000)) == [])
    #expect(ids(String(repeating: "print(1)\n", count: 20_000)) == [])
  }

  @Test func brokenBracketsStayQuick() {
    let clock = ContinuousClock()
    let elapsed = clock.measure {
      for text in [")", "(", "}{", "([)]", "\"{(\"", "{\n"] { _ = ids(String(repeating: text, count: 50_000)) }
    }
    #expect(elapsed < .seconds(20))
  }
}
