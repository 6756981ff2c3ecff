// Number kinds. A forward pass over the bytecode infers for every register at every instruction whether it holds an
// integer, a float, a boolean, something that is surely not on the heap, or anything. Parameters, fields, items and
// results of calls may be anything; arithmetic on known kinds has known kinds, and a variable that is a float on every
// way into a loop and at its end is a float in it. Read next: Specialise.swift, which uses the result.

/// What is known about a register. `plain`: empty, or a number or boolean of unknown kind; not on the heap.
enum RegisterKind: UInt8 {
  case unreached, int, float, bool, plain, any

  func joined(_ other: RegisterKind) -> RegisterKind {
    if self == other || other == .unreached { return self }
    if self == .unreached { return other }
    return self == .any || other == .any ? .any : .plain
  }
  var isNumber: Bool { self == .int || self == .float }
}

struct NumberKinds {
  let code: Code
  let graph: FlowGraph
  /// Kinds at the start of each block.
  private(set) var entry: [[RegisterKind]]

  /// Kinds of the parameters: nothing is known of them unless the code is made for certain arguments.
  private let parameterKinds: [RegisterKind]

  init?(_ code: Code, _ graph: FlowGraph, parameterKinds: [RegisterKind]? = nil) {
    self.code = code
    self.graph = graph
    self.parameterKinds = parameterKinds ?? code.parameters.map { _ in .any }
    guard graph.starts.count * code.registerCount < 8_000_000 else { return nil }
    entry = Array(repeating: [], count: graph.starts.count)
  }

  /// Solves the equations by rounds over the blocks.
  mutating func run() {
    guard !graph.starts.isEmpty else { return }
    var start = Array(repeating: RegisterKind.plain, count: code.registerCount)
    for (register, kind) in parameterKinds.enumerated() { start[register] = kind }
    entry[0] = start
    for handler in code.handlers {
      var kinds = Array(repeating: RegisterKind.plain, count: code.registerCount)
      for register in kinds.indices where code.liveSets[handler.liveSet].contains(register) { kinds[register] = .any }
      if handler.register >= 0 { kinds[handler.register] = .any }
      entry[graph.blockOf[handler.target]] = kinds
    }
    var changed = true
    while changed {
      changed = false
      for block in graph.starts.indices where !entry[block].isEmpty {
        var kinds = entry[block]
        let range = graph.range(block)
        for pc in range {
          if pc == range.upperBound - 1 {
            code.forEachSuccessor(pc) { successor in
              let out = after(pc, kinds, jumping: successor != pc + 1)
              if merge(out, into: graph.blockOf[successor]) { changed = true }
            }
          } else {
            kinds = after(pc, kinds, jumping: false)
          }
        }
      }
    }
  }

  private mutating func merge(_ kinds: [RegisterKind], into block: Int) -> Bool {
    if entry[block].isEmpty {
      entry[block] = kinds
      return true
    }
    var changed = false
    for register in kinds.indices {
      let joined = entry[block][register].joined(kinds[register])
      if joined != entry[block][register] {
        entry[block][register] = joined
        changed = true
      }
    }
    return changed
  }

  /// Kinds after the instruction at `pc`, given those before it.
  func after(_ pc: Int, _ before: [RegisterKind], jumping: Bool) -> [RegisterKind] {
    var kinds = before
    apply(pc, &kinds, jumping: jumping)
    return kinds
  }

  func apply(_ pc: Int, _ kinds: inout [RegisterKind], jumping: Bool) {
    let instruction = code.instructions[pc]
    let (a, b) = (instruction.a, instruction.b)
    let old = kinds
    let result = resultKind(instruction, old)
    // Operands that were read for the last time are empty afterwards, numbers stay as they are.
    if instruction.flags & Flag.killA != 0, kinds[a] == .any { kinds[a] = .plain }
    if instruction.flags & Flag.killB != 0, kinds[b] == .any { kinds[b] = .plain }
    if instruction.flags & Flag.killC != 0, kinds[instruction.c] == .any { kinds[instruction.c] = .plain }
    for register in code.window(instruction) { kinds[register] = .plain }
    if Code.pushesFrame(instruction.op), a + 1 < kinds.count {
      for register in a + 1..<kinds.count { kinds[register] = .plain }
    }
    code.forEachWrite(instruction) { kinds[$0] = result }
    switch instruction.op {
    case .iteratePrepare: kinds[a + 1] = .int
    case .iterateNext:
      kinds[a + 1] = .int
      kinds[a] = jumping ? .plain : .any
      if jumping { kinds[b] = old[b] }
    case .clearDead:
      let live = code.liveSets[instruction.bc]
      for register in kinds.indices where kinds[register] == .any && !live.contains(register) {
        kinds[register] = .plain
      }
    default: break
    }
  }

  private func resultKind(_ instruction: Instruction, _ kinds: [RegisterKind]) -> RegisterKind {
    let b = instruction.b
    func both(_ a: RegisterKind, _ b: RegisterKind) -> RegisterKind {
      if a == .int && b == .int { return .int }
      return a.isNumber && b.isNumber ? .float : .any
    }
    switch instruction.op {
    case .add, .subtract, .multiply, .floorDivide, .modulo: return both(kinds[b], kinds[instruction.c])
    case .divide: return kinds[b].isNumber && kinds[instruction.c].isNumber ? .float : .any
    case .power: return kinds[b] == .float && kinds[instruction.c].isNumber ? .float : .any
    case .addI, .multiplyI, .floorDivideI, .moduloI, .negate, .absolute: return kinds[b].isNumber ? kinds[b] : .any
    case .divideI, .addK, .multiplyK, .divideK, .subtractFromK, .divideIntoK, .squareRoot:
      return kinds[b].isNumber ? .float : .any
    case .minimum, .maximum:
      return kinds[b] == kinds[instruction.c] && kinds[b].isNumber ? kinds[b] : .any
    case .less, .lessEqual, .equal, .notEqual:
      return kinds[b].isNumber && kinds[instruction.c].isNumber ? .bool : .any
    case .not: return kinds[b] == .bool ? .bool : .any
    case .and, .or: return kinds[b] == .bool && kinds[instruction.c] == .bool ? .bool : .any
    case .constant:
      let value = code.constants[instruction.bc]
      switch value.tag {
      case .int: return .int
      case .float: return .float
      case .bool: return .bool
      case .none, .builtin: return .plain
      default: return value.isHeap ? .any : .plain
      }
    case .checkShape: return .int
    default: break
    }
    switch instruction.op.info.result {
    case "i": return .int
    case "f": return .float
    case "b": return .bool
    case "n": return .plain
    case "m": return kinds[b]
    default: return .any
    }
  }
}
