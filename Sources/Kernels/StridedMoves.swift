// Copies between contiguous memory and views with any strides (negative ones too), outermost dimension first.
//
// Dimensions that one stride walks are merged. Runs along the last dimension are copied whole where both sides are
// contiguous. A transposition, where the view's unit stride is on another dimension, goes in square tiles, so that the
// cache lines of both sides are used whole.
import KernelTypes

/// A view over memory, its dimensions merged as far as possible.
struct MergedView {
  var sizes: [Int] = []
  var strides: [Int] = []

  init(_ dims: [Int], _ strides: [Int]) {
    for (size, stride) in zip(dims, strides) where size != 1 {
      if let last = self.strides.last, last == stride * size {
        self.sizes[self.sizes.count - 1] *= size
        self.strides[self.strides.count - 1] = stride
      } else {
        self.sizes.append(size)
        self.strides.append(stride)
      }
    }
    if self.sizes.isEmpty {
      self.sizes = [1]
      self.strides = [1]
    }
  }

  var count: Int { sizes.reduce(1, *) }

  /// Calls `body` with (contiguous position, view offset) of every run along the last `inner` dimensions whose number
  /// is in first..<last.
  func overRuns(inner: Int, _ first: Int, _ last: Int, _ body: (Int, Int) -> Void) {
    let outer = sizes.count - inner
    let run = sizes[outer...].reduce(1, *)
    var index = [Int](repeating: 0, count: outer)
    var rest = first
    var offset = 0
    for d in stride(from: outer - 1, through: 0, by: -1) {
      index[d] = rest % sizes[d]
      rest /= sizes[d]
      offset += index[d] * strides[d]
    }
    var number = first
    while number < last {
      body(number &* run, offset)
      number &+= 1
      var d = outer &- 1
      while d >= 0 {
        index[d] &+= 1
        offset &+= strides[d]
        if index[d] < sizes[d] { break }
        offset &-= index[d] &* strides[d]
        index[d] = 0
        d &-= 1
      }
    }
  }
}

extension Kernels {
  /// Contiguous target = the view. `source` points to the view's element at index 0 of every dimension.
  package static func copyStrided(
    _ type: DType, dims: [Int], strides: [Int], from source: UnsafeRawPointer, into target: UnsafeMutableRawPointer,
    control: RunControl
  ) -> KernelOutcome {
    move(type, dims, strides, control) { position, offset, length, step, size in
      let to = target + position &* size
      let from = source + offset &* size
      if step == 1 {
        to.copyMemory(from: from, byteCount: length &* size)
      } else {
        switch size {
        case 4:
          spread(from.assumingMemoryBound(to: UInt32.self), step, to.assumingMemoryBound(to: UInt32.self), 1, length)
        case 8:
          spread(from.assumingMemoryBound(to: UInt64.self), step, to.assumingMemoryBound(to: UInt64.self), 1, length)
        default:
          spread(from.assumingMemoryBound(to: UInt8.self), step, to.assumingMemoryBound(to: UInt8.self), 1, length)
        }
      }
    }
  }

  /// The view = contiguous source.
  package static func copyToStrided(
    _ type: DType, dims: [Int], strides: [Int], from source: UnsafeRawPointer, into target: UnsafeMutableRawPointer,
    control: RunControl
  ) -> KernelOutcome {
    move(type, dims, strides, control) { position, offset, length, step, size in
      let from = source + position &* size
      let to = target + offset &* size
      if step == 1 {
        to.copyMemory(from: from, byteCount: length &* size)
      } else {
        switch size {
        case 4:
          spread(from.assumingMemoryBound(to: UInt32.self), 1, to.assumingMemoryBound(to: UInt32.self), step, length)
        case 8:
          spread(from.assumingMemoryBound(to: UInt64.self), 1, to.assumingMemoryBound(to: UInt64.self), step, length)
        default:
          spread(from.assumingMemoryBound(to: UInt8.self), 1, to.assumingMemoryBound(to: UInt8.self), step, length)
        }
      }
    }
  }

  /// The view += contiguous source. No element of the view may be reached twice.
  package static func addToStrided(
    _ type: DType, dims: [Int], strides: [Int], from source: UnsafeRawPointer, into target: UnsafeMutableRawPointer,
    control: RunControl
  ) -> KernelOutcome {
    move(type, dims, strides, control) { position, offset, length, step, size in
      let from = source + position &* size
      let to = target + offset &* size
      if step == 1 {
        addRow(type, length, from, to)
      } else {
        for index in 0..<length { addRow(type, 1, from + index &* size, to + index &* step &* size) }
      }
    }
  }

  @inline(__always)
  private static func spread<T>(
    _ from: UnsafePointer<T>, _ fromStep: Int, _ to: UnsafeMutablePointer<T>, _ toStep: Int, _ count: Int
  ) {
    var i = 0
    while i < count {
      to[i &* toStep] = from[i &* fromStep]
      i &+= 1
    }
  }

  /// Calls `run` with (contiguous position, view offset, length, stride in the view, element size) for pieces of the
  /// last dimension that cover the view.
  private static func move(
    _ type: DType, _ dims: [Int], _ strides: [Int], _ control: RunControl, _ run: (Int, Int, Int, Int, Int) -> Void
  ) -> KernelOutcome {
    if dims.contains(0) { return .done }
    let view = MergedView(dims, strides)
    let rank = view.sizes.count
    let size = type.size
    let length = view.sizes[rank - 1]
    let step = view.strides[rank - 1]
    // Tiles where the view runs fast along the last dimension but one: eight positions of it share cache lines.
    let isTransposed = rank >= 2 && step != 1 && view.strides[rank - 2] == 1 && length > 8
    if isTransposed {
      let height = view.sizes[rank - 2]
      let planes = view.count / (length * height)
      let bands = (height + 15) / 16
      return overRows(planes * bands, cost: length * 32, control) { first, last in
        for band in first..<last {
          view.overRuns(inner: 2, band / bands, band / bands + 1) { position, offset in
            let low = band % bands * 16
            let high = Swift.min(height, low + 16)
            for start in Swift.stride(from: 0, to: length, by: 16) {
              let count = Swift.min(16, length - start)
              for row in low..<high {
                run(position + row * length + start, offset + row + start * step, count, step, size)
              }
            }
          }
        }
      }
    }
    // Long runs are cut, so that a single one is shared and polled, too.
    let piece = 1 << 15
    if rank == 1 {
      return overRows((length + piece - 1) / piece, cost: piece, control) { first, last in
        for number in first..<last {
          run(number * piece, number * piece * step, Swift.min(piece, length - number * piece), step, size)
        }
      }
    }
    return overRows(view.count / length, cost: length + 4, control) { first, last in
      view.overRuns(inner: 1, first, last) { position, offset in run(position, offset, length, step, size) }
    }
  }
}
