// The part of an input that a program reads, and the program for that part alone.

extension Program {
  /// The indices of an axis of an input that are read; nil where that is not known, or some read lies outside.
  package func indicesRead(ofInput input: Int, axis: Int) -> Range<Int>? {
    var found: Range<Int>?
    for (clause, sizes) in allClauses {
      let bounds = Bounds(clause, sizes: sizes)
      for read in clause.reads where read.source == .input(input) {
        guard case .affine(let e) = read.indices[axis] else { return nil }
        let (least, greatest) = (bounds.least(e), bounds.greatest(e))
        if least < 0 || greatest >= inputs[input].sizes[axis] || least > greatest { return nil }
        found = min(found?.lowerBound ?? least, least)..<max(found?.upperBound ?? 0, greatest + 1)
      }
    }
    return found
  }

  private var allClauses: [(Clause, [Int])] {
    clauses.map { ($0, tables[$0.table].sizes) } + tables.flatMap { table in table.band.map { ($0, table.sizes) } }
  }

  /// The same program for an input of which some indices are there.
  package mutating func narrow(input: Int, axis: Int, to indices: Range<Int>) {
    inputs[input].sizes[axis] = indices.count
    func moved(_ reads: [Read]) -> [Read] {
      reads.map { read in
        guard read.source == .input(input), case .affine(let e) = read.indices[axis] else { return read }
        var read = read
        read.indices[axis] = .affine(e - Affine(indices.lowerBound))
        return read
      }
    }
    for clause in clauses.indices { clauses[clause].reads = moved(clauses[clause].reads) }
    for table in tables.indices {
      for clause in tables[table].band.indices {
        tables[table].band[clause].reads = moved(tables[table].band[clause].reads)
      }
    }
  }
}
