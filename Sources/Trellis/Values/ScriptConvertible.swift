// How Swift types and script values become each other: results of scripts, arguments and results of registered functions.
import Diagnostics

/// A type whose values go into scripts and come out of them.
///
/// `Bool`, `Int`, `Double`, `Float`, `String`, ``Tensor``, ``ScriptValue``, ``ScriptRecord``, ``ScriptFunction``, arrays,
/// dictionaries with string keys and optionals of these are convertible. A type of your own needs both directions:
///
/// ```swift
/// extension Point: ScriptConvertible {
///   static var scriptDescription: String { "a point {x, y}" }
///   init(_ value: ScriptValue) throws { self.init(x: try value["x"].as(), y: try value["y"].as()) }
///   var scriptValue: ScriptValue { ["x": .float(x), "y": .float(y)] }
/// }
/// ```
public protocol ScriptConvertible: Sendable {
  /// What messages say is wanted: "a number".
  static var scriptDescription: String { get }
  /// Throws when the value is of another kind; ``ScriptError/wrong(_:wanted:)`` makes the error.
  init(_ value: ScriptValue) throws
  var scriptValue: ScriptValue { get }
}

extension ScriptError {
  /// The error of a value that is not what was wanted.
  public static func wrong(_ found: ScriptValue, wanted: String) -> ScriptError {
    ScriptError(.wrongType(operation: "a value for Swift", expected: wanted, found: found.kindDescription))
  }
}

extension ScriptValue: ScriptConvertible {
  public static var scriptDescription: String { "any value" }
  public init(_ value: ScriptValue) { self = value }
  public var scriptValue: ScriptValue { self }
}

extension Bool: ScriptConvertible {
  public static var scriptDescription: String { "a boolean" }
  public init(_ value: ScriptValue) throws {
    switch value {
    case .bool(let flag): self = flag
    case .tensor(let tensor) where tensor.count == 1 && tensor.shape.isEmpty && tensor.elementType == .bool:
      self = tensor.number != 0
    default: throw ScriptError.wrong(value, wanted: Bool.scriptDescription)
    }
  }
  public var scriptValue: ScriptValue { .bool(self) }
}

extension Int: ScriptConvertible {
  public static var scriptDescription: String { "an integer" }
  /// Also from a scalar of integers and from a float without a fraction.
  public init(_ value: ScriptValue) throws {
    switch value {
    case .int(let number): self = number
    case .float(let number):
      guard let whole = Int(exactly: number) else { throw ScriptError.wrong(value, wanted: Int.scriptDescription) }
      self = whole
    case .tensor(let tensor) where tensor.shape.isEmpty && tensor.elementType == .i64:
      self = tensor.array(of: Int.self)[0]
    default: throw ScriptError.wrong(value, wanted: Int.scriptDescription)
    }
  }
  public var scriptValue: ScriptValue { .int(self) }
}

extension Double: ScriptConvertible {
  public static var scriptDescription: String { "a number" }
  /// Also from an integer and from a scalar, a tensor without axes.
  public init(_ value: ScriptValue) throws {
    switch value {
    case .int(let number): self = Double(number)
    case .float(let number): self = number
    case .tensor(let tensor) where tensor.shape.isEmpty && tensor.elementType != .bool: self = tensor.number ?? .nan
    default: throw ScriptError.wrong(value, wanted: Double.scriptDescription)
    }
  }
  public var scriptValue: ScriptValue { .float(self) }
}

extension Float: ScriptConvertible {
  public static var scriptDescription: String { "a number" }
  public init(_ value: ScriptValue) throws { self = Float(try Double(value)) }
  public var scriptValue: ScriptValue { .float(Double(self)) }
}

extension String: ScriptConvertible {
  public static var scriptDescription: String { "a string" }
  public init(_ value: ScriptValue) throws {
    guard case .string(let text) = value else { throw ScriptError.wrong(value, wanted: String.scriptDescription) }
    self = text
  }
  public var scriptValue: ScriptValue { .string(self) }
}

extension Tensor: ScriptConvertible {
  public static var scriptDescription: String { "a tensor" }
  /// Also from a number (a scalar: integers give i64, floats f64).
  public init(_ value: ScriptValue) throws {
    switch value {
    case .tensor(let tensor): self = tensor
    case .int(let number): self = Tensor(number)
    case .float(let number): self = Tensor(number)
    default: throw ScriptError.wrong(value, wanted: Tensor.scriptDescription)
    }
  }
  public var scriptValue: ScriptValue { .tensor(self) }
}

extension ScriptRecord: ScriptConvertible {
  public static var scriptDescription: String { "a record" }
  public init(_ value: ScriptValue) throws {
    guard case .record(let record) = value else {
      throw ScriptError.wrong(value, wanted: ScriptRecord.scriptDescription)
    }
    self = record
  }
  public var scriptValue: ScriptValue { .record(self) }
}

extension Array: ScriptConvertible where Element: ScriptConvertible {
  public static var scriptDescription: String { "a list, each item \(Element.scriptDescription)" }
  /// Also from a tensor with one axis.
  public init(_ value: ScriptValue) throws {
    switch value {
    case .list(let items): self = try items.map { try Element($0) }
    case .tensor(let tensor) where tensor.shape.count == 1:
      switch tensor.elementType {
      case .bool: self = try tensor.array(of: Bool.self).map { try Element(.bool($0)) }
      case .i64: self = try tensor.array(of: Int.self).map { try Element(.int($0)) }
      case .f32, .f64: self = try tensor.array(of: Double.self).map { try Element(.float($0)) }
      }
    default: throw ScriptError.wrong(value, wanted: Self.scriptDescription)
    }
  }
  public var scriptValue: ScriptValue { .list(map(\.scriptValue)) }
}

extension Dictionary: ScriptConvertible where Key == String, Value: ScriptConvertible {
  public static var scriptDescription: String { "a record, each value \(Value.scriptDescription)" }
  public init(_ value: ScriptValue) throws {
    self.init()
    for (key, item) in try ScriptRecord(value) { self[try String(key)] = try Value(item) }
  }
  /// The keys in alphabetical order: records have an order.
  public var scriptValue: ScriptValue {
    .record(ScriptRecord(sorted { $0.key < $1.key }.map { (.string($0.key), $0.value.scriptValue) }))
  }
}

extension Optional: ScriptConvertible where Wrapped: ScriptConvertible {
  public static var scriptDescription: String { "none or \(Wrapped.scriptDescription)" }
  public init(_ value: ScriptValue) throws { self = value == .none ? nil : try Wrapped(value) }
  public var scriptValue: ScriptValue { self?.scriptValue ?? .none }
}
