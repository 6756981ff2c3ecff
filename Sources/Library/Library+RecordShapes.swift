// Records made of other records and of pairs.
import Diagnostics
import Tensor
import VM

private let recordParameter = BuiltinParameter("r", .record, .required, "a record")
private let asFields = Derivative.none(because: "it moves values; what is in them keeps its derivative")

extension Library {
  static let recordShapes: [Builtin] = [fromItems, select, rename, merge, mapValues, sortKeys]

  private static let fromItems = Builtin(
    "from_items", [BuiltinParameter("pairs", .iterable, .required, "lists `[key, value]`")],
    summary: "The record of keys and values; of equal keys the last value stays.", details: "`items(r)` goes back.",
    example: "print(from_items([[\"a\", 1], [\"b\", 2]]), from_items(zip([\"x\", \"y\"], 0..2)))",
    expected: "{a: 1, b: 2} {x: 0, y: 1}", derivative: asFields
  ) { call in
    let heap = call.heap
    return try call.withItems(0) { pairs in
      try call.buildingRecord(capacity: pairs.count) { record in
        for pair in pairs.buffer {
          guard pair.tag == .list, ListRef(pair).count == 2 else {
            throw call.wrong(0, "lists [key, value]", found: pair)
          }
          record.insert(try heap.key(ListRef(pair)[0]), heap.retained(ListRef(pair)[1]), heap)
        }
      }
    }
  }

  private static let select = Builtin(
    "select", [recordParameter, BuiltinParameter("keys", .list, .required, "keys that r has")],
    summary: "The record with these fields only, in this order.",
    details: "A key that is not there is an error. `without(r, k)` takes one away.",
    example: "print(select({a: 1, b: 2, c: 3}, [\"c\", \"a\"]))", expected: "{c: 3, a: 1}", derivative: asFields
  ) { call in
    let heap = call.heap
    let source = try call.record(0)
    let wanted = try call.list(1)
    return try call.buildingRecord(capacity: wanted.count) { record in
      for name in wanted.buffer {
        let key = try heap.key(name)
        guard let value = source.lookup(key, heap) else {
          heap.release(key)
          throw Diagnostic(.missingKey(try heap.repr(name)), at: nil)
        }
        record.insert(key, heap.retained(value), heap)
      }
    }
  }

  private static let rename = Builtin(
    "rename", [recordParameter, BuiltinParameter("names", .record, .required, "from old keys to new ones")],
    summary: "The record with some keys replaced; the order stays.",
    details: "An old key that is not there, and a new one that two fields would have, are errors.",
    example: "print(rename({a: 1, b: 2}, {a: \"x\"}))", expected: "{x: 1, b: 2}", derivative: asFields
  ) { call in
    let heap = call.heap
    let source = try call.record(0)
    let names = try call.record(1)
    for index in 0..<names.count where source.lookup(names.key(at: index, heap), heap) == nil {
      throw Diagnostic(.missingKey(try heap.repr(names.key(at: index, heap))), at: nil)
    }
    return try call.buildingRecord(capacity: source.count) { record in
      for index in 0..<source.count {
        let old = source.key(at: index, heap)
        let key = try heap.key(names.lookup(old, heap) ?? old)
        if record.lookup(key, heap) != nil {
          heap.release(key)
          throw call.bad("two fields would have the key \(try heap.repr(names.lookup(old, heap) ?? old))")
        }
        record.insert(key, heap.retained(source.value(at: index, heap)), heap)
      }
    }
  }

  private static let merge = Builtin(
    "merge",
    [
      BuiltinParameter("a", .record, .required, "a record"), BuiltinParameter("b", .record, .required, "another"),
      BuiltinParameter(
        "f", .function, .optional(shownDefault: "none"), "function of the two values of a key; without it b's stays"),
    ],
    summary: "The fields of both records, those of a first.", details: "`{...a, ...b}` is the same without a function.",
    example: "print(merge({a: 1, b: 2}, {b: 3, c: 4}), merge({a: 1}, {a: 5}, (x, y) => x + y))",
    expected: "{a: 1, b: 3, c: 4} {a: 6}", derivative: .composed
  ) { call in
    let heap = call.heap
    _ = try call.record(0)
    let second = try call.record(1)
    let function = call.isMissing(2) ? nil : try call.function(2)
    var result = heap.retained(call[0])
    do {
      heap.makeUnique(&result)
      for index in 0..<second.count {
        let key = second.key(at: index, heap)
        var value = heap.retained(second.value(at: index, heap))
        if let function, let old = RecordRef(result).lookup(key, heap) {
          let held = heap.retained(old)
          defer { heap.release(held) }
          do { heap.replace(&value, with: try call.machine.call(function, [held, value])) } catch {
            heap.release(value)
            throw error
          }
        }
        RecordRef(result).insert(heap.retained(key), value, heap)
      }
    } catch {
      heap.release(result)
      throw error
    }
    return result
  }

  private static let mapValues = Builtin(
    "map_values", [BuiltinParameter("f", .function, .required, "function of one value"), recordParameter],
    summary: "The record with f of each value, under the same keys.",
    example: "print(map_values(xs => len(xs), {a: [1, 2], b: []}))", expected: "{a: 2, b: 0}", derivative: .composed
  ) { call in
    let heap = call.heap
    let function = try call.function(0)
    let source = try call.record(1)
    return try call.buildingRecord(capacity: source.count) { record in
      for index in 0..<source.count {
        let value = try call.machine.call(function, [source.value(at: index, heap)])
        record.insert(heap.retained(source.key(at: index, heap)), value, heap)
      }
    }
  }

  private static let sortKeys = Builtin(
    "sort_keys",
    [
      recordParameter,
      BuiltinParameter(
        "key", .function, .optional(shownDefault: "none"),
        "function of `[key, value]`; its results are compared instead of the keys"),
      BuiltinParameter("descending", .bool, .optional(shownDefault: "false"), "from large to small"),
    ],
    summary: "The record with its fields in order of their keys.", details: "Keys are compared as by `sort`.",
    example: "print(sort_keys({b: 1, a: 2}), sort_keys({x: 1, y: 5}, key: pair => pair[1], descending: true))",
    expected: "{a: 2, b: 1} {y: 5, x: 1}", derivative: asFields
  ) { call in
    let heap = call.heap
    let source = try call.record(0)
    let isDescending = try call.bool(2, default: false)
    let function = call.isMissing(1) ? nil : try call.function(1)
    let compared = try call.building(capacity: source.count) { list in
      for index in 0..<source.count {
        let key = heap.retained(source.key(at: index, heap))
        list.append(
          function == nil ? key : heap.list([key, heap.retained(source.value(at: index, heap))]), heap)
      }
    }
    defer { heap.release(compared) }
    let order = try call.sortedOrder(by: function, ListRef(compared), isDescending)
    return try call.buildingRecord(capacity: source.count) { record in
      for index in order {
        record.insert(heap.retained(source.key(at: index, heap)), heap.retained(source.value(at: index, heap)), heap)
      }
    }
  }
}
