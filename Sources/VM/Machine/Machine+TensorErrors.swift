// What goes wrong in the tensor layer, as diagnostics: the place is the operation that failed, which may be far from
// the instruction that looked.
import Diagnostics
import Tensor

extension Machine {
  func diagnostic(tensor error: TensorError) -> Diagnostic {
    let problem: Problem =
      switch error.kind {
      case .shapeMismatch(let operation, let detail): .shapeMismatch(operation: operation, detail: detail)
      case .wrongType(let operation, let expected, let found):
        .wrongType(operation: operation, expected: expected, found: found)
      case .indexOutOfRange(let index, let size, let axis):
        .indexOutOfRange(index: "\(index)", size: size, axis: axis >= 0 ? "axis \(axis)" : nil)
      case .integerOverflow(let operation): .integerOverflow(operation: operation)
      case .divisionByZero(let operation): .divisionByZero(operation: operation)
      case .badValue(let operation, let detail): .badValue(operation: operation, detail: detail)
      case .notDifferentiable(let operation, let why): .notDifferentiable(operation: operation, why: why)
      case .memoryLimit(let requested, let limit): .memoryLimit(requested: requested, limit: limit)
      case .missingLibrary(let library, let package): .missingLibrary(library: library, package: package)
      case .cancelled: .interrupted
      }
    var diagnostic = Diagnostic(problem, at: span(site: error.site), help: error.help)
    for origin in error.origins {
      if let place = span(site: origin.site) { diagnostic.labels.append(Diagnostic.Label(place, origin.text)) }
    }
    if stacks.indices.contains(error.stack) { diagnostic.stack = stacks[error.stack] }
    return diagnostic
  }
}
