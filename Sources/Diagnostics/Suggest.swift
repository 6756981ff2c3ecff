// Near-miss names: "did you mean `sigmoid`?". Names are compared without case and underscores by the optimal string
// alignment distance (insert, delete, replace, swap neighbours). A guess that changes much of the name is no help, so the
// search allows one edit in three letters and else stays silent.

package enum Suggest {
  /// The candidates nearest to `name`, best first, at most `limit`; all within one edit of the best of them.
  package static func near(_ name: String, among candidates: some Sequence<String>, limit: Int = 3) -> [String] {
    let wanted = folded(name)
    guard !wanted.isEmpty, wanted.count <= 64 else { return [] }
    let bound = (wanted.count + 1) / 3
    var found: [(name: String, distance: Int)] = []
    for candidate in Set(candidates) where candidate != name {
      let other = folded(candidate)
      if other.isEmpty || abs(other.count - wanted.count) > bound { continue }
      let edits = distance(wanted, other)
      // Two names that share no letter are never what was meant.
      if edits <= bound && edits < other.count { found.append((candidate, edits)) }
    }
    found.sort { ($0.distance, $0.name) < ($1.distance, $1.name) }
    guard let best = found.first?.distance else { return [] }
    return found.prefix { $0.distance <= best + (best == 0 ? 0 : 1) }.prefix(limit).map(\.name)
  }

  private static func folded(_ name: String) -> [UInt8] {
    var bytes: [UInt8] = []
    for byte in name.utf8 where byte != UInt8(ascii: "_") {
      let isUpper = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
      bytes.append(isUpper ? byte + 32 : byte)
    }
    return bytes
  }

  private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        var best = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, beforeLast[j - 1] + 1) }
        row.append(best)
      }
      beforeLast = last
      last = row
    }
    return last[b.count]
  }
}
