// How a loop walks its space: as rows of lanes, cut into blocks of at most 512 lanes.
//
// A block is either part of one row, or several whole rows where rows are short. A loop that stores only is free to
// choose its rows; a reduction's rows follow from the axes it reduces, so that its order depends on sizes alone:
//   all:      one row; blocks of 512; runs of 32 blocks make a part, and parts are combined in order
//   trailing: the reduced axes are a row; blocks of 512 within it, and parts of 32 blocks, as if the row were all
//   leading:  the axes left are a row; 256 rows make a group, summed row after row; groups are combined in order
import KernelTypes

struct LoopShape {
  enum Mode { case map, all, trailing, leading }

  static let block = reductionBlock
  static let blocksInPartOfAll = 32
  static let rowsInGroup = 256
  /// Rows shorter than this share blocks.
  private static let shortRow = 256

  var mode = Mode.map
  /// Dimensions before this one number the rows, the others make up a row.
  var split = 0
  var rows = 1
  var length = 1
  var lanes = 1
  var rowsInBlock = 1

  var total: Int { rows * length }
  var blocksInRow: Int { rowsInBlock > 1 ? 1 : Swift.max(1, (length + lanes - 1) / lanes) }
  var rowBlocks: Int { (rows + rowsInBlock - 1) / rowsInBlock }

  init(space: [Int], inputs: [LoopInput], reduce: ReduceAxes) {
    let total = space.reduce(1, *)
    switch reduce {
    case .all: mode = .all
    case .trailing(let count) where count > 0:
      split = Swift.max(0, space.count - count)
      mode = space[..<split].reduce(1, *) == 1 ? .all : .trailing
    case .leading(let count) where count > 0:
      split = Swift.min(count, space.count)
      // With no column left it is a sum over everything.
      mode = space[split...].reduce(1, *) == 1 ? .all : .leading
    default: mode = .map
    }
    if mode == .all { split = 0 }
    if mode == .map { split = LoopShape.splitForMap(space, inputs) }
    rows = space[..<split].reduce(1, *)
    length = space[split...].reduce(1, *)
    if total == 0 { return }
    if mode == .trailing || mode == .leading, length < LoopShape.shortRow {
      // A power of two, so that blocks do not cross groups and, mostly, end on whole vectors.
      var count = 1
      while count * 2 * length <= LoopShape.block && count < LoopShape.rowsInGroup { count *= 2 }
      rowsInBlock = count
      lanes = Swift.min(rows, count) * length
    } else {
      lanes = Swift.min(length, LoopShape.block)
      if mode == .map && split == 0 { fitLanes(space, inputs) }
    }
  }

  /// Rows make sense where one is long and some input is no flat array.
  private static func splitForMap(_ space: [Int], _ inputs: [LoopInput]) -> Int {
    var split = space.count
    var length = 1
    while split > 0 {
      let tail = split - 1
      let merges = inputs.allSatisfy { input in
        let view = StridedView(sizes: space[tail...], strides: input.strides[tail...])
        return view.isContiguous || view.isConstant
      }
      if !merges { break }
      split = tail
      length *= space[tail]
    }
    return length >= 128 ? split : 0
  }

  /// A block that is a multiple of a repeating input's period needs to copy that input once only.
  private mutating func fitLanes(_ space: [Int], _ inputs: [LoopInput]) {
    var period = 1
    for input in inputs {
      let view = StridedView(sizes: space, strides: input.strides)
      if !view.isConstant, let candidate = view.period, candidate <= LoopShape.block / 2, candidate % period == 0 {
        period = candidate
      }
    }
    var unit = period
    while unit % lanesPerStep != 0 && unit * 2 <= LoopShape.block { unit *= 2 }
    if lanes == LoopShape.block { lanes = LoopShape.block / unit * unit }
  }
}
