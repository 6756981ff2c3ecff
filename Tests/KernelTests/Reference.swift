// Plain scalar definitions of the element operations, in the widest floats there are, and errors in units of the last
// place. The kernels are held against these.
import Foundation
import KernelTypes

#if arch(x86_64)
  typealias Wide = Float80
#else
  typealias Wide = Double
#endif

enum Reference {
  /// The operation on floats, exactly or nearly so; nil for those whose result is no float.
  static func unary(_ op: ElementOp, _ x: Wide) -> Wide? {
    switch op {
    case .copy, .castF32, .castF64: return x
    case .neg: return -x
    case .abs: return x.isNaN ? x : Swift.abs(x)
    case .sign: return x.isNaN ? x : x > 0 ? 1 : x < 0 ? -1 : 0
    case .square: return x * x
    case .exp: return exp(x)
    case .expm1: return expm1(x)
    case .log: return log(x)
    case .log1p: return log1p(x)
    case .sqrt: return x < 0 ? .nan : x.squareRoot()
    case .rsqrt: return x < 0 ? .nan : 1 / x.squareRoot()
    case .reciprocal: return 1 / x
    case .sin: return sin(x)
    case .cos: return cos(x)
    case .tan: return tan(x)
    case .tanh: return tanh(x)
    case .sigmoid: return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x))
    case .relu: return x.isNaN ? x : x > 0 ? x : 0
    case .softplus: return x.isNaN ? x : Swift.max(x, 0) + log1p(exp(-Swift.abs(x)))
    case .gelu: return x == -.infinity ? 0 : x * 0.5 * erfc(-x / Wide(2).squareRoot())
    case .floor: return x.rounded(.down)
    case .ceil: return x.rounded(.up)
    case .round: return x.rounded(.toNearestOrEven)
    case .erf: return erf(x)
    default: return nil
    }
  }

  static func binary(_ op: ElementOp, _ x: Wide, _ y: Wide) -> Wide? {
    switch op {
    case .add: return x + y
    case .sub: return x - y
    case .mul: return x * y
    case .div: return x / y
    case .pow: return pow(x, y)
    case .max: return x.isNaN || y.isNaN ? .nan : Swift.max(x, y)
    case .min: return x.isNaN || y.isNaN ? .nan : Swift.min(x, y)
    case .mod:
      let r = fmod(x, y)
      return r.isNaN || r == 0 || (r < 0) == (y < 0) ? r : r + y
    case .floordiv:
      if y == 0 { return x / y }
      let r = fmod(x, y)
      let m = r == 0 || (r < 0) == (y < 0) ? r : r + y
      if y.isInfinite { return r.isNaN ? .nan : (x < 0) == (y < 0) || x == 0 ? (x / y).rounded() : -1 }
      return ((x - m) / y).rounded()
    default: return nil
    }
  }

  static func compare<T: Comparable>(_ op: ElementOp, _ x: T, _ y: T) -> Bool? {
    switch op {
    case .eq: return x == y
    case .ne: return x != y
    case .lt: return x < y
    case .le: return x <= y
    case .gt: return x > y
    case .ge: return x >= y
    default: return nil
    }
  }

  /// The result, or the failure; nil where the operation is none of integers.
  static func integer(_ op: ElementOp, _ x: Int64, _ y: Int64) -> Result<Int64, IntegerError>? {
    func checked(_ r: (partialValue: Int64, overflow: Bool)) -> Result<Int64, IntegerError> {
      r.overflow ? .failure(IntegerError(.overflow)) : .success(r.partialValue)
    }
    switch op {
    case .copy, .castI64: return .success(x)
    case .neg: return checked(Int64(0).subtractingReportingOverflow(x))
    case .abs: return x < 0 ? checked(Int64(0).subtractingReportingOverflow(x)) : .success(x)
    case .sign: return .success(x.signum())
    case .square: return checked(x.multipliedReportingOverflow(by: x))
    case .add: return checked(x.addingReportingOverflow(y))
    case .sub: return checked(x.subtractingReportingOverflow(y))
    case .mul: return checked(x.multipliedReportingOverflow(by: y))
    case .max: return .success(Swift.max(x, y))
    case .min: return .success(Swift.min(x, y))
    case .floordiv:
      if y == 0 { return .failure(IntegerError(.zeroDivisor)) }
      let r = x.dividedReportingOverflow(by: y)
      if r.overflow { return .failure(IntegerError(.overflow)) }
      return .success(r.partialValue * y != x && (x < 0) != (y < 0) ? r.partialValue - 1 : r.partialValue)
    case .mod:
      if y == 0 { return .failure(IntegerError(.zeroDivisor)) }
      if y == -1 { return .success(0) }
      let r = x % y
      return .success(r != 0 && (r < 0) != (y < 0) ? r + y : r)
    case .pow:
      if y < 0 { return .failure(IntegerError(.negativeExponent)) }
      if x == 0 || x == 1 { return .success(y == 0 ? 1 : x) }
      if x == -1 { return .success(y % 2 == 0 ? 1 : -1) }
      var result: Int64 = 1
      for _ in 0..<Swift.min(y, 70) {
        let r = result.multipliedReportingOverflow(by: x)
        if r.overflow { return .failure(IntegerError(.overflow)) }
        result = r.partialValue
      }
      return .success(result)
    default: return nil
    }
  }
}

struct IntegerError: Error, Equatable {
  var reason: IntegerFailure
  init(_ reason: IntegerFailure) { self.reason = reason }
}

/// |got - want| in units of the last place of a float at `want`; 0 when both are NaN or the same infinity.
func ulps(_ got: Float, _ want: Wide) -> Double {
  if got.isNaN || want.isNaN { return got.isNaN && want.isNaN ? 0 : .infinity }
  let rounded = Float(want)
  if rounded.isInfinite || got.isInfinite {
    // One unit past the largest finite number is infinite.
    return rounded == got || rounded.nextDown == got || rounded.nextUp == got ? 0 : .infinity
  }
  return Double(Swift.abs(Wide(got) - want) / Wide(Swift.max(rounded.ulp, Float.leastNonzeroMagnitude)))
}
func ulps(_ got: Double, _ want: Wide) -> Double {
  if got.isNaN || want.isNaN { return got.isNaN && want.isNaN ? 0 : .infinity }
  let rounded = Double(want)
  if rounded.isInfinite || got.isInfinite {
    return rounded == got || rounded.nextDown == got || rounded.nextUp == got ? 0 : .infinity
  }
  return Double(Swift.abs(Wide(got) - want) / Wide(Swift.max(rounded.ulp, Double.leastNonzeroMagnitude)))
}

/// A small generator for test data (xorshift).
struct TestRandom: RandomNumberGenerator {
  var state: UInt64
  init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }
  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}
