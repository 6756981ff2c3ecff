// The reduction kernels of integers and booleans. Orders and slots: see Reductions.swift. Combining integers is exact, so
// one accumulator will do.
import KernelTypes

func addReductionsInteger(_ table: inout KernelTable) {
  addSum(&table)
  addProduct(&table)
  addExtremes(&table)
  addLogic(&table)
}

@_transparent private func word(_ p: P, _ i: Int) -> Int64 { p.load(fromByteOffset: i &* 8, as: Int64.self) }

private func addSum(_ table: inout KernelTable) {
  let sum = KernelTable.index(ReduceOp.sum, .i64)
  table.reduceBlock[sum] = { slot, a, n in
    let words = slot.assumingMemoryBound(to: Int64.self)
    var high: Int64 = 0
    var low: Int64 = 0
    var i = 0
    while i < n {
      high &+= word(a, i) >> 32
      low &+= word(a, i) & 0xFFFF_FFFF
      i &+= 1
    }
    words[0] &+= high
    words[1] &+= low
  }
  table.reduceRows[sum] = { out, a, rows, n in
    var row = 0
    while row < rows {
      var high: Int64 = 0
      var low: Int64 = 0
      var i = row &* n
      let end = i &+ n
      while i < end {
        high &+= word(a, i) >> 32
        low &+= word(a, i) & 0xFFFF_FFFF
        i &+= 1
      }
      high &+= low >> 32
      if high != Int64(Int32(truncatingIfNeeded: high)) { return row }
      out.storeBytes(of: high << 32 | (low & 0xFFFF_FFFF), toByteOffset: row &* 8, as: Int64.self)
      row &+= 1
    }
    return -1
  }
  table.reduceColumns[sum] = { acc, a, rows, columns in
    let words = acc.assumingMemoryBound(to: Int64.self)
    var row = 0
    while row < rows {
      var column = 0
      while column < columns {
        let (value, failed) = words[column].addingReportingOverflow(word(a, row &* columns &+ column))
        if failed { return column }
        words[column] = value
        column &+= 1
      }
      row &+= 1
    }
    return -1
  }
}

private func addProduct(_ table: inout KernelTable) {
  let prod = KernelTable.index(ReduceOp.prod, .i64)
  table.reduceBlock[prod] = { slot, a, n in
    let words = slot.assumingMemoryBound(to: Int64.self)
    var i = 0
    while i < n {
      let (value, failed) = words[0].multipliedReportingOverflow(by: word(a, i))
      words[0] = value
      if failed { words[1] = 1 }
      i &+= 1
    }
  }
  table.reduceRows[prod] = { out, a, rows, n in
    var row = 0
    while row < rows {
      var value: Int64 = 1
      var i = row &* n
      let end = i &+ n
      while i < end {
        let (next, failed) = value.multipliedReportingOverflow(by: word(a, i))
        if failed { return row }
        value = next
        i &+= 1
      }
      out.storeBytes(of: value, toByteOffset: row &* 8, as: Int64.self)
      row &+= 1
    }
    return -1
  }
  table.reduceColumns[prod] = { acc, a, rows, columns in
    let words = acc.assumingMemoryBound(to: Int64.self)
    var row = 0
    while row < rows {
      var column = 0
      while column < columns {
        let (value, failed) = words[column].multipliedReportingOverflow(by: word(a, row &* columns &+ column))
        if failed { return column }
        words[column] = value
        column &+= 1
      }
      row &+= 1
    }
    return -1
  }
}

/// The largest or smallest of the numbers and `start`.
@_transparent private func extreme(_ largest: Bool, _ a: P, _ n: Int, _ start: Int64) -> Int64 {
  var best = start
  var i = 0
  while i < n {
    let x = word(a, i)
    if largest ? best < x : x < best { best = x }
    i &+= 1
  }
  return best
}

@_transparent private func extremeColumns(_ largest: Bool, _ acc: M, _ a: P, _ rows: Int, _ columns: Int) {
  var column = 0
  while column < columns {
    var s = loadL(acc, column)
    var row = 0
    while row < rows {
      let x = loadL(a, row &* columns &+ column)
      s = largest ? s.replacing(with: x, where: s .< x) : s.replacing(with: x, where: x .< s)
      row &+= 1
    }
    store(acc, column, s)
    column &+= 8
  }
}

private func addExtremes(_ table: inout KernelTable) {
  let max = KernelTable.index(ReduceOp.max, .i64)
  table.reduceBlock[max] = { slot, a, n in
    slot.storeBytes(of: extreme(true, a, n, slot.load(as: Int64.self)), as: Int64.self)
  }
  table.reduceRows[max] = { out, a, rows, n in
    var row = 0
    while row < rows {
      out.storeBytes(of: extreme(true, a + row &* n &* 8, n, .min), toByteOffset: row &* 8, as: Int64.self)
      row &+= 1
    }
    return -1
  }
  table.reduceColumns[max] = { acc, a, rows, columns in
    extremeColumns(true, acc, a, rows, columns)
    return -1
  }
  let min = KernelTable.index(ReduceOp.min, .i64)
  table.reduceBlock[min] = { slot, a, n in
    slot.storeBytes(of: extreme(false, a, n, slot.load(as: Int64.self)), as: Int64.self)
  }
  table.reduceRows[min] = { out, a, rows, n in
    var row = 0
    while row < rows {
      out.storeBytes(of: extreme(false, a + row &* n &* 8, n, .max), toByteOffset: row &* 8, as: Int64.self)
      row &+= 1
    }
    return -1
  }
  table.reduceColumns[min] = { acc, a, rows, columns in
    extremeColumns(false, acc, a, rows, columns)
    return -1
  }
}

/// Whether any of the bytes 0 and 1 is `wanted`.
@_transparent private func contains(_ wanted: UInt8, _ a: P, _ n: Int) -> Bool {
  var i = 0
  while i < n {
    if a.load(fromByteOffset: i, as: UInt8.self) == wanted { return true }
    i &+= 1
  }
  return false
}

private func addLogic(_ table: inout KernelTable) {
  let any = KernelTable.index(ReduceOp.any, .bool)
  let all = KernelTable.index(ReduceOp.all, .bool)
  table.reduceBlock[any] = { slot, a, n in if contains(1, a, n) { slot.storeBytes(of: 1, as: UInt8.self) } }
  table.reduceBlock[all] = { slot, a, n in if contains(0, a, n) { slot.storeBytes(of: 0, as: UInt8.self) } }
  table.reduceRows[any] = { out, a, rows, n in
    var row = 0
    while row < rows {
      out.storeBytes(of: contains(1, a + row &* n, n) ? 1 : 0, toByteOffset: row, as: UInt8.self)
      row &+= 1
    }
    return -1
  }
  table.reduceRows[all] = { out, a, rows, n in
    var row = 0
    while row < rows {
      out.storeBytes(of: contains(0, a + row &* n, n) ? 0 : 1, toByteOffset: row, as: UInt8.self)
      row &+= 1
    }
    return -1
  }
  table.reduceColumns[any] = { acc, a, rows, columns in
    logicColumns(true, acc, a, rows, columns)
    return -1
  }
  table.reduceColumns[all] = { acc, a, rows, columns in
    logicColumns(false, acc, a, rows, columns)
    return -1
  }
}

@_transparent private func logicColumns(_ any: Bool, _ acc: M, _ a: P, _ rows: Int, _ columns: Int) {
  var column = 0
  while column < columns {
    var s = loadB16(acc, column)
    var row = 0
    while row < rows {
      let x = loadB16(a, row &* columns &+ column)
      s = any ? s | x : s & x
      row &+= 1
    }
    store(acc, column, s)
    column &+= 16
  }
}
