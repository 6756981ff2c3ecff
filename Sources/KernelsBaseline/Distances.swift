// Squared distances and their derivatives (see KernelTypes/Distances.swift), for floats and doubles, line for line.
import KernelTypes

private func distancesF(
  _ out: M, _ point: P, _ pointRow: Int, _ others: P, _ pitch: Int, _ rows: Int, _ columns: Int
) {
  var c = 0
  while c &+ 16 < columns {
    var (s, t) = (F.zero, F.zero)
    var at = c
    var r = 0
    while r < rows {
      let x = F(repeating: point.assumingMemoryBound(to: Float.self)[r &* pointRow])
      let d = x - loadF(others, at)
      let e = x - loadF(others, at &+ 16)
      s = s + d * d
      t = t + e * e
      at &+= pitch
      r &+= 1
    }
    store(out, c, s)
    store(out, c &+ 16, t)
    c &+= 2 &* 16
  }
  if c < columns {
    var s = F.zero
    var at = c
    var r = 0
    while r < rows {
      let d = F(repeating: point.assumingMemoryBound(to: Float.self)[r &* pointRow]) - loadF(others, at)
      s = s + d * d
      at &+= pitch
      r &+= 1
    }
    store(out, c, s)
  }
}

private func distancesAdjointF(
  _ dpoint: M?, _ shares: M?, _ sharePitch: Int, _ seed: P, _ point: P, _ pointRow: Int, _ others: P, _ pitch: Int,
  _ rows: Int, _ columns: Int
) {
  var r = 0
  while r < rows {
    let x = F(repeating: point.assumingMemoryBound(to: Float.self)[r &* pointRow])
    let row = others + r &* pitch &* 4
    if let dpoint {
      var (s, t) = (F.zero, F.zero)
      var c = 0
      while c &+ 2 &* 16 <= columns {
        s = fma(loadF(seed, c), x - loadF(row, c), s)
        t = fma(loadF(seed, c &+ 16), x - loadF(row, c &+ 16), t)
        c &+= 2 &* 16
      }
      if c &+ 16 <= columns {
        s = fma(loadF(seed, c), x - loadF(row, c), s)
        c &+= 16
      }
      if c < columns { t = t + firstLanes(loadF(seed, c) * (x - loadF(row, c)), columns &- c, F.zero) }
      let total = foldF(.sum, s + t)
      dpoint.assumingMemoryBound(to: Float.self)[r &* pointRow] += 2 * total
    }
    if let shares {
      var c = 0
      while c < columns {
        store(shares, r &* sharePitch &+ c, loadF(seed, c) * (-2 * (x - loadF(row, c))))
        c &+= 16
      }
    }
    r &+= 1
  }
}

private func distancesD(
  _ out: M, _ point: P, _ pointRow: Int, _ others: P, _ pitch: Int, _ rows: Int, _ columns: Int
) {
  var c = 0
  while c &+ 8 < columns {
    var (s, t) = (D.zero, D.zero)
    var at = c
    var r = 0
    while r < rows {
      let x = D(repeating: point.assumingMemoryBound(to: Double.self)[r &* pointRow])
      let d = x - loadD(others, at)
      let e = x - loadD(others, at &+ 8)
      s = s + d * d
      t = t + e * e
      at &+= pitch
      r &+= 1
    }
    store(out, c, s)
    store(out, c &+ 8, t)
    c &+= 2 &* 8
  }
  if c < columns {
    var s = D.zero
    var at = c
    var r = 0
    while r < rows {
      let d = D(repeating: point.assumingMemoryBound(to: Double.self)[r &* pointRow]) - loadD(others, at)
      s = s + d * d
      at &+= pitch
      r &+= 1
    }
    store(out, c, s)
  }
}

private func distancesAdjointD(
  _ dpoint: M?, _ shares: M?, _ sharePitch: Int, _ seed: P, _ point: P, _ pointRow: Int, _ others: P, _ pitch: Int,
  _ rows: Int, _ columns: Int
) {
  var r = 0
  while r < rows {
    let x = D(repeating: point.assumingMemoryBound(to: Double.self)[r &* pointRow])
    let row = others + r &* pitch &* 8
    if let dpoint {
      var (s, t) = (D.zero, D.zero)
      var c = 0
      while c &+ 2 &* 8 <= columns {
        s = fma(loadD(seed, c), x - loadD(row, c), s)
        t = fma(loadD(seed, c &+ 8), x - loadD(row, c &+ 8), t)
        c &+= 2 &* 8
      }
      if c &+ 8 <= columns {
        s = fma(loadD(seed, c), x - loadD(row, c), s)
        c &+= 8
      }
      if c < columns { t = t + firstLanes(loadD(seed, c) * (x - loadD(row, c)), columns &- c, D.zero) }
      let total = foldD(.sum, s + t)
      dpoint.assumingMemoryBound(to: Double.self)[r &* pointRow] += 2 * total
    }
    if let shares {
      var c = 0
      while c < columns {
        store(shares, r &* sharePitch &+ c, loadD(seed, c) * (-2 * (x - loadD(row, c))))
        c &+= 8
      }
    }
    r &+= 1
  }
}

func addDistances(_ table: inout KernelTable) {
  table.distances[Int(DType.f32.rawValue)] = { distancesF($0, $1, $2, $3, $4, $5, $6) }
  table.distances[Int(DType.f64.rawValue)] = { distancesD($0, $1, $2, $3, $4, $5, $6) }
  table.distancesAdjoint[Int(DType.f32.rawValue)] = { distancesAdjointF($0, $1, $2, $3, $4, $5, $6, $7, $8, $9) }
  table.distancesAdjoint[Int(DType.f64.rawValue)] = { distancesAdjointD($0, $1, $2, $3, $4, $5, $6, $7, $8, $9) }
}
