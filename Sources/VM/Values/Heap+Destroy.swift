// Taking apart what nobody holds any more, from an explicit list of condemned objects. Objects without children are
// freed where they are met, so the list grows only with nesting.
import Tensor

extension Heap {
  /// The last holder of `object` is gone.
  @inline(never) package func destroy(_ object: UnsafeMutableRawPointer) {
    condemned.append(object)
    // A Swift object dropped below may release values of its own: they join the list of the outer call.
    if isDestroying { return }
    isDestroying = true
    while let next = condemned.popLast() { dismantle(next) }
    isDestroying = false
  }

  @inline(__always) private func drop(_ value: Value) {
    guard value.isHeap, releaseReachedZero(value.object) else { return }
    switch value.tag {
    case .string, .range, .generator, .tensor: dismantle(value.object)
    default: condemned.append(value.object)
    }
  }

  private func drop(_ values: UnsafeMutablePointer<Value>, _ count: Int) {
    for index in 0..<count { drop(values[index]) }
  }

  private func dismantle(_ object: UnsafeMutableRawPointer) {
    switch object.assumingMemoryBound(to: HeapHeader.self).pointee.kind {
    case .tensor: graph.destroy(object.assumingMemoryBound(to: NodeRecord.self))
    case .string:
      let capacity = object.assumingMemoryBound(to: StringObject.self).pointee.capacity
      deallocate(object, bytes: MemoryLayout<StringObject>.size + capacity)
    case .range: deallocate(object, bytes: MemoryLayout<RangeObject>.size)
    case .generator: deallocate(object, bytes: MemoryLayout<GeneratorObject>.size)
    case .list:
      let list = object.assumingMemoryBound(to: ListObject.self)
      drop(list.pointee.items, list.pointee.count)
      if list.pointee.capacity > 0 {
        deallocate(
          UnsafeMutableRawPointer(list.pointee.items), bytes: list.pointee.capacity * MemoryLayout<Value>.stride)
      }
      deallocate(object, bytes: MemoryLayout<ListObject>.size)
    case .record: dismantleRecord(object)
    case .sequence:
      let sequence = object.assumingMemoryBound(to: SequenceObject.self)
      drop(sequence.pointee.state)
      drop(sequence.pointee.step)
      deallocate(object, bytes: MemoryLayout<SequenceObject>.size)
    case .closure:
      let closure = ClosureRef(Value(tag: .closure, object: object))
      drop(closure.captures, closure.captureCount)
      let bytes = MemoryLayout<ClosureObject>.size + closure.captureCount * MemoryLayout<Value>.stride
      closure.code.release()
      deallocate(object, bytes: bytes)
    case .host, .box:
      let content = object.assumingMemoryBound(to: BoxObject.self).pointee.content
      deallocate(object, bytes: MemoryLayout<BoxObject>.size)
      content.release()
    }
  }

  private func dismantleRecord(_ object: UnsafeMutableRawPointer) {
    let record = RecordRef(Value(tag: .record, object: object))
    if record.isDictionary {
      drop(record.slots, 2 * Int(record.object.pointee.used))
    } else {
      drop(record.slots, record.count)
    }
    record.freeIndex(self)
    record.freeSlots(self)
    let inline = Int(record.object.pointee.inlineCapacity)
    deallocate(object, bytes: MemoryLayout<RecordObject>.size + inline * MemoryLayout<Value>.stride)
  }
}
