// The machine runs bytecode. This file holds its state; the loop is in Machine+Run.swift.

package final class Machine {
  package let builtins: [Builtin]
  /// Where `print`, `metric` and `progress` speak to; filled by the engine.
  package var host = Host()

  package init(builtins: [Builtin]) {
    self.builtins = builtins
  }
}
