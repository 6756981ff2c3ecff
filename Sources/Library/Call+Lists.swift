// What the list builtins share: changing a list that the caller gives up, mapping, sorting, truth.
import Diagnostics
import Tensor
import VM

extension Call {
  func length(of value: Value) -> Int? {
    switch value.tag {
    case .list: return ListRef(value).count
    case .record: return RecordRef(value).count
    case .string: return StringRef(value).characterCount
    case .range: return RangeRef(value).count
    case .tensor where tensorNode(value).rank > 0: return tensorNode(value).dim(0)
    case .box: return value.progressItems.flatMap { length(of: $0.items) }
    default: return nil
    }
  }

  /// Argument `index`, a list, after `change`: in place when the caller gives up the last hold on it, else a copy with
  /// room for that many more. Call only when nothing can fail any more.
  func changedList(_ index: Int, room: Int, _ change: (ListRef) -> Void) -> Value {
    if isConsumable(index) {
      var value = take(index)
      heap.makeUnique(&value)
      change(ListRef(value))
      return value
    }
    let copy = heap.copyList(arguments[index], capacity: ListRef(arguments[index]).count + room)
    change(ListRef(copy))
    return copy
  }

  /// Argument `index` as a place in a list of `count` items (or behind it, with `end`).
  func position(_ index: Int, count: Int, end: Bool) throws -> Int {
    let given = try int(index)
    let place = given < 0 ? given + count : given
    if place < 0 || place > count || (place == count && !end) {
      throw Diagnostic(.indexOutOfRange(index: "\(given)", size: count, axis: nil), at: nil)
    }
    return place
  }

  /// A list of `transform`'s results (owned) of each item.
  func mapped(_ source: ListRef, _ transform: (Value) throws -> Value) throws -> Value {
    let result = heap.list(capacity: source.count)
    do {
      for item in source.buffer { ListRef(result).append(try transform(item), heap) }
    } catch {
      heap.release(result)
      throw error
    }
    return result
  }

  /// Indices in sorted order: a stable bottom-up merge sort, since a comparison may fail.
  func sortedOrder(_ keys: ListRef, descending: Bool = false) throws -> [Int] {
    var order = Array(0..<keys.count)
    var merged = order
    // Numbers only: no dispatch on kinds inside the loop.
    let numbers: [Double]? =
      keys.buffer.allSatisfy { $0.tag == .float || ($0.tag == .int && Swift.abs($0.int) < 1 << 53) }
      ? keys.buffer.map(\.asDouble) : nil
    func precedes(_ a: Int, _ b: Int) throws -> Bool {
      if descending { return try comesBefore(b, a) }
      return try comesBefore(a, b)
    }
    func comesBefore(_ a: Int, _ b: Int) throws -> Bool {
      if let numbers { return numbers[a] < numbers[b] || (numbers[b].isNaN && !numbers[a].isNaN) }
      return try heap.compare(keys[a], keys[b], operation: name) < 0
    }
    var width = 1
    while width < order.count {
      var start = 0
      try machine.pollLimits()
      while start < order.count {
        let (middle, end) = (min(start + width, order.count), min(start + 2 * width, order.count))
        var (left, right, at) = (start, middle, start)
        while at < end {
          let takesLeft = try left < middle && (right >= end || !precedes(order[right], order[left]))
          merged[at] = takesLeft ? order[left] : order[right]
          if takesLeft { left += 1 } else { right += 1 }
          at += 1
        }
        start = end
      }
      swap(&order, &merged)
      width *= 2
    }
    return order
  }
}
