// Runs test cases, several at a time, each with an engine of its own, and reports them in the order in which they were
// collected, whenever the next one in line is done.
import Diagnostics
import Glibc
import Synchronization

/// One passed or failed check.
package struct TestResult: Sendable {
  package let name: String
  package let file: String
  package let line: Int
  /// What went wrong; nil when it passed.
  package let failure: String?
}

package struct TestRunner: Sendable {
  package var configuration = Engine.Configuration()
  /// Only cases and blocks whose name contains this text.
  package var filter: String?
  /// Runs a shell command in the folder of a document: the output and the exit code.
  package var runCommand: @Sendable (_ command: String, _ document: String) -> (output: String, exitCode: Int)

  package init(runCommand: @escaping @Sendable (String, String) -> (output: String, exitCode: Int)) {
    self.runCommand = runCommand
    // A test that hangs shall not hang the others.
    configuration.limits.seconds = 120
    configuration.permissions = .everything
  }

  /// Runs `cases`, `width` at a time, and hands their results to `report` in order.
  package func run(_ cases: [TestCase], width: Int, report: @escaping @Sendable (TestResult) -> Void) {
    let queue = TestQueue(count: cases.count, report: report)
    let work: @Sendable () -> Void = {
      while let index = queue.next() { queue.finish(index, results(of: cases[index])) }
    }
    let helperCount = max(0, min(width, cases.count) - 1)
    let helpers = (0..<helperCount).compactMap { _ in JoinableThread(stackBytes: 1 << 20, work) }
    work()
    for helper in helpers { helper.join() }
  }

  private func results(of test: TestCase) -> [TestResult] {
    switch test.kind {
    case .blocks: return blockResults(of: test)
    case .script(let expectations), .example(let expectations):
      guard filter.map({ test.name.contains($0) }) ?? true else { return [] }
      return compare(test, expectations, runScript(test.source, expectations))
    case .command(let command, let expectations):
      guard filter.map({ test.name.contains($0) }) ?? true else { return [] }
      let ran = runCommand(command, test.source.name)
      var results = compare(test, expectations, Ran(output: ran.output, exitCode: ran.exitCode))
      if expectations.exitCode == nil && ran.exitCode != 0 {
        results = [result(test, failure: "expected exit code 0, got \(ran.exitCode)\n\(ran.output)")]
      }
      return results
    }
  }

  private struct Ran {
    var output = ""
    var diagnostics: [Diagnostic] = []
    var exitCode = 0
  }

  private func runScript(_ source: SourceFile, _ expectations: Expectations) -> Ran {
    let said = Mutex("")
    var hooks = Engine.Hooks()
    hooks.output = { text in said.withLock { $0 += text } }
    let engine = Engine(configuration, hooks: hooks)
    let outcome = engine.run(source, words: expectations.arguments)
    return Ran(output: said.withLock { $0 }, diagnostics: outcome.diagnostics, exitCode: outcome.exitCode)
  }

  private func compare(_ test: TestCase, _ expectations: Expectations, _ ran: Ran) -> [TestResult] {
    let differences = expectations.differences(
      output: ran.output, diagnostics: ran.diagnostics, exitCode: ran.exitCode)
    guard let first = differences.first else { return [result(test, failure: nil)] }
    let text = differences.map { $0.line == first.line ? $0.text : "line \($0.line): \($0.text)" }
    return [
      TestResult(name: test.name, file: test.source.name, line: first.line, failure: text.joined(separator: "\n"))
    ]
  }

  private func blockResults(of test: TestCase) -> [TestResult] {
    let found = Mutex<[TestResult]>([])
    var hooks = Engine.Hooks()
    let filter = filter
    hooks.testFinished = { block in
      let name = "\(test.source.name): \(block.name)"
      let failure = block.failure.map { Renderer().text($0) }
      let line = block.failure?.span.map { $0.source.location($0.start).line } ?? test.line
      found.withLock { $0.append(TestResult(name: name, file: test.source.name, line: line, failure: failure)) }
    }
    let engine = Engine(configuration, hooks: hooks)
    let outcome = engine.runTests(test.source) { name in
      filter.map { "\(test.source.name): \(name)".contains($0) } ?? true
    }
    var results = found.withLock { $0 }
    if !outcome.diagnostics.isEmpty {
      results.append(result(test, failure: Renderer().text(outcome.diagnostics)))
    }
    return results
  }

  private func result(_ test: TestCase, failure: String?) -> TestResult {
    TestResult(name: test.name, file: test.source.name, line: test.line, failure: failure)
  }
}

/// Hands out indices and puts results back into order.
private final class TestQueue: Sendable {
  private struct State {
    var taken = 0
    var reported = 0
    var waiting: [Int: [TestResult]] = [:]
  }
  private let state = Mutex(State())
  private let count: Int
  private let report: @Sendable (TestResult) -> Void

  init(count: Int, report: @escaping @Sendable (TestResult) -> Void) {
    self.count = count
    self.report = report
  }

  func next() -> Int? {
    state.withLock { state in
      guard state.taken < count else { return nil }
      state.taken += 1
      return state.taken - 1
    }
  }

  func finish(_ index: Int, _ results: [TestResult]) {
    state.withLock { state in
      state.waiting[index] = results
      while let ready = state.waiting.removeValue(forKey: state.reported) {
        for result in ready { report(result) }
        state.reported += 1
      }
    }
  }
}
