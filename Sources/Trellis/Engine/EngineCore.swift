// What an engine does, on its thread: text to tree, tree to code, code to values; problems and results to the caller.
import Check
import Diagnostics
import Library
import Syntax
import Tensor
import VM

final class EngineCore {
  private let configuration: Engine.Configuration
  private let hooks: Engine.Hooks
  let graph: Graph
  private let heap: Heap
  let machine: Machine
  private let store: ModuleStore
  // A session's names.
  private let sessionScope = GlobalScope()
  private var sessionBindings: [String: Binding] = [:]
  /// All that is wrong with the module that could not be imported last.
  private var moduleProblems: [Diagnostic] = []

  var cancelFlag: UnsafeMutablePointer<Int32> { graph.cancelFlag }
  var sessionNames: [String] { Array(sessionBindings.keys) }

  init(_ configuration: Engine.Configuration, _ hooks: Engine.Hooks) {
    self.configuration = configuration
    self.hooks = hooks
    graph = Graph()
    heap = Heap(graph: graph)
    store = ModuleStore(standardDirectory: configuration.standardLibrary)
    let heap = heap
    let constants =
      Library.constants.map { ($0.name, Value($0.value)) }
      + Library.words.map { ($0, heap.internedString($0)) }
    machine = Machine(heap: heap, builtins: Library.all, constants: constants, limits: configuration.machineLimits)
    if let bytes = configuration.limits.tensorBytes { graph.byteLimit = bytes }
    heap.byteLimit = configuration.limits.valueBytes ?? Int.max
    machine.host.output = hooks.output
    machine.host.metric = hooks.metric
    machine.host.progress = hooks.progress
    machine.loadModule = { [unowned self] name, isPath, importer in
      try self.load(name, isPath: isPath, importer: importer)
    }
    if configuration.profiles {
      machine.profiler = Profiler()
      graph.profile = Tensor.Profile()
    }
    define("seed", .int(configuration.seed))
    define("arguments", .list([]))
  }

  // MARK: Scripts

  func run(_ source: SourceFile, words: [String]) -> Engine.Outcome {
    let parsed = Parser.parse(source)
    let problems = self.problems(of: parsed)
    if !problems.isEmpty { return .doesNotCompile(problems) }
    do {
      try give(words, to: parsed.module)
      let code = try machine.compile(parsed.module, role: .script)
      heap.release(try machine.run(code))
      return .finished(shown: nil)
    } catch {
      return outcome(of: error)
    }
  }

  func runTests(_ source: SourceFile, isWanted: @escaping @Sendable (String) -> Bool) -> Engine.Outcome {
    let hooks = hooks
    machine.testFilter = isWanted
    machine.testObserver = { hooks.testFinished($0) }
    defer { machine.testObserver = nil }
    return run(source, words: [])
  }

  // MARK: Sessions

  func evaluate(_ source: SourceFile, words: [String]) -> Engine.Outcome {
    let parsed = Parser.parse(source)
    let problems = self.problems(of: parsed, isSession: true)
    if !problems.isEmpty { return .doesNotCompile(problems) }
    do {
      if !words.isEmpty { try give(words, to: parsed.module) }
      let code = try machine.compile(parsed.module, role: .session, scope: sessionScope)
      sessionBindings.merge(Resolver.topLevelBindings(of: parsed.module)) { $1 }
      let value = try machine.run(code)
      defer { heap.release(value) }
      if value.tag == .none { return .finished(shown: nil) }
      return .finished(shown: try heap.display(value))
    } catch {
      return outcome(of: error)
    }
  }

  // MARK: Modules

  private func load(_ name: String, isPath: Bool, importer: SourceFile) throws -> LoadedModule {
    let path = isPath ? store.path(name, from: importer) : name
    return LoadedModule(key: isPath ? Files.canonical(path) : name, name: path) { [self] in
      let source = isPath ? SourceFile(name: path, bytes: try Files.read(path)) : try store.standard(name, at: nil)
      let parsed = Parser.parse(source)
      let problems = self.problems(of: parsed)
      if let first = problems.first {
        // The machine carries one problem; all of them are kept for the report.
        moduleProblems = problems
        throw first
      }
      return try machine.compile(parsed.module, role: .imported)
    }
  }

  private func problems(
    of parsed: (module: Module, diagnostics: [Diagnostic]), isSession: Bool = false
  ) -> [Diagnostic] {
    Resolver.problems(
      of: parsed.module, syntax: parsed.diagnostics, builtins: Set(machine.preludeNames),
      session: isSession ? sessionBindings : [:], modules: Set(store.names))
  }

  // MARK: What scripts are given

  /// Values of params, `seed` and `arguments` from the words of a command line.
  private func give(_ words: [String], to module: Module) throws {
    let arguments = try ScriptArguments(words, parameters: ScriptParameter.declared(in: module))
    for value in machine.parameterValues.values { heap.release(value) }
    machine.parameterValues = try arguments.values.mapValues { try value($0) }
    define("seed", arguments.values["seed"] ?? .int(configuration.seed))
    define("arguments", .list(arguments.rest.map(Constant.string)))
  }

  private func define(_ name: String, _ constant: Constant) {
    guard let made = try? value(constant) else { return }
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

  // MARK: Ends

  private func outcome(of error: any Error) -> Engine.Outcome {
    switch error {
    case let error as ArgumentError: return .wrongArguments(error)
    case let error as Diagnostic:
      if let first = moduleProblems.first, first.isSame(as: error) { return .doesNotCompile(moduleProblems) }
      if case .interrupted = error.problem { return .interrupted(error) }
      return .failed(error)
    default: return .failed(Diagnostic(.internalError("\(error)"), at: nil))
    }
  }
}

extension Diagnostic {
  /// The same problem at the same place.
  fileprivate func isSame(as other: Diagnostic) -> Bool {
    problem.id == other.problem.id && span?.source === other.span?.source && span?.start == other.span?.start
  }
}

extension Engine.Configuration {
  var machineLimits: VM.Limits {
    var bounds = VM.Limits()
    bounds.depth = limits.depth
    bounds.steps = limits.steps ?? Int.max
    bounds.seconds = limits.seconds ?? .infinity
    bounds.capabilities = capabilities
    return bounds
  }
}
