// Branches and loops.
import Diagnostics
import Syntax

extension Checker {
  /// Whether a condition holds, if that is known.
  @discardableResult
  func truth(_ condition: Expr) -> Bool? {
    let value = self.value(condition)
    switch value {
    case .bool(let known): return known
    case .unknown: return nil
    case .tensor(let tensor):
      if let dims = tensor.dims, !dims.isEmpty, !dims.contains(where: { $0.map { $0.value == nil || $0.value == 1 } ?? true }) {
        wrongType(
          "a condition", expected: "true or false", value, condition.span, help: "`any(c)` and `all(c)` make one boolean")
      } else if let type = tensor.type, type != .bool, tensor.dims?.isEmpty == true {
        wrongType("a condition", expected: "true or false", value, condition.span)
      }
      return nil
    default:
      wrongType("a condition", expected: "true or false", value, condition.span)
      return nil
    }
  }

  /// Walks one of two ways, or both if nobody knows which.
  func branch(_ condition: Bool?, _ then: () -> Abstract, _ otherwise: () -> Abstract) -> Abstract {
    if isStopped { return .anything }
    if let condition { return condition ? then() : otherwise() }
    let before = state
    conditional += 1
    var a = Abstract.anything
    var b = Abstract.anything
    let writtenA = journaled { a = then() }
    let (afterA, stoppedA) = (state, isStopped)
    state = before
    isStopped = false
    let writtenB = journaled { b = otherwise() }
    let stoppedB = isStopped
    conditional -= 1
    isStopped = stoppedA && stoppedB
    if stoppedA { return b }
    if stoppedB {
      state = afterA
      return a
    }
    merge(writtenA.union(writtenB), afterA, state)
    return Abstract.join(a, b)
  }

  func tryCatch(_ body: Block, _ name: Declaration?, _ handler: Block) -> Abstract {
    let before = state
    var a = Abstract.anything
    // Problems in here are what the script waits for.
    silenced += 1
    let writtenA = journaled { a = block(body) }
    silenced -= 1
    let (afterA, stoppedA) = (state, isStopped)
    // The body may have ended anywhere in between.
    state = before
    for id in writtenA where state[id] != nil { write(id, .anything) }
    isStopped = false
    conditional += 1
    write(name?.binding, .anything)
    var b = Abstract.anything
    let writtenB = journaled { b = block(handler) }
    conditional -= 1
    if isStopped {
      isStopped = stoppedA
      state = afterA
      return a
    }
    if stoppedA { return b }
    merge(writtenA.union(writtenB), afterA, state)
    return Abstract.join(a, b)
  }

  // MARK: Loops

  func whileLoop(_ condition: Expr, _ body: Block) {
    if truth(condition) == false { return }
    loop(turns: nil) { _ in
      self.truth(condition)
      _ = self.block(body)
    }
  }

  func forLoop(_ pattern: Pattern, _ sequence: Expr, _ body: Block) {
    let walked = items(of: value(sequence), sequence.span)
    if walked.known?.isEmpty == true { return }
    if let known = walked.known, known.count <= 12 {
      exits.append([])
      for item in known where !isStopped {
        bind(pattern, item, sequence.span)
        _ = block(body)
        // A turn that may have ended early: the next one begins with either.
        endTurn()
      }
      exits.removeLast()
      isStopped = false
      return
    }
    loop(turns: walked.known?.prefix(2).count) { turn in
      let item = turn.flatMap { walked.known?.indices.contains($0) == true ? walked.known?[$0] : nil }
      self.bind(pattern, item ?? walked.common, sequence.span)
      _ = self.block(body)
    }
  }

  /// Takes what `break` and `continue` left into the state behind a turn.
  private func endTurn() {
    let left = exits[exits.count - 1]
    exits[exits.count - 1] = []
    guard let first = left.first else { return }
    var states = left[...]
    if isStopped {
      state = first
      states = left.dropFirst()
      isStopped = false
    }
    for other in states {
      let keys = Set(state.locals.keys).union(state.globals.keys)
      merge(keys, state, other)
    }
  }

  /// Walks a body that runs any number of times: twice as it begins, then silently until nothing new comes, then once as
  /// what all turns have in common. `turn` is nil for that.
  private func loop(turns: Int?, _ body: (_ turn: Int?) -> Void) {
    let before = state
    conditional += 1
    loopDepth += 1
    exits.append([])
    var written = journaled { body(0) }
    endTurn()
    let endsAtOnce = isStopped
    isStopped = false
    if !endsAtOnce {
      let afterFirst = state
      silenced += turns == nil ? 1 : 0
      written.formUnion(journaled { body(1) })
      endTurn()
      isStopped = false
      silenced -= turns == nil ? 1 : 0
      merge(written, afterFirst, state)
    }
    merge(written, before, state)
    // What changed from turn to turn is not known; what comes again is.
    silenced += 1
    for round in 0..<3 {
      let entry = state
      written.formUnion(journaled { body(nil) })
      endTurn()
      isStopped = false
      let after = state
      merge(written, entry, after)
      let moved = written.filter { id in
        guard let old = entry[id], let new = state[id] else { return false }
        return !Abstract.isSame(old, new)
      }
      if moved.isEmpty { break }
      if round == 2 { for id in moved { write(id, .anything) } }
    }
    silenced -= 1
    let entry = state
    written.formUnion(journaled { body(nil) })
    endTurn()
    isStopped = false
    merge(written, entry, state)
    exits.removeLast()
    loopDepth -= 1
    conditional -= 1
  }

  /// What a loop over the value walks: the items one by one if they are known, and what they have in common.
  func items(of value: Abstract, _ span: Span) -> (known: [Abstract]?, common: Abstract, count: Size?) {
    switch value {
    case .unknown, .sequence: return (nil, .anything, nil)
    case .list(let list): return (list.items, list.common, list.count)
    case .range(let range):
      if let start = range.start?.value, let step = range.step, let count = range.count?.value, count <= 64 {
        return ((0..<count).map { .int(Size(start + $0 * step)) }, .int(nil), Size(count))
      }
      return (nil, .int(nil), range.count)
    case .string: return (nil, .string(nil), nil)
    case .record: return (nil, .anything, nil)
    case .tensor(let tensor):
      guard let dims = tensor.dims else { return (nil, .anything, nil) }
      guard let first = dims.first else {
        return (nil, .anything, nil)
      }
      let row = AbstractTensor(dims: Array(dims.dropFirst()), type: tensor.type, origin: tensor.origin)
      return (nil, .tensor(row), first)
    case .none, .bool, .int, .float, .closure, .builtin, .derived, .generator:
      wrongType("for", expected: "a list, range, record, string, tensor or sequence", value, span)
      return (nil, .anything, nil)
    }
  }
}
