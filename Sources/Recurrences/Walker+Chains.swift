// Chains side by side. The instances of a batch go through the same lines of cells, and where a line is a product with a matrix
// that they share (see Frame+LogProducts), the next line of one instance waits for the last one of the same instance alone.
// So a walker takes a few instances at a time: it finds a line's clause once, and the products of all chains are one call.
//
// Each chain has frames of its own; the indices of the parallel axes in the walker's `cell` are those of the chain at hand. A
// chain gets the bits that it gets alone. Derivatives of what chains share are added up line by line, and within a line
// chain by chain; how chains are grouped is a function of sizes alone.
import KernelTypes
import Kernels

/// What tells the chains at hand apart, in plain memory.
final class Chains {
  let most: Int
  /// Where each chain's products read and write.
  let values: UnsafeMutablePointer<UnsafeMutableRawPointer>
  let vectors: UnsafeMutablePointer<UnsafeRawPointer>
  let seeds: UnsafeMutablePointer<UnsafeRawPointer>
  private let axes: UnsafeMutableBufferPointer<Int>
  /// Elements between neighbours along each axis, for each table.
  private let strides: UnsafeMutablePointer<Int>
  private let tableCount: Int
  /// Index along each axis, for each chain, and the distance to the first one's cells in each table.
  private let indices: UnsafeMutablePointer<Int>
  private let offsets: UnsafeMutablePointer<Int>

  init(most: Int, axes: [Int], tables: [Table]) {
    self.most = most
    tableCount = tables.count
    values = .allocate(capacity: most)
    vectors = .allocate(capacity: most)
    seeds = .allocate(capacity: most)
    self.axes = .allocate(capacity: axes.count)
    _ = self.axes.initialize(from: axes)
    strides = .allocate(capacity: max(1, axes.count * tables.count))
    for (number, table) in tables.enumerated() {
      for (place, axis) in axes.enumerated() {
        strides[number * axes.count + place] = table.sizes[(axis + 1)...].reduce(1, *)
      }
    }
    indices = .allocate(capacity: max(1, most * axes.count))
    offsets = .allocate(capacity: max(1, most * tables.count))
  }

  deinit {
    values.deallocate()
    vectors.deallocate()
    seeds.deallocate()
    axes.deallocate()
    strides.deallocate()
    indices.deallocate()
    offsets.deallocate()
  }

  /// Takes `count` instances from `first` on.
  func begin(_ first: Int, _ count: Int, _ space: UnsafePointer<Int>) {
    for chain in 0..<count {
      let mine = indices + chain &* axes.count
      var rest = first &+ chain
      for place in (0..<axes.count).reversed() {
        (rest, mine[place]) = rest.quotientAndRemainder(dividingBy: space[axes[place]])
      }
      for table in 0..<tableCount {
        var offset = 0
        for place in 0..<axes.count {
          offset &+= (mine[place] &- indices[place]) &* strides[table &* axes.count &+ place]
        }
        offsets[chain &* tableCount &+ table] = offset
      }
    }
  }

  /// Puts a chain's indices into `cell`.
  @inline(__always) func enter(_ chain: Int, _ cell: UnsafeMutablePointer<Int>) {
    var place = 0
    while place < axes.count {
      cell[axes[place]] = indices[chain &* axes.count &+ place]
      place &+= 1
    }
  }

  /// Elements from the first chain's cells to this one's.
  @inline(__always) func offset(_ chain: Int, _ table: Int) -> Int { offsets[chain &* tableCount &+ table] }
}

extension Walker {
  /// Runs a clause on a block, for all chains at hand.
  func run(_ frames: TableFrames, _ number: Int, _ block: Block) -> Bool {
    let (first, last) = (block.first, block.last)
    guard let parts = frames.frame(number)?._withUnsafeGuaranteedRef({ $0.parts }) else { return true }
    defer { chains.enter(0, cell) }
    var part = 0
    while part < parts.count {
      let isFirst = part == 0
      let steps = parts[part].steps
      var chain = 0
      while chain < chainCount {
        chains.enter(chain, cell)
        let isDone = frames.frame(number, chain: chain)._withUnsafeGuaranteedRef { frame in
          if isFirst {
            frame.cellAddress = block.address &+ chains.offset(chain, block.table)
            frame.cellStride = block.stride
            frame.mask = nil
            var (from, to) = (first, last)
            if frame.guards.count > 0 && !frame.clipGuards(frame.guards, isTerm: false, &from, &to) {
              return fail(frame)
            }
          }
          if steps.count > 0 && !frame.evaluate(steps, first, last) { return fail(frame) }
          if part == parts.count &- 1 && run.form == .values { storeValues(frame, first, last) }
          return true
        }
        if !isDone { return false }
        chain &+= 1
      }
      if let product = parts[part].product, !self.product(product, frames, number, first, last) { return false }
      part &+= 1
    }
    return true
  }

  /// The same product for all chains, together if it can be.
  private func product(
    _ step: UnsafePointer<CodeStep>, _ frames: TableFrames, _ number: Int, _ first: Int, _ last: Int
  ) -> Bool {
    chains.enter(0, cell)
    let isTogether = frames.frame(number, chain: 0)._withUnsafeGuaranteedRef { leader in
      together(step, leader, frames, number, first, last)
    }
    if isTogether { return true }
    for chain in 0..<chainCount {
      chains.enter(chain, cell)
      let isDone = frames.frame(number, chain: chain)._withUnsafeGuaranteedRef { frame in
        frame.evaluate(UnsafeBufferPointer(start: step, count: 1), first, last) || fail(frame)
      }
      if !isDone { return false }
    }
    return true
  }

  private func together(
    _ step: UnsafePointer<CodeStep>, _ leader: Frame, _ frames: TableFrames, _ number: Int, _ first: Int, _ last: Int
  ) -> Bool {
    let reduction = leader.reductions + Int(step.pointee.number)
    guard let product = leader.product(reduction, Int(step.pointee.number), first, last) else { return false }
    let isValue = step.pointee.kind == .reduce
    var isWanted = true
    var chain = 0
    while chain < chainCount {
      chains.enter(chain, cell)
      let isThere = frames.frame(number, chain: chain)._withUnsafeGuaranteedRef { frame in
        guard let vector = frame.vector(product) else { return false }
        chains.vectors[chain] = vector.values
        if isValue {
          let target = Int(step.pointee.target)
          frame.pointers[target] = frame.registers[target]
          chains.values[chain] = frame.registers[target] + first &* product.size
        } else {
          chains.seeds[chain] = UnsafeRawPointer(frame.pointers[Int(step.pointee.a)] + first &* product.size)
          chains.values[chain] = vector.adjoints ?? product.kept.pointee.spare
          isWanted = vector.adjoints != nil
        }
        return true
      }
      if !isThere { return false }
      chain &+= 1
    }
    if isValue { return Frame.values(reduction, product, chains.values, chains.vectors, chains: chainCount) }
    return Frame.adjoints(
      reduction, product, chains.values, chains.seeds, chains.vectors, isWanted: isWanted, chains: chainCount)
  }
}
