// Rows of square tiles that become columns: how the anti-diagonals of a table, which lie in memory a row and a column apart,
// become contiguous lines and go back (see Recurrences/Plane.swift). A tile has `transposedTile` elements a side, as many as
// a vector has.

/// Elements of a side of a tile, by the element's size.
@_transparent package func transposedTile(size: Int) -> Int { 64 / size }

/// For each of `tiles` tiles: to[i + j * toStep] = from[j + i * fromStep], or += if `adds`; from one tile to the next `to`
/// moves by `toNext` and `from` by `fromNext`. All steps are in elements and may be negative. What lies `ahead` elements
/// behind each row is asked for beforehand, if that is not 0.
package typealias TransposeKernel =
  @convention(c) (
    _ to: UnsafeMutableRawPointer, _ toStep: Int, _ toNext: Int, _ from: UnsafeRawPointer, _ fromStep: Int,
    _ fromNext: Int, _ tiles: Int, _ ahead: Int, _ adds: Bool
  ) -> Void
