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
  /// The functions of a script that define it.
  package let function: UserReduction?
  private let apply: Apply

  package init(
    name: String, operation: ReductionOperator, function: UserReduction? = nil, apply: @escaping Apply
  ) {
    self.name = name
    self.operation = operation
    self.function = function
    self.apply = apply
  }

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
