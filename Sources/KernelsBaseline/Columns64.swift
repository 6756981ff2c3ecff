// Reductions of the columns of a matrix of terms, eight doubles side by side: Columns32.swift line for line, where all is
// explained.
import KernelTypes

@_transparent private func flipD(_ gamma: Double) -> L { L(repeating: gamma < 0 ? Int64.min : 0) }
@_transparent private func flipped(_ x: D, _ flip: L) -> D { doubles(bits(x) ^ flip) }

/// 1 / gamma, finite.
@_transparent func reciprocalD(_ gamma: Double) -> Double {
  let scale = Double(1 / gamma)
  let most = Double.greatestFiniteMagnitude
  return scale > most ? most : scale < -most ? -most : scale
}

/// e^x for x <= 0, zero where that is below the normal numbers.
@_transparent func expDown(_ x: D) -> D {
  let gone = x .< -708
  let (r, n, tail) = reduceExponent(choose(gone, D(repeating: -708), x))
  return choose(gone, D.zero, (fma(r * r, tail, r) + 1) * powerOfTwo(n))
}

/// The largest term of each column (of the negated terms for a minimum); NaN wins.
@_transparent private func topD(_ terms: P, _ column: Int, _ rows: Int, _ pitch: Int, _ flip: L) -> D {
  var top = D(repeating: -.infinity)
  var at = column
  var row = 0
  while row < rows {
    top = maximum(top, flipped(loadD(terms, at), flip))
    at &+= pitch
    row &+= 1
  }
  return top
}

/// What is subtracted from the terms: the largest one, or 0 where that is infinite.
@_transparent private func shiftD(_ top: D, _ flip: L) -> D {
  flipped(choose(magnitude(top) .== D(repeating: .infinity), D.zero, top), flip)
}

/// The value, or the top itself where that is infinite.
@_transparent private func valueD(_ result: D, _ top: D, _ flip: L) -> D {
  choose(magnitude(top) .== D(repeating: .infinity), flipped(top, flip), result)
}

/// In columns whose top is +inf: terms 0 for the terms that reach it, absent ones for the others.
func shareD(_ weights: M, _ terms: P, _ column: Int, _ rows: Int, _ pitch: Int, _ isMinimum: Bool, _ top: D) {
  let flip = L(repeating: isMinimum ? Int64.min : 0)
  let isInfinite = top .== D(repeating: .infinity)
  let absent = flipped(D(repeating: -.infinity), flip)
  var at = column
  var row = 0
  while row < rows {
    let x = loadD(terms, at)
    let shared = choose(flipped(x, flip) .== D(repeating: .infinity), D.zero, absent)
    store(weights, at, choose(isInfinite, shared, x))
    at &+= pitch
    row &+= 1
  }
}

// MARK: Maximum

func columnsMaxD(
  _ value: M?, _ weights: M?, _ terms: P, _ rows: Int, _ pitch: Int, _ columns: Int, _ gamma: Double
) {
  let flip = flipD(gamma)
  var column = 0
  while column < columns {
    let top = topD(terms, column, rows, pitch, flip)
    let best = flipped(top, flip)
    if let value { store(value, column, best) }
    if let weights {
      // What is left to give: 1 until the first term that is the best; nothing where all are absent.
      var left = choose(top .== D(repeating: -.infinity), D.zero, D(repeating: 1))
      var at = column
      var row = 0
      while row < rows {
        let x = loadD(terms, at)
        // A column with a NaN has NaN for its best, and the first one takes the weight.
        var weight = choose(x .== best, left, D.zero)
        weight = choose(x .== x, weight, left)
        store(weights, at, weight)
        left = left - weight
        at &+= pitch
        row &+= 1
      }
    }
    column &+= 8
  }
}

// MARK: Entropy

/// `keeps`: whether there are weights; otherwise `weights` is not touched.
@_transparent private func entropyD(
  _ keeps: Bool, _ value: M?, _ weights: M, _ terms: P, _ rows: Int, _ pitch: Int, _ columns: Int, _ gamma: Double
) {
  let flip = flipD(gamma)
  let scale = reciprocalD(gamma)
  var column = 0
  while column < columns {
    let top = topD(terms, column, rows, pitch, flip)
    let shift = shiftD(top, flip)
    var from = terms
    if keeps, holdsAnywhere(top .== D(repeating: .infinity)) {
      shareD(weights, terms, column, rows, pitch, gamma < 0, top)
      from = P(weights)
    }
    var sum = D.zero
    var at = column
    var row = 0
    while row < rows {
      let end = rows &- row < columnsBlock ? rows : row &+ columnsBlock
      var part = D.zero
      while row < end {
        let e = expDown((loadD(from, at) - shift) * scale)
        part = part + e
        if keeps { store(weights, at, e) }
        at &+= pitch
        row &+= 1
      }
      sum = sum + part
    }
    if let value { store(value, column, valueD(shift + log(sum) * Double(gamma), top, flip)) }
    if keeps {
      let factor = choose(sum .== D.zero, D.zero, D(repeating: 1) / sum)
      at = column
      row = 0
      while row < rows {
        store(weights, at, loadD(P(weights), at) * factor)
        at &+= pitch
        row &+= 1
      }
    }
    column &+= 8
  }
}

func columnsEntropyD(
  _ value: M?, _ weights: M?, _ terms: P, _ rows: Int, _ pitch: Int, _ columns: Int, _ gamma: Double
) {
  if let weights {
    entropyD(true, value, weights, terms, rows, pitch, columns, gamma)
  } else if let value {
    entropyD(false, value, value, terms, rows, pitch, columns, gamma)
  }
}

// MARK: L2

/// The threshold tau is where sum(max(y - tau, 0)) = 1. From below, Newton's step takes tau = (sum of the y in the support
/// - 1) / their number, with the support of the tau before: it loses terms until it is the right one (Michelot). -1 is
/// below, as the largest y is 0; no y below it ever counts.
@_transparent private func squaresD(
  _ keeps: Bool, _ value: M?, _ weights: M, _ terms: P, _ rows: Int, _ pitch: Int, _ columns: Int, _ gamma: Double
) {
  let flip = flipD(gamma)
  let scale = reciprocalD(gamma)
  var column = 0
  while column < columns {
    let top = topD(terms, column, rows, pitch, flip)
    let shift = shiftD(top, flip)
    var from = terms
    if keeps, holdsAnywhere(top .== D(repeating: .infinity)) {
      shareD(weights, terms, column, rows, pitch, gamma < 0, top)
      from = P(weights)
    }
    var sum = D.zero
    var count = D.zero
    var bound = D(repeating: -1)
    var at = column
    var row = 0
    while row < rows {
      let end = rows &- row < columnsBlock ? rows : row &+ columnsBlock
      var part = D.zero
      while row < end {
        let y = (loadD(from, at) - shift) * scale
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
    var tau = choose(count .== D.zero, D.zero, (sum - 1) / count)
    while true {
      // Never back, so that supports are nested and equal numbers of terms mean equal supports.
      bound = choose(tau .> bound, tau, bound)
      sum = D.zero
      var left = D.zero
      at = column
      row = 0
      while row < rows {
        let end = rows &- row < columnsBlock ? rows : row &+ columnsBlock
        var part = D.zero
        while row < end {
          let y = keeps ? loadD(P(weights), at) : (loadD(from, at) - shift) * scale
          let counts = y .> bound
          part = choose(counts, part + y, part)
          left = choose(counts, left + 1, left)
          at &+= pitch
          row &+= 1
        }
        sum = sum + part
      }
      tau = choose(left .== D.zero, D.zero, (sum - 1) / left)
      let isDone = !holdsAnywhere(left .!= count)
      count = left
      if isDone { break }
    }
    var square = D.zero
    at = column
    row = 0
    while row < rows {
      let end = rows &- row < columnsBlock ? rows : row &+ columnsBlock
      var part = D.zero
      while row < end {
        let y = keeps ? loadD(P(weights), at) : (loadD(from, at) - shift) * scale
        let weight = choose(y .<= tau, D.zero, y - tau)
        part = fma(weight, weight, part)
        if keeps { store(weights, at, weight) }
        at &+= pitch
        row &+= 1
      }
      square = square + part
    }
    // <q, y> - |q|^2 / 2 with y = q + tau on the support.
    if let value { store(value, column, valueD(shift + (tau + square * 0.5) * Double(gamma), top, flip)) }
    column &+= 8
  }
}

func columnsSquaresD(
  _ value: M?, _ weights: M?, _ terms: P, _ rows: Int, _ pitch: Int, _ columns: Int, _ gamma: Double
) {
  if let weights {
    squaresD(true, value, weights, terms, rows, pitch, columns, gamma)
  } else if let value {
    squaresD(false, value, value, terms, rows, pitch, columns, gamma)
  }
}

// MARK: Tsallis, alpha = 1.5

/// With w = y / 2, tau is where the norm of u = max(w - tau, 0) is 1; weights u^2. Newton's method on the norm, which is
/// convex and nearly linear, from -1; a column is done when tau grows no more.
@_transparent private func rootsD(
  _ keeps: Bool, _ value: M?, _ weights: M, _ terms: P, _ rows: Int, _ pitch: Int, _ columns: Int, _ gamma: Double
) {
  let flip = flipD(gamma)
  let scale = reciprocalD(gamma) * 0.5
  var column = 0
  while column < columns {
    let top = topD(terms, column, rows, pitch, flip)
    let shift = shiftD(top, flip)
    var from = terms
    if keeps, holdsAnywhere(top .== D(repeating: .infinity)) {
      shareD(weights, terms, column, rows, pitch, gamma < 0, top)
      from = P(weights)
    }
    var tau = D(repeating: -1)
    var square = D.zero
    var at = column
    var row = 0
    while true {
      square = D.zero
      var sum = D.zero
      at = column
      row = 0
      while row < rows {
        let end = rows &- row < columnsBlock ? rows : row &+ columnsBlock
        var part = D.zero
        var squarePart = D.zero
        while row < end {
          let w = (loadD(from, at) - shift) * scale
          let u = choose(w .<= tau, D.zero, w - tau)
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
    let factor = choose(square .== D.zero, D.zero, D(repeating: 1) / square)
    var cube = D.zero
    at = column
    row = 0
    while row < rows {
      let end = rows &- row < columnsBlock ? rows : row &+ columnsBlock
      var part = D.zero
      while row < end {
        let w = (loadD(from, at) - shift) * scale
        let u = choose(w .<= tau, D.zero, w - tau)
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
      let smooth = (cube + tau) * 2 - (power - 1) * Double(4.0 / 3)
      store(value, column, valueD(shift + smooth * Double(gamma), top, flip))
    }
    column &+= 8
  }
}

func columnsRootsD(
  _ value: M?, _ weights: M?, _ terms: P, _ rows: Int, _ pitch: Int, _ columns: Int, _ gamma: Double
) {
  if let weights {
    rootsD(true, value, weights, terms, rows, pitch, columns, gamma)
  } else if let value {
    rootsD(false, value, value, terms, rows, pitch, columns, gamma)
  }
}
