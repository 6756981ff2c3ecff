// What dynamic programs do with whole matrices of terms, one row a term and one column a lane (see Columns.swift): make
// them from two reads, multiply them by the derivative of each lane, add them up where the reads came from. One call
// each, as a cell has too few lanes to pay for a call a row.
//
// Rows are `pitch` elements apart, a multiple of 16; rows of matrices are read and written in whole vectors, everything else
// exactly. A read moves by `aRow` elements from row to row, and by `aLane` (0 or 1) from lane to lane.

/// rows[r, c] = a[r * aRow + c * aLane] + b[r * bRow + c * bLane]
package typealias RowsSumKernel =
  @convention(c) (
    _ rows: UnsafeMutableRawPointer, _ a: UnsafeRawPointer, _ aRow: Int, _ aLane: Int, _ b: UnsafeRawPointer,
    _ bRow: Int, _ bLane: Int, _ count: Int, _ pitch: Int, _ columns: Int
  ) -> Void

/// rows[r, c] *= scale[c]
package typealias RowsScaleKernel =
  @convention(c) (
    _ rows: UnsafeMutableRawPointer, _ scale: UnsafeRawPointer, _ count: Int, _ pitch: Int, _ columns: Int
  ) -> Void

/// out[r * outRow + c * outLane] += rows[r, c]
package typealias RowsAccumulateKernel =
  @convention(c) (
    _ out: UnsafeMutableRawPointer, _ outRow: Int, _ outLane: Int, _ rows: UnsafeRawPointer, _ count: Int,
    _ pitch: Int, _ columns: Int
  ) -> Void
