// Order and equality of items: sorting, the item with the least key, the different ones, groups and counts.
import Diagnostics
import Tensor
import VM

private let itemsParameter = BuiltinParameter(
  "xs", .iterable, .required, "a list, range, record (its keys), string, tensor or sequence")
private let keyParameter = BuiltinParameter("f", .function, .required, "function of an item that gives its key")
private let asItems = Derivative.none(because: "it moves values; what is in them keeps its derivative")
private let asCounts = Derivative.none(because: "it gives integers")

extension Library {
  static let order: [Builtin] = [
    sort, extremeBy("min_by"), extremeBy("max_by"), unique, groupBy, countBy, counts, mode,
  ]

  private static let sort = Builtin(
    "sort",
    [
      itemsParameter,
      BuiltinParameter(
        "key", .function, .optional(shownDefault: "none"), "function of an item; its results are compared"),
      BuiltinParameter("descending", .bool, .optional(shownDefault: "false"), "from large to small"),
    ],
    summary: "The items from small to large.",
    details: """
      Numbers (NaN last), strings by code point, booleans, lists item by item. Stable, also when descending: equal items \
      keep their order.
      """,
    example: "print(sort([3, 1, 2], descending: true), sort([\"bb\", \"a\"], key: x => len(x)))",
    expected: #"[3, 2, 1] ["a", "bb"]"#,
    derivative: asItems
  ) { call in
    let heap = call.heap
    let isDescending = try call.bool(2, default: false)
    return try call.withItems(0) { source in
      let order = try call.sortedOrder(by: call.isMissing(1) ? nil : call.function(1), source, isDescending)
      return try call.building(capacity: source.count) { list in
        for index in order { list.append(heap.retained(source[index]), heap) }
      }
    }
  }

  private static func extremeBy(_ name: String) -> Builtin {
    let isLeast = name == "min_by"
    return Builtin(
      name, [keyParameter, itemsParameter],
      summary: "The item with the \(isLeast ? "smallest" : "largest") key, of tied ones the first.",
      details: "Of nothing it is an error. Keys are compared as by `sort`.",
      example: "print(\(name)(w => len(w), [\"bb\", \"a\", \"cc\"]))", expected: isLeast ? "a" : "bb",
      derivative: asItems
    ) { call in
      let heap = call.heap
      let function = try call.function(0)
      return try call.withItems(1) { source in
        if source.count == 0 { throw call.bad("there is no \(isLeast ? "smallest" : "largest") item of nothing") }
        let keys = try call.mapped(source) { try call.machine.call(function, [$0]) }
        defer { heap.release(keys) }
        var best = 0
        for index in 1..<max(1, source.count) {
          let order = try heap.compare(ListRef(keys)[index], ListRef(keys)[best], operation: name)
          if isLeast ? order < 0 : order > 0 { best = index }
        }
        return heap.retained(source[best])
      }
    }
  }

  private static let unique = Builtin(
    "unique", [itemsParameter], summary: "The different items, in the order in which they first occur.",
    details: "Items must be able to be keys: no tensors, functions or generators.",
    example: "print(unique([3, 1, 3, 2, 1]))", expected: "[3, 1, 2]", derivative: asItems
  ) { call in
    let heap = call.heap
    let seen = heap.record()
    defer { heap.release(seen) }
    return try call.withItems(0) { items in
      try call.building { list in
        for item in items.buffer {
          let key = try heap.key(item)
          if RecordRef(seen).pointer(to: key, heap) != nil {
            heap.release(key)
            continue
          }
          RecordRef(seen).insert(key, .none, heap)
          list.append(heap.retained(item), heap)
        }
      }
    }
  }

  private static let groupBy = Builtin(
    "group_by", [keyParameter, itemsParameter],
    summary: "A record from each key to the list of its items.",
    details: "Keys and items are in the order in which they first occur.",
    example: "print(group_by(w => len(w), [\"a\", \"bb\", \"c\"]))", expected: #"{[1]: ["a", "c"], [2]: ["bb"]}"#,
    derivative: asItems
  ) { call in
    let heap = call.heap
    return try call.byKey { record, key, item in
      if let group = record.lookup(key, heap) {
        ListRef(group).append(heap.retained(item), heap)
        heap.release(key)
      } else {
        let group = heap.list(capacity: 4)
        ListRef(group).append(heap.retained(item), heap)
        record.insert(key, group, heap)
      }
    }
  }

  private static let countBy = Builtin(
    "count_by", [keyParameter, itemsParameter], summary: "A record from each key to the number of its items.",
    details: "Keys are in the order in which they first occur.",
    example: "print(count_by(n => n % 2 == 0, [1, 2, 3]))", expected: "{[false]: 2, [true]: 1}", derivative: asCounts
  ) { call in
    let heap = call.heap
    return try call.byKey { record, key, _ in count(key, in: record, heap) }
  }

  private static let counts = Builtin(
    "counts", [itemsParameter], summary: "A record from each item to how often it occurs.",
    details: "In the order in which the items first occur. They must be able to be keys.",
    example: "print(counts([\"b\", \"a\", \"b\"]))", expected: "{b: 2, a: 1}", derivative: asCounts
  ) { call in
    let heap = call.heap
    return try call.withItems(0) { items in
      try call.buildingRecord { record in
        for item in items.buffer { count(try heap.key(item), in: record, heap) }
      }
    }
  }

  private static let mode = Builtin(
    "mode", [itemsParameter], summary: "The item that occurs most often, of tied ones the first.",
    details: "Of nothing it is an error.", example: "print(mode([2, 3, 3, 1]))", expected: "3", derivative: asItems
  ) { call in
    let heap = call.heap
    return try call.withItems(0) { items in
      if items.count == 0 { throw call.bad("there is no most frequent item of nothing") }
      // The places of the items in the order in which the record has its keys.
      var firsts: [Int] = []
      let seen = try call.buildingRecord { record in
        for (index, item) in items.buffer.enumerated() {
          count(try heap.key(item), in: record, heap)
          if record.count > firsts.count { firsts.append(index) }
        }
      }
      defer { heap.release(seen) }
      let record = RecordRef(seen)
      var best = 0
      for index in firsts.indices where record.value(at: index, heap).int > record.value(at: best, heap).int {
        best = index
      }
      return heap.retained(items[firsts[best]])
    }
  }

  /// Takes over `key`.
  private static func count(_ key: Value, in record: RecordRef, _ heap: Heap) {
    if let place = record.pointer(to: key, heap) {
      place.pointee = Value(place.pointee.int + 1)
      heap.release(key)
    } else {
      record.insert(key, Value(1), heap)
    }
  }
}

extension Call {
  /// A record that `add` fills with each item of argument 1 and its key (owned) by the function in argument 0.
  fileprivate func byKey(_ add: (RecordRef, Value, Value) -> Void) throws -> Value {
    let function = try function(0)
    return try withItems(1) { items in
      try buildingRecord { record in
        for item in items.buffer {
          let given = try machine.call(function, [item])
          defer { heap.release(given) }
          add(record, try heap.key(given), item)
        }
      }
    }
  }

  /// Indices of the items in order of their keys.
  func sortedOrder(by function: Value?, _ source: ListRef, _ isDescending: Bool) throws -> [Int] {
    guard let function else { return try sortedOrder(source, descending: isDescending) }
    let keys = try mapped(source) { try machine.call(function, [$0]) }
    defer { heap.release(keys) }
    return try sortedOrder(ListRef(keys), descending: isDescending)
  }
}
