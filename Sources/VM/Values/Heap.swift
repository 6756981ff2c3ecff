// The heap of one engine: it owns the tensor graph, the pool of small blocks, the table of interned strings and the
// table of record layouts, and it counts the bytes that strings, lists and records hold.
//
// Invariant: every heap object begins with a `HeapHeader`; whoever stores a `Value` owns one count of it. The last
// `release` reaches `destroy` (Heap+Destroy.swift), which works from an explicit list, so that dropping a list nested a
// million deep does not overflow the stack.
//
// Read: Value, Heap, Heap+Blocks, Strings, Lists, Records (Layouts, Dictionary), then Equality, Ordering, Display, and
// Arithmetic with TreeArithmetic last.
import CPlatform
import Diagnostics
import Tensor

package final class Heap {
  package let graph: Graph
  /// Bytes of strings, lists and records; tensors are counted by the graph.
  package var liveBytes = 0
  package var byteLimit = Int.max
  /// Bounds the bytes of values and tensors together.
  package var totalLimit = Int.max {
    didSet {
      graph.totalLimit = totalLimit
      graph.neighbourBytes = totalLimit == Int.max ? nil : { [unowned self] in self.liveBytes }
    }
  }
  /// Called when a large block was taken and a limit is passed by it: the machine then looks at its limits at once.
  package var limitPassed: (() -> Void)?
  package var layouts = LayoutTable()

  var blocks = BlockPool()
  var interned = InternTable()
  /// Objects that `destroy` has still to take apart.
  var condemned: [UnsafeMutableRawPointer] = []
  var isDestroying = false
  /// How the machine calls a function in messages and text; it knows the compiled code.
  package var nameOfFunction: ((Value) -> String?)?
  /// Reused by everything that makes text.
  var scratch = TextBuffer()

  package init(graph: Graph) {
    self.graph = graph
    layouts.start()
  }

  deinit {
    scratch.free()
    layouts.free()
    interned.free()
    blocks.free()
  }

  @inline(__always) package func retain(_ value: Value) {
    if value.isHeap { Tensor.retain(value.object) }
  }

  @inline(__always) package func release(_ value: Value) {
    if value.isHeap, releaseReachedZero(value.object) { destroy(value.object) }
  }

  /// Adds a count and hands the value on as owned.
  @inline(__always) package func retained(_ value: Value) -> Value {
    retain(value)
    return value
  }

  /// Stores `value` (owned) in `slot` and releases what was there.
  @inline(__always) package func replace(_ slot: UnsafeMutablePointer<Value>, with value: Value) {
    let old = slot.pointee
    slot.pointee = value
    release(old)
  }

  /// Bytes of values that may still be taken; negative when a limit is passed.
  package var room: Int {
    let own = byteLimit &- liveBytes
    return totalLimit == Int.max ? own : min(own, totalLimit &- liveBytes &- graph.heldBytes)
  }
  /// The limit that messages name.
  package var shownLimit: Int { min(byteLimit, totalLimit) }

  /// Fails when `bytes` more would pass the limit: called before an allocation whose size a script chooses.
  package func reserve(bytes: Int) throws {
    if bytes < 0 || bytes > max(0, room) {
      throw Diagnostic(.memoryLimit(requested: bytes, limit: shownLimit), at: nil)
    }
  }

  /// The same for `count` things; their bytes together may be more than there are numbers.
  package func reserve(_ count: Int, bytesEach bytes: Int) throws {
    let (total, overflow) = count.multipliedReportingOverflow(by: bytes)
    try reserve(bytes: overflow ? Int.max : total)
  }

  @inline(__always) package var isOverLimit: Bool {
    liveBytes > byteLimit || totalLimit != Int.max && liveBytes &+ graph.heldBytes > totalLimit
  }

  /// Long walks over values call this every few thousand steps, so that an interrupt ends them.
  func poll() throws {
    if trellis_load_relaxed_32(graph.cancelFlag) != 0 { throw TensorError(.cancelled) }
  }

  /// Fails when there is no room for a copy of the value in `slot` that `makeUnique` would make.
  @inline(__always) package func reserveCopy(_ slot: UnsafeMutablePointer<Value>) throws {
    let value = slot.pointee
    guard value.isHeap, !value.object.assumingMemoryBound(to: HeapHeader.self).pointee.isUnique else { return }
    try reserveLargeCopy(value)
  }

  @inline(never) private func reserveLargeCopy(_ value: Value) throws {
    let bytes: Int
    switch value.tag {
    case .list: bytes = ListRef(value).count &* MemoryLayout<Value>.stride
    case .record: bytes = RecordRef(value).count &* 3 &* MemoryLayout<Value>.stride
    case .string: bytes = StringRef(value).byteCount
    default: return
    }
    if bytes > BlockPool.chunkBytes { try reserve(bytes: bytes) }
  }

  /// Makes the value in `slot` safe to change: a shared list, record or string is replaced by a shallow copy.
  @inline(__always) package func makeUnique(_ slot: UnsafeMutablePointer<Value>) {
    let value = slot.pointee
    guard value.isHeap, !value.object.assumingMemoryBound(to: HeapHeader.self).pointee.isUnique else { return }
    replaceByCopy(slot)
  }

  @inline(never) private func replaceByCopy(_ slot: UnsafeMutablePointer<Value>) {
    let value = slot.pointee
    let copy: Value
    switch value.tag {
    case .list: copy = copyList(value, capacity: ListRef(value).count)
    case .record: copy = copyRecord(value)
    case .string: copy = string(utf8: StringRef(value).utf8)
    case .generator: copy = generator(key: GeneratorRef(value).key, counter: GeneratorRef(value).counter)
    default: return
    }
    replace(slot, with: copy)
  }
}
