// `trellis test`: runs what is written in scripts and documents, and says which of it failed.
import Diagnostics
import Glibc
import Synchronization
import Trellis

func testCommand(_ settings: Settings, _ paths: [String]) throws -> ExitCode {
  let cases: [TestCase]
  do {
    cases = try TestCase.collect(paths.isEmpty ? ["."] : paths)
  } catch let problem as Diagnostic {
    throw UsageError(problem.problem.message)
  }
  // The cases themselves run side by side; each then computes alone.
  var runner = TestRunner(runCommand: runShell)
  runner.configuration = configuration(settings)
  runner.configuration.limits.seconds = 120
  runner.filter = settings.filter

  let counts = Mutex((passed: 0, failed: 0))
  let json = settings.json
  runner.run(cases, width: settings.threads ?? Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) { result in
    counts.withLock { if result.failure == nil { $0.passed += 1 } else { $0.failed += 1 } }
    if json {
      Stream.output.line(jsonLine(result))
    } else if let failure = result.failure {
      let text = failure.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n    ")
      Stream.output.write("\(result.file):\(result.line): \(result.name)\n    \(trimEnd(text))\n")
    }
  }
  let (passed, failed) = counts.withLock { $0 }
  if json {
    let sums: [(String, JSON)] = [
      ("type", .string("summary")), ("passed", .integer(passed)), ("failed", .integer(failed)),
    ]
    Stream.output.line(JSON.object(sums).text)
  } else {
    Stream.output.line("\(passed) passed, \(failed) failed")
  }
  Stream.output.flush()
  return failed == 0 ? .success : .failed
}

private func jsonLine(_ result: TestResult) -> String {
  var fields: [(String, JSON)] = [
    ("type", .string("test")), ("name", .string(result.name)), ("file", .string(result.file)),
    ("line", .integer(result.line)), ("outcome", .string(result.failure == nil ? "passed" : "failed")),
  ]
  if let failure = result.failure { fields.append(("failure", .string(failure))) }
  return JSON.object(fields).text
}

private func trimEnd(_ text: String) -> Substring {
  var rest = text[...]
  while let last = rest.last, last.isWhitespace { rest.removeLast() }
  return rest
}

/// Runs a line of a document's shell block in the document's folder, with this very program as `trellis`.
@Sendable
private func runShell(_ command: String, _ document: String) -> (output: String, exitCode: Int) {
  let program = Files.canonical("/proc/self/exe")
  let folder = Files.folder(of: document)
  func quoted(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
  let script = """
    cd \(quoted(folder.isEmpty ? "." : folder)) && trellis() { \(quoted(program)) "$@"; }
    \(command)
    """
  let line = "sh -c \(quoted(script)) </dev/null 2>&1"
  guard let stream = popen(line, "r") else { return ("", -1) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 4096)
  while true {
    let count = fread(&buffer, 1, buffer.count, stream)
    if count == 0 { break }
    bytes += buffer[..<count]
  }
  let status = pclose(stream)
  return (String(decoding: bytes, as: UTF8.self), Int(status >> 8 & 0xFF))
}
