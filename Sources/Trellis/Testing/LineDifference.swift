// Lines that were expected against lines that came, as a longest common subsequence: `-` marks a line that is missing,
// `+` one that was not expected, two lines around each change are shown with it. Long texts are cut in front: the table
// takes the product of both lengths.

enum LineDifference {
  private static let maximumLines = 400
  private static let context = 2
  private static let maximumShown = 40

  /// `- a`, `+ b`, `  c` in lines; `...` stands for lines that are equal.
  static func text(expected: [String], found: [String]) -> String {
    let marked = difference(Array(expected.prefix(maximumLines)), Array(found.prefix(maximumLines)))
    var shown: [String] = []
    var wasCut = false
    for (index, line) in marked.enumerated() {
      let near = marked[max(0, index - context)..<min(marked.count, index + context + 1)]
      if near.contains(where: { $0.mark != " " }) {
        shown.append("\(line.mark) \(line.text)")
        wasCut = false
      } else if !wasCut {
        shown.append("...")
        wasCut = true
      }
    }
    if shown.count > maximumShown {
      shown = shown.prefix(maximumShown) + ["... and \(shown.count - maximumShown) lines more"]
    }
    return shown.joined(separator: "\n")
  }

  private static func difference(_ a: [String], _ b: [String]) -> [(mark: Character, text: String)] {
    // common[i][j]: length of the longest common subsequence of a[i...] and b[j...].
    var common = [[Int]](repeating: [Int](repeating: 0, count: b.count + 1), count: a.count + 1)
    for i in a.indices.reversed() {
      for j in b.indices.reversed() {
        common[i][j] = a[i] == b[j] ? common[i + 1][j + 1] + 1 : max(common[i + 1][j], common[i][j + 1])
      }
    }
    var lines: [(mark: Character, text: String)] = []
    var (i, j) = (0, 0)
    while i < a.count || j < b.count {
      if i < a.count, j < b.count, a[i] == b[j] {
        lines.append((" ", a[i]))
        i += 1
        j += 1
      } else if i < a.count, j == b.count || common[i + 1][j] >= common[i][j + 1] {
        lines.append(("-", a[i]))
        i += 1
      } else {
        lines.append(("+", b[j]))
        j += 1
      }
    }
    return lines
  }
}
