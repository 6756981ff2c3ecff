// The executor against plain loops over cells, in values and derivatives, on one thread and on two.
import KernelTypes
import Kernels
import Recurrences
import Tensor
import Testing

@Suite struct ExecutionTests {
  private func tensor(_ graph: Graph, _ dims: [Int], _ value: (Int) -> Double) throws -> Node {
    try graph.make(dims, .f64) { memory in
      for index in 0..<dims.reduce(1, *) { memory.assumingMemoryBound(to: Double.self)[index] = value(index) }
    }
  }
  private func elements(_ graph: Graph, _ x: Node) throws -> [Double] {
    let memory = try graph.contents(x).assumingMemoryBound(to: Double.self)
    return (0..<x.count).map { memory[$0] }
  }
  private func pseudorandom(_ index: Int) -> Double { Double((index &* 7919 &+ 13) % 1009) / 504.5 - 1 }

  /// Cells of a program, and the derivative of the sum of their squares in the first input.
  private func run(_ program: Program, threads: Int) throws -> (cells: [Double], derivative: [Double]) {
    let graph = Graph(pool: Pool(threads: 1))
    graph.pool.threads = threads
    let inputs = try program.inputs.map { try tensor(graph, $0.sizes, pseudorandom) }
    let scope = try graph.beginGradient()
    let leaves = try inputs.map { try graph.leaf($0, scope) }
    let cells = try graph.recurrence(program, inputs: leaves)[0]
    let squares = try graph.unary(.square, cells)
    let total = try graph.reduce(.sum, squares, axes: nil, keepDims: false)
    let gradients = try graph.gradient(total, leaves, scope)
    let first = try #require(gradients[0])
    let result = (try elements(graph, cells), try elements(graph, first))
    graph.endGradient(scope)
    return result
  }

  @Test(arguments: [(5, 40, 20), (70, 9, 3), (1, 200, 33)])
  func chainsEqualPlainLoops(_ sizes: (b: Int, t: Int, s: Int)) throws {
    let (batch, time, states) = sizes
    let found = try run(chain(batch, time, states, ReductionOperator(.max)), threads: 1).cells
    var expected = (0..<batch * time * states).map(pseudorandom)
    for b in 0..<batch {
      for t in 1..<time {
        for s in 0..<states {
          let row = (b * time + t - 1) * states
          let best = (0..<states).map { expected[row + $0] + pseudorandom($0 * states + s) }.max() ?? 0
          expected[(b * time + t) * states + s] += best
        }
      }
    }
    #expect(found == expected)
  }

  @Test(arguments: [(1, 1), (7, 300), (300, 7), (130, 140)])
  func gridsEqualPlainLoops(_ sizes: (n: Int, m: Int)) throws {
    let (n, m) = sizes
    let operation = ReductionOperator(.max, isMinimum: true)
    let found = try run(grid(n, m, operation, offsets: [(-1, 0), (0, -1), (-1, -1)]), threads: 1).cells
    var expected = (0..<n * m).map(pseudorandom)
    for i in 0..<n {
      for j in 0..<m where i + j > 0 {
        var best = Double.infinity
        if i > 0 { best = min(best, expected[(i - 1) * m + j]) }
        if j > 0 { best = min(best, expected[i * m + j - 1]) }
        if i > 0 && j > 0 { best = min(best, expected[(i - 1) * m + j - 1]) }
        expected[i * m + j] += best
      }
    }
    #expect(found == expected)
  }

  @Test(arguments: [ReductionOperator(.entropy, gamma: 0.5), ReductionOperator(.l2), ReductionOperator(.tsallis(1.5))])
  func threadsDoNotChangeBits(_ operation: ReductionOperator) throws {
    let program = chain(24, 60, 20, operation)
    let (one, two) = (try run(program, threads: 1), try run(program, threads: 2))
    #expect(one.cells == two.cells)
    #expect(one.derivative == two.derivative)
    let isFinite = one.derivative.allSatisfy { $0.isFinite }
    #expect(isFinite)
  }
}
