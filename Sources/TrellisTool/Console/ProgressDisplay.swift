// Shows how far loops over `progress(xs, label)` are: on a terminal one line that is drawn over and over, with a bar,
// the rate and the time that is left; into a file or pipe a plain line now and then. Metrics reported meanwhile join
// the line. Loops may lie inside one another: the outer ones shrink to `label done/total` in front of the innermost.
//
// All calls come from the engine's thread.
import Trellis

final class ProgressDisplay {
  private struct Loop {
    let id: Int
    let label: String
    let total: Int?
    var done: Int
    let begin: Double
    var lastLine: Double
    var saidAnything = false
  }

  private let stream: Stream
  private let now: () -> Double
  private var loops: [Loop] = []
  private var metrics: [(name: String, value: Double)] = []
  private var lastDrawn = -1.0
  private var barIsShown = false

  /// Seconds between two drawings of the bar, and between two plain lines.
  private let drawInterval = 0.1
  private let lineInterval = 10.0

  init(stream: Stream, now: @escaping () -> Double = monotonicSeconds) {
    self.stream = stream
    self.now = now
  }

  /// A loop is running.
  var isActive: Bool { !loops.isEmpty }

  func step(_ step: ProgressStep) {
    let time = now()
    guard let index = loops.lastIndex(where: { $0.id == step.loop }) else {
      if !step.isLast {
        loops.append(
          Loop(id: step.loop, label: step.label, total: step.total, done: step.done, begin: time, lastLine: time))
      }
      return
    }
    // Loops inside this one that never said their last word were left by an error.
    loops.removeSubrange((index + 1)...)
    loops[index].done = step.done
    if step.isLast {
      finish(time)
    } else if stream.isTerminal {
      if time - lastDrawn >= drawInterval { draw(time) }
    } else if time - loops[index].lastLine >= lineInterval {
      loops[index].lastLine = time
      loops[index].saidAnything = true
      stream.line(plainLine(time))
      stream.flush()
    }
  }

  /// A metric joins the line of the loop that is running; outside every loop it has a line of its own.
  func metric(_ metric: Metric) {
    if loops.isEmpty {
      clear()
      let step = metric.step.map { " (step \($0))" } ?? ""
      stream.line("\(metric.name) \(shortNumber(metric.value))\(step)")
      return
    }
    if let index = metrics.firstIndex(where: { $0.name == metric.name }) {
      metrics[index].value = metric.value
    } else {
      metrics.append((metric.name, metric.value))
    }
  }

  /// Takes the bar off the terminal, so that other text may be written; the next step draws it again.
  func clear() {
    guard barIsShown else { return }
    stream.write("\r\u{1B}[K")
    stream.flush()
    barIsShown = false
    lastDrawn = -1
  }

  /// The script has ended, in whatever way.
  func end() {
    clear()
    loops.removeAll()
    metrics.removeAll()
  }

  private func finish(_ time: Double) {
    guard let loop = loops.last else { return }
    let elapsed = time - loop.begin
    clear()
    // An outermost loop that took a while leaves one line behind; short ones pass in silence.
    if loops.count == 1 && (elapsed >= 1 || loop.saidAnything) {
      stream.line("\(loop.label): \(count(loop)) in \(duration(elapsed))\(metricText)")
      stream.flush()
    }
    loops.removeLast()
    if loops.isEmpty { metrics.removeAll() }
  }

  private var metricText: String {
    metrics.map { "  \($0.name) \(shortNumber($0.value))" }.joined()
  }
  private func count(_ loop: Loop) -> String { loop.total.map { "\(loop.done)/\($0)" } ?? "\(loop.done)" }
  private var outerText: String { loops.dropLast().map { "\($0.label) \(count($0)) > " }.joined() }

  /// `12.3/s  0:05 left`
  private func pace(_ loop: Loop, _ time: Double) -> String {
    let elapsed = time - loop.begin
    guard loop.done > 0, elapsed > 0 else { return "" }
    let rate = Double(loop.done) / elapsed
    let shown = rate >= 1 ? "\(shortNumber(rate, digits: 3))/s" : "\(shortNumber(1 / rate, digits: 3)) s each"
    guard let total = loop.total, total > loop.done else { return shown }
    return "\(shown)  \(duration(Double(total - loop.done) / rate)) left"
  }

  private func plainLine(_ time: Double) -> String {
    guard let loop = loops.last else { return "" }
    return "\(outerText)\(loop.label): \(count(loop))  \(pace(loop, time))\(metricText)"
  }

  private func draw(_ time: Double) {
    guard let loop = loops.last else { return }
    lastDrawn = time
    let tail = "\(count(loop))  \(pace(loop, time))\(metricText)"
    var line = "\(outerText)\(loop.label) "
    let room = stream.width - 1
    let barWidth = min(30, room - line.count - tail.count - 3)
    if let total = loop.total, total > 0, barWidth >= 5 {
      // Eighths of a cell, so that slow loops are seen to move.
      let eighths = min(barWidth * 8, barWidth * 8 * loop.done / total)
      line += String(repeating: "\u{2588}", count: eighths / 8)
      let partial = [" ", "\u{258F}", "\u{258E}", "\u{258D}", "\u{258C}", "\u{258B}", "\u{258A}", "\u{2589}"]
      if eighths / 8 < barWidth {
        line += partial[eighths % 8] + String(repeating: " ", count: barWidth - eighths / 8 - 1)
      }
      line += "\u{2502} "
    }
    stream.write("\r\((line + tail).prefix(room))\u{1B}[K")
    stream.flush()
    barIsShown = true
  }
}

/// `0:05`, `12:34`, `1:02:03`; below ten seconds with one decimal: `3.2 s`.
func duration(_ seconds: Double) -> String {
  guard seconds.isFinite, seconds < 1e9 else { return "?" }
  if seconds < 10 { return "\(shortNumber(seconds, digits: 2)) s" }
  let total = Int(seconds.rounded())
  func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
  return total >= 3600
    ? "\(total / 3600):\(two(total / 60 % 60)):\(two(total % 60))" : "\(total / 60):\(two(total % 60))"
}
