// Calls: entering script functions, fitting arguments to parameters, builtins, and calls from native code.
//
// A window is `result | argument 0 | argument 1 ...`; for a call of a value the callee lies in the result's register,
// where the callee's frame finds it (its base - 1) for its captures.
import Diagnostics
import Tensor

extension Machine {
  @inline(__always) func closureRecord(_ closure: Value) -> UnsafeMutablePointer<CodeRecord> {
    ClosureRef(closure).code._withUnsafeGuaranteedRef { unsafeDowncast($0, to: Code.self).record }
  }

  /// Empties registers above a window: what dead variables left there.
  @inline(never) func clearAbove(_ base: UnsafeMutablePointer<Value>, _ first: Int) {
    var register = first
    let count = frame.pointee.record.pointee.registerCount
    while register < count {
      put(base + register, .none)
      register += 1
    }
  }

  /// Empties the first registers of a returning frame.
  @inline(__always) func clear(_ base: UnsafeMutablePointer<Value>, _ count: Int) {
    var register = 0
    while register < count {
      let value = base[register]
      if value.isHeap {
        base[register] = .none
        releaseSlow(value)
      }
      register &+= 1
    }
  }

  @inline(__always) static func root(_ x: Double) -> Double { x.squareRoot() }

  @inline(never) func destroySlow(_ value: Value) { heap.destroy(value.object) }

  /// What a call does when a limit may be reached.
  @inline(never) func enterSlow(
    _ newBase: UnsafeMutablePointer<Value>, _ target: UnsafeMutablePointer<CodeRecord>
  ) throws {
    if fuel < 0 { try checkLimits() }
    if frame + 1 >= frameEnd || newBase + target.pointee.registerCount > registerEnd { throw depthError() }
  }

  @inline(never) func overflowError(_ operation: String) -> Diagnostic {
    Diagnostic(.integerOverflow(operation: operation), at: nil, help: "floats have no such limit: write 2.0 for 2")
  }

  @inline(never) func undefined(_ slot: Int) -> Diagnostic {
    Diagnostic(.usedBeforeDefinition(globalNames[slot]), at: nil)
  }

  @inline(never) func makeClosure(_ i: Instruction, _ base: UnsafeMutablePointer<Value>) {
    let code = codes[i.b]
    let value = heap.closure(code: code, captureCount: code.captureCount)
    let captures = ClosureRef(value).captures
    for index in 0..<code.captureCount {
      captures[index] = base[i.c + index]
      base[i.c + index] = .none
    }
    put(base + i.a, value)
  }

  // MARK: Builtins

  @inline(never) func callBuiltin(
    _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ ip: UnsafeMutablePointer<Instruction>
  ) throws {
    noteSite(ip)
    if profiler != nil { profiler?.sample(self) }
    let arguments = base + (i.a + 1)
    var call = Call(machine: self, builtinIndex: i.b, arguments: arguments, consumable: ~0)
    let result = try bodies[i.b](&call)
    if profiler != nil { profiler?.sample(self) }
    var touched = Machine.mayHoldTensors(result)
    for index in 0..<i.c {
      let value = arguments[index]
      if value.isHeap {
        touched = touched || Machine.mayHoldTensors(value)
        arguments[index] = .none
        heap.release(value)
      }
    }
    if touched { touchedGraph = true }
    put(base + i.a, result)
  }

  /// Whether handling the value may have recorded something in the graph.
  @inline(__always) static func mayHoldTensors(_ value: Value) -> Bool {
    value.isHeap && value.tag != .string && value.tag != .range
  }

  /// A builtin with arguments that nobody gives up; the result is owned.
  func callBuiltin(_ index: Int, borrowed values: UnsafeMutablePointer<Value>) throws -> Value {
    var call = Call(machine: self, builtinIndex: index, arguments: values, consumable: 0)
    return try bodies[index](&call)
  }

  /// The builtin of a special instruction with operand b.
  @inline(never) func specialUnary(
    _ index: Int, _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ ip: UnsafeMutablePointer<Instruction>
  ) throws {
    noteSite(ip)
    var argument = base[i.b]
    let result = try callBuiltin(index, borrowed: &argument)
    if i.flags & Flag.killB != 0 { put(base + i.b, .none) }
    put(base + i.a, result)
  }

  /// The builtin of a special instruction with operands b and c; b may be consumed when this is its last use.
  @inline(never) func specialBinary(
    _ index: Int, _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ ip: UnsafeMutablePointer<Instruction>
  ) throws {
    noteSite(ip)
    try withUnsafeTemporaryAllocation(of: Value.self, capacity: 2) { buffer in
      buffer[0] = base[i.b]
      buffer[1] = base[i.c]
      guard let arguments = buffer.baseAddress else { return }
      let result = try callBuiltin(index, borrowed: arguments)
      if i.flags & Flag.killB != 0 { put(base + i.b, .none) }
      if i.flags & Flag.killC != 0 { put(base + i.c, .none) }
      put(base + i.a, result)
    }
  }

  // MARK: Fitting arguments

  /// A call of something that is no closure.
  @inline(never) func callOther(
    _ window: UnsafeMutablePointer<Value>, _ count: Int, _ names: [String]?
  ) throws {
    touchedGraph = true
    let callee = window.pointee
    if callee.tag == .builtin {
      let index = Int(callee.bits)
      noteSite(frame.pointee.ip)
      var arguments = try fitted(window + 1, count, names, builtin: builtins[index])
      defer { for value in arguments { heap.release(value) } }
      let result = try arguments.withUnsafeMutableBufferPointer { buffer -> Value in
        if let start = buffer.baseAddress { return try callBuiltin(index, borrowed: start) }
        return try callBuiltin(index, borrowed: window + 1)
      }
      release(window + 1, count)
      put(window, result)
      return
    }
    let bound = callee.boundFunction
    let reduction = bound == nil ? callee.reductionValue : nil
    guard bound != nil || reduction != nil else {
      throw Diagnostic(
        .wrongType(operation: "a call", expected: "a function", found: heap.typeName(callee)), at: nil,
        help: callee.tag == .list || callee.tag == .tensor || callee.tag == .record ? "items are read with `x[i]`" : nil
      )
    }
    noteSite(frame.pointee.ip)
    let named = names ?? []
    let positional = (0..<count - named.count).map { window[1 + $0] }
    let rest = named.enumerated().map { (name: $0.element, value: window[1 + positional.count + $0.offset]) }
    let result = try native {
      if let bound { return try bound.call(self, positional, named: rest) }
      return try reduction?.call(self, positional, named: rest) ?? .none
    }
    release(window + 1, count)
    put(window, result)
  }

  private func release(_ window: UnsafeMutablePointer<Value>, _ count: Int) {
    for index in 0..<count { put(window + index, .none) }
  }

  /// A call with named arguments; a closure is entered.
  @inline(never) func callNamed(_ window: UnsafeMutablePointer<Value>, _ count: Int, _ list: Int) throws {
    let names = codes[frame.pointee.record.pointee.id].argumentNames[list]
    guard window.pointee.tag == .closure else {
      try callOther(window, count, names)
      return
    }
    try arrangeArguments(window, count, names)
    try enter(window)
  }

  /// Pushes the frame of the closure in `window`, whose arguments are in place.
  private func enter(_ window: UnsafeMutablePointer<Value>) throws {
    let target = closureRecord(window.pointee)
    fuel &-= 1
    if frame + 1 >= frameEnd || window + 1 + target.pointee.registerCount > registerEnd || fuel < 0 {
      do { try enterSlow(window + 1, target) } catch {
        // Arguments may have been moved beyond the registers of the caller, who could not release them.
        release(window + 1, target.pointee.parameterCount)
        throw error
      }
    }
    frame += 1
    frame.pointee = Frame(ip: target.pointee.entry, base: window + 1, record: target)
  }

  /// Brings the arguments of a closure into parameter order, `absent` where one with a default is missing.
  @inline(never) func arrangeArguments(
    _ window: UnsafeMutablePointer<Value>, _ count: Int, _ names: [String]?
  ) throws {
    let code = code(of: window.pointee)
    let parameters = code.parameters
    if window + 1 + parameters.count > registerEnd { throw depthError() }
    let named = names ?? []
    let positional = count - named.count
    if positional > parameters.count { throw arityError(code, count) }
    var sources = Array(repeating: -1, count: parameters.count)
    for index in 0..<positional { sources[index] = index }
    for (offset, name) in named.enumerated() {
      guard let index = parameters.firstIndex(where: { $0.name == name }) else {
        let near = Suggest.near(name, among: parameters.map(\.name))
        throw Diagnostic(
          .unknownArgument(function: code.name, name: name, near: near), at: nil, help: "it is \(code.signature)")
      }
      if sources[index] >= 0 {
        throw Diagnostic(
          .badValue(operation: code.signature, detail: "the argument `\(name)` is given twice"), at: nil)
      }
      sources[index] = positional + offset
    }
    for (index, parameter) in parameters.enumerated() where sources[index] < 0 && !parameter.hasDefault {
      throw Diagnostic(
        .missingArgument(function: code.name, name: parameter.name), at: nil, help: "it is \(code.signature)")
    }
    let values = (0..<count).map { window[1 + $0] }
    for index in 0..<count { window[1 + index] = .none }
    for (index, source) in sources.enumerated() {
      // Registers behind the window may belong to nobody, or hold what a dead variable left.
      put(window + 1 + index, source < 0 ? .absent : values[source])
    }
  }

  private func arityError(_ code: Code, _ found: Int) -> Diagnostic {
    let required = code.parameters.lazy.filter { !$0.hasDefault }.count
    let most = code.parameters.count
    let expected = required == most ? "\(most) argument\(most == 1 ? "" : "s")" : "\(required) to \(most) arguments"
    return Diagnostic(
      .wrongArity(function: code.name, expected: expected, found: found), at: nil, help: "it is \(code.signature)")
  }

  /// Arguments of a builtin in parameter order; the array owns them.
  private func fitted(
    _ window: UnsafeMutablePointer<Value>, _ count: Int, _ names: [String]?, builtin: Builtin
  ) throws -> [Value] {
    let parameters = builtin.parameters
    let named = names ?? []
    let positional = count - named.count
    let variadic = parameters.firstIndex { $0.requirement == .variadic }
    var sources = Array(repeating: -1, count: parameters.count)
    var rest: [Int] = []
    for index in 0..<positional {
      if let variadic, index >= variadic {
        rest.append(index)
      } else if index < parameters.count {
        sources[index] = index
      } else {
        throw builtinArity(builtin, count)
      }
    }
    for (offset, name) in named.enumerated() {
      guard let index = parameters.firstIndex(where: { $0.name == name }) else {
        let near = Suggest.near(name, among: parameters.map(\.name))
        throw Diagnostic(
          .unknownArgument(function: builtin.name, name: name, near: near), at: nil, help: "it is \(builtin.signature)")
      }
      if sources[index] >= 0 {
        throw Diagnostic(
          .badValue(operation: builtin.signature, detail: "the argument `\(name)` is given twice"), at: nil)
      }
      sources[index] = positional + offset
    }
    for (index, parameter) in parameters.enumerated() where sources[index] < 0 && parameter.requirement == .required {
      throw Diagnostic(
        .missingArgument(function: builtin.name, name: parameter.name), at: nil, help: "it is \(builtin.signature)")
    }
    return sources.enumerated().map { index, source in
      if index == variadic { return heap.list(rest.map { heap.retained(window[$0]) }) }
      return source < 0 ? .absent : heap.retained(window[source])
    }
  }

  private func builtinArity(_ builtin: Builtin, _ found: Int) -> Diagnostic {
    let required = builtin.parameters.lazy.filter { $0.requirement == .required }.count
    let most = builtin.parameters.count
    let isOpen = builtin.parameters.contains { $0.requirement == .variadic }
    let expected =
      isOpen
      ? "\(required) or more arguments"
      : required == most ? "\(most) argument\(most == 1 ? "" : "s")" : "\(required) to \(most) arguments"
    return Diagnostic(
      .wrongArity(function: builtin.name, expected: expected, found: found), at: nil, help: "it is \(builtin.signature)"
    )
  }

  // MARK: Calls from native code

  /// Counts native recursion: builtins that call back use the native stack.
  func native<R>(_ body: () throws -> R) throws -> R {
    if nativeDepth >= limits.nativeDepth {
      throw Diagnostic(
        .callDepth(limit: limits.nativeDepth), at: nil,
        help: "builtins that call functions are nested too deeply here: is there a call without an end?")
    }
    nativeDepth += 1
    defer { nativeDepth -= 1 }
    return try body()
  }

  /// Calls a function value. Borrows the arguments; the result is owned.
  package func call(_ function: Value, _ arguments: [Value]) throws -> Value {
    try call(function, arguments, named: [])
  }

  /// The same with named arguments behind the positional ones. `moving` is where the first argument lies, if its holder
  /// gives it up: the function may then change it in place, and finds it gone afterwards.
  package func call(
    _ function: Value, _ arguments: [Value], named: [(name: String, value: Value)],
    moving: UnsafeMutablePointer<Value>? = nil
  ) throws -> Value {
    try native {
      let isOutermost = frame < frames
      let window = isOutermost ? registers : frame.pointee.base + frame.pointee.record.pointee.registerCount
      let count = arguments.count + named.count
      if window + count + 1 >= registerEnd { throw depthError() }
      if isOutermost {
        beginLimits()
        heap.replace(&thrownData, with: .none)
      }
      put(window, heap.retained(function))
      for (index, value) in arguments.enumerated() { put(window + 1 + index, heap.retained(value)) }
      if let moving {
        let value = moving.pointee
        moving.pointee = .none
        heap.release(value)
      }
      for (index, argument) in named.enumerated() {
        put(window + 1 + arguments.count + index, heap.retained(argument.value))
      }
      defer { for index in 0...count { put(window + index, .none) } }
      let names = named.isEmpty ? nil : named.map(\.name)
      do {
        if function.tag == .closure {
          if names != nil || closureRecord(function).pointee.parameterCount != count {
            try arrangeArguments(window, count, names)
          }
          try enter(window)
          try execute()
        } else if isOutermost {
          try callOutermost(window, count, names)
        } else {
          try callOther(window, count, names)
        }
      } catch {
        // The arguments of a call that could not begin may lie beyond the window that was given.
        throw isOutermost ? located(error) : error
      }
      let result = window.pointee
      window.pointee = .none
      return result
    }
  }

  /// A builtin called from outside, with no frame running: a frame of an empty code stands in for the caller.
  private func callOutermost(_ window: UnsafeMutablePointer<Value>, _ count: Int, _ names: [String]?) throws {
    let code = outsideCode()
    frame += 1
    frame.pointee = Frame(ip: code.record.pointee.entry + 1, base: window + 1 + count, record: code.record)
    defer { frame -= 1 }
    try callOther(window, count, names)
  }

  func outsideCode() -> Code {
    if let known = outside { return known }
    // In front of everything that may go: its number stays.
    let code = newCode(name: "", span: Span(SourceFile(name: "<host>", bytes: []), 0, 0))
    code.instructions = [Instruction(.returnNone)]
    code.seal(heap)
    outside = code
    return code
  }

  /// Runs the top level of a module; the result is owned. Pending work that can fail is computed at the end.
  package func run(_ code: Code) throws -> Value {
    let closure = heap.closure(code: code, captureCount: 0)
    defer { heap.release(closure) }
    let isOutermost = frame < frames
    do {
      let result = try call(closure, [])
      if isOutermost {
        do { try heap.graph.finish() } catch {
          heap.release(result)
          throw located(error)
        }
      }
      return result
    } catch {
      if isOutermost { heap.graph.abandon() }
      throw error
    }
  }
}
