// Functions of eight doubles. Largest errors over all tested arguments, in units in the last place: exp, expm1, log, sin, cos
// 1.0; log1p, tanh, sigmoid, tan 2.5. erf, gelu, pow and fmod come from the C library, lane by lane, and so do sin,
// cos and tan of arguments past 10^6, where the reduction needs more bits of pi.
import CPlatform

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// 2^52 * 1.5: adding it to a double below 2^51 leaves the nearest integer in the low bits, halves to even.
@_transparent var roundingShift64: D { D(repeating: 6_755_399_441_055_744) }

// Rounding to whole numbers; infinities and NaN stay what they are, and a zero keeps the sign of the argument.
#if ISA_FMA
  @_transparent func roundEven(_ x: D) -> D { trellis_round_f64(x) }
  @_transparent func roundDown(_ x: D) -> D { trellis_floor_f64(x) }
  @_transparent func roundUp(_ x: D) -> D { trellis_ceil_f64(x) }
#else
  /// Halves to even.
  @_transparent func roundEven(_ x: D) -> D {
    let size = magnitude(x)
    let rounded = (size + 4_503_599_627_370_496) - 4_503_599_627_370_496
    return choose(size .< 4_503_599_627_370_496, copysign(rounded, x), x)
  }
  @_transparent func roundDown(_ x: D) -> D {
    let nearest = roundEven(x)
    return copysign(choose(nearest .> x, nearest - 1, nearest), x)
  }
  @_transparent func roundUp(_ x: D) -> D { negate(roundDown(negate(x))) }
#endif

/// 2^n for -1022 <= n <= 1023.
@_transparent func powerOfTwo(_ n: L) -> D { doubles((n &+ 1023) &<< 52) }

/// x = n ln 2 + r with |r| <= ln 2 / 2; gives r, n and the remainder (e^r - 1 - r) / r^2.
@_transparent func reduceExponent(_ x: D) -> (r: D, n: L, tail: D) {
  let shifted = x * 1.442695040888963407 + roundingShift64
  let n = bits(shifted) &- bits(roundingShift64)
  let count = shifted - roundingShift64
  let coarse = fma(count, D(repeating: -0.6931471803691238164901733), x)
  let r = fma(count, D(repeating: -1.9082149292705878161e-10), coarse)
  var p = D(repeating: 2.0926746528068957309e-9)
  p = fma(p, r, D(repeating: 2.5112089568511726865e-8))
  p = fma(p, r, D(repeating: 2.7557234131861551519e-7))
  p = fma(p, r, D(repeating: 2.7557234748531342283e-6))
  p = fma(p, r, D(repeating: 0.000024801587372598113891))
  p = fma(p, r, D(repeating: 0.00019841269896437851915))
  p = fma(p, r, D(repeating: 0.001388888888885922496))
  p = fma(p, r, D(repeating: 0.0083333333333170524441))
  p = fma(p, r, D(repeating: 0.041666666666666722096))
  p = fma(p, r, D(repeating: 0.166666666666666833))
  p = fma(p, r, D(repeating: 0.49999999999999999968))
  return (r, n, p)
}

@_transparent func exp(_ x: D) -> D {
  var y = choose(x .> 710, D(repeating: 710), x)
  y = choose(y .< -746, D(repeating: -746), y)
  let (r, n, tail) = reduceExponent(y)
  let value = fma(r * r, tail, r) + 1
  let half = n &>> 1
  return value * powerOfTwo(half) * powerOfTwo(n &- half)
}

@_transparent func expm1(_ x: D) -> D {
  var y = choose(x .> 709.9, D(repeating: 709.9), x)
  y = choose(y .< -50, D(repeating: -50), y)
  let (r, n, tail) = reduceExponent(y)
  let small = fma(r * r, tail, r)
  let half = powerOfTwo(n &- 1)
  let result = (fma(half, small, half - 0.5)) * 2
  return choose(x .== 0, x, result)
}

@_transparent func splitExponent(_ x: D) -> (m: D, e: D) {
  let tiny = x .< 0x1p-1022
  let y = choose(tiny, x * 4_503_599_627_370_496, x)
  let shifted = bits(y) &- 0x3FE6_A09E_667F_3BCD
  let e = shifted &>> 52
  let m = doubles((shifted & 0x000F_FFFF_FFFF_FFFF) &+ 0x3FE6_A09E_667F_3BCD)
  let count = doubles(e &+ bits(roundingShift64)) - roundingShift64
  return (m, choose(tiny, count - 52, count))
}

@_transparent func log(_ x: D) -> D {
  let (m, e) = splitExponent(x)
  let f = m - 1
  let s = f / (f + 2)
  let z = s * s
  // (log((1 + s) / (1 - s)) - 2 s) / s^3 as a polynomial in s^2
  var p = D(repeating: 0.14756423460841448647)
  p = fma(p, z, D(repeating: 0.153182394427781707))
  p = fma(p, z, D(repeating: 0.18183389128499812369))
  p = fma(p, z, D(repeating: 0.22222202224962387436))
  p = fma(p, z, D(repeating: 0.28571428703158851946))
  p = fma(p, z, D(repeating: 0.39999999999614407177))
  p = fma(p, z, D(repeating: 0.66666666666666986773))
  // log(1 + f) = f - f^2 / 2 + s (f^2 / 2 + s^2 p)
  let halfSquare = f * f * 0.5
  let tail = fma(e, D(repeating: 1.9082149292705878161e-10), s * fma(z, p, halfSquare))
  var result = fma(e, D(repeating: 0.6931471803691238164901733), f - (halfSquare - tail))
  result = choose(x .== D.zero, D(repeating: -.infinity), result)
  result = choose(x .== D(repeating: .infinity), x, result)
  result = choose(x .< 0, D(repeating: .nan), result)
  return choose(x .== x, result, x)
}

@_transparent func log1p(_ x: D) -> D {
  let u = x + 1
  let correction = (x - (u - 1)) / u
  var result = log(u) + correction
  result = choose(x .== -1, D(repeating: -.infinity), result)
  result = choose(x .== D(repeating: .infinity), x, result)
  return choose(u .== 1, x, result)
}

@_transparent func tanh(_ x: D) -> D {
  let size = magnitude(x)
  let e = expm1(choose(size .> 20, D(repeating: 20), size) * 2)
  return copysign(choose(size .== size, e / (e + 2), x), x)
}

@_transparent func sigmoid(_ x: D) -> D {
  let e = exp(negate(magnitude(x)))
  return choose(x .< 0, e, D(repeating: 1)) / (e + 1)
}

@_transparent func softplus(_ x: D) -> D {
  let positive = choose(x .< 0, D.zero, x)
  // Of two NaN that are added, which one's bits result is not fixed.
  return choose(x .== x, positive + log1p(exp(negate(magnitude(x)))), x)
}

@_transparent func squareRoot(_ x: D) -> D { trellis_sqrt_f64(x) }

@_transparent func sign(_ x: D) -> D {
  let one = choose(x .> 0, D(repeating: 1), choose(x .< 0, D(repeating: -1), D.zero))
  return choose(x .== x, one, x)
}
