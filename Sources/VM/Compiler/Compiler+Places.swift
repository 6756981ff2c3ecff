// Assignment to places: a variable, or steps into it (`p.layers[0].w[i]`). One instruction walks all steps, making each
// level unique, and stores at the end, so that an error leaves everything as it was. Indices are evaluated first, in
// order, then the value.
import Diagnostics
import Syntax

extension FunctionCompiler {
  func assign(_ target: AssignTarget, _ e: Expr) throws {
    guard case .place(let place) = target else {
      let register = try value(e)
      try assign(target, from: register)
      return
    }
    let root = try rootRegister(place)
    if place.steps.isEmpty {
      try value(e, into: root)
      return
    }
    try store(place, root, operation: nil) { try value(e, into: $0) }
  }

  /// Assigns a value that is already in a register.
  private func assign(_ target: AssignTarget, from register: Int) throws {
    switch target {
    case .ignore: break
    case .place(let place):
      let root = try rootRegister(place)
      if place.steps.isEmpty {
        emit(.move, root, register)
      } else {
        try scope { try store(place, root, operation: nil) { emit(.move, $0, register) } }
      }
    case .list(let parts, let span):
      let first = allocate(parts.count)
      at(span) { _ = emit(.unpack, register, first, parts.count) }
      for (index, part) in parts.enumerated() { try assign(part, from: first + index) }
    }
  }

  func compoundAssign(_ place: Place, _ operation: BinaryOperator, _ e: Expr, _ operatorSpan: Span) throws {
    let root = try rootRegister(place)
    if place.steps.isEmpty {
      try binary(operation, place.root, e, root)
    } else {
      try store(place, root, operation: operation) { try value(e, into: $0) }
    }
  }

  private func rootRegister(_ place: Place) throws -> Int {
    guard let binding = place.root.binding, let register = register(of: binding) else {
      throw Diagnostic(.assignToConstant(module.text(place.root.span)), at: place.span)
    }
    return register
  }

  private func store(
    _ place: Place, _ root: Int, operation: BinaryOperator?, _ value: (Int) throws -> Void
  ) throws {
    if try simpleStore(place, root, operation, value) { return }
    let window = allocate()
    var steps: [PathStep] = []
    for step in place.steps {
      switch step {
      case .field(let name, _): steps.append(.field(fieldSite(name)))
      case .index(let items, _):
        let items = items.map(plainItem)
        if items.count == 1, case .value(let e) = items[0] {
          try self.value(e, into: allocate())
          steps.append(.index)
        } else {
          steps.append(.items(try indexForms(items)))
        }
      }
    }
    let indexCount = next - window - 1
    try value(window)
    code.paths.append(
      Path(steps: steps, operation: operation, indexCount: indexCount, text: module.text(place.span)))
    at(place.span) { _ = emit(operation == nil ? .setPath : .updatePath, root, code.paths.count - 1, window) }
  }

  /// Places of one step, and fields of items, have instructions of their own.
  private func simpleStore(
    _ place: Place, _ root: Int, _ operation: BinaryOperator?, _ value: (Int) throws -> Void
  ) throws -> Bool {
    func singleIndex(_ step: PlaceStep) -> Expr? {
      guard case .index(let items, _) = step, items.count == 1, case .value(let e) = plainItem(items[0]) else {
        return nil
      }
      return e
    }
    let flags = operation.map { UInt8($0.code) << Flag.operatorShift } ?? 0
    if place.steps.count == 1, case .field(let name, _) = place.steps[0] {
      let register = allocate()
      try value(register)
      at(place.span) {
        _ = emit(operation == nil ? .setField : .updateField, root, register, fieldSite(name), flags: flags)
      }
      return true
    }
    if place.steps.count == 1, let e = singleIndex(place.steps[0]) {
      let index = allocate()
      try self.value(e, into: index)
      let register = allocate()
      try value(register)
      at(place.span) { _ = emit(operation == nil ? .setIndex : .updateItem, root, index, register, flags: flags) }
      return true
    }
    if place.steps.count == 2, let e = singleIndex(place.steps[0]), case .field(let name, _) = place.steps[1] {
      let window = allocate(2)
      try self.value(e, into: window + 1)
      try value(window)
      at(place.span) {
        _ = emit(operation == nil ? .setItemField : .updateItemField, root, window, fieldSite(name), flags: flags)
      }
      return true
    }
    return false
  }

  /// `none` in brackets is a new axis for a tensor and a key for a record: which one is seen as it runs.
  private func plainItem(_ item: IndexItem) -> IndexItem {
    if case .newAxis(let span) = item { return .value(Expr(.none, span)) }
    return item
  }

  /// Evaluates the values inside index brackets onto the top of the register stack.
  func indexForms(_ items: [IndexItem]) throws -> [IndexForm] {
    var forms: [IndexForm] = []
    for item in items {
      switch item {
      case .value(let e):
        try value(e, into: allocate())
        forms.append(.value)
      case .slice(let start, let end, let step, _):
        for case .some(let e) in [start, end, step] { try value(e, into: allocate()) }
        forms.append(.slice(start: start != nil, end: end != nil, step: step != nil))
      case .newAxis: forms.append(.newAxis)
      case .ellipsis: forms.append(.ellipsis)
      }
    }
    return forms
  }

  func index(_ base: Expr, _ items: [IndexItem], _ target: Int) throws {
    let items = items.map(plainItem)
    if items.count == 1, case .value(let e) = items[0] {
      if let number = smallInteger(e) {
        emit(.getIndexI, target, try value(base), number)
        return
      }
      let object = try operand(base, before: [e])
      let position = try value(e)
      emit(.getIndex, target, object, position)
      return
    }
    // The window: what is indexed, then the values of the items.
    let window = allocate()
    try value(base, into: window)
    let forms = try indexForms(items)
    code.itemLists.append(forms)
    emit(.getItems, target, window, code.itemLists.count - 1)
  }
}

extension BinaryOperator {
  static let all: [BinaryOperator] = [
    .add, .subtract, .join, .multiply, .divide, .floorDivide, .modulo, .matmul, .power,
  ]
  /// A small number for the flags of an instruction.
  var code: Int { BinaryOperator.all.firstIndex(of: self) ?? 0 }
}
