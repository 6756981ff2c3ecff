// Products in the logarithmic semiring (see KernelTypes/LogProducts.swift) on floats. LogProducts64.swift is the same on doubles,
// line for line, but for the table of both.
//
// A sum that is below 1e-20 (doubles: 1e-200) is left to the caller: above it, terms that have vanished weigh nothing, and
// quotients by it stay finite.
import KernelTypes

// Generic loads of raw pointers are not always inlined; these are.
@_transparent private func atF(_ p: P, _ i: Int) -> Float { p.assumingMemoryBound(to: Float.self)[i] }
@_transparent private func putF(_ p: M, _ i: Int, _ value: Float) { p.assumingMemoryBound(to: Float.self)[i] = value }

@_transparent private func oneF(_ p: P, _ i: Int) -> F {
  F(repeating: atF(p, i))
}

func logMatrixF(
  _ e: M, _ transposed: M, _ top: M, _ m: P, _ mRow: Int, _ mLane: Int, _ rows: Int, _ columns: Int, _ pitch: Int,
  _ rowPitch: Int, _ gamma: Double
) {
  let absent = F(repeating: gamma < 0 ? .infinity : -.infinity)
  let scale = F(repeating: reciprocalF(gamma))
  var c = 0
  while c < columns {
    var best = absent
    var r = 0
    while r < rows {
      let x = mLane == 0 ? oneF(m, r &* mRow) : loadF(m, r &* mRow &+ c)
      best = gamma < 0 ? minimum(best, x) : maximum(best, x)
      r &+= 1
    }
    store(top, c, best)
    let shift = choose(best .== absent, F.zero, best)
    r = 0
    while r < rows {
      let x = mLane == 0 ? oneF(m, r &* mRow) : loadF(m, r &* mRow &+ c)
      store(e, r &* pitch &+ c, expDown((x - shift) * scale))
      r &+= 1
    }
    c &+= 16
  }
  c = 0
  while c < columns {
    let line = transposed + c &* rowPitch &* 4
    var r = 0
    while r < rowPitch {
      let value = r < rows ? atF(P(e), (r &* pitch &+ c)) : 0
      putF(line, r, value)
      r &+= 1
    }
    c &+= 1
  }
}

/// p[r] = exp((x[r] - best x) / gamma), zero up to `rowPitch`; gives best x, which is not finite where p makes no sense.
@_transparent private func exponentialsF(
  _ p: M, _ x: P, _ xRow: Int, _ rows: Int, _ gamma: Double
) -> Float {
  let absent: Float = gamma < 0 ? .infinity : -.infinity
  let scale = F(repeating: reciprocalF(gamma))
  var best = F(repeating: absent)
  var r = 0
  if xRow == 1 {
    while r &+ 16 <= rows {
      best = gamma < 0 ? minimum(best, loadF(x, r)) : maximum(best, loadF(x, r))
      r &+= 16
    }
  }
  // The rest is brought together in p.
  let whole = r
  while r < rows {
    putF(p, r, atF(x, r &* xRow))
    r &+= 1
  }
  while r & 15 != 0 {
    putF(p, r, absent)
    r &+= 1
  }
  let end = r
  r = whole
  while r < end {
    best = gamma < 0 ? minimum(best, loadF(P(p), r)) : maximum(best, loadF(P(p), r))
    r &+= 16
  }
  let shift = gamma < 0 ? foldF(.min, best) : foldF(.max, best)
  r = 0
  while r < whole {
    store(p, r, expDown((loadF(x, r) - shift) * scale))
    r &+= 16
  }
  while r < end {
    store(p, r, expDown((loadF(P(p), r) - shift) * scale))
    r &+= 16
  }
  return shift
}

/// The sum over r of p[r] * e[r, c] for the columns from c on, in four chains that are added in order.
@_transparent private func sumF(_ p: P, _ e: P, _ c: Int, _ rows: Int, _ pitch: Int) -> F {
  var s0 = F.zero
  var s1 = F.zero
  var s2 = F.zero
  var s3 = F.zero
  var r = 0
  var at = c
  while r &+ 4 <= rows {
    s0 = fma(oneF(p, r), loadF(e, at), s0)
    s1 = fma(oneF(p, r &+ 1), loadF(e, at &+ pitch), s1)
    s2 = fma(oneF(p, r &+ 2), loadF(e, at &+ 2 &* pitch), s2)
    s3 = fma(oneF(p, r &+ 3), loadF(e, at &+ 3 &* pitch), s3)
    r &+= 4
    at &+= 4 &* pitch
  }
  while r < rows {
    s0 = fma(oneF(p, r), loadF(e, at), s0)
    r &+= 1
    at &+= pitch
  }
  return (s0 + s1) + (s2 + s3)
}

/// The same for two vectors of columns.
@_transparent private func sumsF(_ p: P, _ e: P, _ c: Int, _ rows: Int, _ pitch: Int) -> (F, F) {
  var s0 = F.zero
  var s1 = F.zero
  var s2 = F.zero
  var s3 = F.zero
  var t0 = F.zero
  var t1 = F.zero
  var t2 = F.zero
  var t3 = F.zero
  var r = 0
  var at = c
  while r &+ 4 <= rows {
    let x0 = oneF(p, r)
    s0 = fma(x0, loadF(e, at), s0)
    t0 = fma(x0, loadF(e, at &+ 16), t0)
    let x1 = oneF(p, r &+ 1)
    s1 = fma(x1, loadF(e, at &+ pitch), s1)
    t1 = fma(x1, loadF(e, at &+ pitch &+ 16), t1)
    let x2 = oneF(p, r &+ 2)
    s2 = fma(x2, loadF(e, at &+ 2 &* pitch), s2)
    t2 = fma(x2, loadF(e, at &+ 2 &* pitch &+ 16), t2)
    let x3 = oneF(p, r &+ 3)
    s3 = fma(x3, loadF(e, at &+ 3 &* pitch), s3)
    t3 = fma(x3, loadF(e, at &+ 3 &* pitch &+ 16), t3)
    r &+= 4
    at &+= 4 &* pitch
  }
  while r < rows {
    let x = oneF(p, r)
    s0 = fma(x, loadF(e, at), s0)
    t0 = fma(x, loadF(e, at &+ 16), t0)
    r &+= 1
    at &+= pitch
  }
  return ((s0 + s1) + (s2 + s3), (t0 + t1) + (t2 + t3))
}

/// Into `out`, for all columns.
@_transparent private func productF(_ out: M, _ p: P, _ e: P, _ rows: Int, _ columns: Int, _ pitch: Int) {
  var c = 0
  while c &+ 16 < columns {
    let (a, b) = sumsF(p, e, c, rows, pitch)
    store(out, c, a)
    store(out, c &+ 16, b)
    c &+= 2 &* 16
  }
  if c < columns { store(out, c, sumF(p, e, c, rows, pitch)) }
}

/// The sum over r of p[r] * e[r, c] for the columns from c on, for two chains, each as in `sumF`.
@_transparent private func pairF(_ p: P, _ q: P, _ e: P, _ c: Int, _ rows: Int, _ pitch: Int) -> (F, F) {
  var s0 = F.zero
  var s1 = F.zero
  var s2 = F.zero
  var s3 = F.zero
  var t0 = F.zero
  var t1 = F.zero
  var t2 = F.zero
  var t3 = F.zero
  var r = 0
  var at = c
  while r &+ 4 <= rows {
    let e0 = loadF(e, at)
    s0 = fma(oneF(p, r), e0, s0)
    t0 = fma(oneF(q, r), e0, t0)
    let e1 = loadF(e, at &+ pitch)
    s1 = fma(oneF(p, r &+ 1), e1, s1)
    t1 = fma(oneF(q, r &+ 1), e1, t1)
    let e2 = loadF(e, at &+ 2 &* pitch)
    s2 = fma(oneF(p, r &+ 2), e2, s2)
    t2 = fma(oneF(q, r &+ 2), e2, t2)
    let e3 = loadF(e, at &+ 3 &* pitch)
    s3 = fma(oneF(p, r &+ 3), e3, s3)
    t3 = fma(oneF(q, r &+ 3), e3, t3)
    r &+= 4
    at &+= 4 &* pitch
  }
  while r < rows {
    let e0 = loadF(e, at)
    s0 = fma(oneF(p, r), e0, s0)
    t0 = fma(oneF(q, r), e0, t0)
    r &+= 1
    at &+= pitch
  }
  return ((s0 + s1) + (s2 + s3), (t0 + t1) + (t2 + t3))
}

/// out[k] = p[k] * e for all chains, whose vectors are `step` elements apart.
@_transparent private func productsF(
  _ outs: (Int) -> M, _ p: P, _ step: Int, _ chains: Int, _ e: P, _ rows: Int, _ columns: Int, _ pitch: Int
) {
  var k = 0
  while k &+ 2 <= chains {
    let (a, b) = (p + k &* step &* 4, p + (k &+ 1) &* step &* 4)
    let (x, y) = (outs(k), outs(k &+ 1))
    var c = 0
    while c < columns {
      let (s, t) = pairF(a, b, e, c, rows, pitch)
      store(x, c, s)
      store(y, c, t)
      c &+= 16
    }
    k &+= 2
  }
  if k < chains { productF(outs(k), p + k &* step &* 4, e, rows, columns, pitch) }
}

func logProductF(
  _ values: UnsafePointer<M>, _ p: M, _ xs: UnsafePointer<P>, _ xRow: Int, _ chains: Int, _ e: P, _ top: P, _ rows: Int,
  _ columns: Int, _ pitch: Int, _ rowPitch: Int, _ gamma: Double
) -> Int {
  var bests = SIMD4<Float>.zero
  var k = 0
  while k < chains {
    let best = exponentialsF(p + k &* rowPitch &* 4, xs[k], xRow, rows, gamma)
    if !best.isFinite { return 0 }
    bests[k] = best
    k &+= 1
  }
  let absent = F(repeating: gamma < 0 ? .infinity : -.infinity)
  let scale = F(repeating: Float(gamma))
  var unsafe = F.zero
  productsF({ values[$0] }, P(p), rowPitch, chains, e, rows, columns, pitch)
  k = 0
  while k < chains {
    let value = values[k]
    let best = bests[k]
    var c = 0
    while c < columns {
      let sum = loadF(P(value), c)
      let top = loadF(top, c)
      let isAbsent = top .== absent
      // Where it holds, the column is exact.
      let isExact = isAbsent .| (sum .>= 1e-20)
      let found = choose(isExact, F.zero, F(repeating: 1))
      unsafe = unsafe + (columns &- c >= 16 ? found : firstLanes(found, columns &- c, F.zero))
      let result = (best + top) + scale * log(sum)
      store(value, c, choose(isAbsent, top, result))
      c &+= 16
    }
    k &+= 1
  }
  return foldF(.sum, unsafe) == 0 ? 1 : 0
}

func logProductAdjointF(
  _ dxs: UnsafePointer<M>, _ dxRow: Int, _ sums: M?, _ seeds: UnsafePointer<P>, _ scratch: M, _ xs: UnsafePointer<P>,
  _ xRow: Int, _ chains: Int, _ e: P, _ transposed: P, _ top: P, _ rows: Int, _ columns: Int, _ pitch: Int,
  _ rowPitch: Int, _ gamma: Double
) -> Int {
  let p = scratch
  let h = p + chains &* rowPitch &* 4
  let out = h + chains &* pitch &* 4
  var k = 0
  while k < chains {
    if !exponentialsF(p + k &* rowPitch &* 4, xs[k], xRow, rows, gamma).isFinite { return 0 }
    k &+= 1
  }
  let absent = F(repeating: gamma < 0 ? .infinity : -.infinity)
  var unsafe = F.zero
  productsF({ h + $0 &* pitch &* 4 }, P(p), rowPitch, chains, e, rows, columns, pitch)
  k = 0
  while k < chains {
    let shares = h + k &* pitch &* 4
    var c = 0
    while c < columns {
      let sum = loadF(P(shares), c)
      let isAbsent = loadF(top, c) .== absent
      let share = choose(isAbsent, F.zero, loadF(seeds[k], c) / sum)
      let isExact = isAbsent .| ((sum .>= 1e-20) .& (magnitude(share) .< 1e36))
      let found = choose(isExact, F.zero, F(repeating: 1))
      unsafe = unsafe + (columns &- c >= 16 ? found : firstLanes(found, columns &- c, F.zero))
      store(shares, c, columns &- c >= 16 ? share : firstLanes(share, columns &- c, F.zero))
      c &+= 16
    }
    k &+= 1
  }
  if foldF(.sum, unsafe) != 0 { return 0 }
  // dx: columns of e are rows of its transpose.
  productsF({ out + $0 &* rowPitch &* 4 }, P(h), pitch, chains, transposed, columns, rows, rowPitch)
  k = 0
  while k < chains {
    let (mine, dx) = (out + k &* rowPitch &* 4, dxs[k])
    let weights = P(p) + k &* rowPitch &* 4
    var r = 0
    if dxRow == 1 {
      while r &+ 16 <= rows {
        store(dx, r, loadF(P(dx), r) + loadF(P(mine), r) * loadF(weights, r))
        r &+= 16
      }
    }
    while r < rows {
      let product =
        atF(P(mine), r) * atF(weights, r)
      let sum = atF(P(dx), r &* dxRow) + product
      putF(dx, r &* dxRow, sum)
      r &+= 1
    }
    k &+= 1
  }
  guard let sums else { return 1 }
  // sums += p * h, chain after chain.
  k = 0
  while k &+ 4 <= chains {
    let (p0, h0) = (P(p) + k &* rowPitch &* 4, P(h) + k &* pitch &* 4)
    let (p1, h1) = (p0 + rowPitch &* 4, h0 + pitch &* 4)
    let (p2, h2) = (p1 + rowPitch &* 4, h1 + pitch &* 4)
    let (p3, h3) = (p2 + rowPitch &* 4, h2 + pitch &* 4)
    var c = 0
    while c < columns {
      let (s0, s1, s2, s3) = (loadF(h0, c), loadF(h1, c), loadF(h2, c), loadF(h3, c))
      var at = c
      var r = 0
      while r < rows {
        var sum = fma(oneF(p0, r), s0, loadF(P(sums), at))
        sum = fma(oneF(p1, r), s1, sum)
        sum = fma(oneF(p2, r), s2, sum)
        store(sums, at, fma(oneF(p3, r), s3, sum))
        at &+= pitch
        r &+= 1
      }
      c &+= 16
    }
    k &+= 4
  }
  while k < chains {
    let (weights, shares) = (P(p) + k &* rowPitch &* 4, P(h) + k &* pitch &* 4)
    var c = 0
    while c < columns {
      let share = loadF(shares, c)
      var at = c
      var r = 0
      while r < rows {
        store(sums, at, fma(oneF(weights, r), share, loadF(P(sums), at)))
        at &+= pitch
        r &+= 1
      }
      c &+= 16
    }
    k &+= 1
  }
  return 1
}
