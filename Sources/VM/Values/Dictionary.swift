// Dictionary mode of a record: entries (key, value) in order of insertion, and an index of 64-bit words addressed by the
// low bits of the hash with linear probing. A word holds the entry number + 1 in its low half and the high half of the
// hash in its own, so that a probe rejects almost every other key without touching the entry. Word 0 is free; an entry
// number of 2^32-1 marks a removed one.
//
// Invariant: used entries <= 5/8 of the words, so every probe ends at a free word.
import Tensor

private let removedWord: UInt64 = 0xFFFF_FFFF
private let entryStride = 2 * MemoryLayout<Value>.stride

/// Hash of a normalised key. Equal keys have equal hashes; both halves of the result are well mixed.
@inline(__always) func keyHash(_ key: Value, _ heap: Heap) -> UInt64 {
  switch key.tag {
  case .string: StringRef(key).hash
  case .int: mixBits(key.bits)
  default: heap.hash(key)
  }
}

/// Same key.
@inline(__always) private func sameKey(_ a: Value, _ b: Value, _ heap: Heap) -> Bool {
  if a.tag != b.tag { return false }
  switch a.tag {
  case .string: return StringRef(a).equals(StringRef(b))
  case .int: return a.bits == b.bits
  // Keys hold no tensors, so nothing is computed; only an interrupt can end the comparison early.
  default: return (try? heap.same(a, b)) ?? false
  }
}

extension RecordRef {
  /// Number of the entry with this key, or -1.
  @inline(__always) func findEntry(_ key: Value, _ hash: UInt64, _ heap: Heap) -> Int {
    guard let index = object.pointee.index else { return -1 }
    let mask = Int(object.pointee.indexMask)
    let high = hash & 0xFFFF_FFFF_0000_0000
    var at = Int(truncatingIfNeeded: hash) & mask
    while true {
      let word = index[at]
      if word == 0 { return -1 }
      if word & 0xFFFF_FFFF_0000_0000 == high {
        let low = word & 0xFFFF_FFFF
        if low != removedWord {
          let entry = Int(truncatingIfNeeded: low) &- 1
          if sameKey(slots[2 * entry], key, heap) { return entry }
        }
      }
      at = (at &+ 1) & mask
    }
  }

  /// Adds an entry whose key is known to be new. Takes over both values.
  func addEntry(_ key: Value, _ value: Value, _ heap: Heap) {
    let used = Int(object.pointee.used)
    if used == Int(object.pointee.capacity) {
      // Mostly removed entries: closing the gaps is enough.
      if Int(object.pointee.count) * 4 < used * 3 {
        compact(heap)
      } else {
        resizeSlots(to: max(8, used * 2), heap)
      }
    }
    let entry = Int(object.pointee.used)
    slots[2 * entry] = key
    slots[2 * entry + 1] = value
    object.pointee.used += 1
    object.pointee.count += 1
    if (entry + 1) * 8 > (Int(object.pointee.indexMask) + 1) * 5 || object.pointee.index == nil {
      rebuildIndex(heap)
    } else {
      place(entry, keyHash(key, heap))
    }
  }

  private func place(_ entry: Int, _ hash: UInt64) {
    guard let index = object.pointee.index else { return }
    let mask = Int(object.pointee.indexMask)
    var at = Int(truncatingIfNeeded: hash) & mask
    while index[at] != 0 { at = (at &+ 1) & mask }
    index[at] = hash & 0xFFFF_FFFF_0000_0000 | UInt64(entry + 1)
  }

  /// An index for the entries there are, with room for twice as many.
  private func rebuildIndex(_ heap: Heap) {
    freeIndex(heap)
    var size = 16
    while size * 5 < (Int(object.pointee.used) + 1) * 2 * 8 { size *= 2 }
    let index = heap.allocate(bytes: size * 8).bindMemory(to: UInt64.self, capacity: size)
    index.initialize(repeating: 0, count: size)
    object.pointee.index = index
    object.pointee.indexMask = UInt32(size - 1)
    for entry in 0..<Int(object.pointee.used) where slots[2 * entry].tag != .absent {
      place(entry, keyHash(slots[2 * entry], heap))
    }
  }

  func freeIndex(_ heap: Heap) {
    guard let index = object.pointee.index else { return }
    heap.deallocate(UnsafeMutableRawPointer(index), bytes: (Int(object.pointee.indexMask) + 1) * 8)
    object.pointee.index = nil
  }

  /// Closes the gaps that removed entries left.
  func compact(_ heap: Heap) {
    var target = 0
    for entry in 0..<Int(object.pointee.used) where slots[2 * entry].tag != .absent {
      if target != entry {
        slots[2 * target] = slots[2 * entry]
        slots[2 * target + 1] = slots[2 * entry + 1]
      }
      target += 1
    }
    object.pointee.used = UInt32(target)
    rebuildIndex(heap)
  }

  func removeEntry(_ key: Value, _ heap: Heap) {
    let hash = keyHash(key, heap)
    let entry = findEntry(key, hash, heap)
    guard entry >= 0, let index = object.pointee.index else { return }
    let mask = Int(object.pointee.indexMask)
    var at = Int(truncatingIfNeeded: hash) & mask
    while index[at] & 0xFFFF_FFFF != UInt64(entry + 1) { at = (at &+ 1) & mask }
    index[at] |= removedWord
    let (oldKey, oldValue) = (slots[2 * entry], slots[2 * entry + 1])
    slots[2 * entry] = .absent
    slots[2 * entry + 1] = .none
    object.pointee.count -= 1
    heap.release(oldKey)
    heap.release(oldValue)
  }

  /// Leaves layout mode for good.
  func becomeDictionary(_ heap: Heap) {
    let count = self.count
    let capacity = max(8, count * 2)
    let entries = heap.allocate(bytes: capacity * entryStride).bindMemory(to: Value.self, capacity: capacity * 2)
    let layout = heap.layouts[layoutID]
    for slot in 0..<count {
      entries[2 * slot] = layout.keys[slot]
      entries[2 * slot + 1] = slots[slot]
    }
    freeSlots(heap)
    object.pointee.layoutID = Layout.dictionary
    setOutsideSlots(entries, capacity: capacity)
    object.pointee.used = UInt32(count)
    rebuildIndex(heap)
  }
}

extension Heap {
  func copyDictionary(_ source: RecordRef) -> Value {
    let copy = record(capacity: 0)
    let target = RecordRef(copy)
    if source.object.pointee.used != source.object.pointee.count { source.compact(self) }
    let count = source.count
    let entries = allocate(bytes: max(8, count) * entryStride).bindMemory(to: Value.self, capacity: max(8, count) * 2)
    for at in 0..<2 * count { entries[at] = retained(source.slots[at]) }
    target.object.pointee.layoutID = Layout.dictionary
    target.setOutsideSlots(entries, capacity: max(8, count))
    target.object.pointee.used = UInt32(count)
    target.object.pointee.count = UInt32(count)
    if let index = source.object.pointee.index {
      // Same entries, same numbers: the index is copied as it is.
      let size = Int(source.object.pointee.indexMask) + 1
      let words = allocate(bytes: size * 8).bindMemory(to: UInt64.self, capacity: size)
      words.update(from: index, count: size)
      target.object.pointee.index = words
      target.object.pointee.indexMask = source.object.pointee.indexMask
    }
    return copy
  }
}
