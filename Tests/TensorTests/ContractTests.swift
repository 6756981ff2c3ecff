// The contracts of lateness: plans are found again, failures stay where they belong, a stop leaves every value done or
// untouched, filling element by element is linear.
import CPlatform
import KernelTypes
import Kernels
import Tensor
import Testing

@Suite(.serialized) struct ContractTests {
  /// A step of gradient descent on a small model; parameters are replaced, so old ones may be written over.
  private func trainingStep(_ graph: Graph, _ w: inout Node, _ x: Node) throws {
    let scope = try graph.beginGradient()
    let leaf = try graph.leaf(w, scope)
    let y = try graph.matmul(x, leaf)
    let squares = try graph.unary(.square, y)
    let loss = try graph.reduce(.mean, squares, axes: nil, keepDims: false)
    let gradient = try graph.gradient(loss, [leaf], scope)[0]
    graph.endGradient(scope)
    for node in [leaf, y, squares, loss] { graph.release(node) }
    guard let gradient else { return }
    let step = try graph.binary(.mul, .node(gradient), .float(0.1))
    let next = try graph.binary(.sub, .node(w), .node(step))
    for node in [gradient, step, w] { graph.release(node) }
    w = next
  }

  @Test func theSecondStepPlansNothing() throws {
    let graph = Graph()
    var g = Generator(state: 1)
    var w = try graph.tensor(g.doubles(300 * 200, -1...1), [300, 200], .f32)
    let x = try graph.tensor(g.doubles(16 * 300, -1...1), [16, 300], .f32)
    var built: [Int] = []
    for _ in 0..<6 {
      try trainingStep(graph, &w, x)
      try graph.backEdge()
      built.append(graph.statistics.plansBuilt)
    }
    #expect(built[1] == built[5], "plans built after each step: \(built)")
    #expect(graph.liveBytes < 2 * 300 * 200 * 4 + 100_000, "parameters are written over")
  }

  @Test func aStopLeavesParametersUntouchedOrDone() throws {
    var g = Generator(state: 1)
    let start = g.doubles(300 * 200, -1...1)
    let data = g.doubles(16 * 300, -1...1)
    let reference = Graph()
    var w = try reference.tensor(start, [300, 200], .f32)
    let x = try reference.tensor(data, [16, 300], .f32)
    try trainingStep(reference, &w, x)
    let expected = try reference.values(w)

    let stopped = Graph()
    var v = try stopped.tensor(start, [300, 200], .f32)
    let z = try stopped.tensor(data, [16, 300], .f32)
    try trainingStep(stopped, &v, z)
    stopped.cancelFlag.pointee = 1
    #expect(throws: TensorError.self) { try stopped.force([v]) }
    stopped.cancelFlag.pointee = 0
    #expect(try stopped.values(v) == expected)
  }

  @Test func aFailureStaysWithItsNodes() throws {
    let graph = Graph()
    let table = try graph.tensor([1, 2, 3], [3])
    let bad = try graph.tensor([0, 7], [2], .i64)
    let mark = graph.mark()
    graph.site = 42
    let gathered = try graph.gather(table, bad)
    graph.site = 43
    let after = try graph.unary(.exp, gathered)
    let unrelated = try graph.unary(.neg, table)
    var sites: [UInt64] = []
    for _ in 0..<2 {
      do {
        try graph.settle(since: mark)
        try graph.force([gathered])
      } catch let error as TensorError {
        sites.append(error.site)
        guard case .indexOutOfRange(index: 7, size: 3, axis: 0) = error.kind else {
          Issue.record("unexpected \(error)")
          return
        }
      }
    }
    #expect(sites == [42, 42])
    #expect(throws: TensorError.self) { try graph.force([after]) }
    #expect(try graph.values(unrelated) == [-1, -2, -3])
  }

  @Test func fillingFromTheNeighbourCopiesOnce() throws {
    let graph = Graph()
    let n = 100_000
    var x = try graph.filled([n], .f64, .float(0))
    for index in 1..<n {
      let before = try graph.slice(x, [.index(index - 1)])
      let next = try graph.binary(.add, .node(before), .float(1))
      graph.release(before)
      x = try graph.assign(x, [.index(index)], .node(next))
      graph.release(next)
    }
    #expect(try graph.element(x, [n - 1]) == .float(Double(n - 1)))
    // The zeros get memory of their own once; every later write is in place.
    #expect(graph.statistics.copiesOnWrite == 1)
    #expect(graph.recorded < 10, "known scalars are computed at once")
  }

  @Test func memoryIsGivenBack() throws {
    let graph = Graph()
    var x = try graph.filled([1000], .f32, .float(1))
    for _ in 0..<100_000 {
      let next = try graph.binary(.mul, .node(x), .float(0.999))
      graph.release(x)
      x = next
      try graph.backEdge()
    }
    try graph.force([x])
    #expect(graph.peakBytes < 1 << 20)
  }

  @Test func theByteLimitHolds() throws {
    let graph = Graph()
    graph.byteLimit = 1 << 20
    let x = try graph.filled([1 << 17], .f32, .float(1))
    let a = try graph.unary(.exp, x)
    let b = try graph.unary(.sin, x)
    let c = try graph.unary(.cos, x)
    #expect(throws: TensorError.self) { try graph.force([a, b, c]) }
    #expect(throws: TensorError.self) { try graph.filled([1 << 50, 1 << 50], .f32, .float(1)) }
    #expect(try graph.element(a, [0]) != .float(0))
  }
}
