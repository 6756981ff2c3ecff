// erf, gelu and pow of floats, computed in doubles with as many terms as a float needs.

/// erfc(z) for 0 <= z <= 30 to about 10^-10, relative: exp(-z^2) / (1 + z) times a polynomial in (z - 2) / (z + 2).
@_transparent func complementaryError(_ z: D) -> D {
  let t = (z - 2) / (z + 2)
  var p = D(repeating: -8.3831748059545973622e-6)
  p = fma(p, t, D(repeating: -0.000012571770964930046789))
  p = fma(p, t, D(repeating: 0.000049225486552747107247))
  p = fma(p, t, D(repeating: 0.00011945012828837626621))
  p = fma(p, t, D(repeating: -0.00013127651287972935607))
  p = fma(p, t, D(repeating: -0.00070727873102027297173))
  p = fma(p, t, D(repeating: 0.00014141687696418916612))
  p = fma(p, t, D(repeating: 0.0039378238285191456207))
  p = fma(p, t, D(repeating: -0.00051764687973664524489))
  p = fma(p, t, D(repeating: -0.025243554478139573136))
  p = fma(p, t, D(repeating: 0.04253629579075540676))
  p = fma(p, t, D(repeating: 0.037813898089424569627))
  p = fma(p, t, D(repeating: -0.25997483567209073873))
  p = fma(p, t, D(repeating: 0.76618702893373143598))
  return exp(negate(z * z)) * p / (z + 1)
}

/// erf to float accuracy.
@_transparent func floatErf(_ x: D) -> D {
  let size = choose(magnitude(x) .> 10, D(repeating: 10), magnitude(x))
  let z = x * x
  // erf(x) / x on |x| <= 1
  var p = D(repeating: 1.0601163917604553519e-6)
  p = fma(p, z, D(repeating: -0.000013914056347583605812))
  p = fma(p, z, D(repeating: 0.00011957329535207984538))
  p = fma(p, z, D(repeating: -0.00085427029497478932365))
  p = fma(p, z, D(repeating: 0.0052237865248989744864))
  p = fma(p, z, D(repeating: -0.026866134011804303339))
  p = fma(p, z, D(repeating: 0.11283791318327735107))
  p = fma(p, z, D(repeating: -0.37612638890099227905))
  p = fma(p, z, D(repeating: 1.1283791670947131163))
  let far = copysign(1 - complementaryError(size), x)
  let result = choose(size .< 1, x * p, far)
  return choose(x .== x, result, x)
}

/// x Phi(x), with the tail of Phi kept for negative x.
@_transparent func floatGelu(_ x: D) -> D {
  let scaled = magnitude(x) * 0.70710678118654752440
  let tail = complementaryError(choose(scaled .> 30, D(repeating: 30), scaled)) * 0.5
  let positive = x .> 0
  var result = x * choose(positive, 1 - tail, tail)
  // Infinite x times a zero tail.
  result = choose(x .== D(repeating: -.infinity), D.zero, result)
  return choose(x .== x, result, x)
}

/// x^y to float accuracy, with C's special cases.
@_transparent func floatPow(_ x: D, _ y: D) -> D {
  let size = magnitude(x)
  var result = exp(y * log(size))
  let isWhole = roundEven(y) .== y
  let isOdd = isWhole .& (roundEven(y * 0.5) .!= y * 0.5)
  let negative = (bits(x) .< L.zero) .& (x .== x)
  result = choose(negative .& isOdd, negate(result), result)
  result = choose((x .< 0) .& (size .< D(repeating: .infinity)) .& .!isWhole, D(repeating: .nan), result)
  result = choose((size .== 1) .& (magnitude(y) .== D(repeating: .infinity)), D(repeating: 1), result)
  return choose((x .== 1) .| (y .== 0), D(repeating: 1), result)
}
