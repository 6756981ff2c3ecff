// Memory of tensors: 64-byte aligned, over-readable by a vector, and recycled.
//
// Every thread keeps free lists by size class (the tensors of a training step have few sizes, which come back every
// step), so that getting memory is a pop and giving it back is a push. Classes are multiples of 64 bytes up to 1 KiB,
// then four to a power of two. Small classes are carved from slabs. A list keeps blocks up to a bound on the bytes that
// a thread holds idle; beyond it blocks go back to the system. A block may be freed on another thread than it came from.
// A thread that ends gives its large blocks back; its small ones, which can't go back one by one, and its slab wait for
// the next thread that begins.
import CPlatform
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

package enum Buffers {
  /// Bytes that may be read past the end of every buffer.
  package static let padding = 64
  /// Bytes that one thread keeps idle at most.
  package static let idleLimit = 256 << 20

  private static let smallClasses = 17  // up to 1088 bytes, padding included
  private static let classes = smallClasses + 4 * 40
  private static let slabBytes = 64 << 10

  /// One thread's free lists. A free block holds the address of the next in its first word.
  private struct Cache {
    var idleBytes = 0
    var slab: UnsafeMutableRawPointer?
    var slabLeft = 0
    var heads: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  }

  /// Memory for `bytes` bytes: 64-byte aligned, room up to the next multiple of 64 and 64 bytes more to read.
  package static func allocate(_ bytes: Int) -> UnsafeMutableRawPointer {
    let index = classIndex(bytes)
    let cache = threadCache
    if let block = cache.pointee.heads[index] {
      cache.pointee.heads[index] = block.load(as: UnsafeMutableRawPointer?.self)
      cache.pointee.idleBytes &-= classBytes(index)
      return block
    }
    return fresh(index, cache)
  }

  /// Gives a buffer back; `bytes` as it was asked for.
  package static func free(_ block: UnsafeMutableRawPointer, _ bytes: Int) {
    let index = classIndex(bytes)
    let size = classBytes(index)
    let cache = threadCache
    if index >= smallClasses && cache.pointee.idleBytes &+ size > idleLimit {
      #if canImport(Darwin)
        Darwin.free(block)
      #else
        Glibc.free(block)
      #endif
      return
    }
    block.storeBytes(of: cache.pointee.heads[index], as: UnsafeMutableRawPointer?.self)
    cache.pointee.heads[index] = block
    cache.pointee.idleBytes &+= size
  }

  /// Bytes that this thread keeps for reuse.
  package static var idleBytes: Int { threadCache.pointee.idleBytes }

  /// Gives this thread's idle blocks back to the system (slabs of small blocks stay).
  package static func trim() { release(threadCache) }

  // MARK: Size classes

  @inline(__always) private static func classIndex(_ bytes: Int) -> Int {
    let need = bytes &+ padding
    if need <= smallClasses &* 64 { return (need &+ 63) >> 6 &- 1 }
    // Four classes to a power of two: the two bits below the leading one of need - 1.
    let power = Int.bitWidth &- 1 &- (need &- 1).leadingZeroBitCount
    let quarter = (need &- 1) >> (power &- 2) & 3
    return smallClasses &+ (power &- 10) &* 4 &+ quarter
  }

  @inline(__always) private static func classBytes(_ index: Int) -> Int {
    if index < smallClasses { return (index &+ 1) &* 64 }
    let power = (index &- smallClasses) >> 2 &+ 10
    return (1 << power) &+ ((index &- smallClasses) & 3 &+ 1) << (power &- 2)
  }

  // MARK: Slow paths

  @inline(__always) private static var threadCache: UnsafeMutablePointer<Cache> {
    if let slot = trellis_thread_slot() { return slot.assumingMemoryBound(to: Cache.self) }
    return makeCache()
  }

  /// Caches of threads that have ended: small blocks and what is left of a slab.
  private static let retired = Mutex<[UInt]>([])

  @inline(never) private static func makeCache() -> UnsafeMutablePointer<Cache> {
    let known = retired.withLock { $0.popLast() }.flatMap { UnsafeMutablePointer<Cache>(bitPattern: $0) }
    let cache = known ?? freshCache()
    trellis_set_thread_slot(cache) { slot in
      guard let cache = slot?.assumingMemoryBound(to: Cache.self) else { return }
      Buffers.release(cache)
      Buffers.retired.withLock { $0.append(UInt(bitPattern: cache)) }
    }
    return cache
  }

  private static func freshCache() -> UnsafeMutablePointer<Cache> {
    let heads = UnsafeMutablePointer<UnsafeMutableRawPointer?>.allocate(capacity: classes)
    heads.initialize(repeating: nil, count: classes)
    let cache = UnsafeMutablePointer<Cache>.allocate(capacity: 1)
    cache.initialize(to: Cache(heads: heads))
    return cache
  }

  /// A buffer that belongs to no thread's cache: for elements that leave an engine or come from outside. As large and as
  /// aligned as `allocate` makes them.
  package static func makeLoose(_ bytes: Int) -> UnsafeMutableRawPointer { system(bytes + padding) }

  /// Gives a loose buffer to the system.
  package static func freeLoose(_ block: UnsafeMutableRawPointer) {
    #if canImport(Darwin)
      Darwin.free(block)
    #else
      Glibc.free(block)
    #endif
  }

  /// Whether a buffer of so many bytes from `allocate` is a block of the system's, which may become a loose one.
  package static func isLoose(_ bytes: Int) -> Bool { classIndex(bytes) >= smallClasses }

  @inline(never) private static func fresh(_ index: Int, _ cache: UnsafeMutablePointer<Cache>)
    -> UnsafeMutableRawPointer
  {
    let size = classBytes(index)
    if index < smallClasses {
      if cache.pointee.slabLeft < size {
        cache.pointee.slab = system(slabBytes)
        cache.pointee.slabLeft = slabBytes
      }
      if let block = cache.pointee.slab {
        cache.pointee.slab = block + size
        cache.pointee.slabLeft -= size
        return block
      }
    }
    return system(size)
  }

  /// Fresh memory. Running out of it ends the process, as everywhere in Swift; an engine's byte limit comes first.
  private static func system(_ size: Int) -> UnsafeMutableRawPointer {
    var block: UnsafeMutableRawPointer?
    let hugePage = 2 << 20
    let isHuge = size >= 2 * hugePage
    guard posix_memalign(&block, isHuge ? hugePage : 64, size) == 0, let block else {
      return UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
    }
    #if os(Linux)
      // Fewer page faults for tensors of millions of elements.
      if isHuge { madvise(block, size, 14 /* MADV_HUGEPAGE */) }
    #endif
    return block
  }

  private static func release(_ cache: UnsafeMutablePointer<Cache>) {
    for index in smallClasses..<classes {
      while let block = cache.pointee.heads[index] {
        cache.pointee.heads[index] = block.load(as: UnsafeMutableRawPointer?.self)
        cache.pointee.idleBytes -= classBytes(index)
        #if canImport(Darwin)
          Darwin.free(block)
        #else
          Glibc.free(block)
        #endif
      }
    }
  }
}
