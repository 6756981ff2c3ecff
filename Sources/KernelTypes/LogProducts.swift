// The product of a vector and a matrix in the logarithmic semiring, for chains:
//
//     value[c] = gamma * log(sum over r of exp((x[r] + m[r, c]) / gamma))
//
// The exponentials of the matrix, which many cells share, are made once, so that a cell costs a product and not an
// exponential for every term. With e[r, c] = exp((m[r, c] - top[c]) / gamma), top the best of a column, p[r] = exp((x[r] -
// best x) / gamma) and s[c] = sum(p[r] * e[r, c]), the value is best x + top[c] + gamma * log(s[c]), and the weight of a term
// p[r] * e[r, c] / s[c].
//
// Where terms far apart meet, s can be too small to be exact. A kernel that finds such a column (or an operand that is no
// finite number) writes nothing that counts, for any chain, and returns 0: the caller takes them one by one, and in the end
// term by term. Columns of absent terms
// alone have their top for value and no weights.
//
// A negative gamma is a minimum. Rows of e are `pitch` elements apart; `transposed` holds e by columns, `rowPitch` elements
// apart; both pitches are multiples of 16, and what lies between the size and the pitch is zero in `transposed`.

/// e, transposed and top of m[r * mRow + c * mLane]; mLane is 0 or 1.
package typealias LogMatrixKernel =
  @convention(c) (
    _ e: UnsafeMutableRawPointer, _ transposed: UnsafeMutableRawPointer, _ top: UnsafeMutableRawPointer,
    _ m: UnsafeRawPointer, _ mRow: Int, _ mLane: Int, _ rows: Int, _ columns: Int, _ pitch: Int, _ rowPitch: Int,
    _ gamma: Double
  ) -> Void

/// The most chains that one call takes: vectors that meet the same matrix, as those of a batch do. The work of one depends on
/// itself from step to step, so a processor does several in little more than the time of one. Each gets the bits that it gets
/// alone.
package let mostLogProductChains = 4

/// For each chain value[c] from x[r * xRow]; `scratch` has room for chains * rowPitch elements.
package typealias LogProductKernel =
  @convention(c) (
    _ values: UnsafePointer<UnsafeMutableRawPointer>, _ scratch: UnsafeMutableRawPointer,
    _ xs: UnsafePointer<UnsafeRawPointer>, _ xRow: Int, _ chains: Int, _ e: UnsafeRawPointer, _ top: UnsafeRawPointer,
    _ rows: Int, _ columns: Int, _ pitch: Int, _ rowPitch: Int, _ gamma: Double
  ) -> Int

/// For each chain, given the derivative seed[c] of its value: dx[r * dxRow] += the sum over c of weight * seed, and
/// sums[r, c] += that without the factor e[r, c]. `scratch` has room for chains * (2 * rowPitch + pitch) elements.
package typealias LogProductAdjointKernel =
  @convention(c) (
    _ dxs: UnsafePointer<UnsafeMutableRawPointer>, _ dxRow: Int, _ sums: UnsafeMutableRawPointer?,
    _ seeds: UnsafePointer<UnsafeRawPointer>, _ scratch: UnsafeMutableRawPointer,
    _ xs: UnsafePointer<UnsafeRawPointer>, _ xRow: Int, _ chains: Int, _ e: UnsafeRawPointer,
    _ transposed: UnsafeRawPointer, _ top: UnsafeRawPointer, _ rows: Int, _ columns: Int, _ pitch: Int,
    _ rowPitch: Int, _ gamma: Double
  ) -> Int
