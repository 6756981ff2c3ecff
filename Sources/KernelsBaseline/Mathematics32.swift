// Functions of sixteen floats. Largest errors over all tested arguments, in units in the last place: exp, expm1, log
// 1.0; log1p, tanh, sigmoid 2.0; softplus 2.5; sin, cos, tan, erf, gelu, pow 0.6 (computed in doubles). Polynomials are minimax
// fits (Remez) of the remainders named at each; the reductions are Cody and Waite's.
import CPlatform

/// 2^23 * 1.5: adding it to a float below 2^22 leaves the nearest integer in the low bits, halves to even.
@_transparent var roundingShift32: F { F(repeating: 12_582_912) }

// Rounding to whole numbers; infinities and NaN stay what they are, and a zero keeps the sign of the argument.
#if ISA_FMA
  @_transparent func roundEven(_ x: F) -> F { trellis_round_f32(x) }
  @_transparent func roundDown(_ x: F) -> F { trellis_floor_f32(x) }
  @_transparent func roundUp(_ x: F) -> F { trellis_ceil_f32(x) }
#else
  /// Halves to even.
  @_transparent func roundEven(_ x: F) -> F {
    let size = magnitude(x)
    let rounded = (size + 8_388_608) - 8_388_608
    return choose(size .< 8_388_608, copysign(rounded, x), x)
  }
  @_transparent func roundDown(_ x: F) -> F {
    let nearest = roundEven(x)
    return copysign(choose(nearest .> x, nearest - 1, nearest), x)
  }
  @_transparent func roundUp(_ x: F) -> F { negate(roundDown(negate(x))) }
#endif

/// 2^n for -126 <= n <= 127.
@_transparent func powerOfTwo(_ n: SIMD16<Int32>) -> F { floats((n &+ 127) &<< 23) }

/// x = n ln 2 + r with |r| <= ln 2 / 2; gives r, n and the remainder (e^r - 1 - r) / r^2.
@_transparent func reduceExponent(_ x: F) -> (r: F, n: SIMD16<Int32>, tail: F) {
  let shifted = x * 1.442695040888963 + roundingShift32
  let n = bits(shifted) &- bits(roundingShift32)
  let count = shifted - roundingShift32
  let r = fma(count, F(repeating: -1.4286068203094172e-6), fma(count, F(repeating: -0.693145751953125), x))
  var p = F(repeating: 0.000199182676148)
  p = fma(p, r, F(repeating: 0.00139458548409))
  p = fma(p, r, F(repeating: 0.00833326462643))
  p = fma(p, r, F(repeating: 0.0416662740468))
  p = fma(p, r, F(repeating: 0.166666668592))
  p = fma(p, r, F(repeating: 0.500000007611))
  return (r, n, p)
}

@_transparent func exp(_ x: F) -> F {
  // Outside these bounds the result is 0 or infinite; comparisons are false for NaN, which passes through.
  var y = choose(x .> 90, F(repeating: 90), x)
  y = choose(y .< -105, F(repeating: -105), y)
  let (r, n, tail) = reduceExponent(y)
  let value = fma(r * r, tail, r) + 1
  // Two factors, so that results below the smallest normal number are rounded once.
  let half = n &>> 1
  return value * powerOfTwo(half) * powerOfTwo(n &- half)
}

@_transparent func expm1(_ x: F) -> F {
  var y = choose(x .> 88.8, F(repeating: 88.8), x)
  y = choose(y .< -40, F(repeating: -40), y)
  let (r, n, tail) = reduceExponent(y)
  let small = fma(r * r, tail, r)
  // 2^n e^r - 1 = 2^n (e^r - 1) + (2^n - 1), halved so that n = 128 does not overflow too early.
  let half = powerOfTwo(n &- 1)
  let result = (fma(half, small, half - 0.5)) * 2
  return choose(x .== 0, x, result)
}

/// m and e with x = m 2^e, m in [sqrt(1/2), sqrt(2)), for positive finite x.
@_transparent func splitExponent(_ x: F) -> (m: F, e: F) {
  let tiny = x .< 0x1p-126
  let y = choose(tiny, x * 8_388_608, x)
  // Subtracting the bits of sqrt(1/2) leaves the exponent in the high bits.
  let shifted = bits(y) &- 0x3F35_04F3
  let e = shifted &>> 23
  let m = floats((shifted & 0x007F_FFFF) &+ 0x3F35_04F3)
  let count = floats(e &+ bits(roundingShift32)) - roundingShift32
  return (m, choose(tiny, count - 23, count))
}

@_transparent func log(_ x: F) -> F {
  let (m, e) = splitExponent(x)
  let f = m - 1
  // (log(1 + f) - f + f^2 / 2) / f^3
  var p = F(repeating: 0.0692107995216)
  p = fma(p, f, F(repeating: -0.117807070038))
  p = fma(p, f, F(repeating: 0.118651197534))
  p = fma(p, f, F(repeating: -0.123855499694))
  p = fma(p, f, F(repeating: 0.142200231432))
  p = fma(p, f, F(repeating: -0.16669216551))
  p = fma(p, f, F(repeating: 0.200021460122))
  p = fma(p, f, F(repeating: -0.24999986416))
  p = fma(p, f, F(repeating: 0.33333311935))
  let square = f * f
  var tail = p * f * square
  tail = fma(e, F(repeating: 1.4286068203094172e-6), tail)
  tail = fma(square, F(repeating: -0.5), tail)
  var result = fma(e, F(repeating: 0.693145751953125), tail + f)
  result = choose(x .== F.zero, F(repeating: -.infinity), result)
  result = choose(x .== F(repeating: .infinity), x, result)
  result = choose(x .< 0, F(repeating: .nan), result)
  return choose(x .== x, result, x)
}

@_transparent func log1p(_ x: F) -> F {
  // log(u) corrected for what rounding 1 + x lost.
  let u = x + 1
  let correction = (x - (u - 1)) / u
  var result = log(u) + correction
  result = choose(x .== -1, F(repeating: -.infinity), result)
  result = choose(x .== F(repeating: .infinity), x, result)
  return choose(u .== 1, x, result)
}

@_transparent func tanh(_ x: F) -> F {
  let size = magnitude(x)
  let e = expm1(choose(size .> 10, F(repeating: 10), size) * 2)
  return copysign(choose(size .== size, e / (e + 2), x), x)
}

@_transparent func sigmoid(_ x: F) -> F {
  let e = exp(negate(magnitude(x)))
  return choose(x .< 0, e, F(repeating: 1)) / (e + 1)
}

@_transparent func softplus(_ x: F) -> F {
  let positive = choose(x .< 0, F.zero, x)
  // Of two NaN that are added, which one's bits result is not fixed.
  return choose(x .== x, positive + log1p(exp(negate(magnitude(x)))), x)
}

@_transparent func squareRoot(_ x: F) -> F { trellis_sqrt_f32(x) }

@_transparent func sign(_ x: F) -> F {
  let one = choose(x .> 0, F(repeating: 1), choose(x .< 0, F(repeating: -1), F.zero))
  return choose(x .== x, one, x)
}

// Sixteen floats through functions of eight doubles, which gives results within 0.6 units of the last place.
@_transparent func sin(_ x: F) -> F { join(narrow(sin(widen(low(x)))), narrow(sin(widen(high(x))))) }
@_transparent func cos(_ x: F) -> F { join(narrow(cos(widen(low(x)))), narrow(cos(widen(high(x))))) }
@_transparent func tan(_ x: F) -> F { join(narrow(tan(widen(low(x)))), narrow(tan(widen(high(x))))) }
@_transparent func erf(_ x: F) -> F { join(narrow(floatErf(widen(low(x)))), narrow(floatErf(widen(high(x))))) }
@_transparent func gelu(_ x: F) -> F { join(narrow(floatGelu(widen(low(x)))), narrow(floatGelu(widen(high(x))))) }
@_transparent func pow(_ x: F, _ y: F) -> F {
  join(narrow(floatPow(widen(low(x)), widen(low(y)))), narrow(floatPow(widen(high(x)), widen(high(y)))))
}
@_transparent func floorQuotient(_ x: F, _ y: F) -> F {
  join(narrow(floorQuotient(widen(low(x)), widen(low(y)))), narrow(floorQuotient(widen(high(x)), widen(high(y)))))
}
@_transparent func floorRemainder(_ x: F, _ y: F) -> F {
  join(narrow(floorRemainder(widen(low(x)), widen(low(y)))), narrow(floorRemainder(widen(high(x)), widen(high(y)))))
}
