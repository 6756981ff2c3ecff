// Element operations on 64-bit integers. A result that does not fit is a failure, found by the sign bits of whole vectors
// where the operation allows it, else one element at a time.
import KernelTypes

private let overflow = Int(IntegerFailure.overflow.rawValue)
private let zeroDivisor = Int(IntegerFailure.zeroDivisor.rawValue)
private let negativeExponent = Int(IntegerFailure.negativeExponent.rawValue)

func addArithmeticInteger(_ table: inout KernelTable) {
  func set(_ op: ElementOp, _ kernel: @escaping ElementKernel) { table.elements[KernelTable.index(op, .i64)] = kernel }
  set(.neg) { d, a, _, _, n in
    var i = 0
    while i < n {
      let x = loadL(a, i)
      let y = 0 &- x
      store(d, i, y)
      if holdsAnywhere((x & y) .< L.zero) {
        let lane = firstNegative(x & y, n &- i)
        if lane >= 0 { return ElementFailure.encode(lane: i &+ lane, .overflow) }
      }
      i &+= 8
    }
    return -1
  }
  set(.abs) { d, a, _, _, n in
    var i = 0
    while i < n {
      let x = loadL(a, i)
      let y = x.replacing(with: 0 &- x, where: x .< L.zero)
      store(d, i, y)
      if holdsAnywhere((y) .< L.zero) {
        let lane = firstNegative(y, n &- i)
        if lane >= 0 { return ElementFailure.encode(lane: i &+ lane, .overflow) }
      }
      i &+= 8
    }
    return -1
  }
  set(.add) { d, a, b, _, n in
    var i = 0
    while i < n {
      let x = loadL(a, i)
      let y = loadL(b, i)
      let z = x &+ y
      store(d, i, z)
      if holdsAnywhere(((x ^ z) & (y ^ z)) .< L.zero) {
        let lane = firstNegative((x ^ z) & (y ^ z), n &- i)
        if lane >= 0 { return ElementFailure.encode(lane: i &+ lane, .overflow) }
      }
      i &+= 8
    }
    return -1
  }
  set(.sub) { d, a, b, _, n in
    var i = 0
    while i < n {
      let x = loadL(a, i)
      let y = loadL(b, i)
      let z = x &- y
      store(d, i, z)
      if holdsAnywhere(((x ^ y) & (x ^ z)) .< L.zero) {
        let lane = firstNegative((x ^ y) & (x ^ z), n &- i)
        if lane >= 0 { return ElementFailure.encode(lane: i &+ lane, .overflow) }
      }
      i &+= 8
    }
    return -1
  }
  set(.square) { d, a, _, _, n in
    var i = 0
    while i < n {
      let (value, reason) = multiply(word(a, i), word(a, i))
      if reason >= 0 { return i &* 4 &+ reason }
      d.storeBytes(of: value, toByteOffset: i &* 8, as: Int64.self)
      i &+= 1
    }
    return -1
  }
  set(.mul) { d, a, b, _, n in
    var i = 0
    while i < n {
      let (value, reason) = multiply(word(a, i), word(b, i))
      if reason >= 0 { return i &* 4 &+ reason }
      d.storeBytes(of: value, toByteOffset: i &* 8, as: Int64.self)
      i &+= 1
    }
    return -1
  }
  set(.floordiv) { d, a, b, _, n in
    var i = 0
    while i < n {
      let (value, reason) = floorDivide(word(a, i), word(b, i))
      if reason >= 0 { return i &* 4 &+ reason }
      d.storeBytes(of: value, toByteOffset: i &* 8, as: Int64.self)
      i &+= 1
    }
    return -1
  }
  set(.mod) { d, a, b, _, n in
    var i = 0
    while i < n {
      let (value, reason) = floorModulo(word(a, i), word(b, i))
      if reason >= 0 { return i &* 4 &+ reason }
      d.storeBytes(of: value, toByteOffset: i &* 8, as: Int64.self)
      i &+= 1
    }
    return -1
  }
  set(.pow) { d, a, b, _, n in
    var i = 0
    while i < n {
      let (value, reason) = power(word(a, i), word(b, i))
      if reason >= 0 { return i &* 4 &+ reason }
      d.storeBytes(of: value, toByteOffset: i &* 8, as: Int64.self)
      i &+= 1
    }
    return -1
  }
}

/// The first of the first `count` lanes that is negative, or -1: lanes past the end of a block hold anything.
@inline(never) private func firstNegative(_ x: L, _ count: Int) -> Int {
  for lane in 0..<8 where lane < count && x[lane] < 0 { return lane }
  return -1
}

@_transparent private func word(_ p: P, _ i: Int) -> Int64 { p.load(fromByteOffset: i &* 8, as: Int64.self) }

// The result, and the reason that there is none or -1.

@_transparent private func multiply(_ x: Int64, _ y: Int64) -> (Int64, Int) {
  let (product, failed) = x.multipliedReportingOverflow(by: y)
  return (product, failed ? overflow : -1)
}

@_transparent private func floorDivide(_ x: Int64, _ y: Int64) -> (Int64, Int) {
  if y == 0 { return (0, zeroDivisor) }
  if y == -1 { return x == .min ? (0, overflow) : (0 &- x, -1) }
  let quotient = x / y
  return (x % y != 0 && (x < 0) != (y < 0) ? quotient &- 1 : quotient, -1)
}

@_transparent private func floorModulo(_ x: Int64, _ y: Int64) -> (Int64, Int) {
  if y == 0 { return (0, zeroDivisor) }
  if y == -1 { return (0, -1) }
  let remainder = x % y
  return (remainder != 0 && (remainder < 0) != (y < 0) ? remainder &+ y : remainder, -1)
}

/// x^y by repeated squaring; 0^0 is 1.
@_transparent private func power(_ x: Int64, _ y: Int64) -> (Int64, Int) {
  if y < 0 { return (0, negativeExponent) }
  var result: Int64 = 1
  var base = x
  var exponent = y
  while true {
    if exponent & 1 == 1 {
      let (product, failed) = result.multipliedReportingOverflow(by: base)
      if failed { return (0, overflow) }
      result = product
    }
    exponent >>= 1
    if exponent == 0 { return (result, -1) }
    let (square, failed) = base.multipliedReportingOverflow(by: base)
    // A larger exponent bit follows, so the square is used, unless the base stays small.
    if failed { return (0, overflow) }
    base = square
  }
}
