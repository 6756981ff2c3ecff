// What goes wrong in the tensor layer, as diagnostics: the place is the operation that failed, which may be far from
// the instruction that looked.
import Diagnostics
import Tensor

extension Machine {
  func diagnostic(tensor error: TensorError) -> Diagnostic {
    switch error {
    case .cancelled: Diagnostic(.interrupted, at: nil)
    case .memoryLimit(let requested, let limit): Diagnostic(.memoryLimit(requested: requested, limit: limit), at: nil)
    case .badValue(let operation, let detail): Diagnostic(.badValue(operation: operation, detail: detail), at: nil)
    }
  }
}
