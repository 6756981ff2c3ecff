// The passes over finished bytecode, in order: liveness, number kinds, specialisation, fusing, closing the gaps that
// dropped instructions leave, and shorter ways for jumps.

/// Brings `code` into the form that the machine runs.
func optimise(_ code: Code) {
  // The passes keep one entry a register, and take a block without entries for one that nothing reaches.
  code.registerCount = max(code.registerCount, 1)
  let graph = FlowGraph(code)
  guard var liveness = Liveness(code, graph) else {
    runUnoptimised(code)
    return
  }
  liveness.run()
  let pays = !code.backEdges.isEmpty && !code.parameters.isEmpty && code.parameters.count <= 30
  if pays {
    code.prototype = Prototype(code)
  } else if let first = code.instructions.first, first.op == .enter {
    code.instructions[0] = Instruction(.nop)
  }
  if var kinds = NumberKinds(code, graph) {
    kinds.run()
    Specialiser(code: code, kinds: kinds).run()
    removeUnreached(code, kinds)
    fusePairs(code, graph)
  } else {
    assumeNothing(code)
  }
  closeGaps(code)
  turnLoops(code)
  returnEarly(code)
}

extension Code {
  /// The same function for arguments of known kinds: what the parameters are made of is known in the whole body.
  func fill(variant: Code, _ prototype: Prototype, _ kinds: [RegisterKind]) -> Bool {
    prototype.restore(variant, from: self)
    variant.instructions[0] = Instruction(.nop)
    let graph = FlowGraph(variant)
    guard var numbers = NumberKinds(variant, graph, parameterKinds: kinds) else { return false }
    numbers.run()
    Specialiser(code: variant, kinds: numbers).run()
    removeUnreached(variant, numbers)
    fusePairs(variant, graph)
    closeGaps(variant)
    turnLoops(variant)
    returnEarly(variant)
    return true
  }
}

/// Code after the liveness pass, before it was specialised and moved together.
struct Prototype {
  private let instructions: [Instruction]
  private let handlers: [Handler]
  private let restores: [Restore]
  private let places: [(pc: Int, start: Int, end: Int)]
  private let backEdges: [Int: Int]

  init(_ code: Code) {
    instructions = code.instructions
    handlers = code.handlers
    restores = code.restores
    places = code.places
    backEdges = code.backEdges
  }

  /// Makes `target` a copy of `source` as it was.
  func restore(_ target: Code, from source: Code) {
    target.instructions = instructions
    target.handlers = handlers
    target.restores = restores
    target.places = places
    target.backEdges = backEdges
    target.parameters = source.parameters
    target.registerCount = source.registerCount
    target.captureCount = source.captureCount
    target.constants = source.constants
    target.fieldNames = source.fieldNames
    target.templates = source.templates
    target.layouts = source.layouts
    target.layoutCounts = source.layoutCounts
    target.closureCaptureCounts = source.closureCaptureCounts
    target.itemLists = source.itemLists
    target.paths = source.paths
    target.shapes = source.shapes
    target.argumentNames = source.argumentNames
    target.imports = source.imports
    target.definitions = source.definitions
    target.liveSets = source.liveSets
    target.signature = source.signature
    target.documentation = source.documentation
  }
}

/// Code of enormous size runs without last uses: every register is looked at when a function returns.
private func runUnoptimised(_ code: Code) {
  var everything = RegisterSet(count: code.registerCount)
  for register in 0..<code.registerCount { everything.insert(register) }
  code.liveSets = [everything]
  for index in code.handlers.indices { code.handlers[index].liveSet = 0 }
  for pc in code.instructions.indices {
    if code.instructions[pc].op == .clearDead { code.instructions[pc] = Instruction(.nop) }
  }
  code.restores = []
  assumeNothing(code)
}

private func assumeNothing(_ code: Code) {
  for pc in code.instructions.indices {
    let instruction = code.instructions[pc]
    switch instruction.op {
    case .return: code.instructions[pc] = Instruction(.return, instruction.a, code.registerCount)
    case .returnNone: code.instructions[pc] = Instruction(.returnNone, 0, code.registerCount)
    case .call, .callNamed, .callCode, .callSelf:
      code.instructions[pc] = instruction.with(flags: instruction.flags | Flag.clearAbove)
    default: break
    }
  }
}

/// Blocks that no way leads to were not specialised; they are dropped.
private func removeUnreached(_ code: Code, _ kinds: NumberKinds) {
  for block in kinds.graph.starts.indices where kinds.entry[block].isEmpty {
    for pc in kinds.graph.range(block) { code.instructions[pc] = Instruction(.nop) }
  }
}

/// Removes `nop`s and moves every jump, handler and place along.
private func closeGaps(_ code: Code) {
  guard code.instructions.contains(where: { $0.op == .nop }) else { return }
  let count = code.instructions.count
  var moved = Array(repeating: 0, count: count + 1)
  var kept = 0
  for pc in 0..<count {
    moved[pc] = kept
    if code.instructions[pc].op != .nop { kept += 1 }
  }
  moved[count] = kept
  var instructions: [Instruction] = []
  instructions.reserveCapacity(kept)
  for pc in 0..<count where code.instructions[pc].op != .nop {
    var instruction = code.instructions[pc]
    if let target = code.jumpTarget(pc) {
      let distance = moved[target] - moved[pc] - 1
      instruction =
        instruction.op.info.roles.b == UInt8(ascii: "J")
        ? instruction.with(bc: distance) : instruction.with(c: distance)
    }
    instructions.append(instruction)
  }
  // A back-edge that nothing reaches is gone, and must not pass for the instruction that took its place.
  var backEdges: [Int: Int] = [:]
  for (pc, set) in code.backEdges where code.instructions[pc].op != .nop { backEdges[moved[pc]] = set }
  code.backEdges = backEdges
  code.restores.removeAll { code.instructions[$0.pc].op == .nop }
  for index in code.restores.indices { code.restores[index].pc = moved[code.restores[index].pc] }
  code.instructions = instructions
  for index in code.handlers.indices {
    code.handlers[index].start = moved[code.handlers[index].start]
    code.handlers[index].end = moved[code.handlers[index].end]
    code.handlers[index].target = moved[code.handlers[index].target]
  }
  code.places = code.places.map { (moved[$0.pc], $0.start, $0.end) }
}
