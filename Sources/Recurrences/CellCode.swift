// What the evaluator reads: a clause's steps in plain memory, with kernels looked up, addresses as sums over variables, and
// the knowledge which values are the same in every lane.
//
// Lanes: cells that lie on a line in the space of the table. Along it every variable moves by a fixed amount (`directions`), so
// an index expression is a start and a stride, an address too, and the lanes at which an index lies within its table are an
// interval. Values that are equal in all lanes ("uniform") are kept as one vector.
import KernelTypes
import Kernels

/// An index expression: its value in lane 0 for the variables' values there, and how it moves from lane to lane.
struct Line {
  var constant: Int
  var stride: Int
  var count: Int
  var factors: UnsafePointer<Int>

  @inline(__always) func value(_ variables: UnsafePointer<Int>) -> Int {
    var result = constant
    var index = 0
    while index < count {
      result &+= factors[index] &* variables[index]
      index &+= 1
    }
    return result
  }

  /// Whether it moves with one of those variables.
  func involves(_ variables: [Int]) -> Bool { variables.contains { $0 < count && factors[$0] != 0 } }
}

struct AxisCode {
  var line: Line
  var size: Int
  /// Register of the index where it is a value, else -1; and 0 if it is the same in all lanes, else 1.
  var register: Int32
  var registerStep = 1
  /// Elements between neighbours.
  var step: Int
  /// It can lie outside.
  var isChecked: Bool
}

struct ReadCode {
  var isTable: Bool
  var source: Int
  var type: DType
  /// Of the affine indices together, in elements of the source.
  var address: Line
  var axes: UnsafeBufferPointer<AxisCode>
  var hasValues: Bool
  var isUniform: Bool
  var isChecked: Bool
  var condition: Int32
  var conditionStep = 1
  var leavesOut: Bool
  var isTested: Bool
  var place: Int
  /// Of a ring of lines (see Wavefront): its place is that of lane 0, and lanes lie side by side.
  var isRing = false
  /// The values of a term's index for which what is gathered is kept, as the cells that follow read the same (see
  /// Frame+Reads); 0: nothing is kept.
  var keptRows = 0
  var keptVariable = 0
  var keptStart = 0
}

/// A read of rings: whose they are (of a table, or, numbered behind the tables, of a tensor), and how far it goes back.
struct RingRead {
  var number: Int
  var entry: Int
  var rows = 0
  var lines = 0
  var kinds: RingKinds = []
}

/// What a clause touches of what it reads.
struct RingKinds: OptionSet {
  let rawValue: UInt8
  static let values = RingKinds(rawValue: 1)
  static let tangents = RingKinds(rawValue: 2)
  static let adjoints = RingKinds(rawValue: 4)
  static let adjointTangents = RingKinds(rawValue: 8)
}

struct CodeStep {
  enum Kind: UInt8 {
    case element, index, spread, read, readTangent, reduce, reduceDual, seed, seedTangent, reduceAdjoint
    case accumulate, accumulateTangent, collected, collect
  }
  var kind: Kind
  var isUniform = false
  var size: Int32 = 0
  var target: Int32 = -1
  var a: Int32 = -1
  var b: Int32 = -1
  var c: Int32 = -1
  /// Bytes from lane to lane of a, b, c; 0 for one vector.
  var stepA: Int32 = 0
  var stepB: Int32 = 0
  var stepC: Int32 = 0
  var number: Int32 = 0
  var repeated = 0
  var kernel: ElementKernel?
  var line = Line(constant: 0, stride: 0, count: 0, factors: CodeArena.noFactors)
}

/// Steps up to one that chains side by side take together (see Walker+Chains), and that step.
struct StepPart {
  var steps: UnsafeBufferPointer<CodeStep>
  var product: UnsafePointer<CodeStep>?
}

struct GuardCode {
  var lines: UnsafeBufferPointer<Line>
  /// Reads of the steps whose lanes bound them.
  var guards: UnsafeBufferPointer<Int32>
  var steps: UnsafeBufferPointer<CodeStep>
  var result: Int32
  var isResultUniform: Bool
}

struct LoopCode {
  var variable: Int
  var start: Line
  var end: Line
}

struct TermCode {
  var loops: UnsafeBufferPointer<LoopCode>
  var filter: GuardCode
  /// Reads of the term itself whose lanes bound it.
  var guards: UnsafeBufferPointer<Int32>
  var steps: UnsafeBufferPointer<CodeStep>
  var result: Int32
  var tangent: Int32
  var isResultUniform: Bool
  var isTangentUniform: Bool
  /// The last step makes the result: it can write the row itself.
  var writesRow: Bool
  var adjoint: UnsafeBufferPointer<CodeStep>
  var weight: Int32
  var weightTangent: Int32
  /// Something in it can be masked: a filter's value, or a read under a condition.
  var hasMask: Bool
  /// Has one index at most, and counts in all lanes.
  var isPlain = false
}

/// A term that is a sum of reads whose lanes lie on lines: its rows are made, and its derivatives sent back, without
/// evaluating steps for each.
struct LinearTerm {
  var reads: UnsafeBufferPointer<Int32>
  /// Bounds on the loop's variable, and bounds on lanes.
  var loopBounds: UnsafeBufferPointer<LoopBound>
  var laneBounds: UnsafeBufferPointer<Line>
  /// Reads of a product in the logarithmic semiring (see Frame+LogProducts), or -1.
  var vector: Int32 = -1
  var matrix: Int32 = -1
}

/// `line + factor * variable >= 0`, with the loop's variable at 0 in `line`.
struct LoopBound {
  var line: Line
  var factor: Int
}

/// Looked up once: the table of kernels is shared by all threads.
struct RowKernels {
  let sum: RowsSumKernel?
  let scale: RowsScaleKernel?
  let accumulate: RowsAccumulateKernel?
  let logMatrix: LogMatrixKernel?
  let logProduct: LogProductKernel?
  let logProductAdjoint: LogProductAdjointKernel?
  let distances: DistancesKernel?
  let distancesAdjoint: DistancesAdjointKernel?

  init(_ type: DType) {
    let number = Int(type.rawValue)
    sum = Kernels.table.rowsSum[number]
    scale = Kernels.table.rowsScale[number]
    accumulate = Kernels.table.rowsAccumulate[number]
    logMatrix = Kernels.table.logMatrix[number]
    logProduct = Kernels.table.logProduct[number]
    logProductAdjoint = Kernels.table.logProductAdjoint[number]
    distances = Kernels.table.distances[number]
    distancesAdjoint = Kernels.table.distancesAdjoint[number]
  }
}

/// A sum of squared differences between what all lanes read (the point) and what each lane reads (see Frame+Distances).
struct DistanceCode {
  var point: Int32
  var others: Int32
  /// Values of the index that is summed over.
  var start: Int
  var count: Int
  var variable: Int
}

struct ReductionCode {
  var operation: ReductionOperator
  var distance: DistanceCode?
  var type: DType
  var terms: UnsafeBufferPointer<TermCode>
  /// One for each term, or empty if some term is not linear.
  var linear: UnsafeBufferPointer<LinearTerm>
  /// Rows at most.
  var capacity: Int
  /// What keeping the exponentials of its matrix takes, without padding; 0: nothing is kept.
  var keptBytes: Int
  /// Kernels for its type.
  var rowKernels: RowKernels
  var columns: ColumnsKernel?
  var product: ColumnsProductKernel?
  var fold: ReduceColumnsKernel?
  var depth: Int
  /// Variables of the terms that the reduction stands in.
  var enclosing: UnsafeBufferPointer<Int32>
  /// Some term has a tangent.
  var isDual: Bool
  var place: Int
}

final class CodeArena {
  /// Where nothing is.
  nonisolated(unsafe) static let none = UnsafeMutableRawPointer.allocate(byteCount: 256, alignment: 64)
  nonisolated(unsafe) static let noFactors = UnsafePointer(UnsafeMutablePointer<Int>.allocate(capacity: 1))
  private var blocks: [UnsafeMutableRawPointer] = []

  func keep<T>(_ items: [T]) -> UnsafeBufferPointer<T> {
    let memory = UnsafeMutablePointer<T>.allocate(capacity: max(1, items.count))
    memory.initialize(from: items, count: items.count)
    blocks.append(UnsafeMutableRawPointer(memory))
    return UnsafeBufferPointer(start: memory, count: items.count)
  }
  // What is kept is plain.
  deinit { for block in blocks { block.deallocate() } }
}

/// One clause in one of its forms, compiled for one schedule.
final class ClauseCode {
  let arena = CodeArena()
  let table: Int
  let place: Int
  let variableCount: Int
  let registerCount: Int
  let slotCount: Int
  let types: [DType]
  let match: GuardCode
  let steps: UnsafeBufferPointer<CodeStep>
  let parts: UnsafeBufferPointer<StepPart>
  let guards: UnsafeBufferPointer<Int32>
  let result: Int32
  let tangent: Int32
  let isResultUniform: Bool
  let isTangentUniform: Bool
  let reads: UnsafeBufferPointer<ReadCode>
  let reductions: UnsafeBufferPointer<ReductionCode>
  /// Registers to fill once: constants.
  let constants: [(register: Int, type: DType, bits: UInt64)]
  let depth: Int
  /// Most rows that a reduction has.
  let rows: Int
  /// Bytes of matrices that are kept at most: of narrow ones half are padding.
  let keptBytes: Int
  /// Says which cells there are; its result is a condition.
  let isBand: Bool
  /// Reads of rings, with their distances.
  let rings: UnsafeBufferPointer<RingRead>

  init(
    _ clause: CellClause, _ program: Program, directions: [Int], tested: Set<Int>, walked: [Int] = [],
    innermost: Int? = nil, parallel: [Int] = [], rings: [RingRead] = [],
    isBand: Bool = false
  ) {
    self.isBand = isBand
    let kinds = clause.kinds
    self.rings = arena.keep(
      rings.map { ring in
        var ring = ring
        ring.kinds = kinds[ring.number] ?? []
        return ring
      })
    var compiler = CodeCompiler(
      clause, program, directions, tested, walked: walked, innermost: innermost, ringReads: Set(rings.map(\.number)),
      arena)
    compiler.compile()
    table = clause.table
    place = clause.place
    variableCount = clause.variableCount
    types = compiler.types
    registerCount = compiler.types.count
    slotCount = clause.slotCount
    match = compiler.match
    steps = compiler.steps
    parts = arena.keep(compiler.parts(parallel: parallel))
    guards = compiler.guards
    result = clause.result
    tangent = clause.tangent
    isResultUniform = clause.result >= 0 && compiler.uniform[Int(clause.result)]
    isTangentUniform = clause.tangent >= 0 && compiler.uniform[Int(clause.tangent)]
    reads = compiler.reads
    reductions = compiler.reductions
    constants = compiler.constants
    depth = compiler.depth
    rows = compiler.reductions.reduce(0) { max($0, $1.capacity) }
    let kept = compiler.reductions.reduce(0) { $0 + $1.keptBytes }
    keptBytes = kept > 0 ? 2 * kept + 65_536 : 0
  }
}
