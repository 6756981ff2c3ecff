// Memory of heap objects. Blocks up to 256 bytes come from size classes of 16 bytes with free lists, carved from chunks
// of 64 KB; larger ones from the system, whose `realloc` moves pages where it can. An engine is confined to one thread, so a free list is one load and one store.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

struct BlockPool {
  static let largest = 256
  static let chunkBytes = 1 << 16

  private let free16: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  private var chunks: [UnsafeMutableRawPointer] = []
  private var next: UnsafeMutableRawPointer?
  private var remaining = 0

  init() {
    free16 = .allocate(capacity: BlockPool.largest / 16 + 1)
    free16.initialize(repeating: nil, count: BlockPool.largest / 16 + 1)
  }

  /// Releases every chunk: the objects in them are gone with the engine.
  func free() {
    for chunk in chunks { chunk.deallocate() }
    free16.deallocate()
  }

  @inline(__always) mutating func allocate(_ bytes: Int) -> UnsafeMutableRawPointer {
    if bytes <= BlockPool.largest {
      let index = (bytes + 15) >> 4
      if let block = free16[index] {
        free16[index] = block.load(as: UnsafeMutableRawPointer?.self)
        return block
      }
      return carve(index << 4)
    }
    return BlockPool.system(bytes)
  }

  /// A block from the system; running out of memory ends the process, as everywhere in Swift.
  @inline(never) static func system(_ bytes: Int) -> UnsafeMutableRawPointer {
    malloc(bytes) ?? UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 16)
  }

  @inline(__always) func deallocate(_ block: UnsafeMutableRawPointer, _ bytes: Int) {
    if bytes <= BlockPool.largest {
      let index = (bytes + 15) >> 4
      block.storeBytes(of: free16[index], as: UnsafeMutableRawPointer?.self)
      free16[index] = block
    } else {
      BlockPool.giveBack(block)
    }
  }

  @inline(never) static func giveBack(_ block: UnsafeMutableRawPointer) {
    #if canImport(Darwin)
      Darwin.free(block)
    #else
      Glibc.free(block)
    #endif
  }

  @inline(never) private mutating func carve(_ bytes: Int) -> UnsafeMutableRawPointer {
    if remaining < bytes {
      // What is left of the old chunk serves smaller requests.
      if let rest = next, remaining >= 16 { deallocate(rest, remaining & ~15) }
      let chunk = UnsafeMutableRawPointer.allocate(byteCount: BlockPool.chunkBytes, alignment: 16)
      chunks.append(chunk)
      next = chunk
      remaining = BlockPool.chunkBytes
    }
    let block = next.unsafelyUnwrapped
    next = block + bytes
    remaining -= bytes
    return block
  }
}

extension Heap {
  /// A block for an object or its items; the caller writes the header.
  @inline(__always) func allocate(bytes: Int) -> UnsafeMutableRawPointer {
    liveBytes &+= bytes
    if bytes > BlockPool.chunkBytes && isOverLimit { limitPassed?() }
    return blocks.allocate(bytes)
  }

  /// The block with room for more. A large one is not copied but moved by the system, so that what grows is never held
  /// twice.
  func reallocate(
    _ block: UnsafeMutableRawPointer, bytes: Int, used: Int, to size: Int
  ) -> UnsafeMutableRawPointer {
    guard bytes > BlockPool.largest, size > BlockPool.largest else {
      let grown = allocate(bytes: size)
      grown.copyMemory(from: block, byteCount: used)
      if bytes > 0 { deallocate(block, bytes: bytes) }
      return grown
    }
    liveBytes &+= size &- bytes
    if size > BlockPool.chunkBytes && isOverLimit { limitPassed?() }
    if let grown = realloc(block, size) { return grown }
    let grown = BlockPool.system(size)
    grown.copyMemory(from: block, byteCount: used)
    BlockPool.giveBack(block)
    return grown
  }

  @inline(__always) func deallocate(_ block: UnsafeMutableRawPointer, bytes: Int) {
    liveBytes &-= bytes
    blocks.deallocate(block, bytes)
  }
}
