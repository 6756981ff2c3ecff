// What can go wrong with tensors, as data. The VM turns a case into a diagnostic with the place that `site` names.

import Recurrences

/// An error of a tensor operation.
package struct TensorError: Error, Sendable {
  package indirect enum Kind: Sendable {
    /// Sizes that do not fit; `detail` shows both shapes.
    case shapeMismatch(operation: String, detail: String)
    case wrongType(operation: String, expected: String, found: String)
    case indexOutOfRange(index: Int, size: Int, axis: Int)
    case labelOutOfRange(label: Int, classes: Int)
    case integerOverflow(operation: String)
    case divisionByZero(operation: String)
    case badValue(operation: String, detail: String)
    case notDifferentiable(operation: String, why: String)
    case memoryLimit(requested: Int, limit: Int)
    case missingLibrary(library: String, package: String)
    /// A dynamic program that has no order.
    case program(ProgramError)
    /// A cell of a dynamic program that could not be computed.
    case cell(CellFailure)
    /// A look at a value that stands for all items of a batch.
    case mapped
    case cancelled
  }
  package var kind: Kind
  package var help: String?
  /// The operation that failed: the graph's `site` when it was recorded; 0 when it is the running instruction.
  package var site: UInt64 = 0
  /// Snapshot of the script's call stack taken when the operation was recorded; -1 for none.
  package var stack = -1
  /// Which operation failed, counted in the order of recording; -1 for one that failed at once.
  package internal(set) var order = -1
  /// Further places: the sites that made the operands, with what was made there.
  package var origins: [(site: UInt64, text: String)] = []

  package init(_ kind: Kind, help: String? = nil) {
    self.kind = kind
    self.help = help
  }
}
