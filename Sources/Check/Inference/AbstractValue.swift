// What is known of a value before anything runs: its kind, and as much of its inside as the text tells. Everything that is
// not known is `.unknown` or nil, and nothing is ever said about that.
//
// Read: this file (the values), AbstractValue+Join (what two ways to the same place have in common), Checker (the walk).
import Diagnostics
import Syntax

package indirect enum Abstract {
  /// Any value. The size is its number, if it turns out to be one.
  case unknown(Size?)
  case none
  case bool(Bool?)
  case int(Size?)
  case float(Double?)
  case string(String?)
  case list(AbstractList)
  case record(AbstractRecord)
  case range(AbstractRange)
  case closure(AbstractClosure)
  case builtin(Signature)
  case derived(DerivedFunction)
  case tensor(AbstractTensor)
  case generator
  case sequence

  package static var anything: Abstract { .unknown(nil) }
  // For the embedder, who knows the names that have values.
  package static var integer: Abstract { .int(nil) }
  package static var strings: Abstract { .list(.any(of: .string(nil))) }
  package static func text(_ text: String) -> Abstract { .string(text) }
  package static func number(_ value: Double) -> Abstract { .float(value) }
}

package enum ElementKind: String { case f32, f64, i64, bool }

package struct AbstractTensor {
  /// nil: any number of axes. A nil size is any size.
  var dims: [Size?]?
  var type: ElementKind?
  /// The expression that gave the tensor its shape.
  var origin: Span?

  static func scalar(_ type: ElementKind?) -> AbstractTensor { AbstractTensor(dims: [], type: type, origin: nil) }
}

package struct AbstractList {
  /// The items, if they are known one by one.
  var items: [Abstract]?
  /// What all items have in common.
  var element: Abstract
  var count: Size?
  var origin: Span?
  let weight: Int

  init(items: [Abstract]?, element: Abstract, count: Size?, origin: Span?) {
    let weight = (items ?? [element]).reduce(1) { $0 + $1.weight }
    let isLight = weight <= Abstract.maximumWeight
    self.items = isLight ? items : nil
    self.element = isLight ? element : .anything
    self.count = count
    self.origin = origin
    self.weight = isLight ? weight : 1
  }

  /// Items that are known one by one, unless they are too many to walk again and again.
  static func of(_ items: [Abstract], origin: Span? = nil) -> AbstractList {
    AbstractList(items: items, element: .anything, count: Size(items.count), origin: origin)
  }
  static func any(of element: Abstract, count: Size? = nil) -> AbstractList {
    AbstractList(items: nil, element: element, count: count, origin: nil)
  }
  /// What an item is that nobody can tell the place of.
  var common: Abstract {
    guard let items else { return element }
    guard let first = items.first else { return .anything }
    return items.dropFirst().reduce(first) { Abstract.join($0, $1) }
  }
}

package struct AbstractRecord {
  var fields: [(name: String, value: Abstract)]
  /// There are no others.
  var isClosed: Bool
  var origin: Span?
  /// A module, which is asked for functions.
  var module: String?
  let weight: Int

  init(fields: [(name: String, value: Abstract)], isClosed: Bool, origin: Span?, module: String? = nil) {
    let weight = fields.reduce(1) { $0 + $1.value.weight }
    let isLight = weight <= Abstract.maximumWeight || module != nil
    self.fields = isLight ? fields : []
    self.isClosed = isClosed && isLight
    self.origin = origin
    self.module = module
    self.weight = isLight && module == nil ? weight : 1
  }

  subscript(name: String) -> Abstract? { fields.first { $0.name == name }?.value }

  mutating func set(_ name: String, _ value: Abstract) {
    var fields = fields
    if let index = fields.firstIndex(where: { $0.name == name }) {
      fields[index].value = value
    } else {
      fields.append((name, value))
    }
    self = AbstractRecord(fields: fields, isClosed: isClosed, origin: origin, module: module)
  }
}

package struct AbstractRange {
  var start: Size?
  var end: Size?
  var step: Int?

  var count: Size? {
    guard let start, let end, let step, step != 0 else { return nil }
    if step == 1 {
      guard let length = Size.difference(end, start) else { return nil }
      if let value = length.value { return Size(Swift.max(0, value)) }
      return length
    }
    guard let a = start.value, let b = end.value else { return nil }
    return Size(Swift.max(0, step > 0 ? (b - a + step - 1) / step : (a - b - step - 1) / -step))
  }
}

/// A function of the script, with the values its outer names had when it was made.
package final class AbstractClosure {
  let node: FunctionNode
  let captured: [ObjectIdentifier: Abstract]
  init(_ node: FunctionNode, _ captured: [ObjectIdentifier: Abstract]) {
    self.node = node
    self.captured = captured
  }
}

/// `grad(f)`, `vmap(f)` and their like.
package final class DerivedFunction {
  enum Kind { case grad, valueAndGrad(withAux: Bool?), vmap, hvp, vjp, jvp, reduction }
  let kind: Kind
  let base: Abstract
  init(_ kind: Kind, _ base: Abstract) {
    self.kind = kind
    self.base = base
  }
}

extension Abstract {
  /// How many values there are in it. Values are shared, and walks of them are not: a list of twice itself, thirty times,
  /// is a thousand million to walk.
  var weight: Int {
    switch self {
    case .list(let list): list.weight
    case .record(let record): record.weight
    default: 1
    }
  }
  static let maximumWeight = 2000

  var isUnknown: Bool { if case .unknown = self { true } else { false } }

  /// The kind, if it is known.
  var kind: KindSet? {
    switch self {
    case .unknown: nil
    case .none: KindSet.none
    case .bool: .bool
    case .int: .int
    case .float: .float
    case .string: .string
    case .list: .list
    case .record: .record
    case .range: .range
    case .closure, .builtin, .derived: .function
    case .tensor: .tensor
    case .generator: .generator
    case .sequence: .sequence
    }
  }

  var isNumber: Bool {
    switch self {
    case .int, .float: true
    default: false
    }
  }

  /// The whole number that the value is, if that is known.
  var size: Size? {
    switch self {
    case .int(let size): size
    case .unknown(let size): size
    default: nil
    }
  }

  /// `a list`, `the string "a"`: as messages name it.
  func described(_ names: SizeNames) -> String {
    switch self {
    case .unknown: "a value"
    case .none: "none"
    case .bool(let value): value.map { "the boolean \($0)" } ?? "a boolean"
    case .int(let size): size.map { "the integer \(names.text($0))" } ?? "an integer"
    case .float(let value): value.map { "the number \($0)" } ?? "a float"
    case .string(let text): text.map { "the string \"\($0)\"" } ?? "a string"
    case .list: "a list"
    case .record(let record): record.module.map { "the module `\($0)`" } ?? "a record"
    case .range: "a range"
    case .closure, .builtin, .derived: "a function"
    case .tensor(let tensor):
      if let dims = tensor.dims, dims.isEmpty {
        "a scalar"
      } else {
        "a tensor" + (tensor.dims.map { " " + names.text($0) } ?? "")
      }
    case .generator: "a random generator"
    case .sequence: "a sequence"
    }
  }
}

/// How sizes are written in messages.
struct SizeNames {
  var symbols: [Symbol]

  func text(_ size: Size?) -> String {
    guard let size else { return "_" }
    var out = ""
    for term in size.terms {
      let name = symbols.indices.contains(term.symbol) ? symbols[term.symbol].name : "_"
      let factor = abs(term.factor)
      let body = factor == 1 ? name : "\(factor) * \(name)"
      out += out.isEmpty ? (term.factor < 0 ? "-" : "") + body : (term.factor < 0 ? " - " : " + ") + body
    }
    if out.isEmpty { return "\(size.constant)" }
    if size.constant != 0 { out += size.constant < 0 ? " - \(-size.constant)" : " + \(size.constant)" }
    return out
  }

  func text(_ dims: [Size?]) -> String { "[" + dims.map { text($0) }.joined(separator: ", ") + "]" }
}
