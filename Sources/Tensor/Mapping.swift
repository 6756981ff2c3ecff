// Mapped values: what `vmap` hands to a function. A mapped value stands for one item of a batch, yet for all at once.
//
// It is a node of its own kind, `mapped`, whose shape is the item's and whose one input holds the rows: the items side by
// side along a leading axis. So whoever asks for `rank` or `dims`, the language and its messages among them, sees the
// item. The rows may be mapped again, by an outer `vmap`: a rule takes off the innermost axis alone, records the operation
// on the rows, where it may meet the next mapped value, and wraps the result; so nesting needs no rule.
//
// Rules are in `Mapping+Rules`, one for each way of recording that does not go through another one. Each sits behind the
// checks of shapes and types, which are those of one item. An operation without a rule records the mapped node itself as
// its input; that node is failed from the start, so the operation fails when somebody looks, with `mapped` for a reason.
//
// Derivatives know nothing of this: the tape holds rows, and the backward pass is recorded on rows. What a derivative is
// taken in becomes mapped, with an axis for each `vmap` that is running (`leaf`), so every item gets a derivative of
// its own, also in what the items share.
import KernelTypes

/// A batch that is being mapped. Scopes end in the reverse order of their beginning.
package struct MapScope: Sendable {
  /// 1 for the outermost.
  let level: Int
  /// Tells scopes of one level apart: a value may not outlive its own.
  let id: UInt64
  /// Items of the batch.
  package let size: Int
}

extension UnsafeMutablePointer where Pointee == NodeRecord {
  /// Stands for the items of a batch: nobody can look at it.
  @inline(__always) package var isMapped: Bool {
    unsafeBitCast(pointee.op, to: UInt8.self) == unsafeBitCast(NodeOp.mapped, to: UInt8.self)
  }
  /// The innermost `vmap` that it is mapped by; 0 for none.
  var mapLevel: Int { isMapped ? Int(pointee.sub) : 0 }
}

extension Graph {
  private static let deepestMap = 32

  /// Opens the mapping of a batch. Every opened scope must be ended, also after an error.
  package func beginMap(_ size: Int) throws -> MapScope {
    if maps.count >= Graph.deepestMap {
      throw TensorError(.badValue(operation: "vmap", detail: "it nests more than \(Graph.deepestMap) deep"))
    }
    mapsBegun &+= 1
    let scope = MapScope(level: maps.count + 1, id: mapsBegun, size: size)
    maps.append(scope)
    isMapping = true
    return scope
  }

  package func endMap(_ scope: MapScope) {
    maps.removeLast(maps.count - scope.level + 1)
    isMapping = !maps.isEmpty
  }

  /// One item for each place along the first axis of `rows`, as long as the scope is open.
  package func map(_ rows: Node, _ scope: MapScope) -> Node { wrap(retain(rows), scope.level) }

  /// All items along a new first axis: of a mapped value its rows, of another the same ones over and over.
  /// Numbers give what `tensor` makes of them.
  package func collect(_ x: Node, _ scope: MapScope) throws -> Node {
    let rows = try rows(of: x, scope.level)
    guard x.isWeak, x.dtype == .f64 else { return rows }
    defer { release(rows) }
    return try cast(rows, .f32)
  }

  /// A mapped node that was just made, as a number: it takes the type of whatever it meets.
  package func numberOfItems(_ x: Node) -> Node {
    if x.isMapped && x.rank == 0 { x.pointee.isWeak = true }
    return x
  }

  /// What holds the elements of a mapped value, or the value itself; borrowed.
  package func elements(of x: Node) -> Node {
    var node = x
    while node.isMapped, let rows = node.pointee.in0 { node = rows }
    return node
  }

  var mapSizes: [Int] { maps.map(\.size) }

  /// The innermost `vmap` that one of the nodes is mapped by; 0 for none.
  @inline(__always) func innermost(_ x: Node, _ y: Node? = nil, _ z: Node? = nil) throws -> Int {
    let level = max(x.mapLevel, max(y?.mapLevel ?? 0, z?.mapLevel ?? 0))
    if level > maps.count { throw outlived }
    return level
  }

  /// What a look at a mapped value is answered with.
  var mappedLook: TensorError { TensorError(.mapped) }

  // MARK: Wrapping

  /// A node that stands for the items of `rows` (taken over).
  func wrap(_ rows: Node, _ level: Int) -> Node {
    let node = newNode(.mapped, rows.dtype, shapes.intern(Array(rows.dims.dropFirst())))
    node.pointee.state = .failed
    node.pointee.sub = UInt8(truncatingIfNeeded: level)
    node.pointee.bits = maps[level - 1].id
    node.pointee.isWeak = rows.isWeak
    // Held as by a value, so that a cut computes the rows.
    node.pointee.in0 = rows
    return node
  }

  /// The rows of a node that is mapped by level `level` innermost (borrowed); nil for one that is not.
  func rows(_ x: Node, _ level: Int) throws -> Node? {
    guard x.isMapped, x.mapLevel >= level, let rows = x.pointee.in0 else { return nil }
    guard x.mapLevel <= maps.count, maps[x.mapLevel - 1].id == x.pointee.bits else { throw outlived }
    return x.mapLevel == level ? rows : nil
  }

  private var outlived: TensorError {
    TensorError(
      .badValue(operation: "vmap", detail: "a value of one item is used after its batch was mapped"),
      help: "let f return it")
  }

  /// Its rows at `level`, or itself over and over; owned.
  func rows(of x: Node, _ level: Int) throws -> Node {
    if let rows = try rows(x, level) { return retain(rows) }
    return try broadcast(x, [maps[level - 1].size] + x.dims)
  }

  /// Records `body` on the rows of a mapped node.
  func onRows(_ x: Node, _ body: (Node) throws -> Node) throws -> Node {
    let level = x.mapLevel
    guard let rows = try rows(x, level) else { return retain(x) }
    return wrap(try body(rows), level)
  }

  // MARK: All levels at once

  /// An axis for each running `vmap`, then those of the item; owned, and not mapped.
  func everywhere(_ x: Node) throws -> Node {
    var node = retain(x)
    do {
      for level in stride(from: maps.count, to: 0, by: -1) {
        // The axis of this level goes in front; those of the levels inside stand there already.
        let next = try rows(of: node, level)
        release(node)
        node = next
      }
    } catch {
      release(node)
      throw error
    }
    return node
  }

  /// The other way: what has an axis for each running `vmap` (taken over) as a mapped value.
  func mappedEverywhere(_ x: Node) -> Node {
    var node = x
    for level in 0..<maps.count { node = wrap(node, level + 1) }
    return node
  }
}
