// Which registers an instruction reads, writes and empties: what the passes over bytecode need to know. Everything not
// said by the operand letters of the opcode table is said here.

extension Code {
  /// Registers that an operation reads as a run and leaves empty.
  func window(_ instruction: Instruction) -> Range<Int> {
    let (a, b, c) = (instruction.a, instruction.b, instruction.c)
    switch instruction.op {
    case .call, .callNamed: return a..<a + 1 + b
    case .callCode, .callBuiltin: return a + 1..<a + 1 + c
    case .callSelf: return a + 1..<a + 1 + b
    case .define: return a..<a + c
    case .makeList: return b..<b + c
    case .makeRecord: return b..<b + layoutKeyCount(c)
    case .interpolate:
      let count = templates[c].reduce(0) { if case .text = $1 { $0 } else { $0 + 1 } }
      return b..<b + count
    case .makeRange: return b..<b + 3
    case .makeClosure: return c..<c + closureCaptureCounts[b, default: 0]
    case .getItems: return b..<b + 1 + Path.valueCount(itemLists[c])
    case .setPath, .updatePath: return c..<c + 1 + paths[b].indexCount
    case .getKey: return c..<c + 2
    case .setItemField, .updateItemField: return b..<b + 2
    default: return 0..<0
    }
  }

  private func layoutKeyCount(_ index: Int) -> Int { layoutCounts[index] }

  /// Calls that run a frame on top of the register stack: everything above the window must be empty.
  static func pushesFrame(_ op: Opcode) -> Bool {
    switch op {
    case .call, .callNamed, .callCode, .callSelf: true
    default: false
    }
  }

  func forEachRead(_ instruction: Instruction, _ body: (Int) -> Void) {
    let roles = instruction.op.info.roles
    if isRead(roles.a) { body(instruction.a) }
    if isRead(roles.b) { body(instruction.b) }
    if isRead(roles.c) { body(instruction.c) }
    for register in window(instruction) { body(register) }
    switch instruction.op {
    case .rangePrepare, .rangeLoop, .rangeLoopOne:
      body(instruction.a + 1)
      body(instruction.a + 2)
    case .iterateNext: body(instruction.a + 1)
    case .checkShape:
      forEachAxis(shapes[instruction.b].shape) { if case .equals(let register, _) = $0 { body(register) } }
    default: break
    }
  }

  func forEachWrite(_ instruction: Instruction, _ body: (Int) -> Void) {
    let roles = instruction.op.info.roles
    if isWritten(roles.a) { body(instruction.a) }
    if isWritten(roles.b) { body(instruction.b) }
    switch instruction.op {
    case .call, .callNamed, .callCode, .callSelf, .callBuiltin: body(instruction.a)
    case .rangePrepare:
      body(instruction.a + 1)
      body(instruction.a + 2)
    case .iteratePrepare, .iterateNext: body(instruction.a + 1)
    case .define:
      for register in instruction.a..<instruction.a + definitions[instruction.b].tableCount { body(register) }
    case .unpack: for register in instruction.b..<instruction.b + instruction.c { body(register) }
    case .checkShape:
      forEachAxis(shapes[instruction.b].shape) { if case .bind(let register, _) = $0 { body(register) } }
    default: break
    }
  }

  private func forEachAxis(_ shape: ShapeCheck, _ body: (AxisCheck) -> Void) {
    switch shape {
    case .axes(let axes): for axis in axes { body(axis) }
    case .record(let fields): for field in fields { forEachAxis(field.shape, body) }
    }
  }

  @inline(__always) private func isRead(_ role: UInt8) -> Bool {
    role == UInt8(ascii: "r") || role == UInt8(ascii: "u")
  }
  @inline(__always) private func isWritten(_ role: UInt8) -> Bool {
    role == UInt8(ascii: "w") || role == UInt8(ascii: "u")
  }

  /// Whether an error can come out of the instruction.
  static func canFail(_ op: Opcode) -> Bool {
    switch op {
    case .nop, .move, .constant, .loadInt, .loadNone, .loadBool, .storeGlobal, .takeGlobal, .loadCapture, .loadSelf,
      .drop, .jump, .jumpIfPresent, .jumpUnlessReduction, .return, .returnNone, .clearDead, .tryBegin:
      false
    default: true
    }
  }

  /// Where control may go from `pc`, errors aside.
  func forEachSuccessor(_ pc: Int, _ body: (Int) -> Void) {
    let instruction = instructions[pc]
    if let target = jumpTarget(pc) { body(target) }
    if !instruction.op.endsFlow, pc + 1 < instructions.count { body(pc + 1) }
  }

  func jumpTarget(_ pc: Int) -> Int? {
    let instruction = instructions[pc]
    let roles = instruction.op.info.roles
    if roles.b == UInt8(ascii: "J") { return instruction.op == .iteratePrepare ? nil : pc + 1 + instruction.bc }
    if roles.c == UInt8(ascii: "j") { return pc + 1 + instruction.signedC }
    return nil
  }
}

extension Path {
  static func valueCount(_ forms: [IndexForm]) -> Int {
    forms.reduce(0) { count, form in
      switch form {
      case .value: count + 1
      case .slice(let start, let end, let step): count + (start ? 1 : 0) + (end ? 1 : 0) + (step ? 1 : 0)
      case .newAxis, .ellipsis: count
      }
    }
  }
}

/// Stretches of code that run from their first instruction to their last.
struct FlowGraph {
  private(set) var starts: [Int] = []
  /// Block that each instruction belongs to.
  private(set) var blockOf: [Int] = []

  init(_ code: Code) {
    let count = code.instructions.count
    var isStart = Array(repeating: false, count: count + 1)
    if count > 0 { isStart[0] = true }
    for pc in 0..<count {
      if let target = code.jumpTarget(pc) {
        isStart[target] = true
        isStart[pc + 1] = true
      } else if code.instructions[pc].op.endsFlow {
        isStart[pc + 1] = true
      }
    }
    for handler in code.handlers { isStart[handler.target] = true }
    blockOf = Array(repeating: 0, count: count)
    for pc in 0..<count {
      if isStart[pc] { starts.append(pc) }
      blockOf[pc] = starts.count - 1
    }
  }

  func range(_ block: Int) -> Range<Int> {
    starts[block]..<(block + 1 < starts.count ? starts[block + 1] : blockOf.count)
  }
}
