// What a computation is run with, and how it ended.
import CPlatform
import KernelTypes

/// Threads to run on and the flag that stops the run.
package struct RunControl {
  package var pool: Pool
  /// Nonzero = stop. Shared with signal handlers and other threads; nil for work that must run to its end because it
  /// overwrites something that somebody still sees.
  package var cancel: UnsafeMutablePointer<Int32>?

  package init(pool: Pool, cancel: UnsafeMutablePointer<Int32>? = nil) {
    self.pool = pool
    self.cancel = cancel
  }

  /// Whether somebody asked to stop; cheap enough for every block of work.
  @_transparent package var isCancelled: Bool {
    if let cancel { return trellis_load_relaxed_32(cancel) != 0 }
    return false
  }
}

/// How a run ended. After anything but `done` the outputs hold nothing of use.
package enum KernelOutcome: Equatable, Sendable {
  case done
  case cancelled
  /// `position`: flat row-major position in the space of the loop (of the reduced output for a reduction that
  /// overflowed); `instruction`: index into the loop's body, or -1 for a reduction or a kernel that is no loop.
  case failed(position: Int, reason: IntegerFailure, instruction: Int)
}

/// What keeps a kernel from running at all.
package enum KernelError: Error, Equatable, Sendable {
  /// A shared library that is not installed, and the apt package that brings it.
  case missingLibrary(library: String, package: String)
}
