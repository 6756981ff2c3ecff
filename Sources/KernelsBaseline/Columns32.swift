// Reductions of the columns of a matrix of terms (see KernelTypes/Columns.swift), sixteen floats side by side. Columns64.swift is
// the same on doubles, line for line; ColumnsTsallis.swift has the general exponent, ColumnsProducts.swift the second
// order.
//
// Every method starts from the largest term of a column, `top`, and works on y = (x - top) / gamma, which is at most 0 for
// both signs of gamma; for the minimum, `flip` turns the sign around while `top` is looked for. Where a column has no finite top:
// -inf (absent terms alone) and NaN need no care, as y is -inf or NaN throughout; for +inf the terms are first replaced by
// those that share the weight (`shareF`).
//
// The thresholds of l2 and tsallis are found by Newton's method from below, where it is monotone. A column that is done
// stays as it is while others go on, so that its bits do not depend on them.
//
// Sums over rows are cut at multiples of `columnsBlock` rows, which keeps long float sums accurate.
import KernelTypes

/// Rows that are summed one after the other.
@_transparent var columnsBlock: Int { 128 }

@_transparent private func flipF(_ gamma: Double) -> I { I(repeating: gamma < 0 ? Int32.min : 0) }
@_transparent private func flipped(_ x: F, _ flip: I) -> F { floats(bits(x) ^ flip) }

/// 1 / gamma, finite.
@_transparent func reciprocalF(_ gamma: Double) -> Float {
  let scale = Float(1 / gamma)
  let most = Float.greatestFiniteMagnitude
  return scale > most ? most : scale < -most ? -most : scale
}

/// e^x for x <= 0, zero where that is below the normal numbers.
@_transparent func expDown(_ x: F) -> F {
  let gone = x .< -87
  let (r, n, tail) = reduceExponent(choose(gone, F(repeating: -87), x))
  return choose(gone, F.zero, (fma(r * r, tail, r) + 1) * powerOfTwo(n))
}

/// The largest term of each column (of the negated terms for a minimum); NaN wins.
@_transparent private func topF(_ terms: P, _ column: Int, _ rows: Int, _ pitch: Int, _ flip: I) -> F {
  var top = F(repeating: -.infinity)
  var at = column
  var row = 0
  while row < rows {
    top = maximum(top, flipped(loadF(terms, at), flip))
    at &+= pitch
    row &+= 1
  }
  return top
}

/// What is subtracted from the terms: the largest one, or 0 where that is infinite.
@_transparent private func shiftF(_ top: F, _ flip: I) -> F {
  flipped(choose(magnitude(top) .== F(repeating: .infinity), F.zero, top), flip)
}

/// The value, or the top itself where that is infinite.
@_transparent private func valueF(_ result: F, _ top: F, _ flip: I) -> F {
  choose(magnitude(top) .== F(repeating: .infinity), flipped(top, flip), result)
}

/// In columns whose top is +inf: terms 0 for the terms that reach it, absent ones for the others.
func shareF(_ weights: M, _ terms: P, _ column: Int, _ rows: Int, _ pitch: Int, _ isMinimum: Bool, _ top: F) {
  let flip = I(repeating: isMinimum ? Int32.min : 0)
  let isInfinite = top .== F(repeating: .infinity)
  let absent = flipped(F(repeating: -.infinity), flip)
  var at = column
  var row = 0
  while row < rows {
    let x = loadF(terms, at)
    let shared = choose(flipped(x, flip) .== F(repeating: .infinity), F.zero, absent)
    store(weights, at, choose(isInfinite, shared, x))
    at &+= pitch
    row &+= 1
  }
}

// MARK: Maximum

func columnsMaxF(
  _ value: M?, _ weights: M?, _ terms: P, _ rows: Int, _ pitch: Int, _ columns: Int, _ gamma: Double
) {
  let flip = flipF(gamma)
  var column = 0
  while column < columns {
    let top = topF(terms, column, rows, pitch, flip)
    let best = flipped(top, flip)
    if let value { store(value, column, best) }
    if let weights {
      // What is left to give: 1 until the first term that is the best; nothing where all are absent.
      var left = choose(top .== F(repeating: -.infinity), F.zero, F(repeating: 1))
      var at = column
      var row = 0
      while row < rows {
        let x = loadF(terms, at)
        // A column with a NaN has NaN for its best, and the first one takes the weight.
        var weight = choose(x .== best, left, F.zero)
        weight = choose(x .== x, weight, left)
        store(weights, at, weight)
        left = left - weight
        at &+= pitch
        row &+= 1
      }
    }
    column &+= 16
  }
}

// MARK: Entropy

/// `keeps`: whether there are weights; otherwise `weights` is not touched.
@_transparent private func entropyF(
  _ keeps: Bool, _ value: M?, _ weights: M, _ terms: P, _ rows: Int, _ pitch: Int, _ columns: Int, _ gamma: Double
) {
  let flip = flipF(gamma)
  let scale = reciprocalF(gamma)
  var column = 0
  while column < columns {
    let top = topF(terms, column, rows, pitch, flip)
    let shift = shiftF(top, flip)
    var from = terms
    if keeps, holdsAnywhere(top .== F(repeating: .infinity)) {
      shareF(weights, terms, column, rows, pitch, gamma < 0, top)
      from = P(weights)
    }
    var sum = F.zero
    var at = column
    var row = 0
    while row < rows {
      let end = rows &- row < columnsBlock ? rows : row &+ columnsBlock
      var part = F.zero
      while row < end {
        let e = expDown((loadF(from, at) - shift) * scale)
        part = part + e
        if keeps { store(weights, at, e) }
        at &+= pitch
        row &+= 1
      }
      sum = sum + part
    }
    if let value { store(value, column, valueF(shift + log(sum) * Float(gamma), top, flip)) }
    if keeps {
      let factor = choose(sum .== F.zero, F.zero, F(repeating: 1) / sum)
      at = column
      row = 0
      while row < rows {
        store(weights, at, loadF(P(weights), at) * factor)
        at &+= pitch
        row &+= 1
      }
    }
    column &+= 16
  }
}

func columnsEntropyF(
  _ value: M?, _ weights: M?, _ terms: P, _ rows: Int, _ pitch: Int, _ columns: Int, _ gamma: Double
) {
  if let weights {
    entropyF(true, value, weights, terms, rows, pitch, columns, gamma)
  } else if let value {
    entropyF(false, value, value, terms, rows, pitch, columns, gamma)
  }
}

// MARK: L2

/// The threshold tau is where sum(max(y - tau, 0)) = 1. From below, Newton's step takes tau = (sum of the y in the support
/// - 1) / their number, with the support of the tau before: it loses terms until it is the right one (Michelot). -1 is
/// below, as the largest y is 0; no y below it ever counts.
@_transparent private func squaresF(
  _ keeps: Bool, _ value: M?, _ weights: M, _ terms: P, _ rows: Int, _ pitch: Int, _ columns: Int, _ gamma: Double
) {
  let flip = flipF(gamma)
  let scale = reciprocalF(gamma)
  var column = 0
  while column < columns {
    let top = topF(terms, column, rows, pitch, flip)
    let shift = shiftF(top, flip)
    var from = terms
    if keeps, holdsAnywhere(top .== F(repeating: .infinity)) {
      shareF(weights, terms, column, rows, pitch, gamma < 0, top)
      from = P(weights)
    }
    var sum = F.zero
    var count = F.zero
    var bound = F(repeating: -1)
    var at = column
    var row = 0
    while row < rows {
      let end = rows &- row < columnsBlock ? rows : row &+ columnsBlock
      var part = F.zero
      while row < end {
        let y = (loadF(from, at) - shift) * scale
        let counts = y .> bound
        part = choose(counts, part + y, part)
        count = choose(counts, count + 1, count)
        if keeps { store(weights, at, y) }
        at &+= pitch
        row &+= 1
      }
      sum = sum + part
    }
    // Where no term counts, 0 leaves each of them its weight: none, or NaN.
    var tau = choose(count .== F.zero, F.zero, (sum - 1) / count)
    while true {
      // Never back, so that supports are nested and equal numbers of terms mean equal supports.
      bound = choose(tau .> bound, tau, bound)
      sum = F.zero
      var left = F.zero
      at = column
      row = 0
      while row < rows {
        let end = rows &- row < columnsBlock ? rows : row &+ columnsBlock
        var part = F.zero
        while row < end {
          let y = keeps ? loadF(P(weights), at) : (loadF(from, at) - shift) * scale
          let counts = y .> bound
          part = choose(counts, part + y, part)
          left = choose(counts, left + 1, left)
          at &+= pitch
          row &+= 1
        }
        sum = sum + part
      }
      tau = choose(left .== F.zero, F.zero, (sum - 1) / left)
      let isDone = !holdsAnywhere(left .!= count)
      count = left
      if isDone { break }
    }
    var square = F.zero
    at = column
    row = 0
    while row < rows {
      let end = rows &- row < columnsBlock ? rows : row &+ columnsBlock
      var part = F.zero
      while row < end {
        let y = keeps ? loadF(P(weights), at) : (loadF(from, at) - shift) * scale
        let weight = choose(y .<= tau, F.zero, y - tau)
        part = fma(weight, weight, part)
        if keeps { store(weights, at, weight) }
        at &+= pitch
        row &+= 1
      }
      square = square + part
    }
    // <q, y> - |q|^2 / 2 with y = q + tau on the support.
    if let value { store(value, column, valueF(shift + (tau + square * 0.5) * Float(gamma), top, flip)) }
    column &+= 16
  }
}

func columnsSquaresF(
  _ value: M?, _ weights: M?, _ terms: P, _ rows: Int, _ pitch: Int, _ columns: Int, _ gamma: Double
) {
  if let weights {
    squaresF(true, value, weights, terms, rows, pitch, columns, gamma)
  } else if let value {
    squaresF(false, value, value, terms, rows, pitch, columns, gamma)
  }
}

// MARK: Tsallis, alpha = 1.5

/// With w = y / 2, tau is where the norm of u = max(w - tau, 0) is 1; weights u^2. Newton's method on the norm, which is
/// convex and nearly linear, from -1; a column is done when tau grows no more.
@_transparent private func rootsF(
  _ keeps: Bool, _ value: M?, _ weights: M, _ terms: P, _ rows: Int, _ pitch: Int, _ columns: Int, _ gamma: Double
) {
  let flip = flipF(gamma)
  let scale = reciprocalF(gamma) * 0.5
  var column = 0
  while column < columns {
    let top = topF(terms, column, rows, pitch, flip)
    let shift = shiftF(top, flip)
    var from = terms
    if keeps, holdsAnywhere(top .== F(repeating: .infinity)) {
      shareF(weights, terms, column, rows, pitch, gamma < 0, top)
      from = P(weights)
    }
    var tau = F(repeating: -1)
    var square = F.zero
    var at = column
    var row = 0
    while true {
      square = F.zero
      var sum = F.zero
      at = column
      row = 0
      while row < rows {
        let end = rows &- row < columnsBlock ? rows : row &+ columnsBlock
        var part = F.zero
        var squarePart = F.zero
        while row < end {
          let w = (loadF(from, at) - shift) * scale
          let u = choose(w .<= tau, F.zero, w - tau)
          part = part + u
          squarePart = fma(u, u, squarePart)
          at &+= pitch
          row &+= 1
        }
        sum = sum + part
        square = square + squarePart
      }
      let next = tau + (square - squareRoot(square)) / sum
      let grows = next .> tau
      if !holdsAnywhere(grows) { break }
      tau = choose(grows, next, tau)
    }
    let factor = choose(square .== F.zero, F.zero, F(repeating: 1) / square)
    var cube = F.zero
    at = column
    row = 0
    while row < rows {
      let end = rows &- row < columnsBlock ? rows : row &+ columnsBlock
      var part = F.zero
      while row < end {
        let w = (loadF(from, at) - shift) * scale
        let u = choose(w .<= tau, F.zero, w - tau)
        let weight = u * u * factor
        part = fma(weight, u, part)
        if keeps { store(weights, at, weight) }
        at &+= pitch
        row &+= 1
      }
      cube = cube + part
    }
    if let value {
      // <q, y> with y = 2 (u + tau), and sum(q^1.5) = sum(q u) / sqrt(sum(u^2)).
      let power = cube * squareRoot(factor)
      let smooth = (cube + tau) * 2 - (power - 1) * Float(4.0 / 3)
      store(value, column, valueF(shift + smooth * Float(gamma), top, flip))
    }
    column &+= 16
  }
}

func columnsRootsF(
  _ value: M?, _ weights: M?, _ terms: P, _ rows: Int, _ pitch: Int, _ columns: Int, _ gamma: Double
) {
  if let weights {
    rootsF(true, value, weights, terms, rows, pitch, columns, gamma)
  } else if let value {
    rootsF(false, value, value, terms, rows, pitch, columns, gamma)
  }
}
