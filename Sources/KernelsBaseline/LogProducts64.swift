// Products in the logarithmic semiring on doubles, line for line as LogProducts32.swift, and the table of both.
import KernelTypes

// Generic loads of raw pointers are not always inlined; these are.
@_transparent private func atD(_ p: P, _ i: Int) -> Double { p.assumingMemoryBound(to: Double.self)[i] }
@_transparent private func putD(_ p: M, _ i: Int, _ value: Double) { p.assumingMemoryBound(to: Double.self)[i] = value }

@_transparent private func oneD(_ p: P, _ i: Int) -> D {
  D(repeating: atD(p, i))
}

func logMatrixD(
  _ e: M, _ transposed: M, _ top: M, _ m: P, _ mRow: Int, _ mLane: Int, _ rows: Int, _ columns: Int, _ pitch: Int,
  _ rowPitch: Int, _ gamma: Double
) {
  let absent = D(repeating: gamma < 0 ? .infinity : -.infinity)
  let scale = D(repeating: reciprocalD(gamma))
  var c = 0
  while c < columns {
    var best = absent
    var r = 0
    while r < rows {
      let x = mLane == 0 ? oneD(m, r &* mRow) : loadD(m, r &* mRow &+ c)
      best = gamma < 0 ? minimum(best, x) : maximum(best, x)
      r &+= 1
    }
    store(top, c, best)
    let shift = choose(best .== absent, D.zero, best)
    r = 0
    while r < rows {
      let x = mLane == 0 ? oneD(m, r &* mRow) : loadD(m, r &* mRow &+ c)
      store(e, r &* pitch &+ c, expDown((x - shift) * scale))
      r &+= 1
    }
    c &+= 8
  }
  c = 0
  while c < columns {
    let line = transposed + c &* rowPitch &* 8
    var r = 0
    while r < rowPitch {
      let value = r < rows ? atD(P(e), (r &* pitch &+ c)) : 0
      putD(line, r, value)
      r &+= 1
    }
    c &+= 1
  }
}

/// p[r] = exp((x[r] - best x) / gamma), zero up to `rowPitch`; gives best x, which is not finite where p makes no sense.
@_transparent private func exponentialsD(
  _ p: M, _ x: P, _ xRow: Int, _ rows: Int, _ gamma: Double
) -> Double {
  let absent: Double = gamma < 0 ? .infinity : -.infinity
  let scale = D(repeating: reciprocalD(gamma))
  var best = D(repeating: absent)
  var r = 0
  if xRow == 1 {
    while r &+ 8 <= rows {
      best = gamma < 0 ? minimum(best, loadD(x, r)) : maximum(best, loadD(x, r))
      r &+= 8
    }
  }
  // The rest is brought together in p.
  let whole = r
  while r < rows {
    putD(p, r, atD(x, r &* xRow))
    r &+= 1
  }
  while r & 15 != 0 {
    putD(p, r, absent)
    r &+= 1
  }
  let end = r
  r = whole
  while r < end {
    best = gamma < 0 ? minimum(best, loadD(P(p), r)) : maximum(best, loadD(P(p), r))
    r &+= 8
  }
  let shift = gamma < 0 ? foldD(.min, best) : foldD(.max, best)
  r = 0
  while r < whole {
    store(p, r, expDown((loadD(x, r) - shift) * scale))
    r &+= 8
  }
  while r < end {
    store(p, r, expDown((loadD(P(p), r) - shift) * scale))
    r &+= 8
  }
  return shift
}

/// The sum over r of p[r] * e[r, c] for the columns from c on, in four chains that are added in order.
@_transparent private func sumD(_ p: P, _ e: P, _ c: Int, _ rows: Int, _ pitch: Int) -> D {
  var s0 = D.zero
  var s1 = D.zero
  var s2 = D.zero
  var s3 = D.zero
  var r = 0
  var at = c
  while r &+ 4 <= rows {
    s0 = fma(oneD(p, r), loadD(e, at), s0)
    s1 = fma(oneD(p, r &+ 1), loadD(e, at &+ pitch), s1)
    s2 = fma(oneD(p, r &+ 2), loadD(e, at &+ 2 &* pitch), s2)
    s3 = fma(oneD(p, r &+ 3), loadD(e, at &+ 3 &* pitch), s3)
    r &+= 4
    at &+= 4 &* pitch
  }
  while r < rows {
    s0 = fma(oneD(p, r), loadD(e, at), s0)
    r &+= 1
    at &+= pitch
  }
  return (s0 + s1) + (s2 + s3)
}

/// The same for two vectors of columns.
@_transparent private func sumsD(_ p: P, _ e: P, _ c: Int, _ rows: Int, _ pitch: Int) -> (D, D) {
  var s0 = D.zero
  var s1 = D.zero
  var s2 = D.zero
  var s3 = D.zero
  var t0 = D.zero
  var t1 = D.zero
  var t2 = D.zero
  var t3 = D.zero
  var r = 0
  var at = c
  while r &+ 4 <= rows {
    let x0 = oneD(p, r)
    s0 = fma(x0, loadD(e, at), s0)
    t0 = fma(x0, loadD(e, at &+ 8), t0)
    let x1 = oneD(p, r &+ 1)
    s1 = fma(x1, loadD(e, at &+ pitch), s1)
    t1 = fma(x1, loadD(e, at &+ pitch &+ 8), t1)
    let x2 = oneD(p, r &+ 2)
    s2 = fma(x2, loadD(e, at &+ 2 &* pitch), s2)
    t2 = fma(x2, loadD(e, at &+ 2 &* pitch &+ 8), t2)
    let x3 = oneD(p, r &+ 3)
    s3 = fma(x3, loadD(e, at &+ 3 &* pitch), s3)
    t3 = fma(x3, loadD(e, at &+ 3 &* pitch &+ 8), t3)
    r &+= 4
    at &+= 4 &* pitch
  }
  while r < rows {
    let x = oneD(p, r)
    s0 = fma(x, loadD(e, at), s0)
    t0 = fma(x, loadD(e, at &+ 8), t0)
    r &+= 1
    at &+= pitch
  }
  return ((s0 + s1) + (s2 + s3), (t0 + t1) + (t2 + t3))
}

/// Into `out`, for all columns.
@_transparent private func productD(_ out: M, _ p: P, _ e: P, _ rows: Int, _ columns: Int, _ pitch: Int) {
  var c = 0
  while c &+ 8 < columns {
    let (a, b) = sumsD(p, e, c, rows, pitch)
    store(out, c, a)
    store(out, c &+ 8, b)
    c &+= 2 &* 8
  }
  if c < columns { store(out, c, sumD(p, e, c, rows, pitch)) }
}

/// The sum over r of p[r] * e[r, c] for the columns from c on, for two chains, each as in `sumD`.
@_transparent private func pairD(_ p: P, _ q: P, _ e: P, _ c: Int, _ rows: Int, _ pitch: Int) -> (D, D) {
  var s0 = D.zero
  var s1 = D.zero
  var s2 = D.zero
  var s3 = D.zero
  var t0 = D.zero
  var t1 = D.zero
  var t2 = D.zero
  var t3 = D.zero
  var r = 0
  var at = c
  while r &+ 4 <= rows {
    let e0 = loadD(e, at)
    s0 = fma(oneD(p, r), e0, s0)
    t0 = fma(oneD(q, r), e0, t0)
    let e1 = loadD(e, at &+ pitch)
    s1 = fma(oneD(p, r &+ 1), e1, s1)
    t1 = fma(oneD(q, r &+ 1), e1, t1)
    let e2 = loadD(e, at &+ 2 &* pitch)
    s2 = fma(oneD(p, r &+ 2), e2, s2)
    t2 = fma(oneD(q, r &+ 2), e2, t2)
    let e3 = loadD(e, at &+ 3 &* pitch)
    s3 = fma(oneD(p, r &+ 3), e3, s3)
    t3 = fma(oneD(q, r &+ 3), e3, t3)
    r &+= 4
    at &+= 4 &* pitch
  }
  while r < rows {
    let e0 = loadD(e, at)
    s0 = fma(oneD(p, r), e0, s0)
    t0 = fma(oneD(q, r), e0, t0)
    r &+= 1
    at &+= pitch
  }
  return ((s0 + s1) + (s2 + s3), (t0 + t1) + (t2 + t3))
}

/// out[k] = p[k] * e for all chains, whose vectors are `step` elements apart.
@_transparent private func productsD(
  _ outs: (Int) -> M, _ p: P, _ step: Int, _ chains: Int, _ e: P, _ rows: Int, _ columns: Int, _ pitch: Int
) {
  var k = 0
  while k &+ 2 <= chains {
    let (a, b) = (p + k &* step &* 8, p + (k &+ 1) &* step &* 8)
    let (x, y) = (outs(k), outs(k &+ 1))
    var c = 0
    while c < columns {
      let (s, t) = pairD(a, b, e, c, rows, pitch)
      store(x, c, s)
      store(y, c, t)
      c &+= 8
    }
    k &+= 2
  }
  if k < chains { productD(outs(k), p + k &* step &* 8, e, rows, columns, pitch) }
}

func logProductD(
  _ values: UnsafePointer<M>, _ p: M, _ xs: UnsafePointer<P>, _ xRow: Int, _ chains: Int, _ e: P, _ top: P, _ rows: Int,
  _ columns: Int, _ pitch: Int, _ rowPitch: Int, _ gamma: Double
) -> Int {
  var bests = SIMD4<Double>.zero
  var k = 0
  while k < chains {
    let best = exponentialsD(p + k &* rowPitch &* 8, xs[k], xRow, rows, gamma)
    if !best.isFinite { return 0 }
    bests[k] = best
    k &+= 1
  }
  let absent = D(repeating: gamma < 0 ? .infinity : -.infinity)
  let scale = D(repeating: Double(gamma))
  var unsafe = D.zero
  productsD({ values[$0] }, P(p), rowPitch, chains, e, rows, columns, pitch)
  k = 0
  while k < chains {
    let value = values[k]
    let best = bests[k]
    var c = 0
    while c < columns {
      let sum = loadD(P(value), c)
      let top = loadD(top, c)
      let isAbsent = top .== absent
      // Where it holds, the column is exact.
      let isExact = isAbsent .| (sum .>= 1e-200)
      let found = choose(isExact, D.zero, D(repeating: 1))
      unsafe = unsafe + (columns &- c >= 8 ? found : firstLanes(found, columns &- c, D.zero))
      let result = (best + top) + scale * log(sum)
      store(value, c, choose(isAbsent, top, result))
      c &+= 8
    }
    k &+= 1
  }
  return foldD(.sum, unsafe) == 0 ? 1 : 0
}

func logProductAdjointD(
  _ dxs: UnsafePointer<M>, _ dxRow: Int, _ sums: M?, _ seeds: UnsafePointer<P>, _ scratch: M, _ xs: UnsafePointer<P>,
  _ xRow: Int, _ chains: Int, _ e: P, _ transposed: P, _ top: P, _ rows: Int, _ columns: Int, _ pitch: Int,
  _ rowPitch: Int, _ gamma: Double
) -> Int {
  let p = scratch
  let h = p + chains &* rowPitch &* 8
  let out = h + chains &* pitch &* 8
  var k = 0
  while k < chains {
    if !exponentialsD(p + k &* rowPitch &* 8, xs[k], xRow, rows, gamma).isFinite { return 0 }
    k &+= 1
  }
  let absent = D(repeating: gamma < 0 ? .infinity : -.infinity)
  var unsafe = D.zero
  productsD({ h + $0 &* pitch &* 8 }, P(p), rowPitch, chains, e, rows, columns, pitch)
  k = 0
  while k < chains {
    let shares = h + k &* pitch &* 8
    var c = 0
    while c < columns {
      let sum = loadD(P(shares), c)
      let isAbsent = loadD(top, c) .== absent
      let share = choose(isAbsent, D.zero, loadD(seeds[k], c) / sum)
      let isExact = isAbsent .| ((sum .>= 1e-200) .& (magnitude(share) .< 1e300))
      let found = choose(isExact, D.zero, D(repeating: 1))
      unsafe = unsafe + (columns &- c >= 8 ? found : firstLanes(found, columns &- c, D.zero))
      store(shares, c, columns &- c >= 8 ? share : firstLanes(share, columns &- c, D.zero))
      c &+= 8
    }
    k &+= 1
  }
  if foldD(.sum, unsafe) != 0 { return 0 }
  // dx: columns of e are rows of its transpose.
  productsD({ out + $0 &* rowPitch &* 8 }, P(h), pitch, chains, transposed, columns, rows, rowPitch)
  k = 0
  while k < chains {
    let (mine, dx) = (out + k &* rowPitch &* 8, dxs[k])
    let weights = P(p) + k &* rowPitch &* 8
    var r = 0
    if dxRow == 1 {
      while r &+ 8 <= rows {
        store(dx, r, loadD(P(dx), r) + loadD(P(mine), r) * loadD(weights, r))
        r &+= 8
      }
    }
    while r < rows {
      let product =
        atD(P(mine), r) * atD(weights, r)
      let sum = atD(P(dx), r &* dxRow) + product
      putD(dx, r &* dxRow, sum)
      r &+= 1
    }
    k &+= 1
  }
  guard let sums else { return 1 }
  // sums += p * h, chain after chain.
  k = 0
  while k &+ 4 <= chains {
    let (p0, h0) = (P(p) + k &* rowPitch &* 8, P(h) + k &* pitch &* 8)
    let (p1, h1) = (p0 + rowPitch &* 8, h0 + pitch &* 8)
    let (p2, h2) = (p1 + rowPitch &* 8, h1 + pitch &* 8)
    let (p3, h3) = (p2 + rowPitch &* 8, h2 + pitch &* 8)
    var c = 0
    while c < columns {
      let (s0, s1, s2, s3) = (loadD(h0, c), loadD(h1, c), loadD(h2, c), loadD(h3, c))
      var at = c
      var r = 0
      while r < rows {
        var sum = fma(oneD(p0, r), s0, loadD(P(sums), at))
        sum = fma(oneD(p1, r), s1, sum)
        sum = fma(oneD(p2, r), s2, sum)
        store(sums, at, fma(oneD(p3, r), s3, sum))
        at &+= pitch
        r &+= 1
      }
      c &+= 8
    }
    k &+= 4
  }
  while k < chains {
    let (weights, shares) = (P(p) + k &* rowPitch &* 8, P(h) + k &* pitch &* 8)
    var c = 0
    while c < columns {
      let share = loadD(shares, c)
      var at = c
      var r = 0
      while r < rows {
        store(sums, at, fma(oneD(weights, r), share, loadD(P(sums), at)))
        at &+= pitch
        r &+= 1
      }
      c &+= 8
    }
    k &+= 1
  }
  return 1
}

func addLogProducts(_ table: inout KernelTable) {
  table.logMatrix[Int(DType.f32.rawValue)] = { logMatrixF($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10) }
  table.logMatrix[Int(DType.f64.rawValue)] = { logMatrixD($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10) }
  table.logProduct[Int(DType.f32.rawValue)] = {
    logProductF($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
  }
  table.logProduct[Int(DType.f64.rawValue)] = {
    logProductD($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
  }
  table.logProductAdjoint[Int(DType.f32.rawValue)] = {
    logProductAdjointF($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
  }
  table.logProductAdjoint[Int(DType.f64.rawValue)] = {
    logProductAdjointD($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
  }
}
