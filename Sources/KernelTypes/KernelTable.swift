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
/// `ElementFailure.encode` of the first bad lane.
package typealias ElementKernel =
  @convention(c) (
    _ dst: UnsafeMutableRawPointer, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ c: UnsafeRawPointer, _ n: Int
  ) -> Int

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
  package var reduceBlock: [ReduceBlockKernel?]
  package var reduceRows: [ReduceRowsKernel?]
  package var reduceColumns: [ReduceColumnsKernel?]
  package var rows: [RowKernel?]
  package var smallProduct: [SmallProductKernel?]

  package init(name: String) {
    self.name = name
    let types = DType.allCases.count
    elements = Array(repeating: nil, count: ElementOp.allCases.count * types)
    reduceBlock = Array(repeating: nil, count: ReduceOp.allCases.count * types)
    reduceRows = reduceBlock.map { _ in nil }
    reduceColumns = reduceBlock.map { _ in nil }
    rows = Array(repeating: nil, count: RowOp.allCases.count * types)
    smallProduct = Array(repeating: nil, count: types)
  }

  @_transparent package static func index(_ op: ElementOp, _ type: DType) -> Int {
    Int(op.rawValue) &* 4 &+ Int(type.rawValue)
  }
  @_transparent package static func index(_ op: ReduceOp, _ type: DType) -> Int {
    Int(op.rawValue) &* 4 &+ Int(type.rawValue)
  }
  @_transparent package static func index(_ op: RowOp, _ type: DType) -> Int {
    Int(op.rawValue) &* 4 &+ Int(type.rawValue)
  }
}
