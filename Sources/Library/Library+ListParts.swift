// Parts of lists: ends, pieces, windows, places. `xs[..n]` and the other slices of the language cut lists and strings too;
// these take anything that `for` walks.
import Diagnostics
import Tensor
import VM

private let itemsParameter = BuiltinParameter(
  "xs", .iterable, .required, "a list, range, record (its keys), string, tensor or sequence")
private let sizeParameter = BuiltinParameter("n", .int, .required, "how many items, 1 or more")
private let asItems = Derivative.none(because: "it moves values; what is in them keeps its derivative")

extension Library {
  static let listParts: [Builtin] = [end("first"), end("last"), take, drop, chunk, window, indexOf]

  private static func end(_ name: String) -> Builtin {
    let isFirst = name == "first"
    return Builtin(
      name,
      [
        itemsParameter,
        BuiltinParameter(
          "default", .any, .optional(shownDefault: "none"), "result if there is no item; without it that is an error"),
      ],
      summary: "The \(name) item.", example: "print(\(name)([7, 8, 9]), \(name)([], 0))",
      expected: isFirst ? "7 0" : "9 0", derivative: asItems
    ) { call in
      let item = try call.walk(0) { walk -> Value? in
        if isFirst { return try walk.next() }
        return try walk.last()
      }
      if let item { return item }
      if !call.isAbsent(1) { return call.heap.retained(call[1]) }
      throw call.bad("there is no \(name) item of nothing", help: "`\(name)(xs, default)` gives the default instead")
    }
  }

  private static let take = Builtin(
    "take",
    [itemsParameter, BuiltinParameter("n", .int, .required, "how many items, 0 or more")],
    summary: "The first n items, as a list; all of them if there are fewer.",
    details: "A sequence is walked no further than that.",
    example: "print(take([1, 2, 3], 2), take(sequence(0, n => [n, n + 1]), 3))", expected: "[1, 2] [0, 1, 2]",
    derivative: asItems
  ) { call in
    let most = try call.count(1)
    return try call.building { list in
      try call.walk(0) { walk in
        while list.count < most, let item = try walk.next() { list.append(item, call.heap) }
      }
    }
  }

  private static let drop = Builtin(
    "drop",
    [itemsParameter, BuiltinParameter("n", .int, .required, "how many items, 0 or more")],
    summary: "What comes behind the first n items, as a list.",
    details: "Of a sequence it is a sequence, or an empty list if it has ended by then.",
    example: "print(drop([1, 2, 3], 2), drop([1], 5))", expected: "[3] []", derivative: asItems
  ) { call in
    let number = try call.count(1)
    return try call.walk(0) { walk in
      var left = number
      while left > 0, let item = try walk.next() {
        call.heap.release(item)
        left -= 1
      }
      if call[0].tag == .sequence { return try walk.rest(isOver: left > 0) }
      return try call.building { list in while let item = try walk.next() { list.append(item, call.heap) } }
    }
  }

  private static let chunk = Builtin(
    "chunk", [itemsParameter, sizeParameter], summary: "The items in lists of n; the last one may be shorter.",
    example: "print(chunk([1, 2, 3, 4, 5], 2))", expected: "[[1, 2], [3, 4], [5]]", derivative: asItems
  ) { call in
    let size = try call.count(1, least: 1)
    return try call.withItems(0) { items in
      try call.building(capacity: (items.count - 1) / size + 1) { list in
        var start = 0
        while start < items.count {
          let end = items.count - start > size ? start + size : items.count
          list.append(call.part(items, start..<end), call.heap)
          start = end
        }
      }
    }
  }

  private static let window = Builtin(
    "window", [itemsParameter, sizeParameter], summary: "Every n items that stand side by side, as lists.",
    details: "There are len(xs) - n + 1 of them; none if there are fewer than n items.",
    example: "print(window([1, 2, 3, 4], 3))", expected: "[[1, 2, 3], [2, 3, 4]]", derivative: asItems
  ) { call in
    let size = try call.count(1, least: 1)
    return try call.withItems(0) { items in
      let count = size > items.count ? 0 : items.count - size + 1
      if count > 0 { try call.heap.reserve(count, bytesEach: 16 * size) }
      return try call.building(capacity: count) { list in
        for start in 0..<count { list.append(call.part(items, start..<(start + size)), call.heap) }
      }
    }
  }

  private static let indexOf = Builtin(
    "index_of", [itemsParameter, BuiltinParameter("x", .any, .required, "what to look for")],
    summary: "The index of the first item that equals x, or none.",
    details: "Items are compared as wholes, as by `same`. `x in xs` says whether there is one.",
    example: "print(index_of([\"a\", \"b\"], \"b\"), index_of([1], 5))", expected: "1 none",
    derivative: .none(because: "it gives an integer")
  ) { call in
    var index = 0
    return try call.walk(0) { walk in
      while let item = try walk.next() {
        defer { call.heap.release(item) }
        if try call.heap.same(item, call[1]) { return Value(index) }
        index += 1
        if index & 1023 == 0 { try call.machine.pollLimits() }
      }
      return .none
    }
  }
}

extension Call {
  /// Items of a list, as a new one.
  func part(_ items: ListRef, _ range: Range<Int>) -> Value {
    let result = heap.list(capacity: range.count)
    for index in range { ListRef(result).append(heap.retained(items[index]), heap) }
    return result
  }
}
