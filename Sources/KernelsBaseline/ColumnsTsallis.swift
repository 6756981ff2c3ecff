// Reductions of columns smoothed by Tsallis entropies of any exponent alpha > 1 (alpha-entmax), eight columns at a time and
// in doubles for both types. With p = 1 / (alpha - 1) and w = (alpha - 1) (x - top) / gamma, the weights are
// max(w - tau, 0)^p for the tau at which they sum to 1. It lies between -1, where the largest term alone gives 1, and 0.
//
// Up to alpha = 2, p is at least 1 and the norm (sum of weights)^(1/p) is convex and nearly linear in tau: Newton's method from
// -1 goes up to the root. Above, the sum has infinite slopes where terms enter: bisection takes over where Newton's steps leave
// the bracket or don't halve. Columns that are done stay as they are.
import KernelTypes

@_transparent private func load(_ isFloat: Bool, _ p: P, _ i: Int) -> D {
  isFloat ? widen(loadHalf(p, i)) : loadD(p, i)
}
@_transparent private func store(_ isFloat: Bool, _ p: M, _ i: Int, _ x: D) {
  if isFloat { store(p, i, narrow(x)) } else { store(p, i, x) }
}

/// u^p for 0 <= u <= 1, p > 0.
@_transparent private func power(_ u: D, _ p: Double) -> D { expDown(log(u) * p) }

@_transparent private func tsallis(
  _ isFloat: Bool, _ value: M?, _ weights: M?, _ terms: P, _ rows: Int, _ pitch: Int, _ columns: Int, _ gamma: Double,
  _ alpha: Double
) {
  let infinity = D(repeating: .infinity)
  let flip = L(repeating: gamma < 0 ? Int64.min : 0)
  let exponent = alpha - 1
  let p = 1 / exponent
  let scale = reciprocalD(gamma / exponent)
  var column = 0
  while column < columns {
    var top = negate(infinity)
    var at = column
    var row = 0
    while row < rows {
      top = maximum(top, doubles(bits(load(isFloat, terms, at)) ^ flip))
      at &+= pitch
      row &+= 1
    }
    let isInfinite = magnitude(top) .== infinity
    // Where the top is +inf, differences of terms that reach it are 0 instead of NaN.
    let share = top .== infinity
    let shift = doubles(bits(choose(isInfinite .& (top .< 0), D.zero, top)) ^ flip)

    var low = D(repeating: -1)
    var high = D.zero
    var tau = low
    var width = D(repeating: 1)
    var isDone = top .!= top
    var steps = 0
    while true {
      var sum = D.zero
      var slope = D.zero
      at = column
      row = 0
      while row < rows {
        let x = load(isFloat, terms, at)
        let w = choose(share .& (x .== shift), D.zero, (x - shift) * scale)
        let u = w - tau
        let counts = u .> 0
        let weight = power(choose(counts, u, D(repeating: 1)), p)
        sum = choose(counts, sum + weight, sum)
        slope = choose(counts, slope + weight / u, slope)
        at &+= pitch
        row &+= 1
      }
      var next: D
      if alpha <= 2 {
        next = tau + (sum - exp(log(sum) * (2 - alpha))) / slope
        isDone = isDone .| .!(next .> tau)
      } else {
        let isLow = sum .>= 1
        low = choose(isLow, tau, low)
        high = choose(isLow, high, tau)
        let step = (sum - 1) / slope * exponent
        let middle = (low + high) * 0.5
        next = tau + step
        let isGood = (next .> low) .& (next .< high) .& (magnitude(step) .<= width * 0.5)
        next = choose(isGood, next, middle)
        width = magnitude(next - tau)
        let isExact = magnitude(step) .<= magnitude(tau) * 0x1p-53
        isDone = isDone .| isExact .| (middle .<= low) .| (middle .>= high) .| .!(sum .> 0)
      }
      steps &+= 1
      tau = choose(isDone, tau, next)
      if steps == 200 || !holdsAnywhere(.!isDone) { break }
    }

    // The weights as they stand, their sum, and sum(q^alpha) = sum(q u).
    var sum = D.zero
    var product = D.zero
    var pass = 0
    var factor = D(repeating: 1)
    while pass < 2 {
      at = column
      row = 0
      while row < rows {
        let x = load(isFloat, terms, at)
        let w = choose(share .& (x .== shift), D.zero, (x - shift) * scale)
        let u = choose(w .<= tau, D.zero, w - tau)
        let weight = choose(u .== D.zero, D.zero, power(u, p))
        if pass == 0 {
          sum = sum + weight
          product = fma(weight, u, product)
        } else if let weights {
          store(isFloat, weights, at, weight * factor)
        }
        at &+= pitch
        row &+= 1
      }
      if pass == 0 {
        factor = choose(sum .== D.zero, D.zero, D(repeating: 1) / sum)
        if weights == nil { break }
      }
      pass &+= 1
    }
    if let value {
      // <q, y> with y = p (u + tau); the divided weights have sum(q^alpha) = product / sum^alpha.
      let mean = product * factor
      let smooth = (mean + tau) * p - (mean * exp(log(factor) * exponent) - 1) * (p / alpha)
      let result = choose(isInfinite, doubles(bits(top) ^ flip), shift + smooth * gamma)
      store(isFloat, value, column, result)
    }
    column &+= 8
  }
}

func columnsTsallisF(
  _ value: M?, _ weights: M?, _ terms: P, _ rows: Int, _ pitch: Int, _ columns: Int, _ gamma: Double, _ alpha: Double
) {
  tsallis(true, value, weights, terms, rows, pitch, columns, gamma, alpha)
}
func columnsTsallisD(
  _ value: M?, _ weights: M?, _ terms: P, _ rows: Int, _ pitch: Int, _ columns: Int, _ gamma: Double, _ alpha: Double
) {
  tsallis(false, value, weights, terms, rows, pitch, columns, gamma, alpha)
}
