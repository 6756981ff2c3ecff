// A script's value as Swift sees it: a tree of plain Swift data that belongs to no engine, but for functions and objects,
// which stay where they are and are held from here.

/// A value of a script.
///
/// Literals make values, and `as:` takes them apart:
///
/// ```swift
/// let settings: ScriptValue = ["rate": 0.1, "sizes": [784, 10], "name": "small"]
/// let rate = try settings["rate"].as(Double.self)
/// ```
public enum ScriptValue: Sendable, Equatable {
  case none
  case bool(Bool)
  case int(Int)
  case float(Double)
  case string(String)
  case list([ScriptValue])
  case record(ScriptRecord)
  case tensor(Tensor)
  case function(ScriptFunction)
  /// What has no counterpart in Swift: a range, a random generator, a sequence. It can be kept and given back.
  case object(ScriptObject)
}

extension ScriptValue {
  /// The field or entry with this key; ``none`` if there is none, or if this is no record.
  public subscript(key: String) -> ScriptValue { record?[key] ?? .none }

  /// The item of a list; ``none`` if there is none, or if this is no list.
  public subscript(index: Int) -> ScriptValue {
    guard case .list(let items) = self, items.indices.contains(index) else { return .none }
    return items[index]
  }

  public var isNone: Bool { self == .none }
  /// nil if this is no boolean.
  public var bool: Bool? { try? Bool(self) }
  /// nil if this is no integer (or scalar of integers).
  public var int: Int? { try? Int(self) }
  /// nil if this is no number (or scalar).
  public var double: Double? { try? Double(self) }
  /// nil if this is no string.
  public var string: String? { if case .string(let text) = self { text } else { nil } }
  /// nil if this is no list.
  public var list: [ScriptValue]? { if case .list(let items) = self { items } else { nil } }
  /// nil if this is no record.
  public var record: ScriptRecord? { if case .record(let record) = self { record } else { nil } }
  /// nil if this is no tensor.
  public var tensor: Tensor? { if case .tensor(let tensor) = self { tensor } else { nil } }
  /// nil if this is no function.
  public var function: ScriptFunction? { if case .function(let function) = self { function } else { nil } }

  /// The value as a Swift type; throws ``ScriptError`` of kind `wrong-type` that says what it is and what was wanted.
  public func `as`<Wanted: ScriptConvertible>(_ type: Wanted.Type = Wanted.self) throws -> Wanted {
    try Wanted(self)
  }

  /// What messages call it: "the integer 3", "a tensor f32 [2, 3]".
  public var kindDescription: String {
    switch self {
    case .none: "none"
    case .bool(let value): "the boolean \(value)"
    case .int(let value): "the integer \(value)"
    case .float(let value): "the number \(value)"
    case .string(let text): text.utf8.count > 40 ? "a string" : "the string \(text.debugDescription)"
    case .list(let items): items.isEmpty ? "an empty list" : "a list"
    case .record: "a record"
    case .tensor(let tensor): "a \(tensor)"
    case .function: "a function"
    case .object(let object): object.kind
    }
  }
}

extension ScriptValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(nilLiteral: ()) { self = .none }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(integerLiteral value: Int) { self = .int(value) }
  public init(floatLiteral value: Double) { self = .float(value) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(arrayLiteral elements: ScriptValue...) { self = .list(elements) }
  public init(dictionaryLiteral elements: (String, ScriptValue)...) {
    self = .record(ScriptRecord(elements.map { (ScriptValue.string($0.0), $0.1) }))
  }
}
