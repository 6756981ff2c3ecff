// The functions that each ISA target fills in and the rest of the program calls: plain C function pointers over raw
// memory, so that nothing generic crosses the border between code compiled for different processors.
//
// Conventions of every kernel:
// - Memory is over-readable: a kernel may read up to 64 bytes past the last element of an operand.
// - An element kernel writes whole vectors: up to the next multiple of `lanesPerStep` elements. The caller gives it
//   padded memory, or a count that is such a multiple.
// - An element's bits depend on its operands only, never on its position: tails run through the same vector code.
// - `dst` may be the same address as an operand.

/// An element operation over `n` lanes; a unary operation ignores b and c. Returns -1, or for operations that can fail
/// `ElementFailure.encode` of the first bad lane. The high half of `n` may say of the operands of an operation that
/// `takesRepeated` that they are one vector, used again and again (`RepeatedOperand`).
package typealias ElementKernel =
  @convention(c) (
    _ dst: UnsafeMutableRawPointer, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ c: UnsafeRawPointer, _ n: Int
  ) -> Int

/// Bits of an element kernel's count for operands of which there is one vector only.
package enum RepeatedOperand {
  package static let a = 1 << 32
  package static let b = 1 << 33
  package static let c = 1 << 34
  /// The lanes without the bits.
  @_transparent package static func lanes(_ count: Int) -> Int { count & 0xFFFF_FFFF }
  /// Elements by which an operand moves on: those of a vector, or none.
  @_transparent package static func step(_ count: Int, _ bit: Int, _ lanes: Int) -> Int { count & bit == 0 ? lanes : 0 }
}

extension ElementOp {
  /// Whether the kernel for `type` heeds `RepeatedOperand`.
  package func takesRepeated(_ type: DType) -> Bool {
    switch self {
    case .add, .sub, .mul, .div, .max, .min, .eq, .ne, .lt, .le, .gt, .ge: type.isFloat
    default: false
    }
  }
}

/// Two operations in one pass: `second(first(a, b), c)`. Each rounds as it does alone. All of them heed
/// `RepeatedOperand`.
package enum PairFirst: UInt8, CaseIterable, Sendable {
  case add, sub, mul, div
  case sqrt  // of a; b is ignored
}
package enum PairSecond: UInt8, CaseIterable, Sendable {
  case add, sub, mul, div
  case subtractedFrom, dividing  // c - x, c / x
}

/// Combines `n` elements (at most `reductionBlock`) into a 16-byte slot; see `ReductionSlot` in Kernels.
package typealias ReduceBlockKernel =
  @convention(c) (_ slot: UnsafeMutableRawPointer, _ a: UnsafeRawPointer, _ n: Int) -> Void
/// Reduces each of `rows` contiguous rows of `length` (at most `reductionBlock`) elements; -1 or the failing row.
package typealias ReduceRowsKernel =
  @convention(c) (_ out: UnsafeMutableRawPointer, _ a: UnsafeRawPointer, _ rows: Int, _ length: Int) -> Int
/// acc[column] = acc[column] op a[row, column], rows in order; acc is padded. -1 or the failing column.
package typealias ReduceColumnsKernel =
  @convention(c) (_ acc: UnsafeMutableRawPointer, _ a: UnsafeRawPointer, _ rows: Int, _ columns: Int) -> Int

/// y[row] = f(x[row]) over contiguous rows; y holds a row or one number a row.
package typealias RowKernel =
  @convention(c) (_ y: UnsafeMutableRawPointer, _ x: UnsafeRawPointer, _ rows: Int, _ columns: Int) -> Void

/// Standard normal numbers from random words: words 2j and 2j + 1 make numbers 2j and 2j + 1. Writes whole vectors.
package typealias NormalKernel =
  @convention(c) (_ out: UnsafeMutableRawPointer, _ words: UnsafeRawPointer, _ n: Int) -> Void

/// Row-major c[m, n] = op(a)[m, k] @ op(b)[k, n] for small sizes; flags bit 0: a transposed, bit 1: b transposed.
package typealias SmallProductKernel =
  @convention(c) (
    _ flags: Int, _ m: Int, _ n: Int, _ k: Int, _ a: UnsafeRawPointer, _ lda: Int, _ b: UnsafeRawPointer, _ ldb: Int,
    _ c: UnsafeMutableRawPointer, _ ldc: Int
  ) -> Void

/// Elements that one reduction step takes at most; longer rows are cut at its multiples. Part of the fixed order.
package let reductionBlock = 512

/// Elements that vector stores may round a count up to.
package let lanesPerStep = 16

/// Row-wise operations on floats that are one kernel each.
package enum RowOp: UInt8, CaseIterable, Sendable {
  case softmax, logSoftmax, logSumExp  // logSumExp: one number a row
  case cumulativeSum
}

/// One ISA level's kernels.
package struct KernelTable {
  package var name: String
  package var elements: [ElementKernel?]
  package var pairs: [ElementKernel?]
  package var reduceBlock: [ReduceBlockKernel?]
  package var reduceRows: [ReduceRowsKernel?]
  package var reduceColumns: [ReduceColumnsKernel?]
  package var rows: [RowKernel?]
  package var rowsSum: [RowsSumKernel?]
  package var rowsScale: [RowsScaleKernel?]
  package var rowsAccumulate: [RowsAccumulateKernel?]
  package var logMatrix: [LogMatrixKernel?]
  package var logProduct: [LogProductKernel?]
  package var logProductAdjoint: [LogProductAdjointKernel?]
  package var transpose: [TransposeKernel?]
  package var distances: [DistancesKernel?]
  package var distancesAdjoint: [DistancesAdjointKernel?]
  package var columns: [ColumnsKernel?]
  package var columnsProduct: [ColumnsProductKernel?]
  package var smallProduct: [SmallProductKernel?]
  /// Floats from 32-bit words.
  package var normal: NormalKernel?

  package init(name: String) {
    self.name = name
    let types = DType.allCases.count
    elements = Array(repeating: nil, count: ElementOp.allCases.count * types)
    pairs = Array(repeating: nil, count: PairFirst.allCases.count * 8 * types)
    reduceBlock = Array(repeating: nil, count: ReduceOp.allCases.count * types)
    reduceRows = reduceBlock.map { _ in nil }
    reduceColumns = reduceBlock.map { _ in nil }
    rows = Array(repeating: nil, count: RowOp.allCases.count * types)
    rowsSum = Array(repeating: nil, count: types)
    rowsScale = Array(repeating: nil, count: types)
    rowsAccumulate = Array(repeating: nil, count: types)
    logMatrix = Array(repeating: nil, count: types)
    logProduct = Array(repeating: nil, count: types)
    logProductAdjoint = Array(repeating: nil, count: types)
    transpose = Array(repeating: nil, count: types)
    distances = Array(repeating: nil, count: types)
    distancesAdjoint = Array(repeating: nil, count: types)
    columns = Array(repeating: nil, count: ColumnsOp.allCases.count * types)
    columnsProduct = columns.map { _ in nil }
    smallProduct = Array(repeating: nil, count: types)
  }

  @_transparent package static func index(_ op: ElementOp, _ type: DType) -> Int {
    Int(op.rawValue) &* 4 &+ Int(type.rawValue)
  }
  @_transparent package static func index(_ first: PairFirst, _ second: PairSecond, _ type: DType) -> Int {
    (Int(first.rawValue) &* 8 &+ Int(second.rawValue)) &* 4 &+ Int(type.rawValue)
  }
  @_transparent package static func index(_ op: ReduceOp, _ type: DType) -> Int {
    Int(op.rawValue) &* 4 &+ Int(type.rawValue)
  }
  @_transparent package static func index(_ op: RowOp, _ type: DType) -> Int {
    Int(op.rawValue) &* 4 &+ Int(type.rawValue)
  }
}
