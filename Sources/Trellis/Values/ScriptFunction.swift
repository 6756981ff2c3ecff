// What stays in an engine and is held from Swift: functions, which can be called, and objects, which can be given back.
import Diagnostics
import VM

/// A function of a script, to be called from Swift. It keeps its engine.
///
/// ```swift
/// try engine.run("fn area(w, h = 2.0) = w * h")
/// let area = try engine.function("area")
/// let a: Double = try area(3.0)                  // 6
/// let b: Double = try area(3.0, named: ["h": 5]) // 15
/// ```
///
/// A call runs on the engine's thread and waits for its turn; it counts as a run of its own for ``Engine/Limits``.
public struct ScriptFunction: Sendable, Equatable, ScriptConvertible {
  let held: HeldValue
  /// The function's name; empty for one without.
  public let name: String

  /// Calls the function. Throws ``ScriptError``: what the function fails with, or what is wrong with the arguments.
  @discardableResult
  public func callAsFunction(
    _ arguments: any ScriptConvertible..., named: KeyValuePairs<String, ScriptValue> = [:]
  ) throws(ScriptError) -> ScriptValue {
    try call(arguments.map(\.scriptValue), named: named.map { ($0.key, $0.value) })
  }

  /// Calls the function and gives its result as the Swift type that is asked for.
  public func callAsFunction<Result: ScriptConvertible>(
    _ arguments: any ScriptConvertible..., named: KeyValuePairs<String, ScriptValue> = [:]
  ) throws(ScriptError) -> Result {
    try convert(try call(arguments.map(\.scriptValue), named: named.map { ($0.key, $0.value) }))
  }

  /// Calls the function and gives its result as `type`.
  public func call<Result: ScriptConvertible>(
    _ arguments: any ScriptConvertible..., as type: Result.Type
  ) throws(ScriptError) -> Result {
    try convert(try call(arguments.map(\.scriptValue), named: []))
  }

  func call(_ arguments: [ScriptValue], named: [(String, ScriptValue)]) throws(ScriptError) -> ScriptValue {
    let held = held
    return try held.state.run { core throws(ScriptError) in try core.call(held, arguments, named: named) }
  }

  private func convert<Result: ScriptConvertible>(_ value: ScriptValue) throws(ScriptError) -> Result {
    do { return try Result(value) } catch let error as ScriptError { throw error } catch {
      throw ScriptError(.hostFailed(function: "\(Result.self)", message: "\(error)"))
    }
  }

  init(held: HeldValue, name: String) {
    self.held = held
    self.name = name
  }

  public static func == (a: ScriptFunction, b: ScriptFunction) -> Bool { a.held === b.held }

  public static var scriptDescription: String { "a function" }
  public init(_ value: ScriptValue) throws {
    guard case .function(let function) = value else {
      throw ScriptError.wrong(value, wanted: ScriptFunction.scriptDescription)
    }
    self = function
  }
  public var scriptValue: ScriptValue { .function(self) }
}

/// A value that only scripts can use: a range, a random generator, a sequence. It keeps its engine.
public struct ScriptObject: Sendable, Equatable {
  let held: HeldValue
  /// What messages call it: "a range".
  public let kind: String

  public static func == (a: ScriptObject, b: ScriptObject) -> Bool { a.held === b.held }
}

/// A value in an engine's heap that Swift holds. The engine has it in a table; when this object goes, the entry goes too,
/// the next time that the engine's thread runs.
final class HeldValue: Sendable {
  let state: EngineState
  let number: Int

  init(state: EngineState, number: Int) {
    self.state = state
    self.number = number
  }

  deinit { state.letGo(number) }
}
