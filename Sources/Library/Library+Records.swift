// Records, also as dictionaries, and trees of parameters.
import Diagnostics
import Tensor
import VM

private let recordParameter = BuiltinParameter("r", .record, .required, "a record")
private let keyParameter = BuiltinParameter(
  "k", .any, .required, "a key: any value without tensors, functions or generators")
private let asFields = Derivative.none(because: "it moves values; what is in them keeps its derivative")

extension Library {
  static let records: [Builtin] = [keys, values, items, get, without, update, leaves, mapLeaves]

  private static let keys = Builtin(
    "keys", [recordParameter], summary: "The keys, in the order of insertion.",
    example: "print(keys({z: 1, a: 2}))", expected: #"["z", "a"]"#, derivative: asFields
  ) { call in
    _ = try call.record(0)
    return try call.items(0)
  }

  private static let values = Builtin(
    "values", [recordParameter], summary: "The values, in the order of insertion.",
    example: "print(values({z: 1, a: 2}))", expected: "[1, 2]", derivative: asFields
  ) { call in
    let heap = call.heap
    let record = try call.record(0)
    let result = heap.list(capacity: record.count)
    for index in 0..<record.count { ListRef(result).append(heap.retained(record.value(at: index, heap)), heap) }
    return result
  }

  private static let items = Builtin(
    "items", [recordParameter], summary: "`[key, value]` of each field, in the order of insertion.",
    example: "for [k, v] in items({a: 1, b: 2}) { print(k, v) }", expected: "a 1\nb 2", derivative: asFields
  ) { call in
    let heap = call.heap
    let record = try call.record(0)
    let result = heap.list(capacity: record.count)
    for index in 0..<record.count {
      let pair = heap.list(capacity: 2)
      ListRef(pair).append(heap.retained(record.key(at: index, heap)), heap)
      ListRef(pair).append(heap.retained(record.value(at: index, heap)), heap)
      ListRef(result).append(pair, heap)
    }
    return result
  }

  private static let get = Builtin(
    "get",
    [
      recordParameter, keyParameter,
      BuiltinParameter("default", .any, .optional(shownDefault: "none"), "result if there is no such key"),
    ],
    summary: "The value of key k, or the default.", details: "`r[k]` fails if there is no such key.",
    example: "print(get({a: 1}, \"a\", 0), get({a: 1}, \"z\", 0))", expected: "1 0", derivative: asFields
  ) { call in
    let heap = call.heap
    let record = try call.record(0)
    let key = try heap.key(call[1])
    defer { heap.release(key) }
    if let value = record.lookup(key, heap) { return heap.retained(value) }
    return call.isAbsent(2) ? .none : heap.retained(call[2])
  }

  private static let without = Builtin(
    "without", [recordParameter, keyParameter], summary: "The record without key k.",
    details: "A key that is not there changes nothing. A key that comes back goes to the end.",
    example: "print(without({a: 1, b: 2}, \"a\"))", expected: "{b: 2}", derivative: asFields
  ) { call in
    let heap = call.heap
    _ = try call.record(0)
    let key = try heap.key(call[1])
    defer { heap.release(key) }
    var result = call.isConsumable(0) ? call.take(0) : heap.retained(call[0])
    _ = heap.removeField(key, from: &result)
    return result
  }

  private static let update = Builtin(
    "update",
    [
      recordParameter, keyParameter,
      BuiltinParameter("default", .any, .required, "what f gets if there is no such key"),
      BuiltinParameter("f", .function, .required, "function of the old value that gives the new one"),
    ],
    summary: "The record with f(old value) at key k.",
    example: "print(update({a: 1}, \"b\", 0, n => n + 1))", expected: "{a: 1, b: 1}", derivative: .composed
  ) { call in
    let heap = call.heap
    let record = try call.record(0)
    let function = try call.function(3)
    let key = try heap.key(call[1])
    do {
      let value = try call.machine.call(function, [record.lookup(key, heap) ?? call[2]])
      var result = call.isConsumable(0) ? call.take(0) : heap.retained(call[0])
      heap.makeUnique(&result)
      RecordRef(result).insert(key, value, heap)
      return result
    } catch {
      heap.release(key)
      throw error
    }
  }

  private static let leaves = Builtin(
    "leaves", [BuiltinParameter("tree", .tree, .required, "a record or list of numbers and tensors, to any depth")],
    summary: "The numbers and tensors of a tree, in order, as a list.", details: "Other leaves are left out.",
    example: "print(leaves({a: 1, b: [2, {c: 3, name: \"x\"}]}))", expected: "[1, 2, 3]", derivative: asFields
  ) { call in
    let heap = call.heap
    let result = heap.list(capacity: 8)
    var stack = [(value: call[0], next: 0)]
    while let top = stack.last {
      let value = top.value
      if !value.isTree {
        stack.removeLast()
        if value.isNumber || value.tag == .tensor { ListRef(result).append(heap.retained(value), heap) }
        continue
      }
      let count = value.tag == .list ? ListRef(value).count : RecordRef(value).count
      if top.next == count {
        stack.removeLast()
        continue
      }
      stack[stack.count - 1].next += 1
      stack.append((value.tag == .list ? ListRef(value)[top.next] : RecordRef(value).value(at: top.next, heap), 0))
    }
    return result
  }

  private static let mapLeaves = Builtin(
    "map_leaves",
    [
      BuiltinParameter("f", .function, .required, "function of one leaf of each tree"),
      BuiltinParameter("trees", .tree, .variadic, "trees of equal structure"),
    ],
    summary: "A tree like the first, with f of the leaves that stand at the same place.",
    details: "f sees numbers and tensors; other leaves of the first tree stay.",
    example: "print(map_leaves(x => x + 1, {a: 1, b: [2]}), map_leaves((x, y) => x * y, {a: 2}, {a: 5}))",
    expected: "{a: 2, b: [3]} {a: 10}", derivative: .composed
  ) { call in
    let heap = call.heap
    let function = try call.function(0)
    let trees = Array(ListRef(call[1]).buffer)
    if trees.isEmpty { throw Diagnostic(.missingArgument(function: call.name, name: "trees"), at: nil) }
    return try heap.mapTrees(trees, operation: "map_leaves") { leaves in
      if !leaves.contains(where: { $0.isNumber || $0.tag == .tensor }) { return heap.retained(leaves[0]) }
      return try call.machine.call(function, Array(leaves))
    }
  }
}
