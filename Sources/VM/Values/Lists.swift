// Lists: `header | count | capacity | items`, the items in a block of their own so that a list grows in place and its
// identity stays. Appending doubles the block: amortised constant time.
import Tensor

struct ListObject {
  var header: HeapHeader
  var count: Int
  var capacity: Int
  var items: UnsafeMutablePointer<Value>
}

package struct ListRef {
  let object: UnsafeMutablePointer<ListObject>

  @inline(__always) package init(_ value: Value) { object = value.object.assumingMemoryBound(to: ListObject.self) }

  @inline(__always) package var count: Int { object.pointee.count }
  @inline(__always) package var items: UnsafeMutablePointer<Value> { object.pointee.items }
  @inline(__always) package var isUnique: Bool { object.pointee.header.isUnique }
  /// Borrowed; unchecked.
  @inline(__always) package subscript(index: Int) -> Value { object.pointee.items[index] }
  package var buffer: UnsafeBufferPointer<Value> { UnsafeBufferPointer(start: items, count: count) }

  /// Takes over `value`. Only for a list that nobody else holds.
  @inline(__always) package func append(_ value: Value, _ heap: Heap) {
    let count = object.pointee.count
    if count == object.pointee.capacity { grow(heap) }
    object.pointee.items[count] = value
    object.pointee.count = count &+ 1
  }

  @inline(never) private func grow(_ heap: Heap) {
    let capacity = max(4, object.pointee.capacity)
    // Near a limit a list grows by less, so that what it holds and not its room ends the script.
    let spare = capacity < 4096 ? capacity : min(capacity, max(capacity / 32, heap.room / 32))
    resize(to: object.pointee.capacity == 0 ? 4 : capacity + spare, heap)
  }

  func resize(to capacity: Int, _ heap: Heap) {
    let stride = MemoryLayout<Value>.stride
    let items = heap.reallocate(
      UnsafeMutableRawPointer(object.pointee.items), bytes: object.pointee.capacity * stride,
      used: object.pointee.count * stride, to: capacity * stride)
    object.pointee.items = items.bindMemory(to: Value.self, capacity: capacity)
    object.pointee.capacity = capacity
  }

  /// Opens a gap at `index` and stores `value` (taken over) there.
  package func insert(_ value: Value, at index: Int, _ heap: Heap) {
    append(value, heap)
    var at = count - 1
    while at > index {
      items[at] = items[at - 1]
      at -= 1
    }
    items[index] = value
  }

  /// Closes the gap and hands the item over, owned.
  package func remove(at index: Int) -> Value {
    let value = items[index]
    let last = count - 1
    var at = index
    while at < last {
      items[at] = items[at + 1]
      at += 1
    }
    object.pointee.count = last
    return value
  }
}

extension Heap {
  package func list(capacity: Int) -> Value {
    let block = allocate(bytes: MemoryLayout<ListObject>.size)
    let bytes = capacity * MemoryLayout<Value>.stride
    // A list without room keeps a pointer that is never read.
    let items =
      capacity > 0
      ? allocate(bytes: bytes).bindMemory(to: Value.self, capacity: capacity)
      : (block + 8).assumingMemoryBound(to: Value.self)
    block.initializeMemory(
      as: ListObject.self, to: ListObject(header: HeapHeader(kind: .list), count: 0, capacity: capacity, items: items))
    return Value(tag: .list, object: block)
  }

  /// Takes over the values.
  package func list(_ owned: [Value]) -> Value {
    owned.withUnsafeBufferPointer { list(owned: $0) }
  }

  /// Takes over the values.
  package func list(owned values: UnsafeBufferPointer<Value>) -> Value {
    let value = list(capacity: values.count)
    let object = ListRef(value).object
    if let base = values.baseAddress { object.pointee.items.update(from: base, count: values.count) }
    object.pointee.count = values.count
    return value
  }

  /// A list of the same items with room for `capacity`.
  package func copyList(_ value: Value, capacity: Int) -> Value {
    let source = ListRef(value)
    let copy = list(capacity: max(capacity, source.count))
    let target = ListRef(copy)
    for index in 0..<source.count { target.items[index] = retained(source.items[index]) }
    target.object.pointee.count = source.count
    return copy
  }

  /// Items `from..<to` of a list, every `step`-th (step > 0), as a new list.
  package func sublist(_ value: Value, from: Int, to: Int, step: Int = 1) -> Value {
    let source = ListRef(value)
    let result = list(capacity: to > from ? (to - from + step - 1) / step : 0)
    var at = from
    while at < to {
      ListRef(result).append(retained(source[at]), self)
      at += step
    }
    return result
  }

  /// `a ++ b` for lists.
  package func concatenated(_ a: Value, _ b: Value) -> Value {
    let (left, right) = (ListRef(a), ListRef(b))
    let result = copyList(a, capacity: left.count + right.count)
    for index in 0..<right.count { ListRef(result).append(retained(right[index]), self) }
    return result
  }
}
