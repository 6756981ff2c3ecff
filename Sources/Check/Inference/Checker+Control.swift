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
      if let dims = tensor.dims, !dims.isEmpty,
        !dims.contains(where: { $0.map { $0.value == nil || $0.value == 1 } ?? true })
      {
        wrongType(
          "a condition", expected: "true or false", value, condition.span,
          help: "`any(c)` and `all(c)` make one boolean")
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
  func branch(_ condition: Expr, _ then: () -> Abstract, _ otherwise: () -> Abstract) -> Abstract {
    let known = truth(condition)
    if isStopped { return .anything }
    if let known { return known ? then() : otherwise() }
    let before = state
    let looked = forgotten(condition)
    conditional += 1
    func way(_ body: () -> Abstract) -> (value: Abstract, written: Set<ObjectIdentifier>, isStopped: Bool) {
      state = before
      isStopped = false
      for (id, value) in looked { state.put(id, value) }
      var value = Abstract.anything
      let written = journaled { value = body() }
      return (value, written, isStopped)
    }
    let a = way(then)
    var afterA = state
    let b = way(otherwise)
    conditional -= 1
    isStopped = a.isStopped && b.isStopped
    // Behind a way that ends, what the condition looked at is what the other way needs: a guard.
    if a.isStopped { return b.value }
    if b.isStopped {
      state = afterA
      return a.value
    }
    for (id, _) in looked {
      guard let old = before[id] else { continue }
      if !a.written.contains(id) { afterA.put(id, old) }
      if !b.written.contains(id) { state.put(id, old) }
    }
    merge(a.written.union(b.written), afterA, state)
    return Abstract.join(a.value, b.value)
  }

  /// What names that a condition looks at may hold where it is known to hold, or not to: less is said about them, so that
  /// nothing is said against what a condition just asked.
  func forgotten(_ condition: Expr) -> [(ObjectIdentifier, Abstract)] {
    var found: [(ObjectIdentifier, Abstract)] = []
    for binding in condition.mentioned where binding.kind != .builtin && binding.kind != .module {
      let id = ObjectIdentifier(binding)
      guard let value = state[id] else { continue }
      switch value {
      case .int(let size): found.append((id, .int(size?.value == nil ? size : nil)))
      case .float: found.append((id, .float(nil)))
      case .bool: found.append((id, .bool(nil)))
      case .string: found.append((id, .string(nil)))
      case .none, .list, .record, .tensor: found.append((id, .anything))
      case .unknown, .range, .closure, .builtin, .derived, .generator, .sequence: break
      }
    }
    return found
  }

  func tryCatch(_ body: Block, _ name: Declaration?, _ handler: Block) -> Abstract {
    let before = state
    var a = Abstract.anything
    // Problems in here are what the script waits for.
    silenced += 1
    tried += 1
    let writtenA = journaled { a = block(body) }
    tried -= 1
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
      let before = silenced
      var mayHaveLeft = false
      for item in known {
        bind(pattern, item, sequence.span)
        let end = journaledTurn { _ = self.block(body) }
        if end == .stops { break }
        // Whether the next turn comes at all is not known, nor what made it come.
        if end == .mayStop {
          silenced = before + 1
          mayHaveLeft = true
        }
      }
      silenced = before
      if mayHaveLeft { isStopped = false }
      exits.removeLast()
      return
    }
    loop(turns: walked.known?.prefix(2).count) { turn in
      let item = turn.flatMap { walked.known?.indices.contains($0) == true ? walked.known?[$0] : nil }
      self.bind(pattern, item ?? walked.common, sequence.span)
      _ = self.block(body)
    }
  }

  func leaveTurn(isBreak: Bool) {
    if !exits.isEmpty { exits[exits.count - 1].append((state, isBreak)) }
    isStopped = true
  }

  private enum TurnEnd { case goesOn, mayStop, stops }

  /// Walks one turn and takes what `break` and `continue` left into the state behind it.
  private func journaledTurn(_ body: () -> Void) -> TurnEnd {
    let returned = returns.last?.count ?? 0
    body()
    let left = exits[exits.count - 1]
    exits[exits.count - 1] = []
    let mayStop = left.contains { $0.isBreak } || (returns.last?.count ?? 0) > returned
    guard isStopped || !left.isEmpty else { return mayStop ? .mayStop : .goesOn }
    if isStopped, left.isEmpty {
      // `return` or `fail` in every way through: whoever walks on has left the loop already.
      return .stops
    }
    let ends = isStopped && left.allSatisfy(\.isBreak)
    var states = left.map(\.state)[...]
    if isStopped { state = states.removeFirst() }
    isStopped = false
    for other in states { merge(Set(state.locals.keys).union(state.globals.keys), state, other) }
    return ends ? .stops : mayStop ? .mayStop : .goesOn
  }

  /// Walks a body that runs any number of times: twice as it begins, then silently until nothing new comes, then once as
  /// what all turns have in common. `turn` is nil for that.
  private func loop(turns: Int?, _ body: (_ turn: Int?) -> Void) {
    let before = state
    conditional += 1
    loopDepth += 1
    exits.append([])
    var end = TurnEnd.goesOn
    var written = journaled { end = self.journaledTurn { body(0) } }
    // A loop that no turn leaves but by `return` may still have no turns at all.
    isStopped = false
    if end != .stops {
      let afterFirst = state
      let isDoubtful = turns == nil || end == .mayStop
      silenced += isDoubtful ? 1 : 0
      written.formUnion(journaled { _ = self.journaledTurn { body(1) } })
      isStopped = false
      silenced -= isDoubtful ? 1 : 0
      merge(written, afterFirst, state)
    }
    merge(written, before, state)
    // What changed from turn to turn is not known; what comes again is.
    silenced += 1
    for round in 0..<3 {
      let entry = state
      written.formUnion(journaled { _ = self.journaledTurn { body(nil) } })
      isStopped = false
      merge(written, entry, state)
      let moved = written.filter { id in
        guard let old = entry[id], let new = state[id] else { return false }
        return !Abstract.isSame(old, new)
      }
      if moved.isEmpty { break }
      if round == 2 { for id in moved { write(id, .anything) } }
    }
    silenced -= 1
    let entry = state
    written.formUnion(journaled { _ = self.journaledTurn { body(nil) } })
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
