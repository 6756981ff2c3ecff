// The script call stack of a running error, innermost first. Frames that repeat (one function or a few that call each
// other) are shown once with their number, and a stack that is still long shows its two ends.

struct CallStack {
  private(set) var lines: [String] = []

  init(_ frames: [Diagnostic.Frame], hidden: Int = 0, maximumLines: Int = 14) {
    // A problem at the top level of a script has nothing to add to its place.
    guard frames.count > 1 else { return }
    let shown = frames.map { frame in
      let place = frame.span.source.location(frame.span.start)
      let name = frame.function.isEmpty ? "the script" : frame.function
      return "at \(name) (\(frame.span.source.name):\(place.line):\(place.column))"
    }
    var index = 0
    while index < shown.count {
      let (period, count) = CallStack.repetition(shown, at: index)
      if count > 1, period * count > 3 {
        lines += shown[index..<(index + period)]
        lines.append(period == 1 ? "   the line above, \(count) times" : "   the \(period) lines above, \(count) times")
        index += period * count
      } else {
        lines.append(shown[index])
        index += 1
      }
    }
    if lines.count > maximumLines {
      let ends = (head: maximumLines - 5, tail: 4)
      let between = lines.count - ends.head - ends.tail
      lines = lines.prefix(ends.head) + ["   ... \(between) more ..."] + lines.suffix(ends.tail)
    }
    if hidden > 0 { lines.append("   ... and \(hidden) more calls further out") }
  }

  /// The shortest block of at most four lines from `index` on that repeats the most.
  private static func repetition(_ lines: [String], at index: Int) -> (period: Int, count: Int) {
    var best = (period: 1, count: 1)
    for period in 1...4 where index + period <= lines.count {
      var count = 1
      var next = index + period
      while next + period <= lines.count, lines[index..<(index + period)].elementsEqual(lines[next..<(next + period)]) {
        count += 1
        next += period
      }
      if period * count > best.period * best.count, count > 1 { best = (period, count) }
    }
    return best
  }
}
