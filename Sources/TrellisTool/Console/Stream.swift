// A buffered output stream over a file descriptor. Text is written out when the buffer is full, at every line on a
// terminal, and when asked; a program that reads our output and goes away ends us quietly (SIGPIPE keeps its default
// action, see main.swift).
import Glibc
import Synchronization

final class Stream: Sendable {
  static let output = Stream(descriptor: STDOUT_FILENO)
  static let error = Stream(descriptor: STDERR_FILENO)

  let isTerminal: Bool
  private let descriptor: Int32
  private let buffer = Mutex<[UInt8]>([])
  private static let capacity = 1 << 16

  init(descriptor: Int32) {
    self.descriptor = descriptor
    isTerminal = isatty(descriptor) == 1
  }

  func write(_ text: String) {
    buffer.withLock { bytes in
      bytes.append(contentsOf: text.utf8)
      if bytes.count >= Stream.capacity || isTerminal && bytes.last == UInt8(ascii: "\n") { flush(&bytes) }
    }
  }

  func line(_ text: String) { write(text + "\n") }

  func flush() { buffer.withLock { flush(&$0) } }

  private func flush(_ bytes: inout [UInt8]) {
    bytes.withUnsafeBytes { all in
      var written = 0
      while written < all.count {
        let count = Glibc.write(descriptor, all.baseAddress.map { $0 + written }, all.count - written)
        if count > 0 {
          written += count
        } else if errno != EINTR && errno != EAGAIN {
          // A full disk, or a reader that is gone while SIGPIPE was ignored by whoever started us: nowhere to complain.
          break
        }
      }
    }
    bytes.removeAll(keepingCapacity: true)
  }

  /// Columns of the terminal; 80 where there is none.
  var width: Int {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Whether text may be coloured: on a terminal, unless the user's NO_COLOR or a dumb terminal says otherwise.
  var isColoured: Bool {
    isTerminal && getenv("NO_COLOR") == nil && environment("TERM") != "dumb"
  }
}

/// A variable of the environment; nil when unset.
func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

/// Seconds on a clock that only goes forward.
func monotonicSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
