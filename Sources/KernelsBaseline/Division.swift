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
  return (quotient + 4_503_599_627_370_496) - 4_503_599_627_370_496 == quotient ? quotient : rint(quotient)
}

/// The same for doubles that hold floats: quotients below 2^28 need no library.
@_transparent func floorQuotient(_ x: D, _ y: D) -> D {
  let quotient = x / y
  let result = roundDown(quotient)
  if holdsEverywhere(magnitude(quotient) .< 268_435_456) { return result }
  return choose(magnitude(quotient) .< 268_435_456, result, byLane(x, y) { floorQuotient($0, $1) })
}
@_transparent func floorRemainder(_ x: D, _ y: D) -> D {
  let quotient = x / y
  let remainder = x - roundDown(quotient) * y
  let result = copysign(remainder, y)
  if holdsEverywhere(magnitude(quotient) .< 268_435_456) { return result }
  return choose(magnitude(quotient) .< 268_435_456, result, byLane(x, y) { floorRemainder($0, $1) })
}

/// x Phi(x) in doubles.
@_transparent func geluByLane(_ x: D) -> D {
  byLane(x) { $0 == -Double.infinity ? 0 : 0.5 * $0 * erfc(-$0 * 0.70710678118654752440) }
}
