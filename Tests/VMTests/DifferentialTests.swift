// The machine against the plain evaluator on random programs: the same lines, and nothing left behind.
import Diagnostics
import Syntax
import Testing
import VM

@Suite struct DifferentialTests {
  @Test(arguments: 0..<20) func agreesWithTheReference(batch: Int) throws {
    for index in 0..<100 {
      let text = RandomProgram.text(seed: UInt64(batch * 100 + index + 1))
      let parsed = Parser.parse(SourceFile(name: "random.trl", bytes: Array(text.utf8)))
      try #require(parsed.diagnostics.isEmpty, "\(parsed.diagnostics.first?.problem.message ?? "")\n\(text)")
      let expected = Reference.lines(parsed.module)
      var found = Script.lines(text)
      if let last = found.last, last.hasPrefix("error ") { found[found.count - 1] = "error" }
      #expect(found == expected, "\(text)")
      if found != expected { return }
    }
  }

  @Test(arguments: 0..<10) func releasesEverything(batch: Int) throws {
    for index in 0..<40 {
      let text = RandomProgram.text(seed: UInt64(90_000 + batch * 40 + index))
      let script = Script()
      guard let code = try? script.compile(text) else { continue }
      func run() { if let value = try? script.machine.run(code) { script.heap.release(value) } }
      run()
      run()
      let before = script.heap.liveBytes
      run()
      #expect(script.heap.liveBytes == before, "\(text)")
    }
  }
}
