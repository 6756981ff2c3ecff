// The machine against the plain evaluator: the same text printed, and an error in the same place, on random programs and
// on those of the script tests that the evaluator understands.
import Diagnostics
import Foundation
import Syntax
import Testing
import VM

@Suite struct DifferentialTests {
  /// Runs a text in both; nil where the evaluator gives up.
  static func disagreement(_ text: String, steps: Int = 10_000_000) throws -> String? {
    let script = Script()
    let code: Code
    do { code = try script.compile(text) } catch let problem as Diagnostic {
      return "does not compile: \(problem.problem.message)"
    }
    let module = Parser.parse(SourceFile(name: "random.trl", bytes: Array(text.utf8))).module
    let expected = try Reference.run(module, builtins: Set(script.machine.preludeNames), steps: steps)
    let found = script.run(code)
    if found.output == expected.output && (found.problem != nil) == expected.failed { return nil }
    return """
      machine:
      \(found.output)\(found.problem.map { "\($0.problem.id): \($0.problem.message)" } ?? "")
      reference:
      \(expected.output)\(expected.failed ? "error" : "")
      """
  }

  @Test(arguments: 0..<20) func agreesWithTheReference(batch: Int) throws {
    let count = RandomProgramTests.isLong ? 1000 : 100
    for index in 0..<count {
      let seed = UInt64(batch * count + index + 1)
      let text = RandomProgram.text(seed: seed)
      let difference = try DifferentialTests.disagreement(text)
      #expect(difference == nil, "program \(seed):\n\(text)")
      if difference != nil { return }
    }
  }

  /// The language's own tests, those that the evaluator understands and that compile.
  @Test func agreesOnTheScripts() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "ScriptTests/language")
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    var count = 0
    while let file = files?.nextObject() as? URL {
      guard file.pathExtension == "trl", let text = try? String(contentsOf: file, encoding: .utf8) else { continue }
      let difference: String?
      do { difference = try DifferentialTests.disagreement(text, steps: 50_000) } catch is Unsupported { continue }
      if difference?.hasPrefix("does not compile") ?? false { continue }
      count += 1
      #expect(difference == nil, "\(file.lastPathComponent)")
    }
    #expect(count >= 100)
  }
}
