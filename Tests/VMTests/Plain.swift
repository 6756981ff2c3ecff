// Values of the reference evaluator: plain Swift values, copied freely. Equality, order and text follow the language's
// page; nothing here is shared with the machine.
import Foundation
import Syntax

indirect enum Plain {
  case none
  case bool(Bool)
  case int(Int)
  case float(Double)
  case string(String)
  case list([Plain])
  case record([PlainField])
  case range(start: Int, end: Int, step: Int)
  case function(PlainFunction)
  case builtin(String)
  /// What `catch e` names: the text of a `fail`, where it was one.
  case failure(PlainFailure)
}

struct PlainField {
  var key: Plain
  var value: Plain
}

/// A function and the names that it holds.
final class PlainFunction {
  let node: FunctionNode
  let held: [String: Plain]
  init(_ node: FunctionNode, held: [String: Plain]) {
    self.node = node
    self.held = held
  }
}

/// A problem a script can catch.
struct PlainFailure: Error {
  let reason: String
  /// What the script said, if it failed by `fail`.
  var said: String?
  init(_ reason: String, said: String? = nil) {
    self.reason = reason
    self.said = said
  }
}

/// The program uses what the reference does not know.
struct Unsupported: Error { let what: String }

extension Plain {
  /// `a == b`; `whole` inside lists and records, where NaN equals NaN.
  func equals(_ other: Plain, whole: Bool = false) throws -> Bool {
    switch (self, other) {
    case (.none, .none): return true
    case (.bool(let x), .bool(let y)): return x == y
    case (.int(let x), .int(let y)): return x == y
    case (.float(let x), .float(let y)): return x == y || (whole && x.isNaN && y.isNaN)
    case (.int(let x), .float(let y)), (.float(let y), .int(let x)): return Int(exactly: y) == x
    case (.string(let x), .string(let y)): return x.utf8.elementsEqual(y.utf8)
    case (.list(let x), .list(let y)):
      guard x.count == y.count else { return false }
      return try zip(x, y).allSatisfy { try $0.equals($1, whole: true) }
    case (.record(let x), .record(let y)):
      guard x.count == y.count else { return false }
      return try x.allSatisfy { field in
        try y.contains { try $0.key.equals(field.key, whole: true) && $0.value.equals(field.value, whole: true) }
      }
    case (.range(let a, let b, let c), .range(let x, let y, let z)):
      return Plain.count(a, b, c) == Plain.count(x, y, z)
        && (Plain.count(a, b, c) == 0 || (a == x && (Plain.count(a, b, c) == 1 || c == z)))
    case (.builtin(let x), .builtin(let y)): return x == y
    case (.function, .function): throw Unsupported(what: "whether two functions are the same")
    case (.failure, _), (_, .failure): throw Unsupported(what: "a caught error as a value")
    default: return false
    }
  }

  /// -1, 0 or 1; numbers exactly, NaN last, lists item by item.
  func order(_ other: Plain) throws -> Int {
    func sign<T: Comparable>(_ x: T, _ y: T) -> Int { x < y ? -1 : (x == y ? 0 : 1) }
    switch (self, other) {
    case (.int(let x), .int(let y)): return sign(x, y)
    case (.float(let x), .float(let y)):
      return x.isNaN || y.isNaN ? (x.isNaN ? 1 : 0) - (y.isNaN ? 1 : 0) : sign(x, y)
    case (.int(let x), .float(let y)): return Plain.order(x, y)
    case (.float(let x), .int(let y)): return -Plain.order(y, x)
    case (.bool(let x), .bool(let y)): return sign(x ? 1 : 0, y ? 1 : 0)
    case (.string(let x), .string(let y)):
      let (x, y) = (x.unicodeScalars.map(\.value), y.unicodeScalars.map(\.value))
      return x == y ? 0 : (x.lexicographicallyPrecedes(y) ? -1 : 1)
    case (.list(let x), .list(let y)):
      for (a, b) in zip(x, y) {
        let order = try a.order(b)
        if order != 0 { return order }
      }
      return sign(x.count, y.count)
    default: throw PlainFailure("order")
    }
  }

  private static func order(_ x: Int, _ y: Double) -> Int {
    if y.isNaN || y >= 0x1p63 { return -1 }
    if y < -0x1p63 { return 1 }
    let below = Int(y.rounded(.down))
    return x != below ? (x < below ? -1 : 1) : (y > y.rounded(.down) ? -1 : 0)
  }

  var isNaN: Bool { if case .float(let x) = self { x.isNaN } else { false } }
  var isNumber: Bool {
    switch self {
    case .int, .float: true
    default: false
    }
  }
  var isFunction: Bool {
    switch self {
    case .function, .builtin: true
    default: false
    }
  }
  var isTree: Bool {
    switch self {
    case .list, .record: true
    default: false
    }
  }
  var number: Double? {
    switch self {
    case .int(let x): Double(x)
    case .float(let x): x
    default: nil
    }
  }

  /// A record's key: a float without fraction is the integer. Functions are none, also inside.
  func key() throws -> Plain {
    switch self {
    case .float(let x): return Int(exactly: x).map(Plain.int) ?? self
    case .function, .builtin: throw PlainFailure("key")
    case .failure: throw Unsupported(what: "a caught error as a value")
    case .list(let items): for item in items { _ = try item.key() }
    case .record(let fields):
      for field in fields {
        if field.key.isTree { throw PlainFailure("key") }
        _ = try field.value.key()
      }
    default: break
    }
    return self
  }

  static func count(_ start: Int, _ end: Int, _ step: Int) -> Int {
    // Strides count without overflow.
    (step > 0 ? end > start : end < start) ? stride(from: start, to: end, by: step).underestimatedCount : 0
  }

  // MARK: Text

  /// As `print` shows it.
  func shown() throws -> String {
    if case .string(let text) = self { return text }
    return try written()
  }

  /// As it is shown inside lists and records.
  func written() throws -> String {
    switch self {
    case .none: return "none"
    case .bool(let x): return "\(x)"
    case .int(let x): return "\(x)"
    case .float(let x): return x.isNaN ? "nan" : "\(x)"
    case .string(let x): return Plain.quoted(x)
    case .list(let items): return "[" + (try items.map { try $0.written() }).joined(separator: ", ") + "]"
    case .record(let fields):
      let parts = try fields.map { "\(try Plain.label($0.key)): \(try $0.value.written())" }
      return "{" + parts.joined(separator: ", ") + "}"
    case .range(let start, let end, let step): return "\(start)..\(end)" + (step == 1 ? "" : " by \(step)")
    case .function(let function): return "<function\(function.node.name.map { " " + $0.name } ?? "")>"
    case .builtin(let name): return "<function \(name)>"
    case .failure: throw Unsupported(what: "a caught error as text")
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\", "{": result += "\\" + String(scalar)
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  private static func label(_ key: Plain) throws -> String {
    guard case .string(let name) = key else { return "[\(try key.written())]" }
    let scalars = name.unicodeScalars
    let isName =
      scalars.first.map { $0 == "_" || $0.properties.isXIDStart } ?? false
      && scalars.allSatisfy(\.properties.isXIDContinue) && !["none", "true", "false"].contains(name)
    return isName ? name : quoted(name)
  }
}
