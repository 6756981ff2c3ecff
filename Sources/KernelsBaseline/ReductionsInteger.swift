// The reduction kernels of integers and booleans. Orders and slots: see Reductions.swift.
import KernelTypes


func addReductionsInteger(_ table: inout KernelTable) {
  addSums(&table)
  addExtremes(&table)
  addLogic(&table)
}

private func addSums(_ table: inout KernelTable) {
  let sum = KernelTable.index(ReduceOp.sum, .i64)
  table.reduceBlock[sum] = { slot, a, n in
    let words = slot.assumingMemoryBound(to: Int64.self)
    var i = 0
    var high: Int64 = 0
    var low: Int64 = 0
    while i < n {
      let x = a.load(fromByteOffset: i &* 8, as: Int64.self)
      high &+= x >> 32
      low &+= x & 0xFFFF_FFFF
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
        let x = a.load(fromByteOffset: i &* 8, as: Int64.self)
        high &+= x >> 32
        low &+= x & 0xFFFF_FFFF
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
    columnsChecked(acc, a, rows, columns) { $0.addingReportingOverflow($1) }
  }
  let prod = KernelTable.index(ReduceOp.prod, .i64)
  table.reduceBlock[prod] = { slot, a, n in
    let words = slot.assumingMemoryBound(to: Int64.self)
    var i = 0
    while i < n {
      let (value, failed) = words[0].multipliedReportingOverflow(by: a.load(fromByteOffset: i &* 8, as: Int64.self))
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
        let (next, failed) = value.multipliedReportingOverflow(by: a.load(fromByteOffset: i &* 8, as: Int64.self))
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
    columnsChecked(acc, a, rows, columns) { $0.multipliedReportingOverflow(by: $1) }
  }
}

@_transparent private func columnsChecked(
  _ acc: M, _ a: P, _ rows: Int, _ columns: Int, _ f: (Int64, Int64) -> (partialValue: Int64, overflow: Bool)
) -> Int {
  let words = acc.assumingMemoryBound(to: Int64.self)
  var row = 0
  while row < rows {
    let start = row &* columns
    var column = 0
    while column < columns {
      let (value, failed) = f(words[column], a.load(fromByteOffset: (start &+ column) &* 8, as: Int64.self))
      if failed { return column }
      words[column] = value
      column &+= 1
    }
    row &+= 1
  }
  return -1
}

private func addExtremes(_ table: inout KernelTable) {
  func set(
    _ op: ReduceOp, _ block: @escaping ReduceBlockKernel, _ rows: @escaping ReduceRowsKernel,
    _ columns: @escaping ReduceColumnsKernel
  ) {
    table.reduceBlock[KernelTable.index(op, .i64)] = block
    table.reduceRows[KernelTable.index(op, .i64)] = rows
    table.reduceColumns[KernelTable.index(op, .i64)] = columns
  }
  set(
    .max,
    { slot, a, n in
      let value = reduceL(a, n, .min) { $0.replacing(with: $1, where: $0 .< $1) }
      let before = slot.load(as: Int64.self)
      slot.storeBytes(of: before < value ? value : before, as: Int64.self)
    },
    { out, a, rows, n in
      rowsL(out, a, rows, n) { reduceL($0, $1, .min) { $0.replacing(with: $1, where: $0 .< $1) } }
    },
    { acc, a, rows, columns in columnsL(acc, a, rows, columns) { $0.replacing(with: $1, where: $0 .< $1) } })
  set(
    .min,
    { slot, a, n in
      let value = reduceL(a, n, .max) { $0.replacing(with: $1, where: $1 .< $0) }
      let before = slot.load(as: Int64.self)
      slot.storeBytes(of: value < before ? value : before, as: Int64.self)
    },
    { out, a, rows, n in
      rowsL(out, a, rows, n) { reduceL($0, $1, .max) { $0.replacing(with: $1, where: $1 .< $0) } }
    },
    { acc, a, rows, columns in columnsL(acc, a, rows, columns) { $0.replacing(with: $1, where: $1 .< $0) } })
}

@_transparent private func rowsL(_ out: M, _ a: P, _ rows: Int, _ n: Int, _ f: (P, Int) -> Int64) -> Int {
  var row = 0
  while row < rows {
    out.storeBytes(of: f(a + row &* n &* 8, n), toByteOffset: row &* 8, as: Int64.self)
    row &+= 1
  }
  return -1
}
@_transparent private func columnsL(_ acc: M, _ a: P, _ rows: Int, _ columns: Int, _ f: (L, L) -> L) -> Int {
  var column = 0
  while column < columns {
    var s = loadL(acc, column)
    var row = 0
    while row < rows {
      s = f(s, loadL(a, row &* columns &+ column))
      row &+= 1
    }
    store(acc, column, s)
    column &+= 8
  }
  return -1
}

private func addLogic(_ table: inout KernelTable) {
  let any = KernelTable.index(ReduceOp.any, .bool)
  let all = KernelTable.index(ReduceOp.all, .bool)
  table.reduceBlock[any] = { slot, a, n in if containsByte(a, n, 1) { slot.storeBytes(of: 1, as: UInt8.self) } }
  table.reduceBlock[all] = { slot, a, n in if containsByte(a, n, 0) { slot.storeBytes(of: 0, as: UInt8.self) } }
  table.reduceRows[any] = { out, a, rows, n in
    var row = 0
    while row < rows {
      out.storeBytes(of: containsByte(a + row &* n, n, 1) ? 1 : 0, toByteOffset: row, as: UInt8.self)
      row &+= 1
    }
    return -1
  }
  table.reduceRows[all] = { out, a, rows, n in
    var row = 0
    while row < rows {
      out.storeBytes(of: containsByte(a + row &* n, n, 0) ? 0 : 1, toByteOffset: row, as: UInt8.self)
      row &+= 1
    }
    return -1
  }
  table.reduceColumns[any] = { acc, a, rows, columns in columnsB(acc, a, rows, columns) { $0 | $1 } }
  table.reduceColumns[all] = { acc, a, rows, columns in columnsB(acc, a, rows, columns) { $0 & $1 } }
}

@_transparent private func columnsB(_ acc: M, _ a: P, _ rows: Int, _ columns: Int, _ f: (B16, B16) -> B16) -> Int {
  var column = 0
  while column < columns {
    var s = loadB16(acc, column)
    var row = 0
    while row < rows {
      s = f(s, loadB16(a, row &* columns &+ column))
      row &+= 1
    }
    store(acc, column, s)
    column &+= 16
  }
  return -1
}
