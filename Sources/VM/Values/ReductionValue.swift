// A reduction as a value: what `smooth(max, entropy, 0.1)` gives. In the bodies of definitions it is an operator of the
// program; called on tensors, lists or numbers it does what the library made it do.
import Recurrences
import Tensor

package final class ReductionValue {
  /// Arguments are borrowed, as for `BoundFunction`; the result is owned.
  package typealias Apply = (
    _ machine: Machine, _ reduction: ReductionValue, _ positional: [Value], _ named: [(name: String, value: Value)]
  ) throws -> Value

  /// For messages: `smooth(max, entropy, 0.1)`.
  package let name: String
  package let operation: ReductionOperator
  /// Functions of a script that it is made of, and the like.
  package let captured: [Value]
  private let heap: Heap
  private let apply: Apply

  /// Takes over `captured`.
  package init(
    name: String, operation: ReductionOperator, heap: Heap, captured: [Value] = [], apply: @escaping Apply
  ) {
    self.name = name
    self.operation = operation
    self.captured = captured
    self.heap = heap
    self.apply = apply
  }

  deinit { for value in captured { heap.release(value) } }

  package func call(
    _ machine: Machine, _ positional: [Value], named: [(name: String, value: Value)] = []
  ) throws -> Value {
    try apply(machine, self, positional, named)
  }

  /// The operator of a builtin.
  package static func named(_ name: String) -> ReductionOperator? { builtins[name] }

  private static let builtins: [String: ReductionOperator] = [
    "sum": ReductionOperator(.sum), "prod": ReductionOperator(.prod), "mean": ReductionOperator(.mean),
    "any": ReductionOperator(.any), "all": ReductionOperator(.all), "max": ReductionOperator(.max),
    "min": ReductionOperator(.max, isMinimum: true), "logsumexp": ReductionOperator(.entropy),
  ]
}

extension Value {
  package var reductionValue: ReductionValue? { tag == .box ? BoxRef(self).content as? ReductionValue : nil }
}

extension Machine {
  /// The operator that a value is, if it is a reduction.
  package func reductionOperator(_ value: Value) -> ReductionOperator? {
    if value.tag == .builtin { return ReductionValue.named(builtins[Int(value.bits)].name) }
    return value.reductionValue?.operation
  }
}
