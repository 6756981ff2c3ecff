// The machine runs bytecode. It owns one stack of registers and one of frames, both plain memory of fixed size whose
// pages are taken as they are touched; a call of a script function moves a base pointer and recurses nowhere.
//
// Invariants: a register owns its value; above the registers of the running frame nothing is on the heap (all tags are
// plain), so that a frame needs no clearing when it begins. An instruction that fails has changed nothing.
//
// Read: Machine (state), Machine+Run (the loop), Machine+Calls, Machine+Errors, Machine+Limits, then the slow paths:
// Machine+Arithmetic, Machine+Access, Machine+Places, Machine+Iterate, Machine+Shapes, Machine+Modules.
import Diagnostics
import Tensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

struct Frame {
  /// The next instruction.
  var ip: UnsafeMutablePointer<Instruction>
  var base: UnsafeMutablePointer<Value>
  var record: UnsafeMutablePointer<CodeRecord>
}

package final class Machine {
  package let heap: Heap
  package let builtins: [Builtin]
  /// Where `print`, `metric` and `progress` speak to; filled by the engine.
  package var host = Host()
  package var limits: Limits
  /// Values of the main script's `param`s that were given from outside; borrowed by the run, owned here.
  package var parameterValues: [String: Value] = [:]
  /// Finds and compiles what `import` names; filled by the engine.
  package var loadModule: ((_ name: String, _ isPath: Bool, _ importer: SourceFile) throws -> LoadedModule)?
  /// What `test` blocks report to; nil skips them.
  package var testObserver: ((TestReport) -> Void)?
  package var testFilter: ((String) -> Bool)?
  /// What paths scripts may read and write.
  package var files = FileAccess.everything
  package internal(set) var codes: [Code] = []
  /// Numbers of codes that are gone, and slots of names that are gone; see Machine+Retire.
  var freeCodes: [Int] = []
  var freeGlobals: [Int] = []

  // The register stack and the frame stack.
  private let registerBlock: UnsafeMutableBufferPointer<Value>
  private let frameBlock: UnsafeMutableBufferPointer<Frame>
  let registers: UnsafeMutablePointer<Value>
  let registerEnd: UnsafeMutablePointer<Value>
  let frames: UnsafeMutablePointer<Frame>
  /// The running frame; `frames - 1` when nothing runs.
  var frame: UnsafeMutablePointer<Frame>
  var frameEnd: UnsafeMutablePointer<Frame>
  /// Records of codes by id, for direct calls.
  var records: UnsafeMutablePointer<UnsafeMutablePointer<CodeRecord>>
  private var recordCapacity = 256
  /// Module slots.
  var globals: UnsafeMutablePointer<Value>
  private(set) var globalCount = 0
  private var globalCapacity = 256
  var globalNames: [String] = []

  // Limits, see Machine+Limits.
  var fuel = 0
  var fuelGiven = 0
  package internal(set) var stepsTaken = 0
  var deadline = Double.infinity
  /// Something was recorded in the graph since it was last asked whether it wants to cut.
  var touchedGraph = false
  /// What the graph had recorded at the last back-edge.
  var lastRecorded = -1
  var nativeDepth = 0
  package var profiler: Profiler?
  /// What the library keeps between calls of builtins: compiled patterns.
  package var libraryMemory: AnyObject?

  // Builtins.
  var bodies: [Builtin.Body] = []
  var special = SpecialBuiltins()
  private var preludeValues: [String: Value] = [:]

  // Errors.
  var caught: [CaughtError] = []
  var thrownData: Value = .none
  var lastError: (any Error)?
  /// Call stacks of operations that may fail later, see `recordStack`.
  var stacks = StackLog()
  var modules: [String: ModuleState] = [:]
  var importPath: [String] = []
  /// Stands in for the caller when native code calls a builtin with no script running.
  var outside: Code?
  var progressLoops = 0
  /// Places in sources that programs of cells name.
  var places = PlaceTable()
  var bands = BandTable()

  static let registerCapacity = 4 << 20
  static let frameCapacity = 1 << 20

  /// `constants` are names with a value: numbers or frozen values.
  package init(
    heap: Heap, builtins: [Builtin], constants: [(name: String, value: Value)] = [], limits: Limits = Limits()
  ) {
    self.heap = heap
    self.builtins = builtins
    self.limits = limits
    registerBlock = Machine.reserve(Machine.registerCapacity)
    frameBlock = Machine.reserve(Machine.frameCapacity)
    // An empty block has some address too, and ends there.
    registers = registerBlock.baseAddress ?? UnsafeMutablePointer(bitPattern: 16).unsafelyUnwrapped
    registerEnd = registers + registerBlock.count
    frames = frameBlock.baseAddress ?? UnsafeMutablePointer(bitPattern: 1 << 16).unsafelyUnwrapped
    frame = frames - 1
    frameEnd = frames + frameBlock.count
    records = .allocate(capacity: recordCapacity)
    globals = .allocate(capacity: globalCapacity)
    for (index, builtin) in builtins.enumerated() where builtin.module == nil {
      preludeValues[builtin.name] = Value(tag: .builtin, bits: UInt64(index))
    }
    for (name, value) in constants { preludeValues[name] = value }
    bodies = builtins.enumerated().map { index, builtin in
      guard let capability = builtin.capability, !limits.capabilities.contains(capability) else { return builtin.body }
      let name = builtin.name
      return { _ in
        throw Diagnostic(.accessDenied(what: "`\(name)`", capability: capability.rawValue), at: nil)
      }
    }
    special = SpecialBuiltins(self)
    heap.nameOfFunction = { [unowned self] in self.functionName($0) }
    heap.graph.stackRecorder = { [unowned self] in self.recordStack() }
    heap.limitPassed = { [unowned self] in self.cutFuel() }
  }

  deinit {
    heap.nameOfFunction = nil
    heap.graph.stackRecorder = nil
    heap.limitPassed = nil
    for index in 0..<globalCount { heap.release(globals[index]) }
    for value in parameterValues.values { heap.release(value) }
    for error in caught { heap.release(error.data) }
    for module in modules.values { heap.release(module.value) }
    heap.release(thrownData)
    for code in codes where code.closure.tag == .closure {
      code.closure.object.assumingMemoryBound(to: HeapHeader.self).pointee.count = 1
      heap.release(code.closure)
    }
    Machine.giveBack(registerBlock)
    Machine.giveBack(frameBlock)
    globals.deallocate()
    records.deallocate()
  }

  /// Memory whose pages are zero and are taken when touched; a block of its own from the system, since `calloc` may
  /// clear memory that was used before. Without room for it the stacks are empty, and every call is too deep.
  private static func reserve<T>(_ count: Int) -> UnsafeMutableBufferPointer<T> {
    let bytes = count * MemoryLayout<T>.stride
    let block = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | reserving, -1, 0)
    guard let block, block != MAP_FAILED else { return UnsafeMutableBufferPointer(start: nil, count: 0) }
    return UnsafeMutableBufferPointer(start: block.bindMemory(to: T.self, capacity: count), count: count)
  }

  #if os(Linux)
    /// Pages that nobody touches shall not be counted as taken.
    private static let reserving = MAP_NORESERVE
  #else
    private static let reserving: Int32 = 0
  #endif

  /// Gives the pages that deep calls have touched back to the system; for when nothing runs.
  package func trimStacks() {
    guard frame < frames else { return }
    let kept = 1 << 16
    madvise(
      UnsafeMutableRawPointer(registers) + kept, registerBlock.count * MemoryLayout<Value>.stride - kept, MADV_DONTNEED)
    madvise(UnsafeMutableRawPointer(frames) + kept, frameBlock.count * MemoryLayout<Frame>.stride - kept, MADV_DONTNEED)
  }

  private static func giveBack<T>(_ block: UnsafeMutableBufferPointer<T>) {
    if !block.isEmpty { munmap(block.baseAddress, block.count * MemoryLayout<T>.stride) }
  }

  // MARK: Names

  /// The value of a prelude name.
  package func prelude(_ name: String) -> Value? { preludeValues[name] }
  package var preludeNames: [String] { Array(preludeValues.keys) }
  /// Adds or replaces a constant such as `seed` or `arguments`: a number or a frozen value.
  package func setPrelude(_ name: String, _ value: Value) { preludeValues[name] = value }

  package func builtinIndex(_ name: String) -> Int? {
    guard let value = preludeValues[name], value.tag == .builtin else { return nil }
    return Int(value.bits)
  }

  func functionName(_ value: Value) -> String? {
    switch value.tag {
    case .builtin: builtins[Int(value.bits)].name
    case .closure: code(of: value).name == Code.nameless ? nil : code(of: value).name
    case .box: value.boundFunction?.name ?? value.reductionValue?.name
    default: nil
    }
  }

  func code(of closure: Value) -> Code {
    unsafeDowncast(ClosureRef(closure).code.takeUnretainedValue(), to: Code.self)
  }

  /// What a function is called with, as it was written: `f(a, b = 2)`.
  package func signature(_ function: Value) -> String {
    switch function.tag {
    case .builtin: builtins[Int(function.bits)].signature
    case .closure: code(of: function).signature
    default: functionName(function) ?? "?"
    }
  }

  // MARK: Codes and module slots

  func newCode(name: String, span: Span) -> Code {
    if let id = freeCodes.popLast() {
      let code = Code(id: id, name: name, span: span)
      records[id] = code.record
      codes[id] = code
      return code
    }
    let code = Code(id: codes.count, name: name, span: span)
    if codes.count == recordCapacity {
      let grown = UnsafeMutablePointer<UnsafeMutablePointer<CodeRecord>>.allocate(capacity: recordCapacity * 2)
      grown.update(from: records, count: recordCapacity)
      records.deallocate()
      records = grown
      recordCapacity *= 2
    }
    records[codes.count] = code.record
    codes.append(code)
    return code
  }

  func allocateGlobal(_ name: String) -> Int {
    if let slot = freeGlobals.popLast() {
      globals[slot] = .absent
      globalNames[slot] = name
      return slot
    }
    if globalCount == globalCapacity {
      let grown = UnsafeMutablePointer<Value>.allocate(capacity: globalCapacity * 2)
      grown.update(from: globals, count: globalCapacity)
      globals.deallocate()
      globals = grown
      globalCapacity *= 2
    }
    globals[globalCount] = .absent
    globalNames.append(name)
    globalCount += 1
    return globalCount - 1
  }

  /// The value of a top-level name of a scope; borrowed.
  package func global(_ name: String, in scope: GlobalScope) -> Value? {
    guard let slot = scope.slot(of: name), globals[slot].tag != .absent else { return nil }
    return globals[slot]
  }

  /// Sets a top-level name of a scope; takes over `value`.
  package func setGlobal(_ name: String, in scope: GlobalScope, _ value: Value) {
    let slot = scope.slot(of: name) ?? scope.define(name, allocateGlobal(name))
    heap.replace(globals + slot, with: value)
  }

  /// Makes an object never counted and never unique.
  func freeze(_ value: Value) {
    if value.isHeap { value.object.assumingMemoryBound(to: HeapHeader.self).pointee.count = -1 }
  }

  var frameCount: Int { frameBlock.count }

  package func print(_ text: String) throws {
    try settleBeforeHost()
    host.output(text)
  }

  /// Raises what pending work has failed with, before the host is told anything: what a script says comes in the order
  /// in which it is written, also when an error was recorded late.
  package func settleBeforeHost() throws {
    if heap.graph.hasPendingFailures { try heap.graph.finish() }
  }
}

/// Indices of the builtins that have instructions of their own, for their slow paths.
struct SpecialBuiltins {
  var length = -1
  var append = -1
  var get = -1
  var absolute = -1
  var squareRoot = -1
  var minimum = -1
  var maximum = -1
  var text = -1

  init() {}
  init(_ machine: Machine) {
    length = machine.builtinIndex("len") ?? -1
    append = machine.builtinIndex("append") ?? -1
    get = machine.builtinIndex("get") ?? -1
    absolute = machine.builtinIndex("abs") ?? -1
    squareRoot = machine.builtinIndex("sqrt") ?? -1
    minimum = machine.builtinIndex("min") ?? -1
    maximum = machine.builtinIndex("max") ?? -1
    text = machine.builtinIndex("str") ?? -1
  }
}
