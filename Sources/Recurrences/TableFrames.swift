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

/// The frames of a table's clauses, in the order of matching, one for each chain (see Walker+Chains), and that of its band.
final class TableFrames {
  let all: [Frame]
  let band: Frame?
  let sizes: UnsafeMutablePointer<Int>
  private let clauses: Int
  private let chains: Int
  private let unowned: UnsafeMutablePointer<Unmanaged<Frame>>

  init(_ frames: [[Frame]], band: Frame?, sizes: [Int]) {
    all = frames.flatMap { $0 }
    clauses = frames.count
    chains = frames.first?.count ?? 1
    self.band = band
    self.sizes = .allocate(capacity: max(1, sizes.count))
    for (axis, size) in sizes.enumerated() { self.sizes[axis] = size }
    unowned = .allocate(capacity: max(1, all.count))
    for (index, frame) in all.enumerated() { unowned[index] = .passUnretained(frame) }
  }

  deinit {
    sizes.deallocate()
    unowned.deallocate()
  }

  /// The first chain's. Clause -1 is the band; nil behind the last.
  @inline(__always) func frame(_ number: Int) -> Unmanaged<Frame>? {
    if number < 0 { return band.map { .passUnretained($0) } }
    return number < clauses ? unowned[number &* chains] : nil
  }

  @inline(__always) func frame(_ number: Int, chain: Int) -> Unmanaged<Frame> { unowned[number &* chains &+ chain] }

  func rebase(_ chain: Int, _ memory: RunMemory) {
    for clause in 0..<clauses { all[clause * chains + chain].rebase(memory) }
  }
}
