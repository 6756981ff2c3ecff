// Arithmetic on trees: records and lists whose leaves are numbers or tensors. `mapTrees` walks trees of equal structure
// side by side (lists by position, records by key) with an explicit stack and builds a tree like the first.
//
// Leaves that are no numbers and no tensors take no part: with a number they stay, two equal ones stay. `none` is the
// gradient of what takes no part: `leaf - none` and `leaf + none` are the leaf, any other operation with it is none.
import Diagnostics
import KernelTypes
import Tensor

/// The walk: per level the operands (flat, `width` a level), the next item and the result being built.
private struct TreeWalk {
  let width: Int
  var operands: [Value]
  var next: [Int] = []
  var results: [Value] = []
}

extension Heap {
  /// Calls `leaf` where the operands are no trees and gives a tree of its results (owned) like the first operand.
  /// Operands that are no trees at the top are handed to every leaf as they are. Where one is `none` and another a
  /// subtree, `leaf` sees the subtree.
  package func mapTrees(
    _ trees: [Value], operation: String, leaf: (UnsafeBufferPointer<Value>) throws -> Value
  ) throws -> Value {
    let shared = trees.map { !$0.isTree }
    var walk = TreeWalk(width: trees.count, operands: trees)
    guard try descends(walk, shared, operation) else { return try trees.withUnsafeBufferPointer(leaf) }
    open(&walk)
    var current = [Value](repeating: .none, count: trees.count)
    do {
      var steps = 0
      while true {
        steps &+= 1
        if steps & 4095 == 0 { try poll() }
        let level = walk.results.count - 1
        let result = walk.results[level]
        let index = walk.next[level]
        let base = level * walk.width
        let count = result.tag == .list ? ListRef(result).count : RecordRef(result).count
        if index == count {
          walk.results.removeLast()
          walk.next.removeLast()
          walk.operands.removeLast(walk.width)
          guard let outer = walk.results.last else { return result }
          replace(place(outer, walk.next[level - 1] - 1), with: result)
          continue
        }
        walk.next[level] = index + 1
        for operand in 0..<walk.width {
          let container = walk.operands[base + operand]
          current[operand] = shared[operand] ? container : try item(container, like: result, index, walk, operation)
        }
        walk.operands.append(contentsOf: current)
        if try descends(walk, shared, operation) {
          open(&walk)
        } else {
          walk.operands.removeLast(walk.width)
          replace(place(result, index), with: try current.withUnsafeBufferPointer(leaf))
        }
      }
    } catch {
      for result in walk.results { release(result) }
      throw error
    }
  }

  /// A copy of the first tree of the top level, whose items the results will replace.
  private func open(_ walk: inout TreeWalk) {
    let tops = walk.operands.suffix(walk.width)
    let model = tops.first { $0.isTree } ?? .none
    walk.results.append(model.tag == .list ? copyList(model, capacity: 0) : copyRecord(model))
    walk.next.append(0)
  }

  private func place(_ container: Value, _ index: Int) -> UnsafeMutablePointer<Value> {
    container.tag == .list ? ListRef(container).items + index : RecordRef(container).valuePointer(at: index, self)
  }

  /// The item of `container` that belongs to item `index` of the result.
  private func item(
    _ container: Value, like result: Value, _ index: Int, _ walk: TreeWalk, _ operation: String
  ) throws -> Value {
    if container.tag == .list { return ListRef(container)[index] }
    let (record, model) = (RecordRef(container), RecordRef(result))
    if record.layoutID == model.layoutID && !record.isDictionary { return record.slots[index] }
    let key = model.key(at: index, self)
    if let value = record.lookup(key, self) { return value }
    throw mismatch(operation, walk, "is missing in \(described(container))")
  }

  /// Whether the top level is to be walked; fails when the structures differ.
  private func descends(_ walk: TreeWalk, _ shared: [Bool], _ operation: String) throws -> Bool {
    let base = walk.operands.count - walk.width
    var model: Value?
    var hasNone = false
    for operand in 0..<walk.width where !shared[operand] {
      let value = walk.operands[base + operand]
      if value.isTree {
        if let first = model {
          if first.tag != value.tag || size(first) != size(value) {
            throw mismatch(operation, walk, "is \(described(first)) on one side and \(described(value)) on the other")
          }
        } else {
          model = value
        }
      } else if value.tag == .none {
        hasNone = true
      }
    }
    guard let first = model else { return false }
    for operand in 0..<walk.width where !shared[operand] {
      let value = walk.operands[base + operand]
      if !value.isTree && value.tag != .none {
        throw mismatch(operation, walk, "is \(described(first)) on one side and \(typeName(value)) on the other")
      }
    }
    return !hasNone
  }

  private func size(_ value: Value) -> Int { value.tag == .list ? ListRef(value).count : RecordRef(value).count }

  private func described(_ value: Value) -> String {
    if value.tag == .list { return "a list of \(size(value))" }
    let record = RecordRef(value)
    let keys = (0..<min(6, record.count)).map { (try? display(record.key(at: $0, self))) ?? "?" }
    return "a record {\(keys.joined(separator: ", "))\(record.count > 6 ? ", ..." : "")}"
  }

  private func mismatch(_ operation: String, _ walk: TreeWalk, _ detail: String) -> Diagnostic {
    let path = treePath(walk.results, walk.next)
    return Diagnostic(
      .treeMismatch(operation: operation, detail: path.isEmpty ? "one tree \(detail)" : "`\(path)` \(detail)"), at: nil)
  }

  /// `layers[0].w`: where the walk is.
  private func treePath(_ containers: [Value], _ next: [Int]) -> String {
    var path = ""
    for (container, following) in zip(containers, next) {
      let index = following - 1
      if container.tag == .list {
        path += "[\(index)]"
      } else {
        let key = RecordRef(container).key(at: index, self)
        if key.tag == .string {
          path += (path.isEmpty ? "" : ".") + StringRef(key).string
        } else {
          path += "[\((try? repr(key)) ?? "?")]"
        }
      }
    }
    return path
  }

  /// `a op b` where at least one is a tree.
  func binaryTree(_ op: ElementOp, _ a: Value, _ b: Value) throws -> Value {
    for (other, tree) in [(a, b), (b, a)] where !other.isTree {
      let isScalar = other.isNumber || other.tag == .none || (other.tag == .tensor && tensorNode(other).rank == 0)
      if !isScalar {
        throw Diagnostic(
          .treeMismatch(
            operation: op.symbol,
            detail: "\(typeName(tree)) combines with a tree like it, a number or a scalar, not with \(typeName(other))"),
          at: nil, help: tree.tag == .list ? "`tensor(xs)` makes a tensor of a list of numbers" : nil)
      }
    }
    let whole = a.isTree && b.isTree
    return try mapTrees([a, b], operation: op.symbol) { leaves in
      try self.binaryLeaf(op, leaves[0], leaves[1], whole: whole)
    }
  }

  /// Two leaves at one place; `whole` when both come from trees.
  private func binaryLeaf(_ op: ElementOp, _ a: Value, _ b: Value, whole: Bool) throws -> Value {
    let (left, right) = (a.isNumber || a.tag == .tensor, b.isNumber || b.tag == .tensor)
    if left && right { return try binary(op, a, b) }
    let additive = op == .add || op == .sub
    if b.tag == .none { return additive ? retained(a) : .none }
    if a.tag == .none {
      if op == .sub && (right || b.isTree) { return try unary(.neg, b) }
      return additive ? retained(b) : .none
    }
    if !whole { return retained(left ? b : a) }
    if try same(a, b) { return retained(a) }
    throw Diagnostic(
      .treeMismatch(
        operation: op.symbol, detail: "a leaf is \(typeName(a)) on one side and \(typeName(b)) on the other"),
      at: nil)
  }
}
