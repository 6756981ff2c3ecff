// The memory of a segment: its cells, and what is carried from one segment to the next (see Segments).
import KernelTypes
import Kernels

/// One instance's tables, a segment at a time, with the positions in front that it reads.
final class SegmentBuffer {
  private let segments: Segments
  private let size: Int
  private let rows: Int
  private let memory: [UnsafeMutableRawPointer]
  /// What the next segment needs of this one, or, on the way back, the one in front.
  private let carried: [UnsafeMutableRawPointer]
  private var first = 0

  init(_ segments: Segments, size: Int) {
    self.segments = segments
    self.size = size
    rows = segments.reach + segments.length
    let rows = rows
    memory = segments.rowCells.map { Buffers.allocate(max(1, rows * $0 * size)) }
    carried = segments.rowCells.map { Buffers.allocate(max(1, segments.reach * $0 * size)) }
  }

  deinit {
    for (table, cells) in segments.rowCells.enumerated() {
      Buffers.free(memory[table], max(1, rows * cells * size))
      Buffers.free(carried[table], max(1, segments.reach * cells * size))
    }
  }

  /// Goes to a segment; its cells are `bits` throughout.
  func begin(_ segment: Int, bits: UInt64) {
    let positions = segments.positions(segment)
    first = segments.mirrored((positions.lowerBound - segments.reach)..<positions.upperBound).lowerBound
    for (table, cells) in segments.rowCells.enumerated() {
      Lanes.fill(memory[table], bits: bits, size: size, count: rows * cells)
    }
  }

  /// Where each table would begin.
  func bases(_ instance: Int) -> [UnsafeMutableRawPointer] {
    segments.rowCells.enumerated().map { table, cells in
      memory[table] - (instance * segments.positions + first) * cells * size
    }
  }

  /// Memory of some indices, and its bytes.
  func part(_ table: Int, _ indices: Range<Int>) -> (UnsafeMutableRawPointer, Int) {
    let bytes = segments.rowCells[table] * size
    return (memory[table] + (indices.lowerBound - first) * bytes, indices.count * bytes)
  }

  private func ends(_ positions: Range<Int>) -> Range<Int> {
    segments.mirrored((positions.upperBound - segments.reach)..<positions.upperBound)
  }
  private func front(_ positions: Range<Int>) -> Range<Int> {
    segments.mirrored((positions.lowerBound - segments.reach)..<positions.lowerBound)
  }

  func carryEnd(of segment: Int) { carry(ends(segments.positions(segment))) }
  func carryFront(of segment: Int) { carry(front(segments.positions(segment))) }
  private func carry(_ indices: Range<Int>) {
    for table in memory.indices {
      let (from, bytes) = part(table, indices)
      carried[table].copyMemory(from: from, byteCount: bytes)
    }
  }

  func putFront(of segment: Int) {
    for table in memory.indices {
      let (to, bytes) = part(table, front(segments.positions(segment)))
      to.copyMemory(from: carried[table], byteCount: bytes)
    }
  }
  /// Adds derivatives that the segment behind sent to the end of this one.
  func addEnd(of segment: Int) {
    for (table, cells) in segments.rowCells.enumerated() {
      let (to, _) = part(table, ends(segments.positions(segment)))
      Lanes.add(carried[table], to: to, size: size, count: segments.reach * cells)
    }
  }

  /// Moves what is carried to or from the cells kept in front of a segment.
  func checkpoint(_ memory: UnsafeMutableRawPointer, _ instance: Int, _ segment: Int, isSaved: Bool) {
    var at = (instance * (segments.count - 1) + segment - 1) * segments.reach * segments.rowCells.reduce(0, +) * size
    for (table, cells) in segments.rowCells.enumerated() {
      let bytes = segments.reach * cells * size
      if isSaved {
        (memory + at).copyMemory(from: carried[table], byteCount: bytes)
      } else {
        carried[table].copyMemory(from: memory + at, byteCount: bytes)
      }
      at += bytes
    }
  }
}
