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
    len, append, insert, remove, reverse, zip, enumerate, asList, flatten,
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
    summary: "Lists of the items that stand at the same place.",
    details: "As long as the shortest; of a sequence it takes as many items as that.",
    example: "print(zip([1, 2], [\"a\", \"b\"]))", expected: #"[[1, "a"], [2, "b"]]"#, derivative: asItems
  ) { call in
    let heap = call.heap
    var walks: [ItemWalk] = []
    defer { for walk in walks { walk.finish() } }
    for value in ListRef(call[0]).buffer {
      guard let walk = try ItemWalk(value, call) else { throw call.wrong(0, "something with items", found: value) }
      walks.append(walk)
    }
    let count = walks.isEmpty ? 0 : walks.compactMap(\.count).min() ?? Int.max
    return try call.building(capacity: count == Int.max ? 4 : count) { list in
      walking: while list.count < count {
        let row = heap.list(capacity: walks.count)
        for index in walks.indices {
          do {
            if let item = try walks[index].next() {
              ListRef(row).append(item, heap)
              continue
            }
          } catch {
            heap.release(row)
            throw error
          }
          heap.release(row)
          break walking
        }
        list.append(row, heap)
        if list.count & 1023 == 0 { try heap.reserve(bytes: 0) }
      }
    }
  }

  private static let enumerate = Builtin(
    "enumerate", [itemsParameter], summary: "`[index, item]` for each item.",
    details: "Of a sequence it is a sequence.",
    example: "for [i, x] in enumerate([\"a\", \"b\"]) { print(i, x) }", expected: "0 a\n1 b", derivative: asItems
  ) { call in
    if call[0].tag == .sequence {
      let start = call.heap.list([Value(0), call.heap.retained(SequenceRef(call[0]).state)])
      return call.derivedSequence(start: start) { call, step, state in
        let (index, inner) = (ListRef(state)[0], ListRef(state)[1])
        guard let (item, next) = try call.stepped(step, inner) else { return nil }
        return (call.heap.list([index, item]), call.heap.list([Value(index.int + 1), next]))
      }
    }
    return try call.withItems(0) { items in
      var index = -1
      return try call.mapped(items) { item in
        index += 1
        return call.heap.list([Value(index), call.heap.retained(item)])
      }
    }
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
}
