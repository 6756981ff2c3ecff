// Reductions in one fixed order, a function of sizes alone.
//
// A block of at most 512 elements: element i goes to accumulator (i / 16) mod 4, lane i mod 16 (doubles: (i / 8) mod 4,
// lane i mod 8); the last partial vector is filled up with the neutral element; the accumulators are combined as
// (0 + 1) + (2 + 3) and the lanes by halving. Blocks are combined one after the other in a slot of doubles, which keeps
// long float sums accurate. Columns are combined row after row.
//
// The slots, by element type: f32 and f64: one double. i64 sum: the sums of high and low 32-bit halves, so that only a
// total that does not fit fails. i64 prod: the product and whether it overflowed. i64 max, min: the value. bool: 0 or 1.
//
// The operation is an argument that is constant wherever these functions are inlined, so that no choice is left in a
// loop. Read on in ReductionTables.swift and ReductionsInteger.swift.
import CPlatform
import KernelTypes

@_transparent var countUp16: I { I(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) }
@_transparent var countUp8: L { L(0, 1, 2, 3, 4, 5, 6, 7) }

// MARK: One combination

@_transparent func combine(_ op: ReduceOp, _ x: F, _ y: F) -> F {
  switch op {
  case .sum: return x + y
  case .prod: return x * y
  case .max: return maximum(x, y)
  default: return minimum(x, y)
  }
}
@_transparent func combine(_ op: ReduceOp, _ x: D, _ y: D) -> D {
  switch op {
  case .sum: return x + y
  case .prod: return x * y
  case .max: return maximum(x, y)
  default: return minimum(x, y)
  }
}
@_transparent func combine(_ op: ReduceOp, _ x: Double, _ y: Double) -> Double {
  switch op {
  case .sum: return x + y
  case .prod: return x * y
  case .max: return y != y || x < y ? y : x
  default: return y != y || y < x ? y : x
  }
}
@_transparent func neutral(_ op: ReduceOp) -> Double {
  switch op {
  case .sum: return 0
  case .prod: return 1
  case .max: return -.infinity
  default: return .infinity
  }
}

// MARK: Blocks

@_transparent func reduceF(_ op: ReduceOp, _ a: P, _ n: Int) -> Float {
  let empty = F(repeating: Float(neutral(op)))
  var s0 = empty
  var s1 = empty
  var s2 = empty
  var s3 = empty
  var i = 0
  while i &+ 64 <= n {
    s0 = combine(op, s0, loadF(a, i))
    s1 = combine(op, s1, loadF(a, i &+ 16))
    s2 = combine(op, s2, loadF(a, i &+ 32))
    s3 = combine(op, s3, loadF(a, i &+ 48))
    i &+= 64
  }
  if i < n {
    s0 = combine(op, s0, firstLanes(loadF(a, i), n &- i, empty))
    if i &+ 16 < n { s1 = combine(op, s1, firstLanes(loadF(a, i &+ 16), n &- i &- 16, empty)) }
    if i &+ 32 < n { s2 = combine(op, s2, firstLanes(loadF(a, i &+ 32), n &- i &- 32, empty)) }
    if i &+ 48 < n { s3 = combine(op, s3, firstLanes(loadF(a, i &+ 48), n &- i &- 48, empty)) }
  }
  return foldF(op, combine(op, combine(op, s0, s1), combine(op, s2, s3)))
}

/// x in the first `count` lanes, `other` beyond.
@_transparent func firstLanes(_ x: F, _ count: Int, _ other: F) -> F {
  choose(countUp16 .< I(repeating: Int32(truncatingIfNeeded: count)), x, other)
}
@_transparent func firstLanes(_ x: D, _ count: Int, _ other: D) -> D {
  choose(countUp8 .< L(repeating: Int64(truncatingIfNeeded: count)), x, other)
}

/// The lanes of a vector, by halving.
@_transparent func foldF(_ op: ReduceOp, _ x: F) -> Float {
  let a = combine(op, x, trellis_swap8_f32(x))
  let b = combine(op, a, trellis_swap4_f32(a))
  let c = combine(op, b, trellis_swap2_f32(b))
  return combine(op, c, trellis_swap1_f32(c))[0]
}
@_transparent func foldD(_ op: ReduceOp, _ x: D) -> Double {
  let a = combine(op, x, trellis_swap4_f64(x))
  let b = combine(op, a, trellis_swap2_f64(a))
  return combine(op, b, trellis_swap1_f64(b))[0]
}

@_transparent func reduceD(_ op: ReduceOp, _ a: P, _ n: Int) -> Double {
  let empty = D(repeating: neutral(op))
  var s0 = empty
  var s1 = empty
  var s2 = empty
  var s3 = empty
  var i = 0
  while i &+ 32 <= n {
    s0 = combine(op, s0, loadD(a, i))
    s1 = combine(op, s1, loadD(a, i &+ 8))
    s2 = combine(op, s2, loadD(a, i &+ 16))
    s3 = combine(op, s3, loadD(a, i &+ 24))
    i &+= 32
  }
  if i < n {
    s0 = combine(op, s0, firstLanes(loadD(a, i), n &- i, empty))
    if i &+ 8 < n { s1 = combine(op, s1, firstLanes(loadD(a, i &+ 8), n &- i &- 8, empty)) }
    if i &+ 16 < n { s2 = combine(op, s2, firstLanes(loadD(a, i &+ 16), n &- i &- 16, empty)) }
    if i &+ 24 < n { s3 = combine(op, s3, firstLanes(loadD(a, i &+ 24), n &- i &- 24, empty)) }
  }
  return foldD(op, combine(op, combine(op, s0, s1), combine(op, s2, s3)))
}

// MARK: Columns

/// acc[column] = acc[column] op a[row, column]. Four vectors of columns at a time, so that a row's cache lines are used
/// whole and four sums are under way.
@_transparent func columnsF(_ op: ReduceOp, _ acc: M, _ a: P, _ rows: Int, _ columns: Int) {
  var column = 0
  while column &+ 64 <= columns {
    var s0 = loadF(acc, column)
    var s1 = loadF(acc, column &+ 16)
    var s2 = loadF(acc, column &+ 32)
    var s3 = loadF(acc, column &+ 48)
    var at = column
    var row = 0
    while row < rows {
      s0 = combine(op, s0, loadF(a, at))
      s1 = combine(op, s1, loadF(a, at &+ 16))
      s2 = combine(op, s2, loadF(a, at &+ 32))
      s3 = combine(op, s3, loadF(a, at &+ 48))
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
      s = combine(op, s, loadF(a, at))
      at &+= columns
      row &+= 1
    }
    store(acc, column, s)
    column &+= 16
  }
}

@_transparent func columnsD(_ op: ReduceOp, _ acc: M, _ a: P, _ rows: Int, _ columns: Int) {
  var column = 0
  while column &+ 16 <= columns {
    var s0 = loadD(acc, column)
    var s1 = loadD(acc, column &+ 8)
    var at = column
    var row = 0
    while row < rows {
      s0 = combine(op, s0, loadD(a, at))
      s1 = combine(op, s1, loadD(a, at &+ 8))
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
      s = combine(op, s, loadD(a, at))
      at &+= columns
      row &+= 1
    }
    store(acc, column, s)
    column &+= 8
  }
}
