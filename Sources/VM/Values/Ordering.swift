// Order of values, for `<` on strings and lists and for `sort`: numbers by value (NaN last), strings by code points,
// booleans false first, lists item by item. Different kinds have no order.
import Diagnostics
import Tensor

extension Heap {
  /// -1, 0 or 1.
  package func compare(_ a: Value, _ b: Value, operation: String = "<") throws -> Int {
    if let verdict = try leafOrder(a, b, operation) { return verdict }
    var stack = [(a: a, b: b, next: 0)]
    var steps = 0
    walking: while let top = stack.last {
      steps &+= 1
      if steps & 4095 == 0 { try poll() }
      let (left, right) = (ListRef(top.a), ListRef(top.b))
      var index = top.next
      while index < min(left.count, right.count) {
        let (x, y) = (left[index], right[index])
        index += 1
        guard let verdict = try leafOrder(x, y, operation) else {
          stack[stack.count - 1].next = index
          stack.append((x, y, 0))
          continue walking
        }
        if verdict != 0 { return verdict }
      }
      if left.count != right.count { return left.count < right.count ? -1 : 1 }
      stack.removeLast()
    }
    return 0
  }

  /// Order that needs no walk; nil when both are lists.
  private func leafOrder(_ a: Value, _ b: Value, _ operation: String) throws -> Int? {
    switch (a.tag, b.tag) {
    case (.int, .int): return a.int < b.int ? -1 : (a.int == b.int ? 0 : 1)
    case (.float, .float): return order(a.float, b.float)
    case (.int, .float), (.float, .int): return Heap.order(a, b)
    case (.string, .string): return compareBytes(StringRef(a).utf8, StringRef(b).utf8)
    case (.bool, .bool): return Int(a.bits) - Int(b.bits)
    case (.list, .list): return nil
    case (.tensor, _) where tensorNode(a).rank == 0:
      return try leafOrder(number(fromScalar: a), b, operation)
    case (_, .tensor) where tensorNode(b).rank == 0:
      return try leafOrder(a, number(fromScalar: b), operation)
    default:
      throw Diagnostic(
        .wrongType(
          operation: operation, expected: "two numbers, two strings or two lists",
          found: "\(typeName(a)) and \(typeName(b))"), at: nil)
    }
  }

  private func order(_ a: Double, _ b: Double) -> Int {
    if a < b { return -1 }
    if a == b { return 0 }
    if a > b { return 1 }
    return a.isNaN ? (b.isNaN ? 0 : 1) : -1
  }

  /// An integer and a float, in any order, exactly.
  static func order(_ a: Value, _ b: Value) -> Int {
    a.tag == .int ? order(a.int, b.float) : -order(b.int, a.float)
  }

  /// The float may lie between or beyond the integers.
  private static func order(_ a: Int, _ b: Double) -> Int {
    if b.isNaN || b >= 0x1p63 { return -1 }
    if b < -0x1p63 { return 1 }
    let whole = Int(b.rounded(.down))
    if a != whole { return a < whole ? -1 : 1 }
    return Double(whole) < b ? -1 : 0
  }
}
