// What a running script says to the program around it. The machine and the builtins call these closures; the engine
// fills them. All are called on the engine's thread, in the order in which the script speaks.
import Diagnostics

/// One value that a script reports with `metric(name, value, step: n)`.
package struct Metric: Sendable {
  package let name: String
  package let value: Double
  package let step: Int?

  package init(name: String, value: Double, step: Int?) {
    self.name = name
    self.value = value
    self.step = step
  }
}

/// A step of a loop over `progress(xs, label)`.
package struct ProgressStep: Sendable {
  /// Tells loops apart that run inside one another; loops opened later have larger numbers.
  package let loop: Int
  package let label: String
  /// Items finished so far: 0 when the loop begins.
  package let done: Int
  /// nil for a sequence, whose length nobody knows.
  package let total: Int?
  /// The loop is left, by its end, `break`, `return` or an error.
  package let isLast: Bool

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
