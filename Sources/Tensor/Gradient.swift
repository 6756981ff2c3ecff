// Derivatives by transformation of the graph: the backward pass records nodes like any other code, so gradients fuse,
// are planned, and differentiate again.
//
// A scope gives its leaves a level; a node's level is the greatest of its inputs'. Nodes with a level are kept on the
// tape in the order of recording, with their inputs, also after they are computed. The backward pass walks the tape from
// the end to where the scope began; nodes of a lower level do not depend on this scope's leaves and are passed over. When
// a scope ends, what it recorded gets the level that is left without its leaves: that of an enclosing scope, or none.
import KernelTypes

/// An open gradient scope. Scopes end in the reverse order of their beginning.
package struct GradientScope: Sendable {
  let level: UInt8
  let start: Int
}

extension Graph {
  /// How deep gradients may nest.
  private static let deepest: UInt8 = 100

  /// Opens a scope. Every opened scope must be ended, also after an error.
  package func beginGradient() throws -> GradientScope {
    if level >= Graph.deepest {
      throw TensorError(.badValue(operation: "grad", detail: "derivatives nest more than \(Graph.deepest) deep"))
    }
    level += 1
    return GradientScope(level: level, start: tape.count)
  }

  /// The same elements as `x`, as a variable of the scope.
  package func leaf(_ x: Node, _ scope: GradientScope) throws -> Node {
    if isMapping {
      // A variable for every item, so that each has a derivative of its own.
      let rows = try everywhere(x)
      defer { release(rows) }
      let node = try alias(rows)
      track(node, scope.level)
      return mappedEverywhere(node)
    }
    let node = try alias(x)
    track(node, scope.level)
    return node
  }

  /// Derivatives of the scalar `output` in `leaves`; nil where it does not depend on one. Owned by the caller.
  package func gradient(_ output: Node, _ leaves: [Node], _ scope: GradientScope) throws -> [Node?] {
    let output = elements(of: output)
    let seed = filled(output.pointee.shape, output.dtype, try convert(.int(1), to: output.dtype))
    defer { release(seed) }
    if !isMapping { return try pullback(output, seed, leaves, scope) }
    return try pullback(output, seed, leaves.map(elements), scope).map { $0.map(mappedEverywhere) }
  }

  /// Pulls `seed`, a derivative in `output`, back to `leaves`.
  private func pullback(_ output: Node, _ seed: Node, _ leaves: [Node], _ scope: GradientScope) throws -> [Node?] {
    if output.pointee.level < scope.level { return leaves.map { _ in nil } }
    let end = tape.count
    for leaf in leaves { leaf.pointee.planUses = -1 }  // the walk stops at leaves
    defer { clearAdjoints(scope.start, end) }
    output.pointee.adjoint = retain(seed)
    var index = end - 1
    while index >= scope.start {
      let node = tape[index]
      index -= 1
      guard node.pointee.level >= scope.level, let adjoint = node.pointee.adjoint else { continue }
      if node.pointee.planUses == -1 && leaves.contains(node) { continue }
      node.pointee.adjoint = nil
      defer { release(adjoint) }
      let asksScript = node.pointee.op == .alias && node.pointee.attributes != nil
      try propagate(node, adjoint, scope.level)
      // A rule may have looked at values, which uses the same field; so does a program that calls functions.
      if asksScript || node.pointee.op == .recurrence { for leaf in leaves { leaf.pointee.planUses = -1 } }
    }
    return leaves.map { leaf in
      defer { leaf.pointee.adjoint = nil }
      return leaf.pointee.adjoint
    }
  }

  private func clearAdjoints(_ start: Int, _ end: Int) {
    for index in start..<end {
      if let adjoint = tape[index].pointee.adjoint {
        tape[index].pointee.adjoint = nil
        release(adjoint)
      }
    }
  }

  /// Adds `part` (given up by the caller) to the derivative collected for `input`.
  func contribute(_ part: Node, to input: Node) throws {
    guard let soFar = input.pointee.adjoint else {
      input.pointee.adjoint = part
      return
    }
    defer {
      release(soFar)
      release(part)
    }
    input.pointee.adjoint = nil
    input.pointee.adjoint = try binary(.add, .node(soFar), .node(part))
  }

  /// Ends the innermost scope.
  package func endGradient(_ scope: GradientScope) {
    level = scope.level - 1
    var kept = scope.start
    // Levels first, while all inputs are there.
    for index in scope.start..<tape.count { tape[index].pointee.level = remainingLevel(tape[index]) }
    let recorded = tape[scope.start...]
    var dropped: [Node] = []
    for node in recorded {
      if node.pointee.level > 0 {
        tape[kept] = node
        kept += 1
      } else {
        dropped.append(node)
      }
    }
    tape.removeLast(tape.count - kept)
    for node in dropped {
      node.pointee.onTape = false
      if node.pointee.state == .computed { forgetInputs(node) }
    }
    for node in dropped { dropUse(node) }
    if !retiredRules.isEmpty { dropRetiredRules() }
  }

  private func remainingLevel(_ node: Node) -> UInt8 {
    var level: UInt8 = 0
    if let input = node.pointee.in0 { level = max(level, input.pointee.level) }
    if let input = node.pointee.in1 { level = max(level, input.pointee.level) }
    if let input = node.pointee.in2 { level = max(level, input.pointee.level) }
    if node.pointee.op.hasInputList || node.pointee.attributes != nil {
      for input in node.given.inputs { level = max(level, input.pointee.level) }
    }
    return level
  }

  /// A computed node that nothing tracks any more is a leaf; a scalar is kept as bits.
  private func forgetInputs(_ node: Node) {
    dropInputs(node)
    guard let storage = node.pointee.storage else { return }
    if node.pointee.shape == shapes.scalar {
      node.pointee.bits = loadElement(node.dtype, node.base)
      node.pointee.op = .number
      node.pointee.storage = nil
      releaseStorage(storage)
    } else {
      node.pointee.op = .leaf
    }
  }

  /// The same elements, passing no derivative.
  package func stopGradient(_ x: Node) throws -> Node {
    if x.isMapped { return try onRows(x, stopGradient) }
    if x.pointee.level == 0 { return retain(x) }
    let node = try alias(x)
    untrack(node)
    return node
  }

  /// Takes a node that was just recorded off the tape.
  private func untrack(_ node: Node) {
    node.pointee.level = 0
    if node.pointee.onTape, tape.last == node {
      tape.removeLast()
      node.pointee.onTape = false
      node.pointee.uses -= 1
    }
    if node.pointee.state == .computed { forgetInputs(node) }
  }
}
