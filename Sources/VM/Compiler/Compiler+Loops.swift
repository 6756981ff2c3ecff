// Loops and comprehensions. A loop over a range literal counts in registers; any other sequence is walked by
// `iterateNext`. Comprehensions are loops that push onto a list.
import Diagnostics
import Syntax

extension FunctionCompiler {
  func whileLoop(_ condition: Expr, _ body: Block) throws {
    let scope = openLoop()
    let head = Label()
    place(head)
    try branch(condition, to: scope.breakLabel, when: false)
    try loopBody { try effects(body) }
    place(scope.continueLabel)
    emitJump(.loopBack, to: head)
    closeLoop(scope)
  }

  func forLoop(_ pattern: Pattern, _ sequence: Expr, _ body: Block) throws {
    try self.scope {
      try walk(sequence, pattern) { try effects(body) }
    }
  }

  private func openLoop() -> LoopScope {
    let scope = LoopScope(breakLabel: Label(), continueLabel: Label(), tryDepth: tries.count)
    loops.append(scope)
    return scope
  }
  private func loopBody(_ body: () throws -> Void) throws { try self.scope(body) }
  private func closeLoop(_ scope: LoopScope) {
    loops.removeLast()
    place(scope.breakLabel)
    emit(.clearDead)
  }

  func leaveLoop(_ label: KeyPath<LoopScope, Label>) {
    guard let loop = loops.last else { return }
    for mark in tries[loop.tryDepth...].reversed() { emit(.tryEnd, mark) }
    emitJump(.jump, to: loop[keyPath: label])
  }

  /// Runs `body` for each item of `sequence`, bound to `pattern`.
  private func walk(_ sequence: Expr, _ pattern: Pattern, _ body: () throws -> Void) throws {
    if case .range(.some(let start), .some(let end), let step) = sequence.kind {
      try at(sequence.span) {
        let window = allocate(3)
        try rangeEnds(start, end, step, window)
        try count(window, isUnit: step == nil, pattern, body)
      }
    } else {
      try iterate(sequence, pattern, body)
    }
  }

  /// A counting loop: R[window] runs to R[window + 1] in steps of R[window + 2].
  private func count(_ window: Int, isUnit: Bool, _ pattern: Pattern, _ body: () throws -> Void) throws {
    let scope = openLoop()
    let bodyLabel = Label()
    emitJump(.rangePrepare, window, to: scope.breakLabel)
    place(bodyLabel)
    let place = span
    try loopBody {
      switch pattern {
      case .name(let declaration) where !(declaration.binding?.isTopLevel ?? false):
        bind(declaration.binding, to: window)
        try body()
      case .ignore: try body()
      default:
        let item = allocate()
        emit(.move, item, window)
        try destructure(pattern, item)
        try body()
      }
    }
    at(place) {
      self.place(scope.continueLabel)
      emitJump(isUnit ? .rangeLoopOne : .rangeLoop, window, to: bodyLabel)
    }
    closeLoop(scope)
  }

  private func iterate(_ sequence: Expr, _ pattern: Pattern, _ body: () throws -> Void) throws {
    let state = allocate(2)
    try value(sequence, into: state)
    let item = allocate()
    let scope = openLoop()
    let head = Label()
    at(sequence.span) { _ = emit(.iteratePrepare, state) }
    place(head)
    at(sequence.span) { emitJump(.iterateNext, state, item, to: scope.breakLabel) }
    try loopBody {
      try destructure(pattern, item)
      try body()
    }
    place(scope.continueLabel)
    emitJump(.loopBack, to: head)
    closeLoop(scope)
  }

  // MARK: Comprehensions

  func comprehension(_ body: Expr, _ binders: [Binder], _ target: Int) throws {
    let result = isFresh(target) ? target : allocate()
    if let position = binders.firstIndex(where: { if case .bare = $0.range { true } else { false } }) {
      let name = binders[position].declaration.name
      var help = "a list needs a range: `for \(name) < n`; `tensor(e for i)` takes it from the reads"
      if position + 1 < binders.count, case .sequence = binders[position + 1].range {
        help = "an item is taken apart by brackets: `for [\(name), \(binders[position + 1].declaration.name)] in`"
      }
      throw Diagnostic(.unboundedIndex(name), at: binders[position].span, help: help)
    }
    emit(.makeList, result, 0, 0)
    try self.scope {
      try bindersFrom(0, binders) {
        let register = try value(body)
        emit(.listPush, result, register)
      }
    }
    if result != target { emit(.move, target, result) }
  }

  private func bindersFrom(_ index: Int, _ binders: [Binder], _ body: () throws -> Void) throws {
    guard index < binders.count else {
      try self.scope(body)
      return
    }
    let binder = binders[index]
    func inner() throws {
      guard let loop = loops.last else { return }
      for filter in binder.filters { try branch(filter, to: loop.continueLabel, when: false) }
      try bindersFrom(index + 1, binders, body)
    }
    try at(binder.span) {
      switch binder.range {
      case .bare: break
      case .below(let end), .upTo(let end):
        let window = allocate(3)
        emit(.loadInt, window, bc: 0)
        try value(end, into: window + 1)
        if case .upTo = binder.range { emit(.addI, window + 1, window + 1, 1) }
        emit(.loadInt, window + 2, bc: 1)
        try count(window, isUnit: true, .name(binder.declaration), inner)
      case .sequence(let e): try walk(e, .name(binder.declaration), inner)
      case .destructured(let pattern, let e): try walk(e, pattern, inner)
      }
    }
  }
}
