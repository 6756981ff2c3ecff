// Where a run speaks to the world: results for people go to standard output, progress and diagnostics to standard error;
// with --json both are lines of JSON, one object each.
import Diagnostics
import Trellis

final class Console: @unchecked Sendable {
  // Called by one thread at a time: the engine's while it runs, the main thread while it rests.
  private let json: Bool
  private let progress = ProgressDisplay(stream: .error)
  private var hasPrinted = false
  private var lastStep = -1.0

  init(json: Bool) { self.json = json }

  /// The hooks of an engine that reports here.
  var hooks: Engine.Hooks {
    var hooks = Engine.Hooks()
    hooks.output = { [self] in output($0) }
    hooks.metric = { [self] in metric($0) }
    hooks.progress = { [self] in step($0) }
    return hooks
  }

  func output(_ text: String) {
    if json {
      let line = text.hasSuffix("\n") ? String(text.dropLast()) : text
      emit(.output, [("type", .string("output")), ("text", .string(line))])
    } else {
      if Stream.output.isTerminal { progress.clear() }
      hasPrinted = true
      Stream.output.write(text)
    }
  }

  /// The value of an expression.
  func value(_ text: String) {
    if json {
      emit(.output, [("type", .string("value")), ("text", .string(text))])
    } else {
      Stream.output.line(text)
    }
  }

  private func metric(_ metric: Metric) {
    guard json else {
      // A script that prints a table of its own does not want its metrics between the rows.
      if progress.isActive || !hasPrinted { progress.metric(metric) }
      return
    }
    var fields: [(String, JSON)] = [
      ("type", .string("metric")), ("name", .string(metric.name)), ("value", .number(metric.value)),
    ]
    if let step = metric.step { fields.append(("step", .integer(step))) }
    emit(.output, fields)
  }

  private func step(_ step: ProgressStep) {
    guard json else { return progress.step(step) }
    // Ten lines a second are enough, and the first and the last step always.
    let time = monotonicSeconds()
    guard step.done == 0 || step.isLast || time - lastStep >= 0.1 else { return }
    lastStep = time
    var fields: [(String, JSON)] = [
      ("type", .string("progress")), ("label", .string(step.label)), ("done", .integer(step.done)),
    ]
    if let total = step.total { fields.append(("total", .integer(total))) }
    emit(.error, fields)
  }

  private func problems(_ error: ScriptError) {
    fault(json ? error.json : error.rendered(colour: Stream.error.isColoured))
  }

  /// What is wrong with texts that were not run.
  func problems(_ diagnostics: [Diagnostic]) {
    fault(json ? Renderer.json(diagnostics) : Renderer(colour: Stream.error.isColoured).text(diagnostics))
  }

  private func fault(_ text: String) {
    progress.clear()
    Stream.output.flush()
    Stream.error.write(text)
    Stream.error.flush()
  }

  /// Runs something, says how it ended and gives the exit code for it. `body` gives the text of a value to be shown.
  func report(_ body: () throws(ScriptError) -> String?) throws -> ExitCode {
    do {
      let shown = try body()
      end()
      if let shown { value(shown) }
      Stream.output.flush()
      return .success
    } catch {
      end()
      // Words that fit no param are a wrong command line, not a wrong script.
      if error.ending == .wrongArguments, let problem = error.problems.first {
        throw UsageError(problem.message, hint: problem.help)
      }
      problems(error)
      return ExitCode(rawValue: Int32(error.ending.exitCode)) ?? .failed
    }
  }

  private func end() {
    progress.end()
    Stream.output.flush()
  }

  private func emit(_ stream: Target, _ fields: [(String, JSON)]) {
    let target = stream == .output ? Stream.output : Stream.error
    target.line(JSON.object(fields).text)
  }
  private enum Target { case output, error }
}

/// What a line of JSON is made of.
enum JSON {
  case string(String)
  case integer(Int)
  case number(Double)
  case object([(String, JSON)])

  var text: String {
    switch self {
    case .string(let value): Renderer.quoted(value)
    case .integer(let value): String(value)
    // JSON has no infinities and no NaN.
    case .number(let value): value.isFinite ? "\(value)" : Renderer.quoted("\(value)")
    case .object(let fields):
      "{" + fields.map { "\(Renderer.quoted($0.0)):\($0.1.text)" }.joined(separator: ",") + "}"
    }
  }
}
