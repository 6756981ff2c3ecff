// Replaces generic instructions by those on known integers and floats where the inferred kinds allow, and fills in what
// the machine needs to know of the others: how many registers a return has to look at, and which calls find something
// above their window. A specialised instruction writes its result without looking at what was there, so the old value
// must be known not to be on the heap.

struct Specialiser {
  let code: Code
  let kinds: NumberKinds

  func run() {
    for block in kinds.graph.starts.indices {
      var state = kinds.entry[block]
      if state.isEmpty { continue }
      for pc in kinds.graph.range(block) {
        let old = state
        kinds.apply(pc, &state, jumping: false)
        code.instructions[pc] = specialised(code.instructions[pc], old)
        if joinsField(pc, block, old) { code.instructions[pc] = code.instructions[pc].with(op: .getIndexThenField) }
      }
    }
  }

  /// Whether the item read at `pc` is only looked into by the next instruction. Its register is then not written, so
  /// what was there must not be on the heap.
  private func joinsField(_ pc: Int, _ block: Int, _ kinds: [RegisterKind]) -> Bool {
    let first = code.instructions[pc]
    guard first.op == .getIndex, first.flags & Flag.killB == 0, kinds[first.a] != .any,
      pc + 1 < self.kinds.graph.range(block).upperBound
    else { return false }
    let second = code.instructions[pc + 1]
    return second.op == .getField && second.b == first.a && second.flags & Flag.killB != 0
  }

  private func specialised(_ instruction: Instruction, _ kinds: [RegisterKind]) -> Instruction {
    let (op, a, b, c) = (instruction.op, instruction.a, instruction.b, instruction.c)
    switch op {
    case .drop: return kinds[a] == .any ? instruction : Instruction(.nop)
    case .clearDead:
      let live = code.liveSets[instruction.bc]
      let found = kinds.indices.contains { kinds[$0] == .any && !live.contains($0) }
      return found ? instruction : Instruction(.nop)
    case .return:
      let last = kinds.indices.last { kinds[$0] == .any && $0 != a } ?? -1
      return Instruction(.return, a, last + 1, 0, flags: instruction.flags)
    case .returnNone:
      let last = kinds.indices.last { kinds[$0] == .any } ?? -1
      return Instruction(.returnNone, 0, last + 1)
    case .call, .callNamed, .callCode, .callSelf:
      let top = code.window(instruction).upperBound
      let found = top < kinds.count && kinds[top...].contains(.any)
      return found ? instruction.with(flags: instruction.flags | Flag.clearAbove) : instruction
    default: break
    }
    if op.isJump { return specialisedJump(instruction, kinds) ?? instruction }
    guard let forms = Specialiser.forms[op], kinds[a] != .any else { return instruction }
    let roles = op.info.roles
    let left = kinds[b]
    let right = roles.c == UInt8(ascii: "r") ? kinds[c] : left
    if left == .int && right == .int, let form = forms.int {
      if (op == .floorDivideI || op == .moduloI) && instruction.signedC <= 0 { return instruction }
      return instruction.with(op: form)
    }
    if left == .float && right == .float, let form = forms.float {
      if roles.c == UInt8(ascii: "i") {
        guard let index = floatConstant(instruction.signedC) else { return instruction }
        return instruction.with(op: form).with(c: index)
      }
      return instruction.with(op: form)
    }
    return instruction
  }

  /// The constant table's index of an integer as a float.
  private func floatConstant(_ value: Int) -> Int? {
    let wanted = Value(Double(value))
    if let known = code.constants.firstIndex(where: { $0.tag == .float && $0.bits == wanted.bits }) {
      return known < 65_536 ? known : nil
    }
    guard code.constants.count < 65_536 else { return nil }
    code.constants.append(wanted)
    return code.constants.count - 1
  }

  private static let forms: [Opcode: (int: Opcode?, float: Opcode?)] = [
    .add: (.addInt, .addFloat), .subtract: (.subtractInt, .subtractFloat),
    .multiply: (.multiplyInt, .multiplyFloat), .divide: (.divideInt, .divideFloat),
    .floorDivide: (.floorDivideInt, nil), .modulo: (.moduloInt, nil),
    .addI: (.addIntI, .addFloatK), .multiplyI: (.multiplyIntI, .multiplyFloatK), .divideI: (nil, .divideFloatK),
    .floorDivideI: (.floorDivideIntI, nil), .moduloI: (.moduloIntI, nil),
    .addK: (nil, .addFloatK), .multiplyK: (nil, .multiplyFloatK), .divideK: (nil, .divideFloatK),
    .subtractFromK: (nil, .subtractFromFloatK), .divideIntoK: (nil, .divideIntoFloatK),
    .negate: (.negateInt, .negateFloat),
    .less: (.lessInt, .lessFloat), .lessEqual: (.lessEqualInt, .lessEqualFloat),
    .equal: (.equalInt, nil), .notEqual: (.notEqualInt, nil),
    .absolute: (nil, .absoluteFloat), .squareRoot: (nil, .squareRootFloat),
    .minimum: (nil, .minimumFloat), .maximum: (nil, .maximumFloat),
  ]

  private func specialisedJump(_ instruction: Instruction, _ kinds: [RegisterKind]) -> Instruction? {
    let (op, a, b) = (instruction.op, instruction.a, instruction.b)
    if let forms = Specialiser.registerJumps[op] {
      if kinds[a] == .int && kinds[b] == .int {
        // Integers are ordered: "not less" is "greater or equal", with the operands exchanged.
        return forms.exchanged
          ? Instruction(forms.int, b, a, instruction.signedC) : Instruction(forms.int, a, b, instruction.signedC)
      }
      if kinds[a] == .float && kinds[b] == .float, let form = forms.float { return instruction.with(op: form) }
      return nil
    }
    if let forms = Specialiser.constantJumps[op] {
      if kinds[a] == .int { return instruction.with(op: forms.int) }
      if kinds[a] == .float, let form = forms.float, let index = floatConstant(instruction.signedB) {
        return Instruction(form, a, index, instruction.signedC)
      }
    }
    return nil
  }

  private static let registerJumps: [Opcode: (int: Opcode, exchanged: Bool, float: Opcode?)] = [
    .jumpLess: (.jumpLessInt, false, .jumpLessFloat),
    .jumpNotLess: (.jumpLessEqualInt, true, .jumpNotLessFloat),
    .jumpLessEqual: (.jumpLessEqualInt, false, .jumpLessEqualFloat),
    .jumpNotLessEqual: (.jumpLessInt, true, .jumpNotLessEqualFloat),
    .jumpEqual: (.jumpEqualInt, false, nil), .jumpNotEqual: (.jumpNotEqualInt, false, nil),
  ]
  private static let constantJumps: [Opcode: (int: Opcode, float: Opcode?)] = [
    .jumpLessI: (.jumpLessIntI, .jumpLessK), .jumpNotLessI: (.jumpGreaterEqualIntI, .jumpNotLessK),
    .jumpLessEqualI: (.jumpLessEqualIntI, .jumpLessEqualK),
    .jumpNotLessEqualI: (.jumpGreaterIntI, .jumpNotLessEqualK),
    .jumpGreaterI: (.jumpGreaterIntI, .jumpGreaterK), .jumpNotGreaterI: (.jumpLessEqualIntI, .jumpNotGreaterK),
    .jumpGreaterEqualI: (.jumpGreaterEqualIntI, .jumpGreaterEqualK),
    .jumpNotGreaterEqualI: (.jumpLessIntI, .jumpNotGreaterEqualK),
    .jumpEqualI: (.jumpEqualIntI, nil), .jumpNotEqualI: (.jumpNotEqualIntI, nil),
  ]
}
