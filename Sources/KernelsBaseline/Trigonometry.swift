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

/// sin(x) for shift 0, cos(x) for shift 1.
@_transparent func circular(_ x: D, shift: Int64, _ library: (Double) -> Double) -> D {
  let (r, n) = reduceAngle(x)
  let quarter = n &+ shift
  let value = choose((quarter & 1) .== 0, sineNearZero(r), cosineNearZero(r))
  let result = doubles(bits(value) ^ ((quarter & 2) &<< 62))
  return redoLarge(x, result, library)
}

@_transparent func tangent(_ x: D) -> D {
  let (r, n) = reduceAngle(x)
  let s = sineNearZero(r)
  let c = cosineNearZero(r)
  let odd = (n & 1) .== 1
  return redoLarge(x, choose(odd, -c, s) / choose(odd, s, c)) { tan($0) }
}

/// Lanes past the range of the reduction (infinities and NaN among them) from the C library.
@_transparent func redoLarge(_ x: D, _ result: D, _ library: (Double) -> Double) -> D {
  // Not in range, so that NaN counts too; -0 keeps its sign there, as the reduction loses it.
  let size = magnitude(x)
  if holdsEverywhere(size .< 1_000_000) { return choose(x .== 0, library0(x, result), result) }
  var fixed = result
  var lane = 0
  while lane < 8 {
    if !(size[lane] < 1_000_000) { fixed[lane] = library(x[lane]) }
    lane &+= 1
  }
  return choose(x .== 0, library0(x, fixed), fixed)
}

/// For x = 0: x itself where the result is a zero (sine, tangent), else the result (cosine).
@_transparent func library0(_ x: D, _ result: D) -> D { choose(result .== 0, x, result) }
