// What a walker works on: the frames of each table, and blocks of lanes.

/// Lanes of a table's cells along the line at hand.
struct Block {
  let table: Int
  var first: Int
  var last: Int
  /// Of lane 0 in the table, and how it moves.
  var address = 0
  var stride = 0

  func cut(_ first: Int, _ last: Int) -> Block {
    Block(table: table, first: first, last: last, address: address, stride: stride)
  }
}

/// The frames of a table's clauses, in the order of matching, and that of its band.
final class TableFrames {
  let frames: [Frame]
  let band: Frame?
  let sizes: UnsafeMutablePointer<Int>
  private let unowned: UnsafeMutablePointer<Unmanaged<Frame>>

  init(_ frames: [Frame], band: Frame?, sizes: [Int]) {
    self.frames = frames
    self.band = band
    self.sizes = .allocate(capacity: max(1, sizes.count))
    for (axis, size) in sizes.enumerated() { self.sizes[axis] = size }
    unowned = .allocate(capacity: max(1, frames.count))
    for (index, frame) in frames.enumerated() { unowned[index] = .passUnretained(frame) }
  }

  deinit {
    sizes.deallocate()
    unowned.deallocate()
  }

  /// Clause -1 is the band; nil behind the last.
  @inline(__always) func frame(_ number: Int) -> Unmanaged<Frame>? {
    if number < 0 { return band.map { .passUnretained($0) } }
    return number < frames.count ? unowned[number] : nil
  }
}
