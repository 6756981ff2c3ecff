// Derivatives that somebody else makes: a node that shows the elements of another one, and asks a rule for what flows back.
// The rule records operations like those of the table, so what it gives differentiates again.
import KernelTypes

/// What flows back from a node to its inputs, and the batches that were being mapped when the node was recorded.
struct DerivativeRule {
  let scopes: [MapScope]
  /// Given the node and the derivative that arrived (both owned by the rule) and the inputs: a part for each of them,
  /// owned, or nil.
  let body: (Node, Node, [Node]) throws -> [Node?]
}

extension Graph {
  /// The elements of `y`, whose derivative goes to `inputs` as `rule` says: it gets the node and the derivative that
  /// arrived, which it takes over, and gives a part for each input, like it. Nothing flows back to `y` itself.
  package func ruled(
    _ y: Node, inputs: [Node], rule: @escaping (Node, Node, [Node]) throws -> [Node?]
  ) throws -> Node {
    let attributes = Attributes()
    defer { for input in attributes.inputs { release(input) } }
    for input in inputs { attributes.inputs.append(try everywhere(input)) }
    let rows = try everywhere(y)
    defer { release(rows) }
    let value = try stopGradient(rows)
    defer { release(value) }
    if value.isComputed && value.pointee.storage == nil { _ = try contents(value) }
    let node = record(.alias, value.dtype, value.pointee.shape, value)
    pendingWork &-= value.count
    node.pointee.strides = value.pointee.strides
    node.pointee.isWeak = y.isWeak
    for input in attributes.inputs {
      input.pointee.uses += 1
      if input.pointee.level > node.pointee.level { track(node, input.pointee.level) }
    }
    attributes.rule = DerivativeRule(scopes: maps, body: rule)
    node.pointee.attributes = .passRetained(attributes)
    return mappedEverywhere(node)
  }

  /// Lets go of rules that are over; called where no walk over nodes is under way.
  func dropRetiredRules() {
    while !retiredRules.isEmpty {
      let over = retiredRules
      retiredRules = []
      withExtendedLifetime(over) {}
    }
  }

  func propagateRule(_ rule: DerivativeRule, _ node: Node, _ g: Node, _ level: UInt8) throws {
    // A batch that was mapped inside of what is differentiated is over by now, and is opened once more: its values live.
    let outer = maps
    maps = rule.scopes
    isMapping = !maps.isEmpty
    defer {
      maps = outer
      isMapping = !maps.isEmpty
    }
    let parts = try rule.body(mappedEverywhere(retain(node)), mappedEverywhere(retain(g)), node.given.inputs)
    defer { for part in parts { if let part { release(part) } } }
    for (input, part) in zip(node.given.inputs, parts) {
      guard let part, input.pointee.level >= level else { continue }
      try contribute(try everywhere(part), to: input)
    }
  }
}
