// Whole matrices of terms (see KernelTypes/Rows.swift), for floats and doubles, line for line.
import KernelTypes

@_transparent private func rowF(_ p: P, _ i: Int, _ lane: Int) -> F {
  lane == 0 ? F(repeating: p.load(fromByteOffset: i &* 4, as: Float.self)) : loadF(p, i)
}

private func sumF(
  _ rows: M, _ a: P, _ aRow: Int, _ aLane: Int, _ b: P, _ bRow: Int, _ bLane: Int, _ count: Int, _ pitch: Int,
  _ columns: Int
) {
  var r = 0
  while r < count {
    var c = 0
    while c < columns {
      let x = rowF(a, r &* aRow &+ c &* aLane, aLane)
      let y = rowF(b, r &* bRow &+ c &* bLane, bLane)
      store(rows, r &* pitch &+ c, x + y)
      c &+= 16
    }
    r &+= 1
  }
}

private func scaleF(_ rows: M, _ scale: P, _ count: Int, _ pitch: Int, _ columns: Int) {
  var c = 0
  while c < columns {
    let factor = loadF(scale, c)
    var at = c
    var r = 0
    while r < count {
      store(rows, at, loadF(rows, at) * factor)
      at &+= pitch
      r &+= 1
    }
    c &+= 16
  }
}

private func accumulateF(
  _ out: M, _ outRow: Int, _ outLane: Int, _ rows: P, _ count: Int, _ pitch: Int, _ columns: Int
) {
  var r = 0
  while r < count {
    let from = rows + r &* pitch &* 4
    let to = out + r &* outRow &* 4
    if outLane == 0 {
      var total = F.zero
      var c = 0
      while c &+ 16 <= columns {
        total = total + loadF(from, c)
        c &+= 16
      }
      if c < columns { total = total + firstLanes(loadF(from, c), columns &- c, F.zero) }
      let before = to.load(as: Float.self)
      to.storeBytes(of: before + foldF(.sum, total), as: Float.self)
    } else {
      var c = 0
      while c &+ 16 <= columns {
        store(to, c, loadF(P(to), c) + loadF(from, c))
        c &+= 16
      }
      while c < columns {
        let value = to.load(fromByteOffset: c &* 4, as: Float.self) + from.load(fromByteOffset: c &* 4, as: Float.self)
        to.storeBytes(of: value, toByteOffset: c &* 4, as: Float.self)
        c &+= 1
      }
    }
    r &+= 1
  }
}

@_transparent private func rowD(_ p: P, _ i: Int, _ lane: Int) -> D {
  lane == 0 ? D(repeating: p.load(fromByteOffset: i &* 8, as: Double.self)) : loadD(p, i)
}

private func sumD(
  _ rows: M, _ a: P, _ aRow: Int, _ aLane: Int, _ b: P, _ bRow: Int, _ bLane: Int, _ count: Int, _ pitch: Int,
  _ columns: Int
) {
  var r = 0
  while r < count {
    var c = 0
    while c < columns {
      let x = rowD(a, r &* aRow &+ c &* aLane, aLane)
      let y = rowD(b, r &* bRow &+ c &* bLane, bLane)
      store(rows, r &* pitch &+ c, x + y)
      c &+= 8
    }
    r &+= 1
  }
}

private func scaleD(_ rows: M, _ scale: P, _ count: Int, _ pitch: Int, _ columns: Int) {
  var c = 0
  while c < columns {
    let factor = loadD(scale, c)
    var at = c
    var r = 0
    while r < count {
      store(rows, at, loadD(rows, at) * factor)
      at &+= pitch
      r &+= 1
    }
    c &+= 8
  }
}

private func accumulateD(
  _ out: M, _ outRow: Int, _ outLane: Int, _ rows: P, _ count: Int, _ pitch: Int, _ columns: Int
) {
  var r = 0
  while r < count {
    let from = rows + r &* pitch &* 8
    let to = out + r &* outRow &* 8
    if outLane == 0 {
      var total = D.zero
      var c = 0
      while c &+ 8 <= columns {
        total = total + loadD(from, c)
        c &+= 8
      }
      if c < columns { total = total + firstLanes(loadD(from, c), columns &- c, D.zero) }
      let before = to.load(as: Double.self)
      to.storeBytes(of: before + foldD(.sum, total), as: Double.self)
    } else {
      var c = 0
      while c &+ 8 <= columns {
        store(to, c, loadD(P(to), c) + loadD(from, c))
        c &+= 8
      }
      while c < columns {
        let value =
          to.load(fromByteOffset: c &* 8, as: Double.self) + from.load(fromByteOffset: c &* 8, as: Double.self)
        to.storeBytes(of: value, toByteOffset: c &* 8, as: Double.self)
        c &+= 1
      }
    }
    r &+= 1
  }
}

func addRows(_ table: inout KernelTable) {
  table.rowsSum[Int(DType.f32.rawValue)] = { sumF($0, $1, $2, $3, $4, $5, $6, $7, $8, $9) }
  table.rowsSum[Int(DType.f64.rawValue)] = { sumD($0, $1, $2, $3, $4, $5, $6, $7, $8, $9) }
  table.rowsScale[Int(DType.f32.rawValue)] = { scaleF($0, $1, $2, $3, $4) }
  table.rowsScale[Int(DType.f64.rawValue)] = { scaleD($0, $1, $2, $3, $4) }
  table.rowsAccumulate[Int(DType.f32.rawValue)] = { accumulateF($0, $1, $2, $3, $4, $5, $6) }
  table.rowsAccumulate[Int(DType.f64.rawValue)] = { accumulateD($0, $1, $2, $3, $4, $5, $6) }
}
