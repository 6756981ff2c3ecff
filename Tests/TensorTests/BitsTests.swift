// Looking never changes bits. Random programs over tensors are run lazily, with every intermediate value looked at, with
// cuts at random places, with one thread and with two: all must give the same bits, plans made or found.
import KernelTypes
import Kernels
import Tensor
import Testing

/// A random straight-line program: each step makes a tensor from earlier ones.
struct RandomProgram {
  enum Step {
    case unary(ElementOp, Int)
    case binary(ElementOp, Int, Int)
    case scaled(Int, Double)
    case reduce(Reduction, Int, axis: Int?, keep: Bool)
    case matmul(Int, Int)
    case transpose(Int)
    case slice(Int, Int)
    case softmax(Int)
    case reshape(Int)
    case assign(Int, Double)
    case gradient(Int)
  }
  var steps: [Step] = []
  /// Where a cut is made, and what is still held at the end.
  var cuts: Set<Int> = []
  var held: Set<Int> = []

  init(seed: UInt64, length: Int) {
    var g = Generator(state: seed)
    let unaries: [ElementOp] = [.neg, .abs, .exp, .tanh, .sigmoid, .relu, .square, .sin, .softplus, .sqrt]
    let binaries: [ElementOp] = [.add, .sub, .mul, .div, .max, .min]
    for index in 0..<length {
      let a = Int.random(in: 0..<(index + 2), using: &g)
      let b = Int.random(in: 0..<(index + 2), using: &g)
      switch Int.random(in: 0..<20, using: &g) {
      case 0..<5: steps.append(.unary(unaries.randomElement(using: &g) ?? .neg, a))
      case 5..<11: steps.append(.binary(binaries.randomElement(using: &g) ?? .add, a, b))
      case 11: steps.append(.scaled(a, Double.random(in: -2...2, using: &g)))
      case 12, 13:
        let reduction = [Reduction.sum, .max, .mean, .logsumexp].randomElement(using: &g) ?? .sum
        steps.append(
          .reduce(reduction, a, axis: [nil, 0, -1].randomElement(using: &g) ?? nil, keep: Bool.random(using: &g)))
      case 14: steps.append(.matmul(a, b))
      case 15: steps.append(.transpose(a))
      case 16: steps.append(.slice(a, Int.random(in: 0..<8, using: &g)))
      case 17: steps.append(.softmax(a))
      case 18: steps.append(.assign(a, Double.random(in: -1...1, using: &g)))
      default: steps.append(Bool.random(using: &g) ? .reshape(a) : .gradient(a))
      }
      if Int.random(in: 0..<6, using: &g) == 0 { cuts.insert(index) }
      if Int.random(in: 0..<3, using: &g) == 0 { held.insert(index) }
    }
  }

  /// Runs the program; `look` sees every value as it is made. Returns the bits of what is held at the end.
  func run(_ graph: Graph, look: (Graph, Int, Node) throws -> Void) throws -> [UInt64] {
    var g = Generator(state: 5)
    var values: [Node] = [
      try graph.tensor(g.doubles(24, -1...1), [4, 6], .f32), try graph.tensor(g.doubles(6, -1...1), [6], .f32),
    ]
    for (index, step) in steps.enumerated() {
      let made = (try? apply(step, values, graph)) ?? graph.retain(values[0])
      try look(graph, index, made)
      values.append(made)
    }
    var bits: [UInt64] = []
    var kept: [Node] = []
    for (index, node) in values.enumerated() {
      if index < 2 || held.contains(index - 2) || index == values.count - 1 {
        kept.append(node)
      } else {
        graph.release(node)
      }
    }
    for node in kept {
      bits.append(UInt64(node.count))
      bits += try graph.values(node).map(\.bitPattern)
      graph.release(node)
    }
    return bits
  }

  private func apply(_ step: Step, _ values: [Node], _ graph: Graph) throws -> Node {
    switch step {
    case .unary(let op, let a): return try graph.unary(op, values[a])
    case .binary(let op, let a, let b): return try graph.binary(op, .node(values[a]), .node(values[b]))
    case .scaled(let a, let factor): return try graph.binary(.mul, .node(values[a]), .float(factor))
    case .reduce(let reduction, let a, let axis, let keep):
      return try graph.reduce(reduction, values[a], axes: axis.map { [$0] }, keepDims: keep)
    case .matmul(let a, let b): return try graph.matmul(values[a], values[b])
    case .transpose(let a): return try graph.permute(values[a], Array((0..<values[a].rank).reversed()))
    case .slice(let a, let from):
      return try graph.slice(values[a], [.range(from % 3, nil, step: 1 + from % 2)])
    case .softmax(let a): return try graph.softmax(values[a], axis: -1)
    case .reshape(let a): return try graph.reshape(values[a], [-1])
    case .assign(let a, let value):
      return try graph.assign(graph.retain(values[a]), [.index(0)], .float(value))
    case .gradient(let a):
      let scope = try graph.beginGradient()
      defer { graph.endGradient(scope) }
      let leaf = try graph.leaf(values[a], scope)
      defer { graph.release(leaf) }
      let y = try graph.unary(.tanh, leaf)
      defer { graph.release(y) }
      let z = try graph.binary(.mul, .node(y), .node(leaf))
      defer { graph.release(z) }
      let total = try graph.reduce(.sum, z, axes: nil, keepDims: false)
      defer { graph.release(total) }
      return try graph.gradient(total, [leaf], scope)[0] ?? graph.retain(values[a])
    }
  }
}

@Suite(.serialized) struct BitsTests {
  @Test func lookingCuttingAndThreadsChangeNoBits() throws {
    let two = Pool(threads: 2)
    // One graph for all lazy runs, so that plans of other programs are around to be mistaken for ours.
    let shared = Graph()
    for seed in 0..<1000 {
      let program = RandomProgram(seed: UInt64(seed), length: 4 + seed % 40)
      let lazy = try program.run(shared) { _, _, _ in }
      let again = try program.run(shared) { _, _, _ in }
      let looked = try program.run(Graph()) { graph, _, node in _ = try graph.values(node) }
      let cut = try program.run(Graph()) { graph, index, _ in if program.cuts.contains(index) { try graph.cut() } }
      let threaded = try program.run(Graph(pool: two)) { _, _, _ in }
      expectSame(lazy, again, "program \(seed) twice")
      expectSame(lazy, looked, "program \(seed) with every value looked at")
      expectSame(lazy, cut, "program \(seed) cut at \(program.cuts.sorted())")
      expectSame(lazy, threaded, "program \(seed) on two threads")
    }
    #expect(shared.liveBytes < 1 << 20)
  }
}

/// Compares bits without printing thousands of them.
private func expectSame(_ a: [UInt64], _ b: [UInt64], _ name: String) {
  if a == b { return }
  let place = zip(a, b).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(a.count, b.count)
  Issue.record("\(name): differs from element \(place) of \(a.count)")
}
