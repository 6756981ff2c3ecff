// Lists, and functions over anything that `for` walks.
import Diagnostics
import Tensor
import VM

private let listParameter = BuiltinParameter("xs", .list, .required, "a list")
private let itemsParameter = BuiltinParameter(
  "xs", .iterable, .required, "a list, range, record (its keys), string, tensor or sequence")
private let asItems = Derivative.none(because: "it moves values; what is in them keeps its derivative")

extension Library {
  static let lists: [Builtin] = [
    len, append, insert, remove, sort, reverse, zip, enumerate, map, filter, fold, asList, flatten, unique,
  ]

  private static let len = Builtin(
    "len",
    [BuiltinParameter("x", .iterable, .required, "a list, record, string, range or tensor")],
    summary: "How many items: of a string its characters, of a tensor its rows.",
    example: "print(len([1, 2]), len(\"☃!\"), len(zeros([4, 7])), len(0..10))", expected: "2 2 4 10",
    derivative: .none(because: "it gives an integer")
  ) { call in
    guard let count = call.length(of: call[0]) else {
      throw call.wrong(0, "a list, record, string, range or tensor")
    }
    return Value(count)
  }

  private static let append = Builtin(
    "append", [listParameter, BuiltinParameter("x", .any, .required, "any value")],
    summary: "The list with x behind it.",
    details: "`xs = append(xs, x)` takes constant time on average, since nobody else holds the old list.",
    example: "let xs = [1]\nprint(append(xs, 2), xs)", expected: "[1, 2] [1]", derivative: asItems
  ) { call in
    _ = try call.list(0)
    return call.changedList(0, room: 1) { list in list.append(call.heap.retained(call[1]), call.heap) }
  }

  private static let insert = Builtin(
    "insert",
    [
      listParameter, BuiltinParameter("i", .int, .required, "the index that x gets; negative counts from the end"),
      BuiltinParameter("x", .any, .required, "any value"),
    ],
    summary: "The list with x put in at index i.", example: "print(insert([1, 3], 1, 2))", expected: "[1, 2, 3]",
    derivative: asItems
  ) { call in
    let count = try call.list(0).count
    let index = try call.position(1, count: count, end: true)
    return call.changedList(0, room: 1) { list in list.insert(call.heap.retained(call[2]), at: index, call.heap) }
  }

  private static let remove = Builtin(
    "remove",
    [listParameter, BuiltinParameter("i", .int, .required, "an index; negative counts from the end")],
    summary: "The list without the item at index i.", details: "`without(r, k)` takes a key out of a record.",
    example: "print(remove([1, 2, 3], 0), remove([1, 2, 3], -1))", expected: "[2, 3] [1, 2]", derivative: asItems
  ) { call in
    let count = try call.list(0).count
    let index = try call.position(1, count: count, end: false)
    return call.changedList(0, room: 0) { list in call.heap.release(list.remove(at: index)) }
  }

  private static let sort = Builtin(
    "sort",
    [
      itemsParameter,
      BuiltinParameter(
        "key", .function, .optional(shownDefault: "none"), "function of an item; its results are compared"),
    ],
    summary: "The items from small to large.",
    details: "Numbers (NaN last), strings by code point, lists item by item. Stable: equal items keep their order.",
    example: "print(sort([3, 1, 2]), sort([\"bb\", \"a\"], key: x => len(x)))", expected: #"[1, 2, 3] ["a", "bb"]"#,
    derivative: asItems
  ) { call in
    let heap = call.heap
    let items = try call.items(0)
    defer { heap.release(items) }
    let source = ListRef(items)
    var keys = items
    if !call.isMissing(1) {
      let function = try call.function(1)
      keys = try call.mapped(items) { try call.machine.call(function, [$0]) }
    } else {
      heap.retain(keys)
    }
    defer { heap.release(keys) }
    let order = try call.sortedOrder(ListRef(keys))
    let result = heap.list(capacity: source.count)
    for index in order { ListRef(result).append(heap.retained(source[index]), heap) }
    return result
  }

  private static let reverse = Builtin(
    "reverse", [itemsParameter], summary: "The items from the last to the first.",
    details: "A string gives a string.",
    example: "print(reverse([1, 2, 3]), reverse(\"abc\"))", expected: "[3, 2, 1] cba", derivative: asItems
  ) { call in
    let heap = call.heap
    let items = try call.items(0)
    defer { heap.release(items) }
    let source = ListRef(items)
    let result = heap.list(capacity: source.count)
    var index = source.count - 1
    while index >= 0 {
      ListRef(result).append(heap.retained(source[index]), heap)
      index -= 1
    }
    if call[0].tag != .string { return result }
    defer { heap.release(result) }
    return try call.joined(ListRef(result), separator: nil)
  }

  private static let zip = Builtin(
    "zip", [BuiltinParameter("xs", .iterable, .variadic, "two or more lists, or other things with items")],
    summary: "Lists of the items that stand at the same place.", details: "As long as the shortest.",
    example: "print(zip([1, 2], [\"a\", \"b\"]))", expected: #"[[1, "a"], [2, "b"]]"#, derivative: asItems
  ) { call in
    let heap = call.heap
    let given = ListRef(call[0])
    var lists: [Value] = []
    defer { for list in lists { heap.release(list) } }
    for value in given.buffer {
      guard let items = try call.items(of: value) else { throw call.wrong(0, "something with items", found: value) }
      lists.append(items)
    }
    let count = lists.map { ListRef($0).count }.min() ?? 0
    let result = heap.list(capacity: count)
    for index in 0..<count {
      let row = heap.list(capacity: lists.count)
      for list in lists { ListRef(row).append(heap.retained(ListRef(list)[index]), heap) }
      ListRef(result).append(row, heap)
    }
    return result
  }

  private static let enumerate = Builtin(
    "enumerate", [itemsParameter], summary: "`[index, item]` for each item.",
    example: "for [i, x] in enumerate([\"a\", \"b\"]) { print(i, x) }", expected: "0 a\n1 b", derivative: asItems
  ) { call in
    let items = try call.items(0)
    defer { call.heap.release(items) }
    var index = -1
    return try call.mapped(items) { item in
      index += 1
      return call.heap.list([Value(index), call.heap.retained(item)])
    }
  }

  private static let map = Builtin(
    "map",
    [BuiltinParameter("f", .function, .required, "function of one item"), itemsParameter],
    summary: "f of each item, as a list.", details: "`[f(x) for x in xs]` is the same.",
    example: "print(map(x => x + 1, [1, 2]))", expected: "[2, 3]", derivative: .composed
  ) { call in
    let function = try call.function(0)
    let items = try call.items(1)
    defer { call.heap.release(items) }
    return try call.mapped(items) { try call.machine.call(function, [$0]) }
  }

  private static let filter = Builtin(
    "filter",
    [BuiltinParameter("f", .function, .required, "function of one item that gives a boolean"), itemsParameter],
    summary: "The items for which f gives true.", example: "print(filter(x => x > 1, [1, 2, 3]))", expected: "[2, 3]",
    derivative: asItems
  ) { call in
    let heap = call.heap
    let function = try call.function(0)
    let items = try call.items(1)
    defer { heap.release(items) }
    let result = heap.list(capacity: 4)
    do {
      for item in ListRef(items).buffer {
        let verdict = try call.machine.call(function, [item])
        defer { heap.release(verdict) }
        if try call.truth(verdict, of: "the function of filter") { ListRef(result).append(heap.retained(item), heap) }
      }
    } catch {
      heap.release(result)
      throw error
    }
    return result
  }

  private static let fold = Builtin(
    "fold",
    [
      BuiltinParameter("f", .function, .required, "function of what was accumulated and an item"),
      BuiltinParameter("init", .any, .required, "what to begin with"), itemsParameter,
    ],
    summary: "f(..f(f(init, first), second).., last).", example: "print(fold((a, x) => a * 10 + x, 0, [1, 2, 3]))",
    expected: "123", derivative: .composed
  ) { call in
    let heap = call.heap
    let function = try call.function(0)
    let items = try call.items(2)
    defer { heap.release(items) }
    var result = heap.retained(call[1])
    do {
      for item in ListRef(items).buffer {
        // Given up, so that `(xs, x) => append(xs, x)` grows one list in place.
        let next = try call.machine.call(function, [result, item], named: [], moving: &result)
        heap.replace(&result, with: next)
      }
    } catch {
      heap.release(result)
      throw error
    }
    return result
  }

  private static let asList = Builtin(
    "list", [BuiltinParameter("x", .iterable, .required, "anything with items")],
    summary: "The items as a list.",
    details: """
      Of a record its keys, of a string its characters, of a tensor its rows (numbers of an i64 tensor, scalars of a \
      float tensor, which keep their derivatives).
      """,
    example: "print(list(0..4), list(\"ab\"), list(tensor([1, 2])))", expected: #"[0, 1, 2, 3] ["a", "b"] [1, 2]"#,
    derivative: asItems
  ) { call in try call.items(0) }

  private static let flatten = Builtin(
    "flatten", [listParameter], summary: "The items of the lists in a list, one level down.",
    details: "Items that are no lists stay.", example: "print(flatten([[1, 2], [3], 4]))", expected: "[1, 2, 3, 4]",
    derivative: asItems
  ) { call in
    let heap = call.heap
    let result = heap.list(capacity: try call.list(0).count)
    for item in try call.list(0).buffer {
      if item.tag == .list {
        for inner in ListRef(item).buffer { ListRef(result).append(heap.retained(inner), heap) }
      } else {
        ListRef(result).append(heap.retained(item), heap)
      }
    }
    return result
  }

  private static let unique = Builtin(
    "unique", [itemsParameter], summary: "The different items, in the order in which they first occur.",
    details: "Items must be able to be keys: no tensors, functions or generators.",
    example: "print(unique([3, 1, 3, 2, 1]))", expected: "[3, 1, 2]", derivative: asItems
  ) { call in
    let heap = call.heap
    let items = try call.items(0)
    defer { heap.release(items) }
    let seen = heap.record()
    defer { heap.release(seen) }
    let result = heap.list(capacity: 4)
    do {
      for item in ListRef(items).buffer {
        let key = try heap.key(item)
        if RecordRef(seen).pointer(to: key, heap) != nil {
          heap.release(key)
          continue
        }
        RecordRef(seen).insert(key, .none, heap)
        ListRef(result).append(heap.retained(item), heap)
      }
    } catch {
      heap.release(result)
      throw error
    }
    return result
  }
}
