// The names that texts run by an engine have left: their values, and their functions as Swift functions.
import Diagnostics
import Syntax
import VM

extension Engine {
  /// The value of a top-level name; ``ScriptValue/none`` if there is none. Setting it declares the name for texts that run
  /// later.
  ///
  /// ```swift
  /// engine["weights"] = .tensor(Tensor([0.5, 0.25] as [Float]))
  /// try engine.run("let total = sum(weights)")
  /// engine["total"].double   // 0.75
  /// ```
  ///
  /// A value that can't go in or out (nested more than 200 deep, beyond a limit, a function of another engine) reads as
  /// ``ScriptValue/none`` and is not set; ``value(_:)`` and ``set(_:_:)`` say why.
  public subscript(name: String) -> ScriptValue {
    get { (try? value(name)) ?? .none }
    set { try? set(name, newValue) }
  }

  /// The value of a top-level name. Throws ``ScriptError``, of kind `unknown-name` if there is none.
  public func value(_ name: String) throws(ScriptError) -> ScriptValue {
    try state.run { core throws(ScriptError) in try core.attempt { try core.out(try core.named(name)) } }
  }

  /// Declares a top-level name for texts that run later, as `let` does. Throws ``ScriptError`` if the value can't go in.
  public func set(_ name: String, _ value: some ScriptConvertible) throws(ScriptError) {
    let value = value.scriptValue
    try state.run { core throws(ScriptError) in try core.attempt { try core.set(name, value) } }
  }

  /// A function by its top-level name or by the name of a builtin. Throws ``ScriptError`` of kind `unknown-name`, or
  /// `wrong-type` for a name of something else.
  public func function(_ name: String) throws(ScriptError) -> ScriptFunction {
    try state.run { core throws(ScriptError) in
      try core.attempt { try ScriptFunction(try core.out(try core.named(name))) }
    }
  }
}

extension EngineCore {
  /// Owned.
  func named(_ name: String) throws -> Value {
    if let value = machine.global(name, in: sessionScope) ?? machine.prelude(name) { return heap.retained(value) }
    throw ScriptError(
      .unknownName(name, near: Suggest.near(name, among: sessionNames + machine.preludeNames)))
  }

  func set(_ name: String, _ given: ScriptValue) throws {
    let parsed = Parser.parse(SourceFile(name: "<host>", bytes: Array("let \(name) = none".utf8)))
    guard parsed.diagnostics.isEmpty, parsed.module.statements.count == 1 else {
      throw ScriptError(.badValue(operation: "set", detail: "\(name.debugDescription) can't be a name in a script"))
    }
    // Through the resolver, as a line of the session would: an earlier `var` of this name is replaced.
    _ = try run(SourceFile(name: "<host>", bytes: Array("let \(name) = none".utf8)), [])
    machine.setGlobal(name, in: sessionScope, try value(given))
  }

  /// Calls a function that Swift holds.
  func call(
    _ function: HeldValue, _ arguments: [ScriptValue], named: [(String, ScriptValue)]
  ) throws(ScriptError) -> ScriptValue {
    try attempt {
      guard function.state === state, let callee = held[function.number] else {
        throw ScriptError(.badValue(operation: "a call", detail: "the function belongs to another engine"))
      }
      var owned: [Value] = []
      defer { for value in owned { heap.release(value) } }
      for argument in arguments { owned.append(try value(argument)) }
      for (_, argument) in named { owned.append(try value(argument)) }
      let rest = zip(named, owned[arguments.count...]).map { (name: $0.0, value: $1) }
      do {
        let result = try machine.call(callee, Array(owned[..<arguments.count]), named: rest)
        return try out(result)
      } catch {
        graph.abandon()
        throw error
      }
    }
  }
}
