// The signatures of the tensor layer that VM and Library compile against until `Graph` itself is here: delete this file
// with the first commit that brings `Graph`.
import KernelTypes

package struct NodeRecord {
  package var header: HeapHeader
  package var dtype: DType
}
package typealias Node = UnsafeMutablePointer<NodeRecord>

extension UnsafeMutablePointer where Pointee == NodeRecord {
  package var dtype: DType { pointee.dtype }
  package var rank: Int { 0 }
  package var dims: [Int] { [] }
  package func dim(_ i: Int) -> Int { 0 }
  package var count: Int { 1 }
  package var isComputed: Bool { true }
  package var isWeak: Bool { false }
}

package enum Operand {
  case node(Node)
  case float(Double)
  case int(Int)
  case bool(Bool)
}
package enum Scalar {
  case float(Double)
  case int(Int)
  case bool(Bool)
}
package enum SliceItem {
  case index(Int)
  case range(Int?, Int?, step: Int)
  case newAxis, ellipsis
  case gather(Node)
}
package enum Reduction: UInt8, CaseIterable, Sendable { case sum, prod, max, min, mean, any, all, logsumexp }
package enum Distribution {
  case uniform(low: Double, high: Double)
  case normal(mean: Double, sd: Double)
  case integers(low: Int, high: Int)
  case bernoulli(p: Double)
  case gamma(shape: Double)
  case exponential
  case categorical(logits: Node)
  case permutation
  case dirichlet(alpha: Node)
}
package enum TensorError: Error {
  case cancelled
  case memoryLimit(requested: Int, limit: Int)
  case badValue(operation: String, detail: String)
}
package final class GradientScope {}

package final class Graph {
  package var byteLimit = Int.max
  package var liveBytes = 0
  package var site: UInt64 = 0
  package var stackRecorder: (() -> Int)?
  package var cancelFlag: UnsafeMutablePointer<Int32>
  package init() {
    cancelFlag = .allocate(capacity: 1)
    cancelFlag.initialize(to: 0)
  }
  private func missing() -> TensorError { .badValue(operation: "tensor", detail: "not built yet") }

  package func destroy(_ node: Node) {}
  package func unary(_ op: ElementOp, _ x: Node) throws -> Node { throw missing() }
  package func binary(_ op: ElementOp, _ a: Operand, _ b: Operand) throws -> Node { throw missing() }
  package func select(_ c: Node, _ a: Operand, _ b: Operand) throws -> Node { throw missing() }
  package func cast(_ x: Node, _ t: DType) throws -> Node { throw missing() }
  package func reduce(_ op: Reduction, _ x: Node, axes: [Int]?, keepDims: Bool) throws -> Node { throw missing() }
  package func argReduce(max: Bool, _ x: Node, axis: Int?) throws -> Node { throw missing() }
  package func cumulativeSum(_ x: Node, axis: Int) throws -> Node { throw missing() }
  package func softmax(_ x: Node, axis: Int) throws -> Node { throw missing() }
  package func logSoftmax(_ x: Node, axis: Int) throws -> Node { throw missing() }
  package func crossEntropy(_ logits: Node, _ labels: Node) throws -> Node { throw missing() }
  package func matmul(_ a: Node, _ b: Node) throws -> Node { throw missing() }
  package func reshape(_ x: Node, _ dims: [Int]) throws -> Node { throw missing() }
  package func permute(_ x: Node, _ axes: [Int]) throws -> Node { throw missing() }
  package func broadcast(_ x: Node, _ dims: [Int]) throws -> Node { throw missing() }
  package func slice(_ x: Node, _ items: [SliceItem]) throws -> Node { throw missing() }
  package func gather(_ x: Node, _ ids: Node) throws -> Node { throw missing() }
  package func concat(_ xs: [Node], axis: Int) throws -> Node { throw missing() }
  package func stack(_ xs: [Node], axis: Int) throws -> Node { throw missing() }
  package func oneHot(_ ids: Node, _ n: Int, _ t: DType) throws -> Node { throw missing() }
  package func assign(_ x: Node, _ items: [SliceItem], _ value: Operand) throws -> Node { throw missing() }
  package func filled(_ dims: [Int], _ t: DType, _ v: Scalar) throws -> Node { throw missing() }
  package func arange(_ start: Double, _ step: Double, _ n: Int, _ t: DType) throws -> Node { throw missing() }
  package func make(_ dims: [Int], _ t: DType, _ fill: (UnsafeMutableRawPointer) throws -> Void) throws -> Node {
    throw missing()
  }
  package func scalar(_ s: Scalar, _ t: DType) throws -> Node { throw missing() }
  package func random(_ d: Distribution, key: UInt64, counter: UInt64, _ dims: [Int], _ t: DType) throws -> Node {
    throw missing()
  }
  package func force(_ nodes: [Node]) throws { throw missing() }
  package func scalarValue(_ x: Node) throws -> Scalar { throw missing() }
  package func contents(_ x: Node) throws -> UnsafeRawPointer { throw missing() }
  package func element(_ x: Node, _ index: [Int]) throws -> Scalar { throw missing() }
  package func backEdge() throws {}
  package func mark() -> Int { 0 }
  package func settle(since mark: Int) throws {}
  package func finish() throws {}
  package func beginGradient() -> GradientScope { GradientScope() }
  package func leaf(_ x: Node, _ s: GradientScope) throws -> Node { throw missing() }
  package func gradient(_ output: Node, _ leaves: [Node], _ s: GradientScope) throws -> [Node?] { throw missing() }
  package func endGradient(_ s: GradientScope) {}
  package func stopGradient(_ x: Node) throws -> Node { throw missing() }
}
