// Giving scripts functions and modules of the host.
import Diagnostics

extension Engine {
  /// Makes a Swift function known to texts that run from now on, under its name; an earlier one is replaced.
  ///
  /// ```swift
  /// engine.register("twice") { (x: Double) in x * 2 }
  /// try engine.run("twice(21)")
  /// ```
  public func register<each Argument: ScriptConvertible, Result: ScriptConvertible>(
    _ name: String, parameters: [String] = [],
    _ body: @escaping @Sendable (repeat each Argument) throws -> Result
  ) {
    register(HostFunction(name, parameters: parameters, body))
  }

  /// The same for a function without a result.
  public func register<each Argument: ScriptConvertible>(
    _ name: String, parameters: [String] = [], _ body: @escaping @Sendable (repeat each Argument) throws -> Void
  ) {
    register(HostFunction(name, parameters: parameters, body))
  }

  /// The same with a derivative, so that scripts train through the function.
  ///
  /// ```swift
  /// engine.register("cube", derivative: { arguments, result, upstream in
  ///   let x = try arguments[0].as(Tensor.self).array(of: Float.self)
  ///   let v = upstream.array(of: Float.self)
  ///   return [Tensor(zip(x, v).map { 3 * $0 * $0 * $1 }, shape: upstream.shape)]
  /// }) { (x: Tensor) in
  ///   Tensor(x.array(of: Float.self).map { $0 * $0 * $0 }, shape: x.shape)
  /// }
  /// try engine.run("grad(x => sum(cube(x)))(tensor([1.0, 2.0]))")   // [3, 12]
  /// ```
  public func register<each Argument: ScriptConvertible>(
    _ name: String, parameters: [String] = [], derivative: @escaping HostFunction.Derivative,
    _ body: @escaping @Sendable (repeat each Argument) throws -> Tensor
  ) {
    register(HostFunction(name, parameters: parameters, derivative: derivative, body))
  }

  /// Makes Swift functions known to texts that run from now on.
  public func register(_ functions: HostFunction...) {
    state.perform { core in for function in functions { core.register(function) } }
  }

  /// A module of Swift functions and values: scripts say `import app` and `app.name`.
  ///
  /// - Throws: ``ScriptError`` if one of the values can't go into the engine.
  public func register(
    module name: String, _ functions: [HostFunction] = [], values: ScriptRecord = ScriptRecord()
  ) throws(ScriptError) {
    try state.run { core throws(ScriptError) in
      try core.attempt { try core.register(module: name, functions, values) }
    }
  }

  /// A module written in Trellis: scripts say `import name`. It runs when it is first imported.
  public func register(module name: String, source: String) {
    state.perform { $0.register(module: name, source: source) }
  }
}
