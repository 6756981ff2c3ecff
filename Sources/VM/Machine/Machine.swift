// The machine runs bytecode. This file holds its state; the loop is in Machine+Run.swift.

package final class Machine {
  package let builtins: [Builtin]

  package init(builtins: [Builtin]) {
    self.builtins = builtins
  }
}
