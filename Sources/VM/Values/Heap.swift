// The heap of one engine: it owns the tensor graph, the pool of small blocks, the table of interned strings and the
// table of record layouts, and it counts the bytes that strings, lists and records hold.
//
// Invariant: every heap object begins with a `HeapHeader`; whoever stores a `Value` owns one count of it. The last
// `release` reaches `destroy` (Heap+Destroy.swift), which works from an explicit list, so that dropping a list nested a
// million deep does not overflow the stack.
//
// Read: Value, Heap, Heap+Blocks, Strings, Lists, Records (Layouts, Dictionary), then Equality, Ordering, Display, and
// Arithmetic with TreeArithmetic last.
import Diagnostics
import Tensor

package final class Heap {
  package let graph: Graph
  /// Bytes of strings, lists and records; tensors are counted by the graph.
  package var liveBytes = 0
  package var byteLimit = Int.max
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

  /// Fails when `bytes` more would pass the limit: called before an allocation whose size a script chooses.
  package func reserve(bytes: Int) throws {
    if bytes < 0 || bytes > byteLimit - min(liveBytes, byteLimit) {
      throw Diagnostic(.memoryLimit(requested: bytes, limit: byteLimit), at: nil)
    }
  }

  /// The same for `count` things; their bytes together may be more than there are numbers.
  package func reserve(_ count: Int, bytesEach bytes: Int) throws {
    let (total, overflow) = count.multipliedReportingOverflow(by: bytes)
    try reserve(bytes: overflow ? Int.max : total)
  }

  @inline(__always) package var isOverLimit: Bool { liveBytes > byteLimit }

  /// Long walks over values call this every few thousand steps, so that an interrupt ends them.
  func poll() throws {
    if graph.cancelFlag.pointee != 0 { throw TensorError(.cancelled) }
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
