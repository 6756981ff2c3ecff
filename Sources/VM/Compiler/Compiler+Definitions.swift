// Index notation and recurrences become `define` instructions: the values of the names that the definition uses are
// loaded into a window, and its tables come back in its place.
//
// A reduction over a comprehension is such a definition if an index of it takes its range from the reads, or if it reads
// a table of a `rec`, where a term that reads outside is left out. Whether the callee is a reduction is known when it
// runs, unless it is a builtin.
import Diagnostics
import Syntax

extension FunctionCompiler {
  func defineIndexed(_ declaration: Declaration, _ binders: [Binder], _ body: Expr) throws {
    let first = try define(Definition(.indexed(declaration, binders, body), names: module.names, span: span))
    bindTable(declaration, first)
  }

  func recurrence(_ node: RecNode) throws {
    let first = try define(Definition(.recurrence(node), names: module.names, span: span))
    for (index, table) in node.tables.enumerated() { bindTable(table.declaration, first + index) }
  }

  private func bindTable(_ declaration: Declaration, _ register: Int) {
    guard let binding = declaration.binding else { return }
    bind(binding, to: register)
    publish(binding, register)
  }

  /// Loads what the definition uses and runs it; its tables are in the registers from the result on, on top of the
  /// stack. `callee` is the register of a reduction's callee.
  private func define(_ definition: Definition, callee: Int? = nil) throws -> Int {
    let first = allocate(max(definition.valueCount, definition.tableCount))
    if let callee { emit(.move, first, callee) }
    for (index, binding) in definition.free.enumerated() {
      try loadBinding(binding, into: first + index + (callee == nil ? 0 : 1), definition.span)
    }
    code.definitions.append(definition)
    emit(.define, first, code.definitions.count - 1, definition.valueCount)
    release(to: first + definition.tableCount)
    return first
  }

  /// A comprehension whose value is a tensor with an axis for each index.
  func tensorComprehension(_ body: Expr, _ binders: [Binder], _ target: Int) throws {
    try scope {
      let table = try define(Definition(.tensor(body, binders), names: module.names, span: span))
      emit(.move, target, table)
    }
  }

  // MARK: Reductions

  /// Compiles the call as a reduction over indices, if it is one; `otherwise` compiles it as any other call.
  func reduction(_ callee: Expr, _ arguments: [Argument], _ target: Int, otherwise: () throws -> Void) throws {
    guard let terms = reductionTerms(arguments), isTemplate(callee) else { return try otherwise() }
    if let builtin = knownBuiltin(callee) {
      guard ReductionValue.named(builtin.record.name) != nil else { return try otherwise() }
      try scope {
        let register = allocate()
        load(Value(tag: .builtin, bits: UInt64(builtin.index)), into: register)
        try reduce(terms, register, target)
      }
      return
    }
    let otherLabel = Label()
    let endLabel = Label()
    try scope {
      let register = try value(callee)
      emitJump(.jumpUnlessReduction, register, to: otherLabel)
      try reduce(terms, register, target)
      emitJump(.jump, to: endLabel)
    }
    place(otherLabel)
    try otherwise()
    place(endLabel)
  }

  private func reduce(_ terms: [Expr], _ callee: Int, _ target: Int) throws {
    let definition = Definition(.reduction(terms), names: module.names, span: span)
    emit(.move, target, try define(definition, callee: callee))
  }

  /// Whether evaluating the callee twice does no harm and may give a reduction.
  private func isTemplate(_ callee: Expr) -> Bool {
    switch callee.kind {
    case .name: !(callee.binding.map { $0.kind == .function } ?? true)
    case .field(let base, _, _): isTemplate(base)
    default: false
    }
  }

  /// The terms of a call that would be a definition if the callee is a reduction.
  private func reductionTerms(_ arguments: [Argument]) -> [Expr]? {
    guard arguments.allSatisfy({ $0.name == nil }), let first = arguments.first else { return nil }
    let terms = arguments.map(\.value)
    var finder = FreeNames()
    if case .comprehension(let body, let binders) = first.value.kind {
      if binders.hasBare { return terms }
      guard binders.allSatisfy({ if case .destructured = $0.range { false } else { true } }) else { return nil }
      finder.expression(body)
      for binder in binders { for filter in binder.filters { finder.expression(filter) } }
      return finder.readsTable ? terms : nil
    }
    guard terms.count > 1 else { return nil }
    for term in terms { finder.expression(term) }
    return finder.readsTable ? terms : nil
  }
}
