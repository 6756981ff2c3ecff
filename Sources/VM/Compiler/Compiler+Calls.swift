// Calls. A call has a window on top of the register stack: the result, then the arguments. A known function or builtin
// gets its arguments in parameter order (names and defaults resolved here); anything else is found out as it runs.
// Arguments that are plain variables are moved into the window last, right before the call: then the liveness pass can
// hand the value itself over, and a builtin call that fails can put it back.
import Diagnostics
import Syntax

extension FunctionCompiler {
  /// An argument in its slot: an expression, several as a list (variadic), or nothing.
  private enum Slot {
    case one(Expr)
    case several([Expr])
    case missing
  }

  func call(_ callee: Expr, _ arguments: [Argument], _ target: Int) throws {
    try reduction(callee, arguments, target) { try plainCall(callee, arguments, target) }
  }

  private func plainCall(_ callee: Expr, _ arguments: [Argument], _ target: Int) throws {
    if try special(callee, arguments, target) { return }
    let window = isFresh(target) ? target : allocate()
    if let builtin = knownBuiltin(callee), let slots = arrange(arguments, builtin: builtin.record) {
      // `tensor(e for i, k)` has an axis for each binder, which the flat list of a comprehension has not.
      if builtin.record.name == "tensor", let first = arguments.first?.value,
        case .comprehension(_, let binders) = first.kind, binders.areIndices
      {
        definedComprehensions.insert(ObjectIdentifier(first))
      }
      let moved = try fill(slots, window)
      code.restores += moved.map { Restore(pc: pc, slot: $0.slot, home: $0.home) }
      emit(.callBuiltin, window, builtin.index, slots.count)
    } else if let known = knownCode(callee), let slots = arrange(arguments, function: known.node) {
      _ = try fill(slots, window)
      if known.isSelf {
        emit(.callSelf, window, slots.count)
      } else if known.code.id < 65_536 {
        emit(.callCode, window, known.code.id, slots.count)
      } else {
        emit(.constant, window, bc: constant(module.constantClosure(known.code)))
        emit(.call, window, slots.count)
      }
    } else {
      try dynamicCall(callee, arguments, window)
    }
    release(to: window + 1)
    if window != target { emit(.move, target, window) }
  }

  private func dynamicCall(_ callee: Expr, _ arguments: [Argument], _ window: Int) throws {
    // The callee is read before the arguments are evaluated, and lies in the window.
    try value(callee, into: window)
    let positional = arguments.filter { $0.name == nil }
    let named = arguments.filter { $0.name != nil }
    _ = try fill((positional + named).map { .one($0.value) }, window)
    if named.isEmpty {
      emit(.call, window, arguments.count)
    } else {
      code.argumentNames.append(named.compactMap(\.name))
      emit(.callNamed, window, arguments.count, code.argumentNames.count - 1)
    }
  }

  /// Evaluates arguments into the slots behind `window`; returns which variables were moved there last.
  private func fill(_ slots: [Slot], _ window: Int) throws -> [(slot: Int, home: Int)] {
    release(to: window + 1)
    let first = window + 1
    for _ in slots { _ = allocate() }
    var late: [(slot: Int, home: Int, span: Span)] = []
    for (index, slot) in slots.enumerated() {
      let register = first + index
      switch slot {
      case .missing: emit(.constant, register, bc: constant(.absent))
      case .several(let items):
        try scope {
          let list = next
          for item in items {
            let place = allocate()
            try value(item, into: place)
          }
          emit(.makeList, register, list, items.count)
        }
      case .one(let e):
        let later = slots[(index + 1)...].contains {
          switch $0 {
          case .one(let other): mayAssign(other)
          case .several(let others): others.contains(where: mayAssign)
          case .missing: false
          }
        }
        if case .name = e.kind, !later, let binding = e.binding, let home = self.register(of: binding) {
          late.append((register, home, e.span))
        } else {
          try value(e, into: register)
        }
      }
    }
    for move in late { emit(.move, move.slot, move.home) }
    return late.map { ($0.slot, $0.home) }
  }

  // MARK: Known callees

  func knownBuiltin(_ callee: Expr) -> (index: Int, record: Builtin)? {
    guard case .name = callee.kind, let binding = callee.binding, binding.kind == .builtin,
      let index = module.machine.builtinIndex(binding.name)
    else { return nil }
    return (index, module.machine.builtins[index])
  }

  private func knownCode(_ callee: Expr) -> (code: Code, node: FunctionNode, isSelf: Bool)? {
    guard case .name = callee.kind, let binding = callee.binding else { return nil }
    let key = ObjectIdentifier(binding)
    guard let known = module.functionCodes[key], let function = module.functionNodes[key] else { return nil }
    if binding.isTopLevel && module.bindsLate { return nil }
    if known.captureCount == 0 { return (known, function, false) }
    if let name = node?.name, name.binding === binding { return (known, function, true) }
    return nil
  }

  // MARK: Arguments in parameter order; nil leaves the error to the run

  private func arrange(_ arguments: [Argument], function: FunctionNode) -> [Slot]? {
    let names = function.parameters.map(\.declaration.name)
    guard let slots = arrange(arguments, names: names, variadic: nil) else { return nil }
    for (index, slot) in slots.enumerated() {
      if case .missing = slot, function.parameters[index].defaultValue == nil { return nil }
    }
    return slots
  }

  private func arrange(_ arguments: [Argument], builtin: Builtin) -> [Slot]? {
    let names = builtin.parameters.map(\.name)
    let variadic = builtin.parameters.firstIndex { $0.requirement == .variadic }
    guard let slots = arrange(arguments, names: names, variadic: variadic) else { return nil }
    for (index, slot) in slots.enumerated() {
      if case .missing = slot, builtin.parameters[index].requirement == .required { return nil }
    }
    return slots
  }

  private func arrange(_ arguments: [Argument], names: [String], variadic: Int?) -> [Slot]? {
    var slots = Array(repeating: Slot.missing, count: names.count)
    var rest: [Expr] = []
    var position = 0
    for argument in arguments {
      if let name = argument.name {
        guard let index = names.firstIndex(of: name), case .missing = slots[index] else { return nil }
        slots[index] = .one(argument.value)
      } else if let variadic, position >= variadic {
        rest.append(argument.value)
      } else {
        guard position < names.count, case .missing = slots[position] else { return nil }
        slots[position] = .one(argument.value)
        position += 1
      }
    }
    if let variadic { slots[variadic] = .several(rest) }
    return slots
  }

  // MARK: Builtins with an instruction of their own

  private func special(_ callee: Expr, _ arguments: [Argument], _ target: Int) throws -> Bool {
    guard case .name(let name) = callee.kind, callee.binding?.kind == .builtin,
      module.machine.builtinIndex(name) != nil, arguments.allSatisfy({ $0.name == nil }),
      let form = FunctionCompiler.specialForms["\(name)/\(arguments.count)"]
    else { return false }
    let values = arguments.map(\.value)
    for e in values { if case .comprehension = e.kind { return false } }
    let first = try operand(values[0], before: Array(values.dropFirst()))
    switch form {
    case .getKey:
      let window = allocate(2)
      try value(values[1], into: window)
      try value(values[2], into: window + 1)
      emit(.getKey, target, first, window)
    case .append, .minimum, .maximum:
      let second = try value(values[1])
      emit(form, target, first, second)
    default: emit(form, target, first)
    }
    return true
  }

  private static let specialForms: [String: Opcode] = [
    "len/1": .length, "append/2": .append, "get/3": .getKey, "abs/1": .absolute, "sqrt/1": .squareRoot,
    "min/2": .minimum, "max/2": .maximum, "str/1": .text,
  ]
}
