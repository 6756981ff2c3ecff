// Last uses. A backward pass finds which registers are read again before they are written; what is read for the last
// time is marked as killed, so that the instruction may take the value and update it in place.
//
// Errors are edges too: inside `try` a register that the handler (or what follows it) reads is live at every
// instruction that can fail. An instruction that fails has changed nothing, so its own operands may still be killed;
// and a builtin call that fails puts moved arguments back (`Code.restores`), so they may be moved although a handler
// reads them.

struct Liveness {
  let code: Code
  let graph: FlowGraph
  private var liveIn: [RegisterSet]
  /// Handlers around each instruction, as indices.
  private var handlersAt: [[Int]]

  /// nil when the code is so large that the sets would not be worth their memory.
  init?(_ code: Code, _ graph: FlowGraph) {
    self.code = code
    self.graph = graph
    guard graph.starts.count * (code.registerCount / 64 + 1) < 4_000_000 else { return nil }
    liveIn = Array(repeating: RegisterSet(count: code.registerCount), count: graph.starts.count)
    handlersAt = code.handlers.isEmpty ? [] : Array(repeating: [], count: code.instructions.count)
    for (index, handler) in code.handlers.enumerated() {
      for pc in handler.start..<handler.end { handlersAt[pc].append(index) }
    }
  }

  /// Solves the equations, then marks the code.
  mutating func run() {
    var changed = true
    while changed {
      changed = false
      for block in stride(from: graph.starts.count - 1, through: 0, by: -1) {
        var live = liveOut(block)
        for pc in graph.range(block).reversed() { step(pc, &live) }
        if liveIn[block].formUnion(live) { changed = true }
      }
    }
    mark()
  }

  private func liveOut(_ block: Int) -> RegisterSet {
    var live = RegisterSet(count: code.registerCount)
    guard let last = graph.range(block).last else { return live }
    code.forEachSuccessor(last) { _ = live.formUnion(liveIn[graph.blockOf[$0]]) }
    return live
  }

  /// From the registers live after `pc` to those live before it.
  private func step(_ pc: Int, _ live: inout RegisterSet) {
    let instruction = code.instructions[pc]
    code.forEachWrite(instruction) { live.remove($0) }
    code.forEachRead(instruction) { live.insert($0) }
    guard !handlersAt.isEmpty, Code.canFail(instruction.op) else { return }
    for index in handlersAt[pc] {
      var needed = needs(index)
      if instruction.op == .callBuiltin {
        for restore in code.restores where restore.pc == pc { needed.remove(restore.home) }
      }
      _ = live.formUnion(needed)
    }
  }

  private func needs(_ handler: Int) -> RegisterSet {
    let handler = code.handlers[handler]
    var needed = liveIn[graph.blockOf[handler.target]]
    if handler.register >= 0 { needed.remove(handler.register) }
    return needed
  }

  private mutating func mark() {
    for index in code.handlers.indices {
      code.liveSets.append(needs(index))
      code.handlers[index].liveSet = code.liveSets.count - 1
    }
    for block in graph.starts.indices {
      var live = liveOut(block)
      for pc in graph.range(block).reversed() {
        mark(pc, live)
        step(pc, &live)
      }
    }
    // A move that was no kill left the variable where it was: nothing to put back.
    code.restores.removeAll { restore in
      var pc = restore.pc - 1
      while pc >= 0, code.instructions[pc].op == .move {
        let move = code.instructions[pc]
        if move.a == restore.slot && move.b == restore.home { return move.flags & Flag.killB == 0 }
        pc -= 1
      }
      return true
    }
  }

  private func mark(_ pc: Int, _ live: RegisterSet) {
    let instruction = code.instructions[pc]
    let roles = instruction.op.info.roles
    var flags = instruction.flags & ~(Flag.killA | Flag.killB | Flag.killC)
    func isLast(_ role: UInt8, _ register: Int) -> Bool {
      role == UInt8(ascii: "r") && !live.contains(register)
    }
    if isLast(roles.a, instruction.a) { flags |= Flag.killA }
    if isLast(roles.b, instruction.b), instruction.b != instruction.a || roles.a != UInt8(ascii: "w") {
      flags |= Flag.killB
    }
    if isLast(roles.c, instruction.c), instruction.c != instruction.a || roles.a != UInt8(ascii: "w"),
      instruction.c != instruction.b || !isLast(roles.b, instruction.b)
    {
      flags |= Flag.killC
    }
    code.instructions[pc] = instruction.with(flags: flags)
    switch instruction.op {
    case .loopBack, .rangeLoop, .rangeLoopOne:
      code.liveSets.append(live)
      code.backEdges[pc] = code.liveSets.count - 1
    case .clearDead:
      code.liveSets.append(live)
      code.instructions[pc] = instruction.with(bc: code.liveSets.count - 1)
    default: break
    }
  }
}
