// The reduction kernels of floats: blocks into slots, rows to numbers, columns to rows. Orders: see Reductions.swift.
import KernelTypes

@_transparent private func combine(_ slot: M, _ value: Double, _ f: (Double, Double) -> Double) {
  slot.storeBytes(of: f(slot.load(as: Double.self), value), as: Double.self)
}
@_transparent private func larger(_ x: Double, _ y: Double) -> Double { y != y || x < y ? y : x }
@_transparent private func smaller(_ x: Double, _ y: Double) -> Double { y != y || y < x ? y : x }

@_transparent private func rowsF(_ out: M, _ a: P, _ rows: Int, _ n: Int, _ neutral: Float, _ f: (F, F) -> F) -> Int {
  var row = 0
  while row < rows {
    out.storeBytes(of: reduceF(a + row &* n &* 4, n, neutral, f), toByteOffset: row &* 4, as: Float.self)
    row &+= 1
  }
  return -1
}
@_transparent private func rowsD(_ out: M, _ a: P, _ rows: Int, _ n: Int, _ neutral: Double, _ f: (D, D) -> D) -> Int {
  var row = 0
  while row < rows {
    out.storeBytes(of: reduceD(a + row &* n &* 8, n, neutral, f), toByteOffset: row &* 8, as: Double.self)
    row &+= 1
  }
  return -1
}

/// Four vectors of columns at a time, so that a row's cache lines are used whole and four sums are under way.
@_transparent private func columnsF(_ acc: M, _ a: P, _ rows: Int, _ columns: Int, _ f: (F, F) -> F) -> Int {
  var column = 0
  while column &+ 64 <= columns {
    var s0 = loadF(acc, column)
    var s1 = loadF(acc, column &+ 16)
    var s2 = loadF(acc, column &+ 32)
    var s3 = loadF(acc, column &+ 48)
    var at = column
    var row = 0
    while row < rows {
      s0 = f(s0, loadF(a, at))
      s1 = f(s1, loadF(a, at &+ 16))
      s2 = f(s2, loadF(a, at &+ 32))
      s3 = f(s3, loadF(a, at &+ 48))
      at &+= columns
      row &+= 1
    }
    store(acc, column, s0)
    store(acc, column &+ 16, s1)
    store(acc, column &+ 32, s2)
    store(acc, column &+ 48, s3)
    column &+= 64
  }
  while column < columns {
    var s = loadF(acc, column)
    var at = column
    var row = 0
    while row < rows {
      s = f(s, loadF(a, at))
      at &+= columns
      row &+= 1
    }
    store(acc, column, s)
    column &+= 16
  }
  return -1
}
@_transparent private func columnsD(_ acc: M, _ a: P, _ rows: Int, _ columns: Int, _ f: (D, D) -> D) -> Int {
  var column = 0
  while column &+ 16 <= columns {
    var s0 = loadD(acc, column)
    var s1 = loadD(acc, column &+ 8)
    var at = column
    var row = 0
    while row < rows {
      s0 = f(s0, loadD(a, at))
      s1 = f(s1, loadD(a, at &+ 8))
      at &+= columns
      row &+= 1
    }
    store(acc, column, s0)
    store(acc, column &+ 8, s1)
    column &+= 16
  }
  while column < columns {
    var s = loadD(acc, column)
    var at = column
    var row = 0
    while row < rows {
      s = f(s, loadD(a, at))
      at &+= columns
      row &+= 1
    }
    store(acc, column, s)
    column &+= 8
  }
  return -1
}

func addReductions32(_ table: inout KernelTable) {
  func set(
    _ op: ReduceOp, _ block: @escaping ReduceBlockKernel, _ rows: @escaping ReduceRowsKernel,
    _ columns: @escaping ReduceColumnsKernel
  ) {
    table.reduceBlock[KernelTable.index(op, .f32)] = block
    table.reduceRows[KernelTable.index(op, .f32)] = rows
    table.reduceColumns[KernelTable.index(op, .f32)] = columns
  }
  set(
    .sum, { slot, a, n in combine(slot, Double(reduceF(a, n, 0) { $0 + $1 })) { $0 + $1 } },
    { out, a, rows, n in rowsF(out, a, rows, n, 0) { $0 + $1 } },
    { acc, a, rows, columns in columnsF(acc, a, rows, columns) { $0 + $1 } })
  set(
    .prod, { slot, a, n in combine(slot, Double(reduceF(a, n, 1) { $0 * $1 })) { $0 * $1 } },
    { out, a, rows, n in rowsF(out, a, rows, n, 1) { $0 * $1 } },
    { acc, a, rows, columns in columnsF(acc, a, rows, columns) { $0 * $1 } })
  set(
    .max, { slot, a, n in combine(slot, Double(reduceF(a, n, -.infinity) { maximum($0, $1) })) { larger($0, $1) } },
    { out, a, rows, n in rowsF(out, a, rows, n, -.infinity) { maximum($0, $1) } },
    { acc, a, rows, columns in columnsF(acc, a, rows, columns) { maximum($0, $1) } })
  set(
    .min, { slot, a, n in combine(slot, Double(reduceF(a, n, .infinity) { minimum($0, $1) })) { smaller($0, $1) } },
    { out, a, rows, n in rowsF(out, a, rows, n, .infinity) { minimum($0, $1) } },
    { acc, a, rows, columns in columnsF(acc, a, rows, columns) { minimum($0, $1) } })
}

func addReductions64(_ table: inout KernelTable) {
  func set(
    _ op: ReduceOp, _ block: @escaping ReduceBlockKernel, _ rows: @escaping ReduceRowsKernel,
    _ columns: @escaping ReduceColumnsKernel
  ) {
    table.reduceBlock[KernelTable.index(op, .f64)] = block
    table.reduceRows[KernelTable.index(op, .f64)] = rows
    table.reduceColumns[KernelTable.index(op, .f64)] = columns
  }
  set(
    .sum, { slot, a, n in combine(slot, reduceD(a, n, 0) { $0 + $1 }) { $0 + $1 } },
    { out, a, rows, n in rowsD(out, a, rows, n, 0) { $0 + $1 } },
    { acc, a, rows, columns in columnsD(acc, a, rows, columns) { $0 + $1 } })
  set(
    .prod, { slot, a, n in combine(slot, reduceD(a, n, 1) { $0 * $1 }) { $0 * $1 } },
    { out, a, rows, n in rowsD(out, a, rows, n, 1) { $0 * $1 } },
    { acc, a, rows, columns in columnsD(acc, a, rows, columns) { $0 * $1 } })
  set(
    .max, { slot, a, n in combine(slot, reduceD(a, n, -.infinity) { maximum($0, $1) }) { larger($0, $1) } },
    { out, a, rows, n in rowsD(out, a, rows, n, -.infinity) { maximum($0, $1) } },
    { acc, a, rows, columns in columnsD(acc, a, rows, columns) { maximum($0, $1) } })
  set(
    .min, { slot, a, n in combine(slot, reduceD(a, n, .infinity) { minimum($0, $1) }) { smaller($0, $1) } },
    { out, a, rows, n in rowsD(out, a, rows, n, .infinity) { minimum($0, $1) } },
    { acc, a, rows, columns in columnsD(acc, a, rows, columns) { minimum($0, $1) } })
}
