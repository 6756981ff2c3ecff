// What a running script says to the program around it. The machine and the builtins call these closures; the engine
// fills them. All are called on the engine's thread, in the order in which the script speaks.
import Diagnostics

/// One value that a script reports with `metric(name, value, step: n)`.
public struct Metric: Sendable {
  /// What was measured.
  public let name: String
  public let value: Double
  /// When: a round, an epoch, a step; nil if the script says none.
  public let step: Int?

  package init(name: String, value: Double, step: Int?) {
    self.name = name
    self.value = value
    self.step = step
  }
}

/// A step of a loop over `progress(xs, label)`.
public struct ProgressStep: Sendable {
  /// Tells loops apart that run inside one another; loops opened later have larger numbers.
  public let loop: Int
  /// What the script calls the loop; may be empty.
  public let label: String
  /// Items finished so far: 0 when the loop begins.
  public let done: Int
  /// nil for a sequence, whose length nobody knows.
  public let total: Int?
  /// The loop is left, by its end, `break`, `return` or an error.
  public let isLast: Bool

  package init(loop: Int, label: String, done: Int, total: Int?, isLast: Bool) {
    self.loop = loop
    self.label = label
    self.done = done
    self.total = total
    self.isLast = isLast
  }
}

package struct Host: Sendable {
  /// What `print` and `table` write, with the newline.
  package var output: @Sendable (String) -> Void = { _ in }
  package var metric: @Sendable (Metric) -> Void = { _ in }
  package var progress: @Sendable (ProgressStep) -> Void = { _ in }

  package init() {}
}
