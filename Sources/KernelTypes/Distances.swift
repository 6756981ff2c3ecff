// Squared distances of a point to many others, `sum((x[i, k] - y[j, k]) ^ 2 for k)`: what costs of alignments, clusters and
// nearest neighbours begin with. Coordinates of the others lie in rows, `pitch` elements apart, of which whole vectors are
// read; the point's lie `pointRow` elements apart.

/// out[c] = the sum over r of (point[r] - others[r, c])^2, row after row.
package typealias DistancesKernel =
  @convention(c) (
    _ out: UnsafeMutableRawPointer, _ point: UnsafeRawPointer, _ pointRow: Int, _ others: UnsafeRawPointer,
    _ pitch: Int, _ rows: Int, _ columns: Int
  ) -> Void

/// For the derivative seed[c] of out[c]: dpoint[r * pointRow] += the sum over c of 2 * seed * (point - other), and
/// shares[r * sharePitch + c] = -2 * seed * (point - other), which is the other's. nil where nobody looks.
package typealias DistancesAdjointKernel =
  @convention(c) (
    _ dpoint: UnsafeMutableRawPointer?, _ shares: UnsafeMutableRawPointer?, _ sharePitch: Int, _ seed: UnsafeRawPointer,
    _ point: UnsafeRawPointer, _ pointRow: Int, _ others: UnsafeRawPointer, _ pitch: Int, _ rows: Int, _ columns: Int
  ) -> Void
