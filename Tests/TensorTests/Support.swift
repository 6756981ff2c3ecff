// Small tools for the tests of the graph: tensors from Swift arrays and back, a seeded generator, finite differences.
import KernelTypes
import Kernels
import Tensor

extension Graph {
  /// An f64 tensor with the given elements.
  func tensor(_ values: [Double], _ dims: [Int], _ type: DType = .f64) throws -> Node {
    try make(dims, type) { memory in
      for (index, value) in values.enumerated() {
        switch type {
        case .f64: memory.assumingMemoryBound(to: Double.self)[index] = value
        case .f32: memory.assumingMemoryBound(to: Float.self)[index] = Float(value)
        case .i64: memory.assumingMemoryBound(to: Int64.self)[index] = Int64(value)
        case .bool: memory.assumingMemoryBound(to: UInt8.self)[index] = value != 0 ? 1 : 0
        }
      }
    }
  }

  /// The elements in row-major order.
  func values(_ x: Node) throws -> [Double] {
    let memory = try contents(x)
    return (0..<x.count).map { index in
      switch x.dtype {
      case .f64: memory.assumingMemoryBound(to: Double.self)[index]
      case .f32: Double(memory.assumingMemoryBound(to: Float.self)[index])
      case .i64: Double(memory.assumingMemoryBound(to: Int64.self)[index])
      case .bool: memory.assumingMemoryBound(to: UInt8.self)[index] != 0 ? 1 : 0
      }
    }
  }
}

/// A small seeded generator (SplitMix64).
struct Generator: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
  mutating func double(_ range: ClosedRange<Double>) -> Double { .random(in: range, using: &self) }
  mutating func doubles(_ count: Int, _ range: ClosedRange<Double>) -> [Double] {
    (0..<count).map { _ in double(range) }
  }
}

/// A differentiable function of tensors, for the checks.
struct Case {
  var name: String
  var shapes: [[Int]]
  var range: ClosedRange<Double> = 0.3...1.7
  var f: (Graph, [Node]) throws -> Node
}

/// Sum of `f` weighted with fixed pseudo-random numbers, so that every output element counts differently.
func weighted(_ graph: Graph, _ y: Node) throws -> Node {
  var generator = Generator(state: 99)
  let weights = try graph.tensor(generator.doubles(y.count, -1...1), y.dims)
  defer { graph.release(weights) }
  let product = try graph.binary(.mul, .node(y), .node(weights))
  defer { graph.release(product) }
  return try graph.reduce(.sum, product, axes: nil, keepDims: false)
}

/// The value of the weighted sum at `inputs`.
func value(_ test: Case, _ inputs: [[Double]]) throws -> Double {
  let graph = Graph()
  let nodes = try zip(inputs, test.shapes).map { try graph.tensor($0, $1) }
  let y = try test.f(graph, nodes)
  return try graph.values(weighted(graph, y))[0]
}

/// Gradients of the weighted sum, one array an input.
func gradients(_ test: Case, _ inputs: [[Double]]) throws -> [[Double]] {
  let graph = Graph()
  let nodes = try zip(inputs, test.shapes).map { try graph.tensor($0, $1) }
  return try gradientNodes(graph, nodes, test).map { try graph.values($0) }
}

func gradientNodes(_ graph: Graph, _ nodes: [Node], _ test: Case) throws -> [Node] {
  let scope = try graph.beginGradient()
  let leaves = try nodes.map { try graph.leaf($0, scope) }
  let y = try test.f(graph, leaves)
  let total = try weighted(graph, y)
  let found = try graph.gradient(total, leaves, scope)
  graph.endGradient(scope)
  for leaf in leaves { graph.release(leaf) }
  graph.release(total)
  graph.release(y)
  return try zip(found, nodes).map { gradient, node in
    try gradient ?? graph.filled(node.dims, node.dtype, .float(0))
  }
}
