// Records keep their fields in the order of insertion, in one of two modes:
//
// - *layout mode*: all keys are strings, at most 32; the layout says which, the values lie in `slots`;
// - *dictionary mode* (layout id 0): any keys, `slots` holds key and value in turn and a hash index finds them
//   (Dictionary.swift).
//
// The switch happens by itself and is one way. Keys are normalised (`Heap.key`): a float without fraction is the
// integer of its value, a scalar the number it holds.
import Diagnostics
import Tensor

struct RecordObject {
  var header: HeapHeader
  var layoutID: LayoutID
  /// Fields that are alive.
  var count: UInt32
  var slots: UnsafeMutablePointer<Value>
  /// Fields that `slots` has room for.
  var capacity: UInt32
  /// Room behind the object itself: small records need one block.
  var inlineCapacity: UInt32
  // Dictionary mode only.
  var index: UnsafeMutablePointer<UInt64>?
  var indexMask: UInt32
  /// Entries in `slots`, removed ones included.
  var used: UInt32
}

package struct RecordRef {
  let object: UnsafeMutablePointer<RecordObject>

  @inline(__always) package init(_ value: Value) { object = value.object.assumingMemoryBound(to: RecordObject.self) }

  @inline(__always) package var count: Int { Int(object.pointee.count) }
  /// Set when `slots` is a block of its own.
  static let outsideFlag: UInt8 = 1
  /// `Layout.dictionary` (0) in dictionary mode.
  @inline(__always) package var layoutID: LayoutID { object.pointee.layoutID }
  @inline(__always) package var isDictionary: Bool { object.pointee.layoutID == Layout.dictionary }
  /// Values in layout mode.
  @inline(__always) package var slots: UnsafeMutablePointer<Value> { object.pointee.slots }
  @inline(__always) package var isUnique: Bool { object.pointee.header.isUnique }

  /// Where the value of `key` (normalised, borrowed) is.
  @inline(__always) package func pointer(to key: Value, _ heap: Heap) -> UnsafeMutablePointer<Value>? {
    if isDictionary {
      let entry = findEntry(key, keyHash(key, heap), heap)
      return entry >= 0 ? slots + (2 * entry + 1) : nil
    }
    guard key.tag == .string, let interned = heap.findInterned(key) else { return nil }
    let slot = heap.layouts[layoutID].slot(of: interned)
    return slot >= 0 ? slots + slot : nil
  }

  /// The value of `key`, borrowed.
  @inline(__always) package func lookup(_ key: Value, _ heap: Heap) -> Value? { pointer(to: key, heap)?.pointee }

  /// Field number `index`, in order of insertion; borrowed.
  @inline(__always) package func key(at index: Int, _ heap: Heap) -> Value {
    if !isDictionary { return heap.layouts[layoutID].keys[index] }
    if object.pointee.used != object.pointee.count { compact(heap) }
    return slots[2 * index]
  }
  @inline(__always) package func value(at index: Int, _ heap: Heap) -> Value { valuePointer(at: index, heap).pointee }
  @inline(__always) package func valuePointer(at index: Int, _ heap: Heap) -> UnsafeMutablePointer<Value> {
    if !isDictionary { return slots + index }
    if object.pointee.used != object.pointee.count { compact(heap) }
    return slots + (2 * index + 1)
  }

  /// Sets a field, new or not. Takes over both values; only for a record that nobody else holds.
  @inline(__always) package func insert(_ key: Value, _ value: Value, _ heap: Heap) {
    if let place = pointer(to: key, heap) {
      heap.replace(place, with: value)
      heap.release(key)
    } else {
      insertNew(key, value, heap)
    }
  }

  @inline(never) private func insertNew(_ key: Value, _ value: Value, _ heap: Heap) {
    if !isDictionary {
      if key.tag == .string {
        let interned = heap.interned(key)
        let target = heap.layouts.adding(interned, to: layoutID)
        if target != Layout.dictionary {
          heap.release(key)
          let count = Int(object.pointee.count)
          if count == Int(object.pointee.capacity) { resizeSlots(to: max(4, count * 2), heap) }
          slots[count] = value
          object.pointee.layoutID = target
          object.pointee.count += 1
          return
        }
      }
      becomeDictionary(heap)
    }
    addEntry(key, value, heap)
  }

  /// Room for `capacity` fields (in dictionary mode two values each).
  func resizeSlots(to capacity: Int, _ heap: Heap) {
    let width = isDictionary ? 2 : 1
    let used = isDictionary ? Int(object.pointee.used) * 2 : count
    let stride = width * MemoryLayout<Value>.stride
    let isOutside = object.pointee.header.flags & RecordRef.outsideFlag != 0
    let fresh = heap.reallocate(
      UnsafeMutableRawPointer(slots), bytes: isOutside ? Int(object.pointee.capacity) * stride : 0,
      used: used * MemoryLayout<Value>.stride, to: capacity * stride)
    setOutsideSlots(fresh.bindMemory(to: Value.self, capacity: capacity * width), capacity: capacity)
  }

  func setOutsideSlots(_ slots: UnsafeMutablePointer<Value>, capacity: Int) {
    object.pointee.slots = slots
    object.pointee.capacity = UInt32(capacity)
    object.pointee.header.flags |= RecordRef.outsideFlag
  }

  /// Gives the block of the slots back, if it is not part of the object.
  func freeSlots(_ heap: Heap) {
    if object.pointee.header.flags & RecordRef.outsideFlag != 0 {
      let width = isDictionary ? 2 : 1
      heap.deallocate(
        UnsafeMutableRawPointer(slots), bytes: Int(object.pointee.capacity) * width * MemoryLayout<Value>.stride)
    }
  }
}

extension Heap {
  /// An empty record.
  package func record(capacity: Int = 4) -> Value { emptyRecord(layout: Layout.empty, capacity: capacity) }

  /// A literal: takes over as many values as the layout has keys.
  @inline(__always)
  package func record(layout: LayoutID, owned values: UnsafePointer<Value>) -> Value {
    let count = layouts[layout].count
    let value = emptyRecord(layout: layout, capacity: count)
    let object = RecordRef(value).object
    object.pointee.slots.update(from: values, count: count)
    object.pointee.count = UInt32(truncatingIfNeeded: count)
    return value
  }

  /// A record from Swift: keys are interned, values taken over.
  package func record(_ fields: KeyValuePairs<String, Value>) -> Value {
    let value = record(capacity: fields.count)
    for (key, field) in fields { RecordRef(value).insert(internedString(key), field, self) }
    return value
  }

  private func emptyRecord(layout: LayoutID, capacity: Int) -> Value {
    let inline = min(capacity, Layout.maximumKeys)
    let block = allocate(bytes: MemoryLayout<RecordObject>.size + inline * MemoryLayout<Value>.stride)
    let slots = (block + MemoryLayout<RecordObject>.size).assumingMemoryBound(to: Value.self)
    block.initializeMemory(
      as: RecordObject.self,
      to: RecordObject(
        header: HeapHeader(kind: .record), layoutID: layout, count: 0, slots: slots, capacity: UInt32(inline),
        inlineCapacity: UInt32(inline), index: nil, indexMask: 0, used: 0))
    return Value(tag: .record, object: block)
  }

  /// A record with the same fields.
  package func copyRecord(_ value: Value) -> Value {
    let source = RecordRef(value)
    if source.isDictionary { return copyDictionary(source) }
    let copy = emptyRecord(layout: source.layoutID, capacity: source.count)
    let target = RecordRef(copy)
    for slot in 0..<source.count { target.slots[slot] = retained(source.slots[slot]) }
    target.object.pointee.count = source.object.pointee.count
    return copy
  }

  /// Takes a field away from the record in `slot`, in place when nobody else holds it. False when there is none.
  package func removeField(_ key: Value, from slot: UnsafeMutablePointer<Value>) -> Bool {
    guard RecordRef(slot.pointee).pointer(to: key, self) != nil else { return false }
    let source = RecordRef(slot.pointee)
    if source.isDictionary {
      makeUnique(slot)
      RecordRef(slot.pointee).removeEntry(key, self)
      return true
    }
    guard let gone = findInterned(key) else { return false }
    let result = record(capacity: source.count)
    for index in 0..<source.count {
      let name = source.key(at: index, self)
      if name.bits == gone.bits { continue }
      RecordRef(result).insert(name, retained(source.slots[index]), self)
    }
    replace(slot, with: result)
    return true
  }

  /// What `value` (borrowed) is as a key, owned: a scalar is its number, a float without fraction its integer. Tensors,
  /// functions and generators are no keys.
  @inline(__always) package func key(_ value: Value) throws -> Value {
    switch value.tag {
    case .int, .bool, .none: return value
    case .string: return retained(value)
    default: return try unusualKey(value)
    }
  }

  @inline(never) private func unusualKey(_ value: Value) throws -> Value {
    switch value.tag {
    case .float:
      if let integer = Int(exactly: value.float) { return Value(integer) }
      return value
    case .tensor where tensorNode(value).rank == 0: return try key(number(fromScalar: value))
    case .range: return retained(value)
    case .list, .record:
      try checkKeyLeaves(value)
      return retained(value)
    default: throw badKey(value)
    }
  }

  private func badKey(_ value: Value) -> Diagnostic {
    Diagnostic(
      .wrongType(
        operation: "a record", expected: "a key: a number, string, boolean, none, or a list or record of these",
        found: typeName(value)), at: nil)
  }

  /// Every leaf inside a list or record that is to be a key. Records in there must have simple keys: comparing keys
  /// then never recurses.
  private func checkKeyLeaves(_ value: Value) throws {
    var stack = [value]
    while let next = stack.popLast() {
      switch next.tag {
      case .list: for index in 0..<ListRef(next).count { stack.append(ListRef(next)[index]) }
      case .record:
        let record = RecordRef(next)
        for index in 0..<record.count {
          let key = record.key(at: index, self)
          if key.tag == .list || key.tag == .record { throw badKey(next) }
          stack.append(record.value(at: index, self))
        }
      case .int, .float, .bool, .none, .string, .range: break
      default: throw badKey(next)
      }
    }
  }
}
