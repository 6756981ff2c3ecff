// Element operations on 64-bit integers. A result that does not fit is a failure, found with sign-bit tricks on whole
// vectors where the operation allows it, else one element at a time.
import KernelTypes

private let overflow = Int(IntegerFailure.overflow.rawValue)
private let zeroDivisor = Int(IntegerFailure.zeroDivisor.rawValue)
private let negativeExponent = Int(IntegerFailure.negativeExponent.rawValue)

func addElementsInteger(_ table: inout KernelTable) {
  func set(_ op: ElementOp, _ kernel: @escaping ElementKernel) { table.elements[KernelTable.index(op, .i64)] = kernel }
  set(.copy) { d, a, _, _, n in mapL(d, a, a, n) { x, _ in x } }
  set(.neg) { d, a, _, _, n in
    mapChecked(d, a, a, n) { x, _ in
      let y = 0 &- x
      return (y, x & y)  // both negative: x is the least integer
    }
  }
  set(.abs) { d, a, _, _, n in
    mapChecked(d, a, a, n) { x, _ in
      let y = x.replacing(with: 0 &- x, where: x .< 0)
      return (y, y)
    }
  }
  set(.sign) { d, a, _, _, n in
    mapL(d, a, a, n) { x, _ in
      (x &>> 63).replacing(with: 1, where: x .> 0)
    }
  }
  set(.square) { d, a, _, _, n in mapScalar(d, a, a, n) { x, _ in multiply(x, x) } }
  set(.add) { d, a, b, _, n in
    mapChecked(d, a, b, n) { x, y in
      let z = x &+ y
      return (z, (x ^ z) & (y ^ z))
    }
  }
  set(.sub) { d, a, b, _, n in
    mapChecked(d, a, b, n) { x, y in
      let z = x &- y
      return (z, (x ^ y) & (x ^ z))
    }
  }
  set(.mul) { d, a, b, _, n in mapScalar(d, a, b, n) { multiply($0, $1) } }
  set(.floordiv) { d, a, b, _, n in
    mapScalar(d, a, b, n) { x, y in
      if y == 0 { return (0, zeroDivisor) }
      if y == -1 { return negate(x) }
      let quotient = x / y
      return (x % y != 0 && (x < 0) != (y < 0) ? quotient &- 1 : quotient, -1)
    }
  }
  set(.mod) { d, a, b, _, n in
    mapScalar(d, a, b, n) { x, y in
      if y == 0 { return (0, zeroDivisor) }
      if y == -1 { return (0, -1) }
      let remainder = x % y
      return (remainder != 0 && (remainder < 0) != (y < 0) ? remainder &+ y : remainder, -1)
    }
  }
  set(.pow) { d, a, b, _, n in mapScalar(d, a, b, n) { power($0, $1) } }
  set(.max) { d, a, b, _, n in mapL(d, a, b, n) { $0.replacing(with: $1, where: $0 .< $1) } }
  set(.min) { d, a, b, _, n in mapL(d, a, b, n) { $0.replacing(with: $1, where: $1 .< $0) } }
  set(.eq) { d, a, b, _, n in testL(d, a, b, n) { $0 .== $1 } }
  set(.ne) { d, a, b, _, n in testL(d, a, b, n) { $0 .!= $1 } }
  set(.lt) { d, a, b, _, n in testL(d, a, b, n) { $0 .< $1 } }
  set(.le) { d, a, b, _, n in testL(d, a, b, n) { $0 .<= $1 } }
  set(.gt) { d, a, b, _, n in testL(d, a, b, n) { $0 .> $1 } }
  set(.ge) { d, a, b, _, n in testL(d, a, b, n) { $0 .>= $1 } }
  set(.select) { d, mask, a, b, n in
    var i = 0
    while i < n {
      let lanes = L(truncatingIfNeeded: loadB8(mask, i))
      store(d, i, loadL(b, i).replacing(with: loadL(a, i), where: lanes .!= 0))
      i &+= 8
    }
    return -1
  }
}

@_transparent private func negate(_ x: Int64) -> (Int64, Int) {
  x == .min ? (0, overflow) : (0 &- x, -1)
}

@_transparent private func multiply(_ x: Int64, _ y: Int64) -> (Int64, Int) {
  let (product, failed) = x.multipliedReportingOverflow(by: y)
  return (product, failed ? overflow : -1)
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
