// Texts that nobody means: changed at random, or made to cost much. The checker ends, soon, whatever it says.
import Diagnostics
import Testing
import Trellis

@Suite struct HostileTests {
  /// A small generator of our own, so that a failure comes again.
  private struct Numbers {
    var state: UInt64
    mutating func below(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(max(1, bound)))
    }
  }

  @Test func textsWithWordsLeftOutAndSwappedAreChecked() throws {
    var numbers = Numbers(state: 1)
    for file in Repository.files(["stdlib", "scripts/bench", "scripts/learn"]) {
      let source = try Repository.source(file)
      let words = String(decoding: source.bytes, as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false)
      for _ in 0..<8 {
        var changed = words
        for _ in 0...numbers.below(3) {
          let (i, j) = (numbers.below(changed.count), numbers.below(changed.count))
          if numbers.below(2) == 0 { changed.swapAt(i, j) } else { changed.remove(at: i) }
        }
        let found = Engine.check(SourceFile(name: source.name, bytes: Array(changed.joined(separator: " ").utf8)))
        #expect(found.allSatisfy { $0.span != nil })
      }
    }
  }

  private func seconds(_ script: String) -> Duration {
    let source = SourceFile(name: "script.trl", bytes: Array(script.utf8))
    return ContinuousClock().measure { _ = Engine.check(source) }
  }

  @Test func valuesThatHoldThemselvesManyTimesAreNotWalked() {
    let doubled = (1...60).map { "let x\($0) = [x\($0 - 1), x\($0 - 1)]" }.joined(separator: "\n")
    #expect(seconds("let x0 = [1]\n\(doubled)\nprint(x60 + 1)") < .seconds(2))
    let records = (1...60).map { "let r\($0) = {a: r\($0 - 1), b: r\($0 - 1)}" }.joined(separator: "\n")
    #expect(seconds("let r0 = {a: 1}\n\(records)\nprint(r60 + r60)") < .seconds(2))
  }

  @Test func loopsInLoopsAndCallsInCallsEnd() {
    let loops = (0..<30).map { String(repeating: " ", count: $0) + "for i\($0) in 0..10 {" }.joined(separator: "\n")
    #expect(seconds("var n = 0\n\(loops)\nn += 1\n\(String(repeating: "}", count: 30))") < .seconds(2))
    #expect(seconds("fn f(n) = f(n - 1) + f(n - 2)\nfn g(n) = g(f(n)) + f(g(n))\nprint(g(30))") < .seconds(2))
    let branches = (0..<200).map { "if c(\($0)) { x = \($0) } else { x = [x] }" }.joined(separator: "\n")
    #expect(seconds("fn c(k) = arguments == [k]\nvar x = 0\n\(branches)\nprint(x)") < .seconds(2))
  }

  @Test func deepExpressionsFitOnTheStack() {
    #expect(seconds("print(\(String(repeating: "-", count: 900))1)") < .seconds(2))
    let deep = "fn f(x) = \(String(repeating: "abs(", count: 400))x\(String(repeating: ")", count: 400))"
    #expect(seconds("\(deep)\n" + "fn g(x) = f(f(f(f(x))))\nfn h(x) = g(g(x))\nprint(h(h(1)))") < .seconds(2))
  }
}
