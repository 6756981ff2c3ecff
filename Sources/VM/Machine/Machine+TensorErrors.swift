// What goes wrong in the tensor layer, as diagnostics: the place is the operation that failed, which may be far from
// the instruction that looked.
import Diagnostics
import Tensor

/// Call stacks that were taken for operations that may fail later: the last few thousand, as sites of instructions.
struct StackLog {
  private static let capacity = 1 << 12
  private var entries: [[UInt64]] = []
  /// Number of stacks taken so far.
  private var taken = 0

  /// The number of a stack; the same as last time in a loop that takes the same one again and again.
  mutating func take(_ sites: [UInt64]) -> Int {
    if taken > 0, entries[(taken - 1) % StackLog.capacity] == sites { return taken - 1 }
    if entries.count < StackLog.capacity {
      entries.append(sites)
    } else {
      entries[taken % StackLog.capacity] = sites
    }
    taken += 1
    return taken - 1
  }

  subscript(number: Int) -> [UInt64]? {
    number >= 0 && number < taken && number >= taken - StackLog.capacity ? entries[number % StackLog.capacity] : nil
  }
}

/// Keeps a diagnostic while its problem goes on.
private func noted(_ diagnostic: Diagnostic, _ place: inout Diagnostic?) -> Problem {
  place = diagnostic
  return diagnostic.problem
}

extension Machine {
  func diagnostic(tensor error: TensorError) -> Diagnostic {
    var failure: Diagnostic?
    let problem: Problem =
      switch error.kind {
      case .shapeMismatch(let operation, let detail): .shapeMismatch(operation: operation, detail: detail)
      case .wrongType(let operation, let expected, let found):
        .wrongType(operation: operation, expected: expected, found: found)
      case .indexOutOfRange(let index, let size, let axis):
        .indexOutOfRange(index: "\(index)", size: size, axis: axis >= 0 ? "axis \(axis)" : nil)
      case .labelOutOfRange(let label, let classes): .labelOutOfRange(label: label, classes: classes)
      case .integerOverflow(let operation): .integerOverflow(operation: operation)
      case .divisionByZero(let operation): .divisionByZero(operation: operation)
      case .badValue(let operation, let detail): .badValue(operation: operation, detail: detail)
      case .notDifferentiable(let operation, let why): .notDifferentiable(operation: operation, why: why)
      case .memoryLimit(let requested, let limit): .memoryLimit(requested: requested, limit: limit)
      case .missingLibrary(let library, let package): .missingLibrary(library: library, package: package)
      case .program(let problem): noted(diagnostic(problem), &failure)
      case .cell(let problem): noted(diagnostic(problem, definition(site: error.site)), &failure)
      case .mapped: .mappedValue
      case .cancelled: stopped ?? .interrupted
      }
    var diagnostic = Diagnostic(problem, at: span(site: error.site), help: error.help)
    if let failure {
      diagnostic.span = failure.span ?? diagnostic.span
      diagnostic.labels = failure.labels
      diagnostic.help = error.help ?? failure.help
    }
    for origin in error.origins {
      if let place = span(site: origin.site) { diagnostic.labels.append(Diagnostic.Label(place, origin.text)) }
    }
    if let sites = stacks[error.stack] { diagnostic.stack = sites.map(stackFrame) }
    return diagnostic
  }
}
