// Letting go of compiled code. The codes of one compilation name each other and share module slots, so they stay or go
// together. A program that has run and left nothing behind is dropped at once (`retire`). The lines of a session can leave
// functions anywhere in its values: `sweep` walks everything that is still held, and drops the compilations that it does
// not meet.
//
// Invariant: the number of a dropped code is given to the next one that is made, so nothing may name it any more. Work
// that could still fail with a place in it is done by then: callers settle the graph first.
import Diagnostics
import Tensor

extension Machine {
  /// Drops what the compilations of `programs`, which have run, have made: codes, and slots of names with their values. Those
  /// whose functions can be reached from `held` (what the host holds) are kept and given back.
  package func retire(_ programs: [Code], held: [Value]) -> [Code] {
    guard frame < frames, !programs.isEmpty else { return programs }
    forgetErrors()
    var reached: Set<ObjectIdentifier> = []
    if !held.isEmpty {
      var walk = ReachableCode(machine: self)
      for value in held { walk.add(value) }
      guard let found = walk.finish() else { return programs }
      reached = found
    }
    var kept: [Code] = []
    for program in programs {
      guard let names = program.names else { continue }
      if reached.contains(ObjectIdentifier(names)) {
        kept.append(program)
      } else {
        for slot in names.scope.slots.values { dropGlobal(slot) }
        drop(names)
      }
    }
    return kept
  }

  /// Drops every compilation none of whose functions can be reached any more: from names of the session, modules and
  /// `held` (what the host holds). Does nothing if some value can't be seen through.
  package func sweep(held: [Value]) {
    guard frame < frames, profiler == nil else { return }
    forgetErrors()
    var walk = ReachableCode(machine: self)
    for index in 0..<globalCount { walk.add(globals[index]) }
    for module in modules.values { walk.add(module.value) }
    for value in held { walk.add(value) }
    for value in parameterValues.values { walk.add(value) }
    guard let reached = walk.finish() else { return }
    var seen: Set<ObjectIdentifier> = []
    for code in codes {
      guard let names = code.names, seen.insert(ObjectIdentifier(names)).inserted else { continue }
      if !reached.contains(ObjectIdentifier(names)) { drop(names) }
    }
  }

  /// How many codes there are.
  package var codeCount: Int { codes.count - freeCodes.count }

  /// What `catch` has seen may hold functions.
  private func forgetErrors() {
    for error in caught { heap.release(error.data) }
    caught.removeAll()
    lastError = nil
    heap.replace(&thrownData, with: .none)
  }

  private func dropGlobal(_ slot: Int) {
    heap.replace(globals + slot, with: .absent)
    globalNames[slot] = ""
    freeGlobals.append(slot)
  }

  private func drop(_ names: ModuleNames) {
    for id in names.codes {
      let code = codes[id]
      if code.closure.tag == .closure {
        let closure = code.closure
        code.closure = .none
        closure.object.assumingMemoryBound(to: HeapHeader.self).pointee.count = 1
        heap.release(closure)
      }
      codes[id] = outsideCode()
      freeCodes.append(id)
    }
    names.codes = []
  }
}

/// A walk over values that collects the compilations whose functions it meets.
private struct ReachableCode {
  private let machine: Machine
  private var pending: [Value] = []
  private var visited: Set<UInt64> = []
  private var reached: Set<ObjectIdentifier> = []
  private var isOpaque = false

  init(machine: Machine) { self.machine = machine }

  mutating func add(_ value: Value) {
    switch value.tag {
    case .list, .record, .closure, .sequence, .box: pending.append(value)
    default: break
    }
  }

  /// The compilations, by their names; nil if a value was met that can't be seen through.
  mutating func finish() -> Set<ObjectIdentifier>? {
    while let value = pending.popLast(), !isOpaque {
      guard visited.insert(value.bits).inserted else { continue }
      switch value.tag {
      case .list: for item in ListRef(value).buffer { add(item) }
      case .record:
        let record = RecordRef(value)
        for index in 0..<record.count { add(record.value(at: index, machine.heap)) }
      case .closure: function(value)
      case .sequence:
        add(SequenceRef(value).state)
        add(SequenceRef(value).step)
      case .box: box(value)
      default: break
      }
    }
    return isOpaque ? nil : reached
  }

  private mutating func function(_ value: Value) {
    let closure = ClosureRef(value)
    for index in 0..<closure.captureCount { add(closure.captures[index]) }
    guard let names = machine.code(of: value).names else { return }
    guard reached.insert(ObjectIdentifier(names)).inserted else { return }
    // What its functions name: constants that are functions of other compilations.
    for id in names.codes { for constant in machine.codes[id].constants { add(constant) } }
  }

  private mutating func box(_ value: Value) {
    if let bound = value.boundFunction {
      for captured in bound.captured { add(captured) }
    } else if let items = value.progressItems {
      add(items.items)
    } else if value.reductionValue.map({ $0.function != nil }) ?? true {
      isOpaque = true
    }
  }
}
