// Running texts. A program has names of its own, which go when it ends; the lines of a session share theirs.
import Check
import Diagnostics
import Syntax
import Tensor
import VM

extension EngineCore {
  /// Runs a whole program.
  func runProgram(_ source: SourceFile, _ words: [String]) throws(ScriptError) -> String? {
    defer { tidy() }
    let parsed = try parse(source)
    try attempt {
      try give(words, to: parsed)
      let code = try machine.compile(parsed, role: .script)
      programs.append(code)
      heap.release(try machine.run(code))
    }
    return nil
  }

  func runTests(
    _ source: SourceFile, isWanted: @escaping @Sendable (String) -> Bool
  ) throws(ScriptError) -> String? {
    let hooks = hooks
    machine.testFilter = isWanted
    machine.testObserver = { hooks.testFinished($0) }
    defer { machine.testObserver = nil }
    return try runProgram(source, [])
  }

  /// Runs a line of the session; the value of a last expression goes out.
  func run(_ source: SourceFile, _ words: [String]) throws(ScriptError) -> ScriptValue {
    defer { tidy() }
    let value = try session(source, words)
    return try attempt { try out(value) }
  }

  /// Runs a line of the session; the value of a last expression as `print` shows it.
  func show(_ source: SourceFile, _ words: [String]) throws(ScriptError) -> String? {
    defer { tidy() }
    let value = try session(source, words)
    defer { heap.release(value) }
    if value.tag == .none { return nil }
    let shown: String = try attempt { try machine.looking { try self.shown(value) } }
    keepLast(value)
    return shown
  }

  /// Owned.
  private func session(_ source: SourceFile, _ words: [String]) throws(ScriptError) -> Value {
    let parsed = try parse(source, isSession: true)
    return try attempt {
      try give(words, to: parsed)
      let code = try machine.compile(parsed, role: .session, scope: sessionScope)
      sessionBindings.merge(Resolver.topLevelBindings(of: parsed)) { $1 }
      return try machine.run(code)
    }
  }

  // MARK: Before running

  private func parse(_ source: SourceFile, isSession: Bool = false) throws(ScriptError) -> Module {
    moduleProblems = []
    let parsed = Parser.parse(source)
    let problems = self.problems(of: parsed, isSession: isSession)
    if !problems.isEmpty { throw ScriptError(.doesNotCompile, problems) }
    return parsed.module
  }

  /// What is wrong with the syntax and the names of a text, together. A name that stands on a line of broken syntax may
  /// have been declared there, so its uses are not held against the script.
  func problems(
    of parsed: (module: Module, diagnostics: [Diagnostic]), isSession: Bool = false
  ) -> [Diagnostic] {
    Resolver.problems(
      of: parsed.module, syntax: parsed.diagnostics, builtins: Set(machine.preludeNames),
      session: isSession ? sessionBindings : [:], modules: Set(store.names).union(hostModules))
  }

  // MARK: What scripts are given

  /// Values of params, `seed` and `arguments` from the words of a command line.
  private func give(_ words: [String], to module: Module) throws {
    let arguments = try ScriptArguments(words, parameters: ScriptParameter.declared(in: module))
    for value in machine.parameterValues.values { heap.release(value) }
    machine.parameterValues = [:]
    machine.parameterValues = try arguments.values.mapValues { try value($0) }
    define("seed", arguments.values["seed"] ?? .int(configuration.seed))
    define("arguments", .list(arguments.rest.map(Constant.string)))
  }

  func define(_ name: String, _ constant: Constant) {
    guard let made = try? value(constant) else { return }
    if let old = machine.prelude(name), old.tag == .list, ListRef(old).count == 0, made.tag == .list,
      ListRef(made).count == 0
    {
      // Frozen values stay for ever: one empty list is enough.
      heap.release(made)
      return
    }
    freeze(made)
    machine.setPrelude(name, made)
  }

  private func freeze(_ value: Value) {
    guard value.isHeap else { return }
    if value.tag == .list { for index in 0..<ListRef(value).count { freeze(ListRef(value)[index]) } }
    value.object.assumingMemoryBound(to: HeapHeader.self).pointee.count = -1
  }

  /// The value that a constant stands for; owned.
  private func value(_ constant: Constant) throws -> Value {
    switch constant {
    case .none: return .none
    case .bool(let value): return Value(value)
    case .int(let value): return Value(value)
    case .float(let value): return Value(value)
    case .string(let text): return heap.string(text)
    case .list(let items): return heap.list(try items.map(value))
    case .record(let entries):
      let record = heap.record()
      for entry in entries {
        try RecordRef(record).insert(try value(entry.key), try value(entry.value), heap)
      }
      return record
    }
  }
}
