// The batch of a call of `vmap(f)`: how many items there are, which of them are of one kind, and how results go together.
//
// Items of one kind (the same structure, shapes and element types) are mapped by one call of f on mapped values. Tensors
// alone have one kind; a list may have several. A mapped value does not leave its call: results are collected before
// the mapping ends.
import Diagnostics
import KernelTypes
import Tensor
import VM

struct Batch {
  let machine: Machine
  let function: Value
  let positional: [Value]
  let named: [(name: String, value: Value)]
  private var heap: Heap { machine.heap }
  private var graph: Graph { machine.heap.graph }

  init(machine: Machine, function: Value, positional: [Value], named: [(name: String, value: Value)]) {
    self.machine = machine
    self.function = function
    self.positional = positional
    self.named = named
  }

  /// The items of one kind, and f's result for them, each leaf with the items along its first axis.
  private struct Group {
    let items: [Int]
    var result: Value
  }

  func run() throws -> Value {
    let size = try self.size()
    var groups: [Group] = []
    defer { for group in groups { heap.release(group.result) } }
    for items in try kinds(size) { groups.append(Group(items: items, result: try mapped(items, of: size))) }
    if groups.count == 1 { return heap.retained(groups[0].result) }
    let shapes = try Set(groups.map { try kind(of: $0.result, rows: true) })
    return shapes.count == 1 ? try joined(groups, size) : try listed(groups, size)
  }

  // MARK: What the batch is

  /// Items of the batch, which all arguments agree on.
  private func size() throws -> Int {
    var found: (size: Int, argument: Int)?
    func meet(_ size: Int, _ argument: Int) throws {
      if let (first, giver) = found, first != size {
        let places =
          giver == argument
          ? "in leaves of argument \(argument + 1)" : "in argument \(giver + 1) and in argument \(argument + 1)"
        throw Diagnostic(
          .shapeMismatch(
            operation: "vmap", detail: "needs batches of one size, found \(first) and \(items(size)) \(places)"),
          at: nil, help: "what all items share goes by name, `vmap(f)(xs, w: w)`, or is captured")
      }
      if found == nil { found = (size, argument) }
    }
    for (number, argument) in positional.enumerated() {
      if argument.tag == .list {
        try meet(ListRef(argument).count, number)
        continue
      }
      let walked = try heap.mapTrees([argument], operation: "vmap") { leaves in
        switch leaves[0].tag {
        case .tensor where tensorNode(leaves[0]).rank > 0: try meet(tensorNode(leaves[0]).dim(0), number)
        case .tensor, .int, .float, .bool: throw noAxis(leaves[0], number, "tensors with axes, or a list of items,")
        case .range, .sequence:
          throw noAxis(leaves[0], number, "tensors with axes, or a list of items,", help: "`list(x)` makes one")
        default: break
        }
        return .none
      }
      heap.release(walked)
    }
    guard let (size, argument) = found else {
      if positional.isEmpty { throw Diagnostic(.missingArgument(function: "vmap(f)", name: "the batch"), at: nil) }
      throw Diagnostic(
        .badValue(operation: "vmap", detail: "no positional argument is a list or has a tensor in it"), at: nil)
    }
    if size == 0 {
      throw Diagnostic(
        .badValue(operation: "vmap", detail: "the batch in argument \(argument + 1) is empty, so f has no result"),
        at: nil)
    }
    return size
  }

  private func items(_ count: Int) -> String { count == 1 ? "1 item" : "\(count) items" }

  private func noAxis(_ value: Value, _ argument: Int, _ expected: String, help: String? = nil) -> Diagnostic {
    Diagnostic(
      .wrongType(
        operation: "vmap", expected: "\(expected) in argument \(argument + 1)", found: heap.typeName(value)), at: nil,
      help: help ?? "what all items share goes by name, `vmap(f)(xs, w: w)`, or is captured")
  }

  /// The items by kind, in the order in which kinds first occur.
  private func kinds(_ size: Int) throws -> [[Int]] {
    let lists = positional.filter { $0.tag == .list }
    if lists.isEmpty { return [Array(0..<size)] }
    var numbers: [String: Int] = [:]
    var groups: [[Int]] = []
    for item in 0..<size {
      let kind = try lists.map { try self.kind(of: ListRef($0)[item], rows: false) }.joined()
      if let known = numbers[kind] {
        groups[known].append(item)
      } else {
        numbers[kind] = groups.count
        groups.append([item])
      }
    }
    return groups
  }

  /// A text that is the same for values that can be one batch: structure, shapes (without the first axis of `rows`), element
  /// types, and what takes no part.
  private func kind(of value: Value, rows: Bool) throws -> String {
    var text = ""
    var open = [value]
    while let value = open.popLast() {
      switch value.tag {
      case .list:
        text += "[\(ListRef(value).count) "
        open.append(contentsOf: ListRef(value).buffer.reversed())
      case .record:
        let record = RecordRef(value)
        text += "{"
        for index in 0..<record.count {
          let key = try heap.repr(record.key(at: index, heap))
          text += "\(key.utf8.count):\(key)"
        }
        text += "}"
        for index in (0..<record.count).reversed() { open.append(record.value(at: index, heap)) }
      case .tensor:
        let node = tensorNode(value)
        text += "\(node.dtype.name)\(rows ? Array(node.dims.dropFirst()) : node.dims)"
      case .int, .float: text += "n"
      case .bool: text += "b"
      case .string:
        let content = StringRef(value)
        text += "\(content.byteCount):\(content.string)"
      default: text += "<\(value.tag.rawValue) \(value.bits)>"
      }
    }
    return text
  }

  // MARK: Calling

  /// f for some items, of one kind.
  private func mapped(_ items: [Int], of size: Int) throws -> Value {
    let scope = try graph.beginMap(items.count)
    defer { graph.endMap(scope) }
    var arguments: [Value] = []
    defer { for value in arguments { heap.release(value) } }
    let ids = items.count == size ? nil : try idNode(items)
    defer { if let ids { heap.release(Value(ids)) } }
    for argument in positional {
      if argument.tag == .list {
        arguments.append(
          try heap.mapTrees(items.map { ListRef(argument)[$0] }, operation: "vmap") { leaves in
            guard let rows = try sideBySide(leaves) else { return heap.retained(leaves[0]) }
            defer { heap.release(Value(rows)) }
            return Value(graph.map(rows, scope))
          })
        continue
      }
      arguments.append(
        try heap.mapTrees([argument], operation: "vmap") { leaves in
          guard leaves[0].tag == .tensor else { return heap.retained(leaves[0]) }
          guard let ids else { return Value(graph.map(tensorNode(leaves[0]), scope)) }
          let rows = Value(try graph.gather(tensorNode(leaves[0]), ids))
          defer { heap.release(rows) }
          return Value(graph.map(tensorNode(rows), scope))
        })
    }
    let result = try machine.call(function, arguments, named: named)
    defer { heap.release(result) }
    return try heap.mapTrees([result], operation: "vmap") { leaves in
      switch leaves[0].tag {
      case .tensor: return Value(try graph.collect(tensorNode(leaves[0]), scope))
      case .int: return Value(try graph.filled([items.count], .i64, .int(leaves[0].int)))
      case .float: return Value(try graph.filled([items.count], .f32, .float(leaves[0].float)))
      case .bool: return Value(try graph.filled([items.count], .bool, .bool(leaves[0].bool)))
      default: return heap.retained(leaves[0])
      }
    }
  }

  /// One leaf of several items along a new first axis, owned; nil for what takes no part.
  private func sideBySide(_ leaves: UnsafeBufferPointer<Value>) throws -> Node? {
    switch leaves[0].tag {
    case .tensor: return try graph.stack(leaves.map(tensorNode), axis: 0)
    case .bool: return try numbers(leaves, .bool)
    case .int, .float: return try numbers(leaves, leaves.allSatisfy { $0.tag == .int } ? .i64 : .f32)
    default: return nil
    }
  }

  private func numbers(_ leaves: UnsafeBufferPointer<Value>, _ type: DType) throws -> Node {
    try graph.make([leaves.count], type) { memory in
      for (index, leaf) in leaves.enumerated() {
        switch type {
        case .bool: memory.storeBytes(of: leaf.bool ? 1 : 0, toByteOffset: index, as: UInt8.self)
        case .i64: memory.storeBytes(of: leaf.int, toByteOffset: 8 * index, as: Int.self)
        default: memory.storeBytes(of: Float(leaf.asDouble), toByteOffset: 4 * index, as: Float.self)
        }
      }
    }
  }

  private func idNode(_ numbers: [Int]) throws -> Node {
    try graph.make([numbers.count], .i64) { memory in
      for (index, number) in numbers.enumerated() {
        memory.storeBytes(of: number, toByteOffset: 8 * index, as: Int.self)
      }
    }
  }

  // MARK: Results of several kinds

  /// Results that agree in shape, in the order of the items.
  private func joined(_ groups: [Group], _ size: Int) throws -> Value {
    var places = Array(repeating: 0, count: size)
    for (place, item) in groups.flatMap(\.items).enumerated() { places[item] = place }
    let ids = try idNode(places)
    defer { heap.release(Value(ids)) }
    return try heap.mapTrees(groups.map(\.result), operation: "vmap") { leaves in
      guard leaves[0].tag == .tensor else { return heap.retained(leaves[0]) }
      let long = Value(try graph.concat(leaves.map(tensorNode), axis: 0))
      defer { heap.release(long) }
      return Value(try graph.gather(tensorNode(long), ids))
    }
  }

  /// The list of the items' results.
  private func listed(_ groups: [Group], _ size: Int) throws -> Value {
    let list = heap.list((0..<size).map { _ in Value.none })
    do {
      for group in groups {
        for (row, item) in group.items.enumerated() {
          ListRef(list).items[item] = try heap.mapTrees([group.result], operation: "vmap") { leaves in
            guard leaves[0].tag == .tensor else { return heap.retained(leaves[0]) }
            return Value(try graph.slice(tensorNode(leaves[0]), [.index(row)]))
          }
        }
      }
    } catch {
      heap.release(list)
      throw error
    }
    return list
  }
}
