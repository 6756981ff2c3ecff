// Softmax and its relatives along contiguous rows. A row whose largest entry is -inf (or +inf) takes 0 as its shift, so
// that logSumExp gives -inf (+inf) instead of NaN; softmax of an all -inf row is NaN, as there is no distribution.
// Sums run in blocks of 512, one vector accumulator each, combined in a double.
import KernelTypes

/// The largest entry of a row, or 0 where that is infinite; NaN wins.
@_transparent private func shiftF(_ x: P, _ n: Int) -> Float {
  var top = -Float.infinity
  var start = 0
  while start < n {
    let left = n &- start
    let value = reduceF(.max, x + start &* 4, left < 512 ? left : 512)
    if value != value || top < value { top = value }
    start &+= 512
  }
  return top == .infinity || top == -.infinity ? 0 : top
}

/// The sum of e^(x - shift) over a row.
@_transparent private func sumExpF(_ x: P, _ n: Int, _ shift: Float) -> Double {
  var total = 0.0
  var start = 0
  while start < n {
    let end = n &- start < 512 ? n : start &+ 512
    var sum = F.zero
    var i = start
    while i < end {
      sum = sum + firstLanes(exp(loadF(x, i) - shift), end &- i, F.zero)
      i &+= 16
    }
    total += Double(foldF(.sum, sum))
    start = end
  }
  return total
}

/// The same sum, and its terms stored: y = e^(x - shift).
@_transparent private func storeExpF(_ y: M, _ x: P, _ n: Int, _ shift: Float, _ room: Int) -> Double {
  var total = 0.0
  var start = 0
  while start < n {
    let end = n &- start < 512 ? n : start &+ 512
    var sum = F.zero
    var i = start
    while i < end {
      let e = exp(loadF(x, i) - shift)
      sum = sum + firstLanes(e, end &- i, F.zero)
      storeRow(y, i, e, n &- i, room &- i)
      i &+= 16
    }
    total += Double(foldF(.sum, sum))
    start = end
  }
  return total
}

/// Stores the first `count` lanes, or more where `room` elements may be overwritten: the rows that follow come later.
@_transparent private func storeRow(_ y: M, _ i: Int, _ value: F, _ count: Int, _ room: Int) {
  if count >= 16 || room >= 16 {
    store(y, i, value)
  } else {
    var lane = 0
    while lane < count {
      y.storeBytes(of: value[lane], toByteOffset: (i &+ lane) &* 4, as: Float.self)
      lane &+= 1
    }
  }
}

/// The largest entry of a row, or 0 where that is infinite; NaN wins.
@_transparent private func shiftD(_ x: P, _ n: Int) -> Double {
  var top = -Double.infinity
  var start = 0
  while start < n {
    let left = n &- start
    let value = reduceD(.max, x + start &* 8, left < 512 ? left : 512)
    if value != value || top < value { top = value }
    start &+= 512
  }
  return top == .infinity || top == -.infinity ? 0 : top
}

/// The sum of e^(x - shift) over a row.
@_transparent private func sumExpD(_ x: P, _ n: Int, _ shift: Double) -> Double {
  var total = 0.0
  var start = 0
  while start < n {
    let end = n &- start < 512 ? n : start &+ 512
    var sum = D.zero
    var i = start
    while i < end {
      sum = sum + firstLanes(exp(loadD(x, i) - shift), end &- i, D.zero)
      i &+= 8
    }
    total += foldD(.sum, sum)
    start = end
  }
  return total
}

/// The same sum, and its terms stored: y = e^(x - shift).
@_transparent private func storeExpD(_ y: M, _ x: P, _ n: Int, _ shift: Double, _ room: Int) -> Double {
  var total = 0.0
  var start = 0
  while start < n {
    let end = n &- start < 512 ? n : start &+ 512
    var sum = D.zero
    var i = start
    while i < end {
      let e = exp(loadD(x, i) - shift)
      sum = sum + firstLanes(e, end &- i, D.zero)
      storeRow(y, i, e, n &- i, room &- i)
      i &+= 8
    }
    total += foldD(.sum, sum)
    start = end
  }
  return total
}

/// Stores the first `count` lanes, or more where `room` elements may be overwritten: the rows that follow come later.
@_transparent private func storeRow(_ y: M, _ i: Int, _ value: D, _ count: Int, _ room: Int) {
  if count >= 8 || room >= 8 {
    store(y, i, value)
  } else {
    var lane = 0
    while lane < count {
      y.storeBytes(of: value[lane], toByteOffset: (i &+ lane) &* 8, as: Double.self)
      lane &+= 1
    }
  }
}

@_transparent private func logarithm(_ x: Double) -> Double { log(D(repeating: x))[0] }

func addRowKernels(_ table: inout KernelTable) {
  addSoftmax(&table)
  addLogSoftmax(&table)
  addLogSumExp(&table)
  addCumulativeSums(&table)
}

private func addSoftmax(_ table: inout KernelTable) {
  table.rows[KernelTable.index(RowOp.softmax, .f32)] = { y, x, rows, n in
    var row = 0
    while row < rows {
      let from = x + row &* n &* 4
      let to = y + row &* n &* 4
      let room = x == P(y) ? 0 : (rows &- row) &* n
      let shift = shiftF(from, n)
      let scale = Float(1 / storeExpF(to, from, n, shift, room))
      var i = 0
      while i < n {
        storeRow(to, i, loadF(P(to), i) * scale, n &- i, room &- i)
        i &+= 16
      }
      row &+= 1
    }
  }
  table.rows[KernelTable.index(RowOp.softmax, .f64)] = { y, x, rows, n in
    var row = 0
    while row < rows {
      let from = x + row &* n &* 8
      let to = y + row &* n &* 8
      let room = x == P(y) ? 0 : (rows &- row) &* n
      let shift = shiftD(from, n)
      let scale = Double(1 / storeExpD(to, from, n, shift, room))
      var i = 0
      while i < n {
        storeRow(to, i, loadD(P(to), i) * scale, n &- i, room &- i)
        i &+= 8
      }
      row &+= 1
    }
  }
}

private func addLogSoftmax(_ table: inout KernelTable) {
  table.rows[KernelTable.index(RowOp.logSoftmax, .f32)] = { y, x, rows, n in
    var row = 0
    while row < rows {
      let from = x + row &* n &* 4
      let to = y + row &* n &* 4
      let room = x == P(y) ? 0 : (rows &- row) &* n
      let shift = shiftF(from, n)
      let level = Float(logarithm(sumExpF(from, n, shift)))
      var i = 0
      while i < n {
        storeRow(to, i, (loadF(from, i) - shift) - level, n &- i, room &- i)
        i &+= 16
      }
      row &+= 1
    }
  }
  table.rows[KernelTable.index(RowOp.logSoftmax, .f64)] = { y, x, rows, n in
    var row = 0
    while row < rows {
      let from = x + row &* n &* 8
      let to = y + row &* n &* 8
      let room = x == P(y) ? 0 : (rows &- row) &* n
      let shift = shiftD(from, n)
      let level = Double(logarithm(sumExpD(from, n, shift)))
      var i = 0
      while i < n {
        storeRow(to, i, (loadD(from, i) - shift) - level, n &- i, room &- i)
        i &+= 8
      }
      row &+= 1
    }
  }
}

private func addLogSumExp(_ table: inout KernelTable) {
  table.rows[KernelTable.index(RowOp.logSumExp, .f32)] = { y, x, rows, n in
    var row = 0
    while row < rows {
      let from = x + row &* n &* 4
      let shift = shiftF(from, n)
      let value = Float(Double(shift) + logarithm(sumExpF(from, n, shift)))
      y.storeBytes(of: value, toByteOffset: row &* 4, as: Float.self)
      row &+= 1
    }
  }
  table.rows[KernelTable.index(RowOp.logSumExp, .f64)] = { y, x, rows, n in
    var row = 0
    while row < rows {
      let from = x + row &* n &* 8
      let shift = shiftD(from, n)
      let value = Double(Double(shift) + logarithm(sumExpD(from, n, shift)))
      y.storeBytes(of: value, toByteOffset: row &* 8, as: Double.self)
      row &+= 1
    }
  }
}

/// The running sum is kept in a double.
private func addCumulativeSums(_ table: inout KernelTable) {
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
        total += Double(x.load(fromByteOffset: i &* 8, as: Double.self))
        y.storeBytes(of: Double(total), toByteOffset: i &* 8, as: Double.self)
        i &+= 1
      }
      row &+= 1
    }
  }
}
