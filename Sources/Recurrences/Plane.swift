// How cells lie in memory in the plane of two walks, and how blocks of its anti-diagonals become contiguous lines.
//
// A line is an anti-diagonal: its cell in row r stands in column line - r. Cells side by side on a line lie a row and a column
// apart in memory, but the cells of a row on the lines that follow each other lie side by side. So lines come and go in
// blocks: a tile of rows and lines is a tile whose rows become columns (see KernelTypes/Transposes.swift). Rows that have
// no cell on some line of a block, as at the ends of diagonals, go cell by cell.
import KernelTypes
import Kernels

struct Plane {
  /// Elements from the beginning of the memory to row 0, column 0.
  var origin = 0
  /// Elements from row to row and from column to column, along the walks.
  var rowStep = 0
  var columnStep = 0
  /// Rows and columns that have cells.
  var rows = 0..<0
  var columns = 0..<0
}

/// Lines of a plane, as rows of a buffer: the cell of row r on line `first` + i lies at `cells` + i * pitch + r elements.
struct LineBlock {
  static let lines = 16

  var first: Int
  var cells: UnsafeMutableRawPointer
  var pitch: Int
  var size: Int
}

extension Plane {
  enum Move { case load, store, add }

  /// Rows that have cells on some line of a block.
  private func touched(_ block: LineBlock, _ rows: Range<Int>) -> Range<Int> {
    let first = max(rows.lowerBound, self.rows.lowerBound, block.first &- columns.upperBound &+ 1)
    let last = min(rows.upperBound, self.rows.upperBound, block.first &+ LineBlock.lines &- columns.lowerBound)
    return first..<max(first, last)
  }

  /// Moves the cells of a block in `rows` from memory to its lines, or back, or adds them to memory. Cells that follow on
  /// later lines (or on earlier ones, if `isBackward`) are asked for.
  func move(_ move: Move, _ memory: UnsafeMutableRawPointer, _ block: LineBlock, _ rows: Range<Int>, isBackward: Bool) {
    let rows = touched(block, rows)
    if rows.isEmpty { return }
    // Rows that have cells on all lines.
    let from = min(rows.upperBound, max(rows.lowerBound, block.first &+ LineBlock.lines &- columns.upperBound))
    let to = max(from, min(rows.upperBound, block.first &- columns.lowerBound &+ 1))
    let side = transposedTile(size: block.size)
    var tiled = from
    if columnStep == 1 || columnStep == -1, let kernel = block.size == 4 ? Plane.kernel32 : Plane.kernel64 {
      let tiles = (to &- from) / side
      if tiles > 0 {
        tiled = from &+ tiles &* side
        var line = 0
        while line < LineBlock.lines {
          transpose(kernel, move, memory, block, line, from, tiles, side, isBackward)
          line &+= side
        }
      }
    }
    for row in rows where row < from || row >= tiled { single(move, memory, block, row) }
  }

  private static let kernel32 = Kernels.table.transpose[Int(DType.f32.rawValue)]
  private static let kernel64 = Kernels.table.transpose[Int(DType.f64.rawValue)]

  /// Tiles of `side` lines from `line` of the block on, from row `row` on.
  @inline(__always) private func transpose(
    _ kernel: TransposeKernel, _ move: Move, _ memory: UnsafeMutableRawPointer, _ block: LineBlock, _ line: Int,
    _ row: Int, _ tiles: Int, _ side: Int, _ isBackward: Bool
  ) {
    // In memory a row's cells ascend with the lines, or descend.
    let first = columnStep > 0 ? line : line &+ side &- 1
    let lineStep = block.pitch &* columnStep
    let lines = block.cells + (first &* block.pitch &+ row) &* block.size
    let cells = memory + (origin &+ row &* rowStep &+ (block.first &+ first &- row) &* columnStep) &* block.size
    let step = rowStep &- columnStep
    let ahead = columnStep &* (isBackward ? 0 &- LineBlock.lines : LineBlock.lines)
    if move == .load {
      kernel(lines, lineStep, side, UnsafeRawPointer(cells), step, side &* step, tiles, ahead, false)
    } else {
      kernel(cells, step, side &* step, UnsafeRawPointer(lines), lineStep, side, tiles, 0, move == .add)
    }
  }

  /// One row, cell by cell.
  private func single(_ move: Move, _ memory: UnsafeMutableRawPointer, _ block: LineBlock, _ row: Int) {
    let first = max(0, columns.lowerBound &+ row &- block.first)
    let last = min(LineBlock.lines, columns.upperBound &+ row &- block.first)
    if first >= last { return }
    let line = block.cells + (first &* block.pitch &+ row) &* block.size
    let cell = memory + (origin &+ row &* rowStep &+ (block.first &+ first &- row) &* columnStep) &* block.size
    if block.size == 4 {
      Plane.single(
        move, cell.assumingMemoryBound(to: Float.self), line.assumingMemoryBound(to: Float.self), columnStep,
        block.pitch, last &- first)
    } else {
      Plane.single(
        move, cell.assumingMemoryBound(to: Double.self), line.assumingMemoryBound(to: Double.self), columnStep,
        block.pitch, last &- first)
    }
  }

  @inline(__always) private static func single<T: BinaryFloatingPoint>(
    _ move: Move, _ cells: UnsafeMutablePointer<T>, _ lines: UnsafeMutablePointer<T>, _ step: Int, _ pitch: Int,
    _ count: Int
  ) {
    var line = 0
    while line < count {
      switch move {
      case .load: lines[line &* pitch] = cells[line &* step]
      case .store: cells[line &* step] = lines[line &* pitch]
      case .add: cells[line &* step] += lines[line &* pitch]
      }
      line &+= 1
    }
  }
}
