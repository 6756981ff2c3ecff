// Which cells a finished table has (`rec v[..] if c`), for reads behind the recurrence: inside a reduction they leave the
// term out, elsewhere they are an error. Kept for conditions on indices alone; where a condition reads data, terms are told
// by the NaN that cells have which the table leaves out.
//
// A table is known by its node and by the instruction that made it: a node that was given back and serves again as
// something else has another site, and the same instruction writes its entry anew.
import Diagnostics
import Recurrences
import Tensor

struct BandTable {
  private struct Entry {
    let site: UInt64
    let inequalities: [Affine]
    /// The condition asks for more than the inequalities.
    let isToldByNaN: Bool
  }
  private var entries: [UInt: Entry] = [:]
  private static let most = 1 << 10

  var isEmpty: Bool { entries.isEmpty }

  /// Remembers the band of a table that was just made.
  mutating func note(_ node: Node, _ table: Table) {
    let key = UInt(bitPattern: node)
    guard let band = table.band.first else {
      entries[key] = nil
      return
    }
    if entries.count >= BandTable.most { entries.removeAll() }
    entries[key] = Entry(
      site: node.site, inequalities: band.match.inequalities, isToldByNaN: band.result >= 0 || band.match.result >= 0)
  }

  /// What the indices of a cell that the table has fulfil.
  func inequalities(of node: Node) -> [Affine] {
    guard let entry = entries[UInt(bitPattern: node)], entry.site == node.site else { return [] }
    return entry.inequalities
  }

  /// Whether the cells that the table lacks are known by their NaN alone.
  func isToldByNaN(_ node: Node) -> Bool {
    guard let entry = entries[UInt(bitPattern: node)], entry.site == node.site else { return false }
    return entry.isToldByNaN
  }
}

extension Machine {
  /// Fails for a cell that the table's condition leaves out.
  @inline(never) func checkBand(_ node: Node, _ items: [SliceItem]) throws {
    let cell = items.compactMap { item -> Affine? in if case .index(let index) = item { Affine(index) } else { nil } }
    guard cell.count == items.count, cell.count == node.rank else { return }
    for inequality in bands.inequalities(of: node) where inequality.substituting(cell).constant < 0 {
      let indices = cell.map { "\($0.constant)" }.joined(separator: ", ")
      let name = currentPlace().map { readName($0.code.span(at: $0.pc)) } ?? "`v`"
      throw Diagnostic(
        .leftOutCell("`\(name.dropFirst().dropLast())[\(indices)]`"), at: nil,
        help: "is the last cell inside the band? `max(v[n-1, j] for j)` leaves out what is not")
    }
  }
}
