// A Swift function that scripts can call: its name, what its parameters are called, and a body without types, made from
// one with types.

/// A Swift function for scripts, to be given to ``Engine/register(_:)`` or to a module.
///
/// ```swift
/// let clamp = HostFunction("clamp", parameters: ["x", "low", "high"]) { (x: Double, low: Double, high: Double) in
///   min(max(x, low), high)
/// }
/// engine.register(clamp)
/// try engine.run("clamp(5, low: 0, high: 1)")
/// ```
///
/// The types of the closure's parameters say what scripts must give; anything else is an error in the script, at the call,
/// that names the parameter, what was wanted and what was found. A parameter of an optional type may be left out at the
/// end. What the closure throws is an error in the script too, of kind `host-failed`, which the script may catch.
///
/// A closure runs on the engine's thread while the script waits; it counts against the time limit but can't be stopped, so
/// it should not take long.
public struct HostFunction: Sendable {
  /// The derivative of a host function: from its arguments, its result and the derivative that has arrived at the result
  /// (a tensor like it), what flows to each argument: a tensor like it, or nil where nothing flows.
  public typealias Derivative =
    @Sendable (
      _ arguments: [ScriptValue], _ result: Tensor, _ upstream: Tensor
    ) throws -> [Tensor?]

  struct Parameter: Sendable {
    let name: String
    let wanted: String
    let isOptional: Bool
  }

  public let name: String
  let parameters: [Parameter]
  let derivative: Derivative?
  let body: @Sendable ([ScriptValue]) throws -> ScriptValue

  /// A function with a result.
  ///
  /// - Parameters:
  ///   - name: what scripts call it.
  ///   - parameters: what scripts may name its arguments; `x1`, `x2`, ... unless given.
  ///   - derivative: see ``Derivative``. Without one, a script that takes a derivative through the function fails with
  ///     `not-differentiable`. The closure's tensors carry no derivatives of their own: a second derivative fails, too.
  ///   - body: called with the script's arguments.
  public init<each Argument: ScriptConvertible, Result: ScriptConvertible>(
    _ name: String, parameters: [String] = [], derivative: Derivative? = nil,
    _ body: @escaping @Sendable (repeat each Argument) throws -> Result
  ) {
    self.name = name
    self.derivative = derivative
    var list: [Parameter] = []
    for type in repeat (each Argument).self { list.append(HostFunction.parameter(type, list.count, parameters)) }
    let made = list
    self.parameters = made
    self.body = { values in
      var reader = ArgumentReader(function: name, parameters: made, values: values)
      return try body(repeat try reader.next((each Argument).self)).scriptValue
    }
  }

  /// A function without a result: scripts get `none`.
  public init<each Argument: ScriptConvertible>(
    _ name: String, parameters: [String] = [], _ body: @escaping @Sendable (repeat each Argument) throws -> Void
  ) {
    self.init(name, parameters: parameters) { (arguments: repeat each Argument) -> ScriptValue in
      try body(repeat each arguments)
      return .none
    }
  }

  private static func parameter<Argument: ScriptConvertible>(
    _ type: Argument.Type, _ index: Int, _ names: [String]
  ) -> Parameter {
    Parameter(
      name: index < names.count ? names[index] : "x\(index + 1)", wanted: Argument.scriptDescription,
      isOptional: (try? Argument(ScriptValue.none)) != nil && Argument.self != ScriptValue.self)
  }
}
