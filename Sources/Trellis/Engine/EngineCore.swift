import CPlatform
// What an engine does, on its thread: text to tree, tree to code, code to values; problems and results to the caller. Here
// is what every run goes through; EngineCore+Scripts runs texts, EngineCore+Modules finds modules, EngineCore+Values takes
// values in and out, EngineCore+Host lets scripts call Swift.
import Check
import Diagnostics
import Kernels
import Library
import Syntax
import Tensor
import VM

final class EngineCore {
  let configuration: Engine.Configuration
  let hooks: Engine.Hooks
  let graph: Graph
  let heap: Heap
  let machine: Machine
  let store: ModuleStore
  unowned(unsafe) var state: EngineState!
  var limits: Engine.Limits { didSet { apply(limits) } }

  // A session's names.
  let sessionScope = GlobalScope()
  var sessionBindings: [String: Binding] = [:]
  /// How the value of a session's line is shown.
  var display = Engine.Display.plain
  /// All that is wrong with the module that could not be imported last.
  var moduleProblems: [Diagnostic] = []
  /// Modules that the host gave as text.
  var hostSources: [String: SourceFile] = [:]
  var hostModules: Set<String> = []
  /// Frozen functions of the host, which the heap itself would not let go of.
  var hostFunctions: [Value] = []
  /// Values that Swift holds, by their numbers.
  var held: [Int: Value] = [:]
  private var lastHeld = 0
  /// Programs that have run; their code goes as soon as Swift holds none of their functions.
  var programs: [Code] = []
  /// At so many functions unreachable ones are looked for.
  private var sweepAt = 512
  /// Texts that have run, so that the same text is the same source: what is kept by place is found again.
  private var sources: [SourceFile] = []

  // Runs inside runs: a Swift function that a script calls may call the engine.
  private var depth = 0
  private var watch: Int?

  var sessionNames: [String] { sessionBindings.keys.filter { $0 != "_" } }

  init(_ configuration: Engine.Configuration, _ hooks: Engine.Hooks, cancelFlag: UnsafeMutablePointer<Int32>) {
    self.configuration = configuration
    self.hooks = hooks
    limits = configuration.limits
    graph = Graph(cancelFlag: cancelFlag)
    heap = Heap(graph: graph)
    store = ModuleStore(standardDirectory: configuration.standardLibrary)
    let heap = heap
    let constants =
      Library.constants.map { ($0.name, Value($0.value)) }
      + Library.words.map { ($0, heap.internedString($0)) }
    var bounds = VM.Limits()
    bounds.capabilities = configuration.capabilities
    machine = Machine(heap: heap, builtins: Library.all, constants: constants, limits: bounds)
    machine.files = configuration.fileAccess
    machine.host.output = hooks.output
    machine.host.metric = hooks.metric
    machine.host.progress = hooks.progress
    machine.loadModule = { [unowned self] name, isPath, importer in
      try self.load(name, isPath: isPath, importer: importer)
    }
    if configuration.profiles {
      machine.profiler = Profiler()
      graph.profile = .init()
    }
    apply(limits)
    define("seed", .int(configuration.seed))
    define("arguments", .list([]))
  }

  deinit {
    for value in held.values { heap.release(value) }
    for value in hostFunctions {
      value.object.assumingMemoryBound(to: HeapHeader.self).pointee.count = 1
      heap.release(value)
    }
  }

  // MARK: Runs

  private func apply(_ limits: Engine.Limits) {
    machine.limits.depth = max(1, limits.depth)
    machine.limits.steps = limits.steps ?? Int.max
    machine.limits.seconds = limits.seconds ?? .infinity
    let roomBytes = roomBytes
    graph.byteLimit = limits.tensorBytes ?? roomBytes
    heap.byteLimit = limits.valueBytes ?? roomBytes
    heap.totalLimit = limits.bytes ?? Int.max
  }
  /// What the machine has room for, where nothing is said.
  private lazy var roomBytes = graph.byteLimit

  /// A run begins: the clock is watched, and what Swift has let go of goes.
  func begin(dropping numbers: [Int]) {
    for number in numbers { if let value = held.removeValue(forKey: number) { heap.release(value) } }
    depth += 1
    if depth == 1, let seconds = limits.seconds, seconds.isFinite {
      watch = Watchdog.shared.watch(graph.cancelFlag, seconds: seconds)
    }
  }

  func end() {
    depth -= 1
    guard depth == 0 else { return }
    if let watch { Watchdog.shared.forget(watch) }
    watch = nil
  }

  /// Behind the run of a text: its code goes if nothing names it, and memory that only this run needed goes back.
  func tidy() {
    guard depth == 1 else { return }
    let values = Array(held.values)
    programs = machine.retire(programs, held: values)
    if machine.codeCount > sweepAt {
      machine.sweep(held: values)
      sweepAt = max(512, 2 * machine.codeCount)
    }
    machine.trimStacks()
    if Buffers.idleBytes > EngineCore.idleBytes { Buffers.trim() }
  }
  /// Tensor memory that an engine keeps for its next run.
  private static let idleBytes = 4 << 20

  /// Keeps a value for Swift; takes it over.
  func hold(_ value: Value) -> HeldValue {
    lastHeld += 1
    held[lastHeld] = value
    return HeldValue(state: state, number: lastHeld)
  }

  /// The source of a text.
  func source(_ bytes: [UInt8], name: String) -> SourceFile {
    if let known = sources.first(where: { $0.name == name && $0.bytes == bytes }) { return known }
    let source = SourceFile(name: name, bytes: bytes)
    if sources.count >= 16 { sources.removeFirst() }
    sources.append(source)
    return source
  }

  var usage: Engine.Usage {
    Engine.Usage(valueBytes: heap.liveBytes, tensorBytes: graph.heldBytes, functions: machine.codeCount)
  }

  // MARK: Ends

  /// What a run ended with, as what Swift sees. Throws it.
  func attempt<Result>(_ body: () throws -> Result) throws(ScriptError) -> Result {
    do { return try body() } catch { throw scriptError(error) }
  }

  private func scriptError(_ error: any Error) -> ScriptError {
    switch error {
    case let error as ScriptError: return error
    case let error as ArgumentError:
      return ScriptError(.wrongArguments, [Diagnostic(.wrongOption(error.message), at: nil, help: error.hint)])
    case let error as TensorError: return scriptError(machine.located(error))
    case let error as Diagnostic:
      if let first = moduleProblems.first, first.isSame(as: error) {
        return ScriptError(.doesNotCompile, moduleProblems)
      }
      return ScriptError(ScriptError.Ending(error.problem), [error])
    default: return ScriptError(.failed, [Diagnostic(.internalError("\(error)"), at: nil)])
    }
  }
}

extension ScriptError.Ending {
  init(_ problem: Problem) {
    switch problem {
    case .interrupted: self = .interrupted
    case .stepLimit, .timeLimit, .memoryLimit, .callDepth: self = .limit
    default: self = .failed
    }
  }
}

extension Diagnostic {
  /// The same problem at the same place.
  fileprivate func isSame(as other: Diagnostic) -> Bool {
    problem.id == other.problem.id && span?.source === other.span?.source && span?.start == other.span?.start
  }
}
