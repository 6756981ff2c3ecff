// The order in which a walker comes to lines of cells: walks outermost, then free axes, and diagonals in strips. Backwards for
// derivatives.

extension Walker {
  func step(_ level: Int) -> Bool {
    if level < walks.count {
      let walk = walks[level]
      let size = space[walk.axis]
      let range = level == 0 ? positions ?? 0..<size : 0..<size
      for position in range {
        let ordered = isBackward ? range.upperBound &- 1 &- (position &- range.lowerBound) : position
        cell[walk.axis] = walk.direction > 0 ? ordered : size &- 1 &- ordered
        if !step(level &+ 1) { return false }
      }
      return true
    }
    let free = level &- walks.count
    if free < self.free.count {
      let axis = self.free[free]
      for position in 0..<space[axis] {
        cell[axis] = position
        if !step(level &+ 1) { return false }
      }
      return true
    }
    switch laneKind {
    case .none: return line(1)
    case .axis(let axis):
      cell[axis] = 0
      return line(space[axis])
    case .diagonal: return diagonals()
    }
  }

  /// Rows are taken in strips, and diagonals within a strip: what a strip's neighbouring diagonals touch stays in the
  /// first cache. No cell reads a later row, so a strip depends on those before it alone.
  private func diagonals() -> Bool {
    guard let axes = diagonalAxes else { return true }
    let range = walks.isEmpty ? positions ?? 0..<space[axes.0.axis] : 0..<space[axes.0.axis]
    let rows = range.count
    front?.begin(cell)
    let strips = (rows &+ Walker.stripRows &- 1) / Walker.stripRows
    for position in 0..<strips {
      let strip = isBackward ? strips &- 1 &- position : position
      let (top, bottom) = (rows &* strip / strips, rows &* (strip &+ 1) / strips)
      if !diagonals(axes.0, axes.1, range.lowerBound &+ top, range.lowerBound &+ bottom) { return false }
    }
    return true
  }

  static let stripRows = 256

  private func diagonals(_ p: Schedule.Walk, _ q: Schedule.Walk, _ top: Int, _ bottom: Int) -> Bool {
    let (rows, columns) = (space[p.axis], space[q.axis])
    let count = bottom &- top &+ columns &- 1
    front?.beginStrip(top, bottom)
    for position in 0..<count {
      let sum = top &+ (isBackward ? count &- 1 &- position : position)
      let first = max(top, sum &- columns &+ 1)
      let last = min(bottom &- 1, sum)
      cell[p.axis] = p.direction > 0 ? first : rows &- 1 &- first
      cell[q.axis] = q.direction > 0 ? sum &- first : columns &- 1 &- (sum &- first)
      diagonal = sum
      row = first
      front?.beginLine(sum)
      if !line(last &- first &+ 1) { return false }
      front?.endLine(sum)
    }
    front?.endStrip(top)
    return true
  }

  /// A line of cells that begins at `cell`.
  private func line(_ count: Int) -> Bool {
    var start = 0
    while start < count {
      let block = min(lanes, count &- start)
      move(start)
      row &+= start
      var position = 0
      while position < tableCount {
        if !self.block(order[position], block) { return false }
        position &+= 1
      }
      move(0 &- start)
      row &-= start
      start &+= block
      blocks &+= 1
      if blocks & 63 == 0 && run.control.isCancelled {
        outcome = .cancelled
        return false
      }
    }
    return true
  }

  @inline(__always) private func move(_ lanes: Int) {
    var axis = 0
    while axis < rank {
      cell[axis] &+= lanes &* directions[axis]
      axis &+= 1
    }
  }
}
