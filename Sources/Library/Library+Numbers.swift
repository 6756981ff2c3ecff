// Whole numbers, rounding, and functions of plain numbers. These look at numbers and give numbers; what works on tensors
// is in Library+Elementwise.
import Diagnostics
import Tensor
import VM

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

private let whole = Derivative.none(because: "it works on integers")
private let plain = Derivative.none(because: "it looks at plain numbers")
private func integer(_ name: String) -> BuiltinParameter { BuiltinParameter(name, .int, .required, "an integer") }
private func number(_ name: String) -> BuiltinParameter { BuiltinParameter(name, .numeric, .required, "a number") }

extension Library {
  static let numbers: [Builtin] =
    [gcd, lcm, divmod, isInteger, roundTo] + bits + [bitNot, shift("shift_left"), shift("shift_right"), bitCount]
    + functionsOfNumbers

  private static let gcd = Builtin(
    "gcd", [integer("a"), integer("b")], summary: "The greatest common divisor; 0 of 0 and 0.",
    example: "print(gcd(12, 18), gcd(-4, 6))", expected: "6 2", derivative: whole
  ) { call in try call.whole(divisor(call.int(0).magnitude, call.int(1).magnitude)) }

  private static let lcm = Builtin(
    "lcm", [integer("a"), integer("b")], summary: "The least common multiple; 0 if one is 0.",
    example: "print(lcm(4, 6))", expected: "12", derivative: whole
  ) { call in
    let (a, b) = (try call.int(0).magnitude, try call.int(1).magnitude)
    if a == 0 || b == 0 { return Value(0) }
    let (product, overflow) = (a / divisor(a, b)).multipliedReportingOverflow(by: b)
    if overflow { throw Diagnostic(.integerOverflow(operation: "lcm"), at: nil) }
    return try call.whole(product)
  }

  private static func divisor(_ a: UInt, _ b: UInt) -> UInt {
    var (a, b) = (a, b)
    while b != 0 { (a, b) = (b, a % b) }
    return a
  }

  private static let divmod = Builtin(
    "divmod", [integer("a"), integer("b")], summary: "`[a // b, a % b]`.",
    details: "The quotient is floored, so the rest has the sign of b.", example: "print(divmod(7, 3), divmod(-7, 3))",
    expected: "[2, 1] [-3, 2]", derivative: whole
  ) { call in
    let (a, b) = (try call.int(0), try call.int(1))
    if b == 0 { throw Diagnostic(.divisionByZero(operation: "divmod"), at: nil) }
    let (quotient, overflow) = a.dividedReportingOverflow(by: b)
    if overflow { throw Diagnostic(.integerOverflow(operation: "divmod"), at: nil) }
    let rest = a - quotient * b
    let isBelow = rest != 0 && (rest < 0) != (b < 0)
    return call.heap.list([Value(isBelow ? quotient - 1 : quotient), Value(isBelow ? rest + b : rest)])
  }

  private static let isInteger = Builtin(
    "is_integer", [BuiltinParameter("x", .any, .required, "any value")],
    summary: "Whether x is a number without a fraction.",
    example: "print(is_integer(2), is_integer(2.0), is_integer(2.5))",
    expected: "true true false", derivative: plain
  ) { call in
    guard let number = try call.number(of: call[0]) else { return Value(false) }
    return Value(number.isFinite && number == number.rounded())
  }

  private static let roundTo = Builtin(
    "round_to",
    [
      number("x"),
      BuiltinParameter("digits", .int, .required, "digits behind the point, -300 to 300; negative ones before it"),
    ],
    summary: "The float nearest to x with so many digits.",
    details:
      "What is rounded is the exact value of x, so `round_to(2.675, 2)` is 2.67; exact halves go to the even digit.",
    example: "print(round_to(3.14159, 2), round_to(1234.5, -2))", expected: "3.14 1200.0", derivative: plain
  ) { call in
    let number = try call.number(0)
    let digits = try call.int(1)
    if digits < -300 || digits > 300 { throw call.bad("`digits` is \(digits); it goes from -300 to 300") }
    if !number.isFinite { return Value(number) }
    var buffer = TextBuffer(capacity: 720)
    defer { buffer.free() }
    if digits >= 0 {
      buffer.append(number, conversion: UInt8(ascii: "f"), precision: digits)
      return Value(strtod(buffer.string, nil))
    }
    if number == 0 { return Value(0.0) }
    // `%e` counts digits from the first one on, so it rounds before the point as `%f` does behind it.
    let leading = Int(log10(number.magnitude).rounded(.down))
    if leading + digits < -1 { return Value(number < 0 ? -0.0 : 0.0) }
    if leading + digits < 0 {
      let unit = strtod("1e\(-digits)", nil)
      let size = number.magnitude > unit / 2 ? unit : 0
      return Value(number < 0 ? -size : size)
    }
    buffer.append(number, conversion: UInt8(ascii: "e"), precision: leading + digits)
    return Value(strtod(buffer.string, nil))
  }

  // MARK: Bits

  private static let bits: [Builtin] = [
    combined("bit_and", "The bits that both have.", "8") { $0 & $1 },
    combined("bit_or", "The bits that one of them has.", "14") { $0 | $1 },
    combined("bit_xor", "The bits that just one of them has.", "6") { $0 ^ $1 },
  ]

  private static func combined(
    _ name: String, _ summary: String, _ expected: String, _ combine: @escaping @Sendable (Int, Int) -> Int
  ) -> Builtin {
    Builtin(
      name, [integer("a"), integer("b")], summary: summary,
      details: "Of 64-bit integers in two's complement. `\"{n:b}\"` shows bits.", example: "print(\(name)(12, 10))",
      expected: expected, derivative: whole
    ) { call in Value(combine(try call.int(0), try call.int(1))) }
  }

  private static let bitNot = Builtin(
    "bit_not", [integer("a")], summary: "The other bits: -a - 1.", example: "print(bit_not(5))", expected: "-6",
    derivative: whole
  ) { call in Value(~(try call.int(0))) }

  private static func shift(_ name: String) -> Builtin {
    let isLeft = name == "shift_left"
    return Builtin(
      name, [integer("a"), BuiltinParameter("n", .int, .required, "how many places, 0 to 63")],
      summary: isLeft ? "a * 2^n, by shifting its bits." : "a // 2^n, by shifting its bits.",
      details: isLeft ? "A result that does not fit is an error." : "The sign stays.",
      example: "print(\(name)(5, 2))", expected: isLeft ? "20" : "1", derivative: whole
    ) { call in
      let (a, places) = (try call.int(0), try call.int(1))
      if places < 0 || places > 63 { throw call.bad("`n` is \(places); it goes from 0 to 63") }
      if !isLeft { return Value(a >> places) }
      if (a << places) >> places != a { throw Diagnostic(.integerOverflow(operation: name), at: nil) }
      return Value(a << places)
    }
  }

  private static let bitCount = Builtin(
    "bit_count", [integer("a")], summary: "How many bits of a are set.", example: "print(bit_count(7))", expected: "3",
    derivative: whole
  ) { call in Value(try call.int(0).nonzeroBitCount) }

  // MARK: Functions of plain numbers

  private static let functionsOfNumbers: [Builtin] = [
    function("asin", "The angle whose sine is x; NaN outside -1..1.", "print(asin(0.0))", "0.0") { asin($0) },
    function("acos", "The angle whose cosine is x; NaN outside -1..1.", "print(acos(1.0))", "0.0") { acos($0) },
    function("atan", "The angle whose tangent is x.", "print(atan(0.0))", "0.0") { atan($0) },
    function("log2", "The logarithm to the base 2.", "print(log2(8.0))", "3.0") { log2($0) },
    function("log10", "The logarithm to the base 10.", "print(log10(1000.0))", "3.0") { log10($0) },
    functionOfTwo(
      "atan2", "y", "x", "The angle of the point (x, y), from -pi to pi.",
      "print(atan2(0.0, 1.0), atan2(1, 0) == pi / 2)",
      "0.0 true"
    ) { atan2($0, $1) },
    functionOfTwo(
      "hypot", "x", "y", "sqrt(x^2 + y^2) without overflow on the way.",
      "print(hypot(3, 4), hypot(1e200, 1e200) < inf)",
      "5.0 true"
    ) { hypot($0, $1) },
  ]

  private static func function(
    _ name: String, _ summary: String, _ example: String, _ expected: String,
    _ compute: @escaping @Sendable (Double) -> Double
  ) -> Builtin {
    Builtin(
      name, [number("x")], summary: summary, details: "A function of one plain number, in f64.", example: example,
      expected: expected, derivative: plain
    ) { call in Value(compute(try call.number(0))) }
  }

  private static func functionOfTwo(
    _ name: String, _ first: String, _ second: String, _ summary: String, _ example: String, _ expected: String,
    _ compute: @escaping @Sendable (Double, Double) -> Double
  ) -> Builtin {
    Builtin(
      name, [number(first), number(second)], summary: summary, details: "A function of plain numbers, in f64.",
      example: example, expected: expected, derivative: plain
    ) { call in Value(compute(try call.number(0), try call.number(1))) }
  }
}

extension Call {
  fileprivate func whole(_ magnitude: UInt) throws -> Value {
    guard let number = Int(exactly: magnitude) else { throw Diagnostic(.integerOverflow(operation: name), at: nil) }
    return Value(number)
  }
}
