// A tensor with strides seen from flat row-major positions: merged dimensions, the offset of a position, and the copy of
// a run of positions into contiguous memory.

struct StridedView {
  /// Outermost first. Adjacent dimensions that one stride can walk are merged; dimensions of size 1 are gone.
  private(set) var sizes: [Int] = []
  private(set) var strides: [Int] = []

  init(sizes: some Collection<Int>, strides: some Collection<Int>) {
    for (size, stride) in zip(sizes, strides) where size != 1 {
      if let last = self.strides.last, last == stride * size {
        self.sizes[self.sizes.count - 1] *= size
        self.strides[self.strides.count - 1] = stride
      } else {
        self.sizes.append(size)
        self.strides.append(stride)
      }
    }
  }

  var isConstant: Bool { strides.allSatisfy { $0 == 0 } }
  var isContiguous: Bool { sizes.isEmpty || (sizes.count == 1 && strides[0] == 1) }

  /// Elements after which the view repeats itself, or nil if its outermost dimension moves.
  var period: Int? {
    guard strides.first == 0 else { return nil }
    return sizes.dropFirst().reduce(1, *)
  }

  /// Elements from the start of the tensor to flat position `position`.
  func offset(_ position: Int) -> Int {
    if sizes.count == 1 { return position &* strides[0] }
    var rest = position
    var offset = 0
    var d = sizes.count &- 1
    while d > 0 {
      let (next, index) = rest.quotientAndRemainder(dividingBy: sizes[d])
      offset &+= index &* strides[d]
      rest = next
      d &-= 1
    }
    return sizes.isEmpty ? 0 : offset &+ rest &* strides[0]
  }

  /// Copies `count` elements from flat position `start` on. `target` is padded by 64 bytes, the source over-readable.
  func copy(
    _ source: UnsafeRawPointer, from start: Int, count: Int, size: Int, into target: UnsafeMutableRawPointer
  ) {
    switch size {
    case 1: copyRuns(source.assumingMemoryBound(to: UInt8.self), start, count, target)
    case 4: copyRuns(source.assumingMemoryBound(to: UInt32.self), start, count, target)
    default: copyRuns(source.assumingMemoryBound(to: UInt64.self), start, count, target)
    }
  }

  @inline(__always)
  private func copyRuns<T: FixedWidthInteger>(
    _ source: UnsafePointer<T>, _ start: Int, _ count: Int, _ target: UnsafeMutableRawPointer
  ) {
    let out = target.assumingMemoryBound(to: T.self)
    guard let inner = sizes.last, let stride = strides.last else {
      var i = 0
      while i < count {
        out[i] = source[0]
        i &+= 1
      }
      return
    }
    var done = 0
    var position = start
    while done < count {
      let within = position % inner
      let run = Swift.min(inner &- within, count &- done)
      let from = source + offset(position)
      let to = out + done
      if stride == 1 {
        StridedView.copyContiguous(from, to, run)
      } else if stride == 0 {
        StridedView.fill(from[0], to, run)
      } else {
        var i = 0
        while i < run {
          to[i] = from[i &* stride]
          i &+= 1
        }
      }
      done &+= run
      position &+= run
    }
  }

  /// In steps of 64 bytes: what is written past the run is overwritten by the next or lies in the padding.
  @inline(__always)
  private static func copyContiguous<T: FixedWidthInteger>(
    _ from: UnsafePointer<T>, _ to: UnsafeMutablePointer<T>, _ run: Int
  ) {
    let step = 64 / MemoryLayout<T>.size
    var i = 0
    while i < run {
      let words = UnsafeRawPointer(from + i).loadUnaligned(as: SIMD16<UInt32>.self)
      UnsafeMutableRawPointer(to + i).storeBytes(of: words, as: SIMD16<UInt32>.self)
      i &+= step
    }
  }

  @inline(__always)
  private static func fill<T: FixedWidthInteger>(_ value: T, _ to: UnsafeMutablePointer<T>, _ run: Int) {
    var i = 0
    while i < run {
      to[i] = value
      i &+= 1
    }
  }
}
