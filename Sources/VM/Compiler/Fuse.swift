// Fewer instructions for the same work, once the kinds are known: what an instruction costs is mostly that there is one.
//
// Two operations on floats become one when the first one's result goes into the second and nowhere else. Both still
// round; nothing but a dispatch and a register is saved. A `while` loop is turned over: instead of going back to a
// comparison at its head, the jump at its end makes the comparison itself. A jump to a return returns.

/// Joins pairs of neighbours. The first of a pair becomes a `nop`.
func fusePairs(_ code: Code, _ graph: FlowGraph) {
  for block in graph.starts.indices {
    var previous = -1
    for pc in graph.range(block) where code.instructions[pc].op != .nop {
      if previous >= 0, let fused = fused(code.instructions[previous], code.instructions[pc]) {
        code.instructions[previous] = Instruction(.nop)
        code.instructions[pc] = fused
        previous = -1
      } else {
        previous = pc
      }
    }
  }
}

/// One instruction for two, if the result of `first` is an operand of `second` and dead behind it.
private func fused(_ first: Instruction, _ second: Instruction) -> Instruction? {
  guard second.op == .addFloat || second.op == .subtractFloat, second.b != second.c else { return nil }
  let between = first.a
  let isLeft = second.b == between
  guard isLeft || second.c == between else { return nil }
  guard between == second.a || second.flags & (isLeft ? Flag.killB : Flag.killC) != 0 else { return nil }
  let other = isLeft ? second.c : second.b
  let form: Opcode
  switch (first.op, second.op) {
  case (.multiplyFloat, .addFloat): form = .multiplyAddFloat
  case (.multiplyFloat, _): form = isLeft ? .multiplySubtractFloat : .subtractProductFloat
  case (.addFloat, .addFloat): form = .addAddFloat
  case (.subtractFloat, .addFloat): form = .subtractAddFloat
  default: return nil
  }
  guard other < 256 else { return nil }
  return Instruction(form, second.a, first.b, first.c, flags: UInt8(other))
}

/// Returns where the code jumps to a return. What that one releases is enough on every way to it.
func returnEarly(_ code: Code) {
  for pc in code.instructions.indices where code.instructions[pc].op == .jump {
    guard let target = code.jumpTarget(pc) else { continue }
    let instruction = code.instructions[target]
    if instruction.op == .return || instruction.op == .returnNone { code.instructions[pc] = instruction }
  }
}

/// Gives the back-edge of a `while` loop the comparison at the loop's head, where that leads out behind the back-edge.
func turnLoops(_ code: Code) {
  for pc in code.instructions.indices where code.instructions[pc].op == .loopBack {
    guard let head = code.jumpTarget(pc), head < pc, code.jumpTarget(head) == pc + 1, head - pc >= Int(Int16.min),
      let turned = turned(code.instructions[head], head - pc)
    else { continue }
    code.instructions[pc] = turned
  }
}

/// The comparison under which the jump `leaving` is not taken, going on behind it.
private func turned(_ leaving: Instruction, _ distance: Int) -> Instruction? {
  let (a, b) = (leaving.a, leaving.b)
  switch leaving.op {
  // Integers are ordered: what is not "less or equal" is "greater", with the operands exchanged.
  case .jumpLessEqualInt: return Instruction(.loopLessInt, b, a, distance)
  case .jumpLessInt: return Instruction(.loopLessEqualInt, b, a, distance)
  case .jumpGreaterEqualIntI: return Instruction(.loopLessIntI, a, b, distance)
  case .jumpLessEqualIntI: return Instruction(.loopGreaterIntI, a, b, distance)
  case .jumpNotLessFloat: return Instruction(.loopLessFloat, a, b, distance)
  case .jumpNotLessEqualFloat: return Instruction(.loopLessEqualFloat, a, b, distance)
  default: return nil
  }
}
