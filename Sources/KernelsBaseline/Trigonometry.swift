// Sine, cosine and tangent of eight doubles; floats go through these.
//
// x = n pi/2 + r, with pi/2 in three pieces of 33, 33 and 53 bits, so that n times a piece is exact for n below 2^20;
// then polynomials in r^2 on |r| <= pi/4, chosen by n modulo 4. Lanes past 10^6 are redone by the C library.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// r and n with x = n pi/2 + r.
@_transparent func reduceAngle(_ x: D) -> (r: D, n: L) {
  let shifted = x * 0.63661977236758134308 + roundingShift64
  let n = bits(shifted) &- bits(roundingShift64)
  let count = shifted - roundingShift64
  var r = fma(count, D(repeating: -0x1.921fb54400000p+0), x)
  r = fma(count, D(repeating: -0x1.0b4611a600000p-34), r)
  return (fma(count, D(repeating: -0x1.3198a2e037073p-69), r), n)
}

@_transparent func sineNearZero(_ r: D) -> D {
  let z = r * r
  var p = D(repeating: -7.5787785675036904897e-13)
  p = fma(p, z, D(repeating: 1.6058368450908412244e-10))
  p = fma(p, z, D(repeating: -2.5052104927890972582e-8))
  p = fma(p, z, D(repeating: 2.7557319214263360765e-6))
  p = fma(p, z, D(repeating: -0.00019841269841255236831))
  p = fma(p, z, D(repeating: 0.008333333333333322957))
  p = fma(p, z, D(repeating: -0.16666666666666666642))
  return fma(p * z, r, r)
}

@_transparent func cosineNearZero(_ r: D) -> D {
  let z = r * r
  var p = D(repeating: -1.136120902778052287e-11)
  p = fma(p, z, D(repeating: 2.0875756321271993356e-9))
  p = fma(p, z, D(repeating: -2.7557314622171453811e-7))
  p = fma(p, z, D(repeating: 0.000024801587290536336155))
  p = fma(p, z, D(repeating: -0.0013888888888876073664))
  p = fma(p, z, D(repeating: 0.041666666666666612932))
  // 1 - z/2 rounded, and what that rounding lost.
  let half = z * 0.5
  let one = 1 - half
  return one + fma(z * z, p, (1 - one) - half)
}

/// The sine (shift 0) or cosine (shift 1) for arguments in range.
@_transparent func circular(_ x: D, shift: Int64) -> D {
  let (r, n) = reduceAngle(x)
  let quarter = n &+ shift
  let value = choose((quarter & 1) .== L.zero, sineNearZero(r), cosineNearZero(r))
  return doubles(bits(value) ^ ((quarter & 2) &<< 62))
}

/// Not in the range of the reduction; NaN counts.
@_transparent func isFar(_ x: D) -> DMask { .!(magnitude(x) .< 1_000_000) }

@_transparent func sin(_ x: D) -> D {
  let result = circular(x, shift: 0)
  if holdsAnywhere(isFar(x)) { return sineFar(x, result) }
  // The reduction loses the sign of zero.
  return choose(x .== 0, x, result)
}

@_transparent func cos(_ x: D) -> D {
  let result = circular(x, shift: 1)
  return holdsAnywhere(isFar(x)) ? cosineFar(x, result) : result
}

@_transparent func tan(_ x: D) -> D {
  let (r, n) = reduceAngle(x)
  let s = sineNearZero(r)
  let c = cosineNearZero(r)
  let odd = (n & 1) .!= L.zero
  let result = choose(odd, negate(c), s) / choose(odd, s, c)
  if holdsAnywhere(isFar(x)) { return tangentFar(x, result) }
  return choose(x .== 0, x, result)
}

// The same with the lanes out of range replaced.

@inline(never) func sineFar(_ x: D, _ near: D) -> D {
  var result = choose(x .== 0, x, near)
  for lane in 0..<8 where !(Swift.abs(x[lane]) < 1_000_000) { result[lane] = sin(x[lane]) }
  return result
}
@inline(never) func cosineFar(_ x: D, _ near: D) -> D {
  var result = near
  for lane in 0..<8 where !(Swift.abs(x[lane]) < 1_000_000) { result[lane] = cos(x[lane]) }
  return result
}
@inline(never) func tangentFar(_ x: D, _ near: D) -> D {
  var result = choose(x .== 0, x, near)
  for lane in 0..<8 where !(Swift.abs(x[lane]) < 1_000_000) { result[lane] = tan(x[lane]) }
  return result
}
