import Recurrences
import Tensor

extension Graph {
  func contraction(_ program: Program, _ inputs: [Node]) throws -> Node? { nil }
  func wholeReduction(_ program: Program, _ inputs: [Node]) throws -> Node? { nil }
}
