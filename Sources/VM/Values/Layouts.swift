// Layouts ("hidden classes"): which keys a record has and in which order. Records built the same way share one layout,
// so a field access that remembers the layout it saw last needs one comparison and one load. Layouts form a tree from
// the empty one; an edge adds one key.
//
// Everything is plain memory: a look-up counts no references.
import Tensor

package typealias LayoutID = UInt32

package struct Layout {
  package static let maximumKeys = 32
  /// Records in dictionary mode have this id; no entry of the table is used for it.
  package static let dictionary: LayoutID = 0
  package static let empty: LayoutID = 1

  package let id: LayoutID
  package let count: Int
  /// Interned strings in order.
  package let keys: UnsafeMutablePointer<Value>
  var transitions: UnsafeMutablePointer<Transition>?
  var transitionCount = 0

  struct Transition {
    var key: UInt64
    var target: LayoutID
  }

  /// Slot of an *interned* key, or -1.
  @inline(__always) package func slot(of key: Value) -> Int {
    var slot = 0
    while slot < count {
      if keys[slot].bits == key.bits { return slot }
      slot &+= 1
    }
    return -1
  }
}

package struct LayoutTable {
  static let maximumLayouts = 1 << 14
  static let maximumTransitions = 1 << 10
  private var table: UnsafeMutablePointer<Layout>
  private(set) var count = 0

  init() { table = .allocate(capacity: LayoutTable.maximumLayouts) }

  mutating func start() {
    _ = add(keys: [])  // id 0, dictionary mode
    _ = add(keys: [])  // id 1, the empty record
  }

  @inline(__always) package subscript(id: LayoutID) -> Layout { table[Int(id)] }

  private mutating func add(keys: [Value]) -> LayoutID {
    let copy = UnsafeMutablePointer<Value>.allocate(capacity: max(1, keys.count))
    for (index, key) in keys.enumerated() { copy[index] = key }
    let id = LayoutID(count)
    (table + count).initialize(to: Layout(id: id, count: keys.count, keys: copy))
    count += 1
    return id
  }

  /// The layout with one more key (interned), or dictionary mode when there are too many.
  @inline(__always) package mutating func adding(_ key: Value, to id: LayoutID) -> LayoutID {
    let layout = table[Int(id)]
    var index = 0
    while index < layout.transitionCount {
      if let transition = layout.transitions, transition[index].key == key.bits { return transition[index].target }
      index &+= 1
    }
    return addTransition(key, to: id)
  }

  @inline(never) private mutating func addTransition(_ key: Value, to id: LayoutID) -> LayoutID {
    let layout = table[Int(id)]
    guard layout.count < Layout.maximumKeys, count < LayoutTable.maximumLayouts,
      layout.transitionCount < LayoutTable.maximumTransitions
    else { return Layout.dictionary }
    let target = add(keys: (0..<layout.count).map { layout.keys[$0] } + [key])
    let size = layout.transitionCount
    // The block doubles at powers of two.
    if size & (size - 1) == 0 {
      let grown = UnsafeMutablePointer<Layout.Transition>.allocate(capacity: max(1, size * 2))
      if let old = layout.transitions {
        grown.update(from: old, count: size)
        old.deallocate()
      }
      table[Int(id)].transitions = grown
    }
    (table[Int(id)].transitions.unsafelyUnwrapped + size).initialize(
      to: Layout.Transition(key: key.bits, target: target))
    table[Int(id)].transitionCount = size + 1
    return target
  }

  /// The layout with exactly these keys (interned strings, no repetition).
  package mutating func layout(keys: [Value]) -> LayoutID {
    var id = Layout.empty
    for key in keys {
      id = adding(key, to: id)
      if id == Layout.dictionary { return id }
    }
    return id
  }

  mutating func free() {
    for index in 0..<count {
      table[index].keys.deallocate()
      table[index].transitions?.deallocate()
    }
    table.deallocate()
  }
}
