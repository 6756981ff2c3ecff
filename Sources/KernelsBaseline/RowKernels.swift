// Softmax and its relatives along contiguous rows. A row whose largest entry is -inf (or +inf) takes 0 as its shift, so
// that logSumExp gives -inf (+inf) instead of NaN; softmax of an all -inf row is NaN, as there is no distribution.
// Sums run in the fixed order of Reductions.swift, cut at 512.
import KernelTypes

@_transparent private func blocksF(_ n: Int, _ f: (Int, Int) -> Void) {
  var start = 0
  while start < n {
    let left = n &- start
    f(start, left < 512 ? left : 512)
    start &+= 512
  }
}

/// The largest entry of a row, or 0 where that is infinite; NaN wins.
@_transparent private func shiftF(_ x: P, _ n: Int) -> Float {
  var top = -Float.infinity
  blocksF(n) { start, count in
    let value = reduceF(x + start &* 4, count, -.infinity) { maximum($0, $1) }
    if value != value || top < value { top = value }
  }
  return top == .infinity || top == -.infinity ? 0 : top
}
@_transparent private func shiftD(_ x: P, _ n: Int) -> Double {
  var top = -Double.infinity
  blocksF(n) { start, count in
    let value = reduceD(x + start &* 8, count, -.infinity) { maximum($0, $1) }
    if value != value || top < value { top = value }
  }
  return top == .infinity || top == -.infinity ? 0 : top
}

/// Sum of e^(x - shift) over a row.
@_transparent private func sumExpF(_ x: P, _ n: Int, _ shift: Float) -> Double {
  var total = 0.0
  blocksF(n) { start, count in
    // The neutral -inf of the tail becomes e^-inf = 0.
    var s0 = F.zero
    var i = 0
    while i < count {
      let left = Int32(truncatingIfNeeded: count &- i)
      let lanes = SIMD16<Int32>(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
      let e = exp(loadF(x, start &+ i) - shift)
      s0 = s0 + choose(lanes .< SIMD16<Int32>(repeating: left), e, F.zero)
      i &+= 16
    }
    total += Double(foldF(s0) { $0 + $1 })
  }
  return total
}
@_transparent private func sumExpD(_ x: P, _ n: Int, _ shift: Double) -> Double {
  var total = 0.0
  blocksF(n) { start, count in
    var s0 = D.zero
    var i = 0
    while i < count {
      let left = Int64(truncatingIfNeeded: count &- i)
      let e = exp(loadD(x, start &+ i) - shift)
      s0 = s0 + choose(L(0, 1, 2, 3, 4, 5, 6, 7) .< L(repeating: left), e, D.zero)
      i &+= 8
    }
    total += foldD(s0) { $0 + $1 }
  }
  return total
}

/// y = f(x) over one row; the last partial vector is stored element by element, as the next row follows.
@_transparent private func writeRowF(_ y: M, _ x: P, _ n: Int, _ f: (F) -> F) {
  var i = 0
  while i &+ 16 <= n {
    store(y, i, f(loadF(x, i)))
    i &+= 16
  }
  if i < n {
    let value = f(loadF(x, i))
    var lane = 0
    while i < n {
      y.storeBytes(of: value[lane], toByteOffset: i &* 4, as: Float.self)
      lane &+= 1
      i &+= 1
    }
  }
}
@_transparent private func writeRowD(_ y: M, _ x: P, _ n: Int, _ f: (D) -> D) {
  var i = 0
  while i &+ 8 <= n {
    store(y, i, f(loadD(x, i)))
    i &+= 8
  }
  if i < n {
    let value = f(loadD(x, i))
    var lane = 0
    while i < n {
      y.storeBytes(of: value[lane], toByteOffset: i &* 8, as: Double.self)
      lane &+= 1
      i &+= 1
    }
  }
}

@_transparent private func logOne(_ x: Double) -> Double { log(D(repeating: x))[0] }

func addRowKernels(_ table: inout KernelTable) {
  table.rows[KernelTable.index(RowOp.softmax, .f32)] = { y, x, rows, n in
    var row = 0
    while row < rows {
      let from = x + row &* n &* 4
      let shift = shiftF(from, n)
      let scale = Float(1 / sumExpF(from, n, shift))
      writeRowF(y + row &* n &* 4, from, n) { exp($0 - shift) * scale }
      row &+= 1
    }
  }
  table.rows[KernelTable.index(RowOp.softmax, .f64)] = { y, x, rows, n in
    var row = 0
    while row < rows {
      let from = x + row &* n &* 8
      let shift = shiftD(from, n)
      let scale = 1 / sumExpD(from, n, shift)
      writeRowD(y + row &* n &* 8, from, n) { exp($0 - shift) * scale }
      row &+= 1
    }
  }
  table.rows[KernelTable.index(RowOp.logSoftmax, .f32)] = { y, x, rows, n in
    var row = 0
    while row < rows {
      let from = x + row &* n &* 4
      let shift = shiftF(from, n)
      let level = Float(logOne(sumExpF(from, n, shift)))
      writeRowF(y + row &* n &* 4, from, n) { ($0 - shift) - level }
      row &+= 1
    }
  }
  table.rows[KernelTable.index(RowOp.logSoftmax, .f64)] = { y, x, rows, n in
    var row = 0
    while row < rows {
      let from = x + row &* n &* 8
      let shift = shiftD(from, n)
      let level = logOne(sumExpD(from, n, shift))
      writeRowD(y + row &* n &* 8, from, n) { ($0 - shift) - level }
      row &+= 1
    }
  }
  table.rows[KernelTable.index(RowOp.logSumExp, .f32)] = { y, x, rows, n in
    var row = 0
    while row < rows {
      let from = x + row &* n &* 4
      let shift = shiftF(from, n)
      let value = Float(Double(shift) + logOne(sumExpF(from, n, shift)))
      y.storeBytes(of: value, toByteOffset: row &* 4, as: Float.self)
      row &+= 1
    }
  }
  table.rows[KernelTable.index(RowOp.logSumExp, .f64)] = { y, x, rows, n in
    var row = 0
    while row < rows {
      let from = x + row &* n &* 8
      let shift = shiftD(from, n)
      y.storeBytes(of: shift + logOne(sumExpD(from, n, shift)), toByteOffset: row &* 8, as: Double.self)
      row &+= 1
    }
  }
  table.rows[KernelTable.index(RowOp.cumulativeSum, .f32)] = { y, x, rows, n in
    var row = 0
    while row < rows {
      var total = 0.0
      var i = row &* n
      let end = i &+ n
      while i < end {
        total += Double(x.load(fromByteOffset: i &* 4, as: Float.self))
        y.storeBytes(of: Float(total), toByteOffset: i &* 4, as: Float.self)
        i &+= 1
      }
      row &+= 1
    }
  }
  table.rows[KernelTable.index(RowOp.cumulativeSum, .f64)] = { y, x, rows, n in
    var row = 0
    while row < rows {
      var total = 0.0
      var i = row &* n
      let end = i &+ n
      while i < end {
        total += x.load(fromByteOffset: i &* 8, as: Double.self)
        y.storeBytes(of: total, toByteOffset: i &* 8, as: Double.self)
        i &+= 1
      }
      row &+= 1
    }
  }
}
