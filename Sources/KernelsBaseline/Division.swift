// Maxima and floor division.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The larger; NaN if one is.
@_transparent func maximum(_ x: F, _ y: F) -> F { choose(y .== y, choose(x .< y, y, x), y) }
@_transparent func minimum(_ x: F, _ y: F) -> F { choose(y .== y, choose(y .< x, y, x), y) }
@_transparent func maximum(_ x: D, _ y: D) -> D { choose(y .== y, choose(x .< y, y, x), y) }
@_transparent func minimum(_ x: D, _ y: D) -> D { choose(y .== y, choose(y .< x, y, x), y) }

/// x modulo y with the sign of y; a zero has it too.
@_transparent func floorRemainder(_ x: Double, _ y: Double) -> Double {
  let remainder = fmod(x, y)
  if remainder == 0 { return y < 0 ? -0.0 : 0.0 }
  return (remainder < 0) == (y < 0) ? remainder : remainder + y
}

/// The largest whole number q with q y <= x (for positive y), consistent with the remainder.
@_transparent func floorQuotient(_ x: Double, _ y: Double) -> Double {
  if y == 0 { return x / y }
  let remainder = fmod(x, y)
  let whole = (x - remainder) / y
  let quotient = remainder != 0 && (remainder < 0) != (y < 0) ? whole - 1 : whole
  // The division leaves a whole number but for its rounding.
  return rint(quotient)
}

// The same for doubles that hold floats: quotients below 2^28 need no library.

/// Large quotients, NaN, and infinite divisors, whose quotient is 0 with a remainder.
@_transparent func needsLibrary(_ quotient: D, _ y: D) -> DMask {
  .!(magnitude(quotient) .< 268_435_456) .| (magnitude(y) .== D(repeating: .infinity))
}

@_transparent func floorQuotient(_ x: D, _ y: D) -> D {
  let quotient = x / y
  let result = roundDown(quotient)
  return holdsAnywhere(needsLibrary(quotient, y)) ? quotientLarge(x, y, result) : result
}
@_transparent func floorRemainder(_ x: D, _ y: D) -> D {
  let quotient = x / y
  let remainder = x - roundDown(quotient) * y
  let result = choose(remainder .== 0, copysign(remainder, y), remainder)
  return holdsAnywhere(needsLibrary(quotient, y)) ? remainderLarge(x, y, result) : result
}

@inline(never) func quotientLarge(_ x: D, _ y: D, _ small: D) -> D {
  var result = small
  for lane in 0..<8 where !(Swift.abs(x[lane] / y[lane]) < 268_435_456) || y[lane].isInfinite {
    result[lane] = floorQuotient(x[lane], y[lane])
  }
  return result
}
@inline(never) func remainderLarge(_ x: D, _ y: D, _ small: D) -> D {
  var result = small
  for lane in 0..<8 where !(Swift.abs(x[lane] / y[lane]) < 268_435_456) || y[lane].isInfinite {
    result[lane] = floorRemainder(x[lane], y[lane])
  }
  return result
}

/// x Phi(x) of a double.
@_transparent func gelu(_ x: Double) -> Double {
  if x == -.infinity { return 0 }
  // -x / sqrt(2) as a double and the rest that it lost, which the tail would magnify.
  let z = -x * 0.70710678118654752440
  let rest = (-z).addingProduct(-x, 0.70710678118654752440) + x * 4.8336466567264567e-17
  let tail = erfc(z)
  return 0.5 * x * (rest == rest ? tail - 1.1283791670955126 * exp(-z * z) * rest : tail)
}
